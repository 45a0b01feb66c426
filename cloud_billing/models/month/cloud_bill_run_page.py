from odoo import api, fields, models

from ...engine.numbers import exact, parse_decimal
from .revenue_bridge import EFFECTS

# Enough for one screen; the export of the bridge has all of them.
_MOVERS = 10
_NAMED = 5
# Of what was decided in the run itself, which the approver answers for.
_NAMED_OF_RUN = 20


class CloudBillRun(models.Model):
    """The approver's one page: revenue bridge, margin, what people decided and why, tie-out to the sources.

    It is a part of the effect that a request keeps, so what an approver reads later is what stood there at the vote.
    """

    _inherit = "cloud.bill.run"

    page_html = fields.Html(
        string="Approver's Page",
        compute="_compute_page_html",
        sanitize=False,
        help="As it was submitted, else as it would be submitted now.",
    )

    # === COMPUTE === #

    @api.depends_context("uid")
    def _compute_page_html(self):
        for run in self:
            run.page_html = self.env["cloud.change.request"]._render_effect(run._get_page())

    # === ACTIONS === #

    def action_print_page(self):
        """The approver's page as a document: as it was submitted, or as it would be submitted now."""
        return self.env.ref("cloud_billing.cloud_bill_run_page_report").report_action(self)

    def action_export_bridge(self):
        """Download the revenue bridge of every customer and product."""
        self.ensure_one()
        self.check_access("read")
        return self.env["cloud.bill.file"]._make_table(
            f"bridge-{self.name.replace('/', '-')}.csv", self._get_bridge_table()
        )

    # === BUSINESS === #

    def _get_page(self):
        """The effect with the page: what a request keeps where there is one, else of the run as it is now."""
        self.ensure_one()
        # sudo: whoever may read the run may read what was submitted of it.
        kept = self.request_id.sudo().effect if self.request_id else None
        return kept if kept and kept.get("parts") else self._get_effect()

    def _get_bridge_table(self):
        """A head and rows: currency, customer, product, last, now and the effects; then totals per currency."""
        rows = self._get_bridge()
        head = [
            self.env._("Currency"),
            self.env._("Customer"),
            self.env._("Product"),
            self.env._("Last"),
            self.env._("Now"),
            *self._get_effect_labels().values(),
        ]
        Currency, Customer = self.env["res.currency"], self.env["cloud.customer"]
        Product = self.env["product.product"].browse({row.product_id for row in rows})
        table = [head]
        for row in rows:
            table.append(
                [
                    Currency.browse(row.currency_id).name,
                    Customer.browse(row.customer_id).name,
                    Product.browse(row.product_id).display_name,
                    row.last,
                    row.now,
                    *(row.effects[name] for name in EFFECTS),
                ]
            )
        table.append([])
        for currency_id, sums in self._add_up_bridge(rows).items():
            total = [Currency.browse(currency_id).name, self.env._("Total"), "", sums["last"], sums["now"]]
            table.append([*total, *(sums[name] for name in EFFECTS)])
        return table

    def _get_effect_labels(self):
        return {
            "new": self.env._("New"),
            "lost": self.env._("Lost"),
            "price": self.env._("Price"),
            "volume": self.env._("Volume"),
            "other": self.env._("Other"),
        }

    # === HOOKS === #

    def _get_effect(self):
        """Beside what super() returns, `parts`: what the page shows, a list of {key, title, head, rows of texts}."""
        effect = super()._get_effect()
        if self.is_price_credit:
            # No month's bills, and no usage: the notes say what is given back of which invoice.
            return {**effect, "parts": [self._get_decision_part(), self._get_since_part()]}
        sums, moved = self._summarise_bridge(_MOVERS)
        return {
            **effect,
            "rows": [*self._get_bridge_rows(sums), *effect["rows"]],
            "parts": [
                self._get_bridge_part(sums),
                self._get_margin_part(effect["rows"]),
                self._get_tie_out_part(effect["rows"]),
                self._get_decision_part(),
                self._get_mover_part(moved),
                self._get_since_part(),
            ],
        }

    def _get_bridge_rows(self, by_currency):
        """The bridge as rows of a plain effect. by_currency: sums of `_add_up_bridge`."""
        rows = []
        labels = self._get_effect_labels()
        for currency, sums in self._sort_by_currency(by_currency):
            rows.append(
                {
                    "label": self.env._("Last bills, and this run"),
                    "old": self._tell_amount(sums["last"], currency),
                    "new": self._tell_amount(sums["now"], currency),
                }
            )
            for name, label in labels.items():
                if sums[name]:
                    rows.append({"label": label, "old": "", "new": self._tell_amount(sums[name], currency)})
        return rows

    def _get_bridge_part(self, by_currency):
        rows, labels, counts = [], self._get_effect_labels(), self._count_customers()
        for currency, sums in self._sort_by_currency(by_currency):
            customers = counts.get(currency.id, {"new": 0, "lost": 0})
            rows.append([self.env._("Last bills"), self._tell_amount(sums["last"], currency), ""])
            for name, label in labels.items():
                note = self.env._("customers: %(count)s", count=customers[name]) if customers.get(name) else ""
                rows.append([label, self._tell_amount(sums[name], currency), note])
            rows.append([self.env._("This run"), self._tell_amount(sums["now"], currency), ""])
        return {
            "key": "bridge",
            "title": self.env._("Revenue, from the last bills to this run"),
            "head": ["", self.env._("Amount"), ""],
            "rows": rows,
        }

    def _get_margin_part(self, rows):
        """What is left of the bills, apart from the bridge: not everybody who reads the page may see costs.

        rows: of the effect.
        """
        return {
            "key": "margin",
            "is_cost": True,
            "title": self.env._("Margin"),
            "head": ["", self.env._("Amount"), ""],
            "rows": self._take_rows(rows, "margin"),
        }

    def _get_tie_out_part(self, rows):
        """rows: of the effect."""
        return {
            "key": "tie_out",
            "is_cost": True,
            "title": self.env._("Usage, by what became of it"),
            "head": ["", self.env._("Cost"), ""],
            "rows": self._take_rows(rows, "usage"),
        }

    @staticmethod
    def _take_rows(rows, part):
        """The rows of the effect that say they are of a part, as rows of the page."""
        return [[row["label"], row["new"], row["old"]] for row in rows if row.get("part") == part]

    def _get_mover_part(self, moved):
        """moved: BridgeRows, those that moved most first."""
        rows = []
        labels = self._get_effect_labels()
        with exact():
            for row in moved:
                currency = self.env["res.currency"].browse(row.currency_id)
                effects = [
                    f"{labels[name]} {self._tell_amount(row.effects[name], currency)}"
                    for name in EFFECTS
                    if row.effects[name]
                ]
                rows.append(
                    [
                        self.env._(
                            "%(customer)s, %(product)s",
                            customer=self.env["cloud.customer"].browse(row.customer_id).name,
                            product=self.env["product.product"].browse(row.product_id).display_name,
                        ),
                        self._tell_amount(row.now - row.last, currency),
                        ", ".join(effects),
                    ]
                )
        return {
            "key": "movers",
            "title": self.env._("What moved most"),
            "head": ["", self.env._("Difference"), ""],
            "rows": rows,
        }

    def _get_decision_part(self):
        return {
            "key": "decisions",
            "title": self.env._("What people decided in this run, and why"),
            "head": ["", self.env._("Amount"), self.env._("Of")],
            "rows": self._get_decisions([("run_id", "=", self.id)], _NAMED_OF_RUN),
        }

    def _get_since_part(self):
        domain = [("company_id", "=", self.company_id.id), ("run_id", "!=", self.id)]
        last = self._get_run_before()
        if last.posted_at:
            domain.append(("occurred_at", ">", last.posted_at))
        return {
            "key": "since",
            "title": self.env._("Other interventions since the last run was posted"),
            "head": ["", self.env._("Amount"), self.env._("Of")],
            "rows": self._get_decisions(domain),
        }

    def _get_decisions(self, domain, named=_NAMED):
        """Rows of what the register of interventions says, by what was done, by whom and why; one statement.

        named: how many customers or records of a row are called by name.
        """
        # sudo: the approver of a run reads what was decided in it, whatever else of the register is open to him or her.
        Register = self.env["cloud.intervention"].sudo()
        kinds = dict(Register._fields["kind"]._description_selection(self.env))
        groups = Register._read_group(
            domain,
            ["kind", "person_name", "reason", "currency_id"],
            ["__count", "amount:sum", "customer_id:recordset", "res_name:array_agg"],
            order="__count desc, kind, person_name, reason",
        )
        rows = []
        for kind, person, reason, currency, count, amount, customers, records in groups:
            label = self.env._(
                "%(count)s %(kind)s by %(person)s: “%(reason)s”",
                count=count,
                kind=kinds.get(kind, kind).lower(),
                person=person or self.env._("the schedule"),
                reason=reason,
            )
            names = customers.mapped("name") or records
            called = "; ".join(names[:named]) + ("; ..." if len(names) > named else "")
            told = self._tell_amount(parse_decimal(amount), currency) if currency and amount is not None else ""
            rows.append([label, told, called])
        return rows

    def _sort_by_currency(self, by_currency_id):
        pairs = [(self.env["res.currency"].browse(key), value) for key, value in by_currency_id.items()]
        return sorted(pairs, key=lambda pair: pair[0].name)
