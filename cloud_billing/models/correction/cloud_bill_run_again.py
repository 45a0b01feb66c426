from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine.numbers import exact, parse_decimal, to_text
from ...engine.proof import digest
from ..billing.rated.told_numbers import tell_money

# So many lines are told to the approver one by one.
_NAMED = 20


class CloudBillRun(models.Model):
    """A run that rates chosen days of billed service again, with the usage of today and the prices in force then."""

    _inherit = "cloud.bill.run"

    again_start = fields.Date(string="Service From", readonly=True, copy=False)
    again_end = fields.Date(string="Service To", readonly=True, copy=False, help="First day that is not rated again.")
    again_plan_ids = fields.Many2many(
        "cloud.price.plan",
        "cloud_bill_run_again_plan_rel",
        string="Rated Again: Plans",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )
    again_product_ids = fields.Many2many(
        "product.product",
        "cloud_bill_run_again_product_rel",
        string="Rated Again: Products",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    _again_has_days = models.Constraint(
        "CHECK (correction_scope IS DISTINCT FROM 'again' OR COALESCE(again_start < again_end, FALSE))",
        "Choose at least one day to rate again.",
    )

    # === BUSINESS === #

    def _get_again_domain(self):
        """The billed originals that this run rates again; those that an open run corrects wait for it."""
        self.ensure_one()
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "in", self.env["cloud.charge.correction"]._get_again_kinds()),
                ("state", "=", "billed"),
                ("is_opening", "=", False),
                ("corrects_id", "=", False),
                ("service_start", "<", self.again_end),
                ("service_end", ">", self.again_start),
                ("correction_ids", "not any", [("state", "=", "draft"), ("is_price_credit", "!=", True)]),
            ]
        )
        if limit := self._get_limit():
            domain &= Domain("subscription_id", "in", limit.subscription_ids)
        if self.again_plan_ids:
            domain &= Domain("subscription_id.plan_id", "in", self.again_plan_ids.ids)
        if self.again_product_ids:
            domain &= Domain("product_id", "in", self.again_product_ids.ids)
        return domain

    @api.model
    def _make_again(self, criteria, reason, day, **vals):
        """Make and rate a run that rates again; returns it.

        criteria: values of customer_ids (ids, empty: everybody), again_start, again_end, again_plan_ids,
        again_product_ids (ids, empty: all). day: of invoices and entries, an open one. Raises UserError without days.
        """
        if criteria["again_start"] >= criteria["again_end"]:
            raise UserError(self.env._("The last day comes before the first one: choose at least one day."))
        run = self.create(
            {
                "cutoff_date": day,
                "invoice_date": day,
                "accounting_date": day,
                "note": reason,
                "customer_ids": [(6, 0, criteria["customer_ids"])],
                "company_id": criteria["company_id"],
                **vals,
            }
        )
        # sudo: what a run rates again is no field that a person writes; it is chosen in a window and stays.
        run.sudo().write(
            {
                "correction_scope": "again",
                "again_start": criteria["again_start"],
                "again_end": criteria["again_end"],
                "again_plan_ids": [(6, 0, criteria["again_plan_ids"])],
                "again_product_ids": [(6, 0, criteria["again_product_ids"])],
            }
        )
        run._start_rating()
        run._rate_all()
        return run

    def _get_again_lines(self):
        """The rated lines of the run's corrections and what cannot be rated, in an order that is always the same."""
        self.ensure_one()
        charges = self.env["cloud.charge"].search([("run_id", "=", self.id), ("state", "=", "draft")], order="id")
        return charges.rated_line_ids.sorted(lambda line: (line.charge_id.corrects_id.id, line.service_start, line.id))

    def _get_again_broken(self):
        """The charges of the run that cannot be rated now."""
        return self.env["cloud.charge"].search([("run_id", "=", self.id), ("error_code", "!=", False)], order="id")

    def _get_again_rows(self):
        """What the run would correct, as dicts: one per rated line, and one per charge that cannot be rated now."""
        rows = []
        for line in self._get_again_lines():
            told = line.statement.get("correction") or {}
            rows.append(
                {
                    "customer_name": line.customer_name,
                    "name": line.name,
                    "service_start": line.service_start,
                    "service_last": fields.Date.subtract(line.service_end, days=1),
                    "invoice": told.get("invoice"),
                    "currency_id": line.currency_id.id,
                    "amount_billed": parse_decimal(told.get("amount_billed", "0")),
                    "amount_now": parse_decimal(told.get("amount_now", to_text(line.amount))),
                    "difference": line.amount,
                    "original_line_id": line.corrects_id.id,
                }
            )
        return rows + [
            {
                "customer_name": charge.customer_id.name,
                "name": charge.subscription_line_id.name,
                "service_start": charge.service_start,
                "service_last": fields.Date.subtract(charge.service_end, days=1),
                "currency_id": charge.currency_id.id,
                "problem": charge.error,
            }
            for charge in self._get_again_broken()
        ]

    def _get_again_digest(self):
        """SHA-256 of what the run corrects: of which billed charge, which days and part, from what to what."""
        lines = [
            [
                line.charge_id.corrects_id.id,
                line.service_start,
                line.service_end,
                line.part_key or "",
                line.statement.get("correction"),
                to_text(line.amount),
                line.currency_id.name,
            ]
            for line in self._get_again_lines()
        ]
        broken = sorted([charge.corrects_id.id, charge.error_code] for charge in self._get_again_broken())
        return digest([lines, broken])

    def _tell_again_totals(self):
        """The difference per currency, as the reader writes money."""
        totals = {}
        with exact():
            for line in self._get_again_lines():
                totals[line.currency_id.name] = totals.get(line.currency_id.name, Decimal(0)) + line.amount
        texts = [tell_money(self.env, total, currency) for currency, total in sorted(totals.items())]
        return ", ".join(texts) or self.env._("Nothing differs")

    # === HOOKS === #

    def _get_scope_notes(self):
        if self.correction_scope != "again":
            return super()._get_scope_notes()
        Bill, lines = self.env["cloud.bill"], self._get_again_lines()
        notes = [
            self.env._(
                "Rated again: what was billed of %(start)s up to, not including, %(end)s, with the usage of now and the"
                " prices in force then. Nothing that is due for the first time.",
                start=self._get_date_text(self.again_start),
                end=self._get_date_text(self.again_end),
            )
        ]
        for line in lines[:_NAMED]:
            told = line.statement.get("correction") or {}
            notes.append(
                self.env._(
                    "%(customer)s, %(line)s: %(old)s were billed, %(new)s %(currency)s are right (%(invoice)s)",
                    customer=line.customer_name,
                    line=line.display_name,
                    old=Bill._format_amount(told.get("amount_billed", "0"), line.currency_id),
                    new=Bill._format_amount(told.get("amount_now", line.amount), line.currency_id),
                    currency=line.currency_id.name,
                    invoice=told.get("invoice", ""),
                )
            )
        if len(lines) > _NAMED:
            notes.append(self.env._("%(count)s more lines.", count=len(lines) - _NAMED))
        return notes
