from odoo import api, fields, models
from odoo.tools import format_date

from ...engine.numbers import parse_decimal
from ...engine.readers.summary import MAX_LISTED
from ...fields import format_decimal
from . import reader_messages
from .cloud_usage_file_member import describe_left_out

COSTS = ("cost_billed", "cost_effective", "cost_list", "cost_contracted")
# A person reads ten lines; the lists of streams and rows show the rest.
_LISTED = 10
# A year of months.
_FILES_LISTED = 12


class CloudUsagePreviewMixin(models.AbstractModel):
    """Shows what a delivery holds and changes: `preview` and `differences` as tables that a person reads.

    preview: `engine.readers.Preview.as_dict()`, with what `usage_reading.read_preview` adds to it.
    differences: a list of what each month changes, as `cloud.usage.import` keeps it. The templates escape every value.
    """

    _name = "cloud.usage.preview.mixin"
    _description = "Preview of a Delivery"

    preview = fields.Json(
        readonly=True, copy=False, help="Counts, months, accounts, control totals, problems, first rows."
    )
    differences = fields.Json(
        readonly=True, copy=False, help="Per month against what was live before: rows added, changed, removed; money."
    )
    # Html that our own templates make of escaped values; the sanitizer would take away the layout of the tables.
    preview_summary = fields.Html(string="What Is in It", compute="_compute_preview_summary", sanitize=False)
    preview_accounts = fields.Html(string="Accounts and Services", compute="_compute_preview_accounts", sanitize=False)
    preview_problems = fields.Html(string="Problems", compute="_compute_preview_problems", sanitize=False)
    preview_rows = fields.Html(string="First Rows", compute="_compute_preview_rows", sanitize=False)
    problem_count = fields.Integer(compute="_compute_problem_count", string="Rows With a Problem")

    # === COMPUTE === #

    @api.depends("preview", "differences")
    @api.depends_context("uid", "lang", "tz")
    def _compute_preview_summary(self):
        for record in self:
            record.preview_summary = record._render_preview("summary", record._prepare_summary)

    @api.depends("preview")
    @api.depends_context("uid", "lang")
    def _compute_preview_accounts(self):
        for record in self:
            record.preview_accounts = record._render_preview("accounts", record._prepare_accounts)

    @api.depends("preview")
    @api.depends_context("uid", "lang")
    def _compute_preview_problems(self):
        for record in self:
            record.preview_problems = record._render_preview("problems", record._prepare_problems)

    @api.depends("preview")
    @api.depends_context("uid", "lang")
    def _compute_preview_rows(self):
        for record in self:
            record.preview_rows = record._render_preview("rows", record._prepare_rows)

    @api.depends("preview")
    def _compute_problem_count(self):
        for record in self:
            # sudo: how many rows have a problem is for everybody who sees the record.
            record.problem_count = (record.sudo().preview or {}).get("errors", 0)

    # === BUSINESS: RENDERING === #

    def _may_show_preview(self):
        """Whether the person may see what is in the files, also what it costs: who looks at them has them. A hook."""
        return True

    def _render_preview(self, part, prepare):
        if not self._may_show_preview() or not self.preview:
            return False
        return self.env["ir.qweb"]._render(f"cloud_billing.cloud_usage_preview_{part}", prepare(self.preview))

    def _prepare_summary(self, preview):
        """Values of the summary: figures, control totals by currency, months with what they change."""
        partitions = preview["by_partition"]
        return {
            "is_part": preview.get("is_part"),
            "figures": self._prepare_figures(preview),
            "totals": [
                {
                    "currency": total["currency"],
                    "rows": self._format_count(total["rows"]),
                    **{cost: self._format_number(total[cost]) for cost in COSTS},
                }
                for total in preview["by_currency"]
            ],
            "quantities": self._prepare_quantities(preview),
            "more_quantities": max(len(preview.get("by_quantity", ())) - _LISTED, 0),
            "files": self._prepare_files(preview),
            "more_files": max(len(preview.get("files", ())) - _FILES_LISTED, 0),
            "left_out": describe_left_out(preview.get("left_out", [])),
            "months": [
                *self._prepare_months([one for one in partitions if one["billing_month"]]),
                *self._prepare_service_months(preview),
            ],
            "has_provider": len({partition["provider"] for partition in partitions}) > 1,
            "changes": [
                self._prepare_change(difference)
                for difference in self.differences or []
                if difference["before_rows"] or difference.get("is_known")
            ],
        }

    def _prepare_figures(self, preview):
        """[(label, value)]: what one looks at first."""
        partitions = preview["by_partition"]
        months = sorted({partition["billing_month"] for partition in partitions if partition["billing_month"]})
        names = [self._format_month(month) for month in months]
        return [
            (self.env._("Rows"), self._format_count(preview["rows"] + preview["errors"])),
            (self.env._("Billing months"), ", ".join(names[:3]) + (" …" if len(names) > 3 else "") or "–"),
            (self.env._("Service time (UTC)"), self._format_period(preview["service_start"], preview["service_end"])),
            (self.env._("Currencies"), ", ".join(total["currency"] or "–" for total in preview["by_currency"])),
            (
                self.env._("Provider accounts"),
                self._format_count(len({(p["provider"], p["provider_account"]) for p in partitions})),
            ),
            (
                self.env._("Sub-accounts"),
                self._format_listed(len({(a["provider"], a["sub_account"]) for a in preview["sub_accounts"]})),
            ),
        ]

    def _prepare_files(self, preview):
        """The files of a delivery of several, also those of an archive, each with its rows."""
        # A preview that was kept before files were told apart has none.
        files = preview.get("files", ())
        return [
            {
                "name": file["name"],
                "rows": self._format_count(file["rows"]),
                "errors": self._format_count(file["errors"]),
            }
            for file in files[:_FILES_LISTED]
            if len(files) > 1
        ]

    def _prepare_quantities(self, preview):
        """What was measured, by service and unit; the services with most rows first."""
        # A preview that was kept before quantities were added up has none.
        found = sorted(preview.get("by_quantity", ()), key=lambda line: -line["rows"])
        return [
            {
                "service": line["service"] or "–",
                "unit": line["unit"] or "",
                "rows": self._format_count(line["rows"]),
                "quantity": self._format_number(line["quantity"]),
            }
            for line in found[:_LISTED]
        ]

    def _prepare_service_months(self, preview):
        """Months of rows that say no billing month: those in which their service begins, in UTC."""
        return [
            {
                "provider": "",
                "account": self.env._("by service time"),
                "month": self._format_month(line["month"]),
                "rows": self._format_count(line["rows"]),
                "cost": self._format_number(line["cost_billed"]),
                "currency": line["currency"],
            }
            for line in preview.get("by_service_month", ())
        ]

    def _prepare_months(self, partitions):
        return [
            {
                "provider": partition["provider"],
                "account": partition["provider_account"] or "–",
                "month": self._format_month(partition["billing_month"]),
                "rows": self._format_count(partition["rows"]),
                "cost": self._format_number(partition["cost_billed"]),
                "currency": partition["currency"],
            }
            for partition in partitions
        ]

    def _prepare_change(self, difference):
        """A month that is delivered again, in words of rows and money."""
        return {
            "account": difference["provider_account"] or "–",
            "month": self._format_month(difference["billing_month"]),
            "is_known": difference.get("is_known"),
            "currency": difference["currency"],
            **{
                name: self._format_count(difference[f"{name}_rows"])
                for name in ("before", "after", "added", "changed", "removed")
            },
            **{
                f"{name}_cost": self._format_number(difference[f"{name}_cost"])
                for name in ("before", "after", "removed")
            },
            "has_removal": bool(difference["removed_rows"]),
        }

    def _prepare_accounts(self, preview):
        accounts = [
            {
                "account": account["sub_account"] or "–",
                "name": account["name"],
                "rows": self._format_count(account["rows"]),
                "cost": self._format_number(account["cost_billed"]),
                "currency": account["currency"],
            }
            for account in preview["sub_accounts"][:_LISTED]
        ]
        by_cost = sorted(preview["by_service"], key=lambda service: -abs(parse_decimal(service["cost_billed"] or "0")))
        services = [
            {
                "service": service["service"] or "–",
                "rows": self._format_count(service["rows"]),
                "cost": self._format_number(service["cost_billed"]),
                "currency": service["currency"],
            }
            for service in by_cost[:_LISTED]
        ]
        return {
            "accounts": accounts,
            "more_accounts": max(len(preview["sub_accounts"]) - _LISTED, 0),
            "services": services,
            "more_services": max(len(by_cost) - _LISTED, 0),
        }

    def _prepare_problems(self, preview):
        return {
            "problems": [
                {
                    "column": problem["column"],
                    "count": self._format_count(problem["count"]),
                    "sentence": self._explain_problem(problem),
                    "examples": [
                        (self._format_count(e["row_no"]), e["value"], e.get("file")) for e in problem["examples"]
                    ],
                }
                for problem in sorted(preview["problems"], key=lambda problem: -problem["count"])
            ]
        }

    def _explain_problem(self, problem):
        example = problem["examples"][0] if problem["examples"] else {"value": ""}
        return reader_messages.explain_problem(self.env, problem["reason"], example["value"])

    def _prepare_rows(self, preview):
        names = ("sub_account", "service", "sku_name", "region", "unit", "currency")
        return {
            "rows": [
                {
                    **{name: row[name] for name in names},
                    "row_no": self._format_count(row["row_no"]),
                    "start": row["service_start"],
                    "kind": self._get_kind_label(row["charge_kind"]),
                    "quantity": self._format_number(row["quantity"]),
                    "cost": self._format_number(row["cost_billed"]),
                }
                for row in preview["first_rows"]
            ]
        }

    # === BUSINESS: FORMATS === #

    def _get_kind_label(self, kind):
        policies = self.env["cloud.usage.source.policy"]
        return dict(policies._fields["charge_kind"]._description_selection(self.env)).get(kind, kind)

    def _format_count(self, count):
        return format_decimal(self.env, parse_decimal(str(count or 0)))

    def _format_listed(self, count):
        """A number of entries that were listed up to a bound."""
        text = self._format_count(count)
        return self.env._("%(count)s or more", count=text) if count >= MAX_LISTED else text

    def _format_number(self, text):
        """An exact number without zeros that say nothing; a dash where no row gave one, which is not zero."""
        if text is None:
            return "–"
        whole, _point, decimals = text.partition(".")
        return format_decimal(self.env, parse_decimal(f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"))

    def _format_month(self, month):
        return format_date(self.env, month, date_format="MMMM y") if month else ""

    def _format_period(self, start, end):
        """The days of a half-open stretch of time, its last one included."""
        if not start:
            return "–"
        last = fields.Datetime.subtract(fields.Datetime.to_datetime(end), seconds=1).date()
        first = fields.Date.to_date(start)
        days = [format_date(self.env, day) for day in dict.fromkeys((first, last))]
        return " – ".join(days)
