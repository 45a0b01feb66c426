from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...engine.numbers import exact


class CloudBill(models.Model):
    """Finding bills by why they wait."""

    _inherit = "cloud.bill"

    main_reason = fields.Selection(
        selection="_selection_reasons",
        compute="_compute_main_reason",
        store=True,
        help="The first reason: what blocks it, else why it needs a look.",
    )
    reason_code = fields.Selection(
        selection="_selection_reasons",
        string="Reason",
        compute="_compute_reason_code",
        search="_search_reason_code",
        help="Search by it finds every bill with this reason, also beside others.",
    )

    # === COMPUTE === #

    def _selection_reasons(self):
        return list(self.env["cloud.bill.reason"]._get_labels().items())

    @api.depends("reasons")
    def _compute_main_reason(self):
        Reason = self.env["cloud.bill.reason"]
        for bill in self:
            bill.main_reason = Reason._get_label_code(bill.reasons[0]["code"]) if bill.reasons else False

    @api.depends("main_reason")
    def _compute_reason_code(self):
        for bill in self:
            bill.reason_code = bill.main_reason

    def _search_reason_code(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.flush_model(["reasons"])
        bills = SQL(
            """
            (SELECT b.id
               FROM cloud_bill b
         CROSS JOIN jsonb_array_elements(b.reasons) item
              WHERE jsonb_typeof(b.reasons) = 'array'
                AND CASE WHEN item ->> 'code' = ANY(%(known)s) THEN item ->> 'code'
                         WHEN item ->> 'code' LIKE 'engine%%' THEN 'engine'
                         ELSE 'other'
                     END = ANY(%(wanted)s))
            """,
            known=list(self.env["cloud.bill.reason"]._get_labels()),
            wanted=[code for code in value if code],
        )
        domain = Domain("id", "in", bills)
        return domain | Domain("main_reason", "=", False) if False in value else domain

    # === ACTIONS === #

    def action_export(self):
        """Download these bills with the totals of each currency."""
        names = "-".join(self.run_id[:3].mapped("name")).replace("/", "-")
        return self.env["cloud.bill.file"]._make(self, f"bills-{names}.csv")

    # === BUSINESS === #

    def _tell_totals(self):
        """What these bills come to, as a person reads it: "1,234.56 EUR, 7,800 JPY"."""
        texts = []
        for currency, bills in self.grouped("currency_id").items():
            with exact():
                total = sum(bill.amount or 0 for bill in bills)
            texts.append(f"{self._format_amount(total, currency)} {currency.name}")
        return ", ".join(texts)
