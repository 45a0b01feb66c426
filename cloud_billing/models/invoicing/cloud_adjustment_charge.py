from odoo import fields, models
from odoo.exceptions import UserError

from ...fields import DecimalField
from ..billing.bill.cloud_bill import REVIEWED


class CloudAdjustment(models.Model):
    """What became of a one-off amount: derived from its charge, never written on it."""

    _inherit = "cloud.adjustment"

    component_ids = fields.One2many("cloud.charge.component", "adjustment_id")
    charge_id = fields.Many2one("cloud.charge", compute="_compute_charge", help="The live one, billed or in a run.")
    bill_id = fields.Many2one("cloud.bill", compute="_compute_charge")
    move_id = fields.Many2one("account.move", string="Invoice", compute="_compute_charge")
    charged_amount = DecimalField(
        compute="_compute_charge", currency_field="currency_id", help="What it came to; empty while nothing is charged."
    )
    progress = fields.Selection(
        [
            ("draft", "Draft"),
            ("waiting", "Waiting for a bill"),
            ("run", "In a run"),
            ("billed", "Billed"),
            ("cancelled", "Cancelled"),
        ],
        string="Status",
        compute="_compute_charge",
    )

    # === COMPUTE === #

    def _compute_charge(self):
        charges = self._fetch_charges()
        for adjustment in self:
            # sudo: whoever may read a one-off amount may read what became of it, also without a right on invoices.
            charge = charges.get(adjustment._origin.id, self.env["cloud.charge"]).sudo()
            adjustment.charge_id = charge.id
            adjustment.bill_id = charge.bill_id.id
            adjustment.move_id = charge.bill_id.move_id.id
            adjustment.charged_amount = charge.amount
            if charge:
                adjustment.progress = "billed" if charge.state == "billed" else "run"
            else:
                adjustment.progress = "waiting" if adjustment.state == "agreed" else adjustment.state

    # === ACTIONS === #

    def action_view_bill(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.bill",
            "res_id": self.bill_id.id,
            "view_mode": "form",
        }

    # === BUSINESS === #

    def _fetch_charges(self):
        """{adjustment id: its live charge}."""
        charges = self.env["cloud.charge"].search(
            [
                ("component_id.adjustment_id", "in", self._origin.ids),
                ("is_live", "=", True),
                ("corrects_id", "=", False),
            ]
        )
        return {charge.adjustment_id.id: charge for charge in charges}

    def _check_open(self):
        """Raise where a charge is submitted or billed; the trigger of the table says the same to everybody else."""
        charges = self._fetch_charges()
        for adjustment in self:
            # sudo: which run stands in the way is told to everybody.
            charge = charges.get(adjustment.id, self.env["cloud.charge"]).sudo()
            if charge and charge.run_id.state not in ("rating", "review"):
                raise UserError(
                    self.env._(
                        "%(text)s is in %(run)s, which is submitted or posted. Take the run back first; once it is"
                        " posted, make another one-off amount.",
                        text=adjustment.name,
                        run=charge.run_id.name,
                    )
                )

    def _uncharge(self):
        """Take these out of runs in review; returns the runs, whose bills are not assessed yet."""
        # sudo: charges and bills change by rating only; no role may write them.
        charges = self.env["cloud.charge"].sudo().union(*self.sudo()._fetch_charges().values())
        runs, bills = charges.run_id, charges.bill_id
        charges._discard()
        bills.invalidate_recordset()
        bills.filtered(lambda bill: not bill.charge_ids and bill.state in REVIEWED).unlink()
        return runs.sudo(self.env.su)

    def _charge(self, runs):
        """Put what is due with runs in review on their bills; of them these amounts, or those taken out, are."""
        payers = self.env["cloud.customer"].browse(payer.id for payer in self.customer_id._get_payers().values())
        for run in (runs | self.run_id).filtered(lambda run: run.state == "review"):
            self.env["cloud.adjustment.due"]._make(run)
            self.env["cloud.bill"]._assemble(run)
            run._get_reviewed_bills().filtered(lambda bill: bill.customer_id in payers)._assess()
