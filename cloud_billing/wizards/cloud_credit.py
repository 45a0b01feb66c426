from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..fields import DecimalField
from ..models.correction.credit_line import add_up, credit_days, credit_whole, spread, take_percent

_ZERO = Decimal(0)


class CloudCredit(models.TransientModel):
    """Gives money back of a posted invoice while its service stays billed: by line, by amount, by days of service."""

    _name = "cloud.credit"
    _description = "Credit by Hand"

    move_id = fields.Many2one("account.move", string="Invoice", required=True, readonly=True)
    company_id = fields.Many2one(related="move_id.company_id")
    currency_id = fields.Many2one(related="move_id.currency_id")
    way = fields.Selection(
        [
            ("lines", "Amounts of lines"),
            ("amount", "One amount over all of it"),
            ("percent", "A percentage"),
            ("days", "Days of service"),
        ],
        required=True,
        default="lines",
        help="One amount and a percentage are shared by the chosen lines in proportion to what is left of them. Days"
        " are shared as the service's period is.",
    )
    amount = DecimalField(currency_field="currency_id", help="As the prices are: before tax, or with it.")
    percent = DecimalField(help="Of what is left of the chosen lines.")
    date_first = fields.Date(string="First Day")
    date_last = fields.Date(string="Last Day", help="The last day that is given back.")
    date = fields.Date(
        string="Date of the Credit Note", required=True, default=fields.Date.context_today, help="In an open period."
    )
    reason = fields.Char(required=True, help="For the approver and the record; not printed.")
    text = fields.Char(string="Text for the Customer", help="Printed on the credit note, below each line.")
    line_ids = fields.One2many("cloud.credit.line", "credit_id", string="Lines")
    total = DecimalField(currency_field="currency_id", compute="_compute_total", string="Given Back")

    # === COMPUTE === #

    @api.depends("line_ids.credit_amount")
    def _compute_total(self):
        for credit in self:
            credit.total = add_up(credit.line_ids.mapped("credit_amount"))

    # === ACTIONS === #

    def action_make(self):
        """Make the credit: it is shown in review, and goes to a second person from there."""
        self.ensure_one()
        credits = {line.rated_line_id: credit for line, credit in self._get_credits().items() if credit.amount}
        if not credits:
            raise UserError(
                self.env._(
                    "%(invoice)s: nothing would be given back. Choose lines and an amount above zero, or days that they"
                    " have.",
                    invoice=self.move_id.name,
                )
            )
        run = self.env["cloud.price.credit"]._make(credits, self.date, self.reason, text=self.text or "")
        return run._get_form_action()

    # === BUSINESS === #

    @api.model
    def _open(self, move):
        """The window for a posted invoice of ours, with all of its lines chosen."""
        move.check_access("read")
        self.check_access("create")
        rated = move.invoice_line_ids.cloud_rated_line_ids.sorted(lambda line: line._get_invoice_order())
        lefts = self.env["cloud.price.credit"]._get_left(rated)
        credit = self.create(
            {
                "move_id": move.id,
                "reason": "",
                "line_ids": [
                    (0, 0, {"rated_line_id": line.id, "left": left}) for line, left in lefts.items() if left > 0
                ],
            }
        )
        if not credit.line_ids:
            raise UserError(
                self.env._("%(invoice)s: nothing is left of it that could be given back.", invoice=move.name)
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Give Money Back: %(invoice)s", invoice=move.name),
            "res_model": self._name,
            "res_id": credit.id,
            "view_mode": "form",
            "target": "new",
        }

    def _get_credits(self):
        """{line of the window: CreditedLine} as the chosen way has it; lines without a share are left out."""
        lines = self.line_ids.filtered("is_chosen")
        if self.way == "lines":
            return {line: credit_whole(line.rated_line_id, line.amount) for line in lines if line.amount}
        if self.way == "days":
            return self._get_credited_days(lines)
        lefts = [line.left for line in lines]
        whole, amount = add_up(lefts), self.amount or _ZERO
        if self.way == "percent":
            amount = take_percent(whole, self.percent, self._get_step())
        if not 0 < amount <= whole:
            return {}
        shares = spread(amount, lefts, self._get_step())
        return {line: credit_whole(line.rated_line_id, share) for line, share in zip(lines, shares, strict=True)}

    def _get_credited_days(self, lines):
        if not self.date_first or not self.date_last or self.date_last < self.date_first:
            return {}
        end = fields.Date.add(self.date_last, days=1)
        found = {
            line: credit_days(line.rated_line_id, self.date_first, end, line.left, self._get_step()) for line in lines
        }
        return {line: credit for line, credit in found.items() if credit}

    def _get_step(self):
        return Decimal(repr(self.currency_id.rounding))
