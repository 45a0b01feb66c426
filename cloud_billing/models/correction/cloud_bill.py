from odoo import models
from odoo.exceptions import UserError


class CloudBill(models.Model):
    """A bill that gives money back: with the taxes and accounts of what it cites."""

    _inherit = "cloud.bill"

    # === ACTIONS === #

    def action_recalculate(self):
        credits = self.filtered("run_id.is_price_credit")
        if credits:
            raise UserError(
                self.env._(
                    "%(bill)s is what somebody decided to give back: there is nothing to rate. Cancel its run and make"
                    " another credit.",
                    bill=credits[0].name,
                )
            )
        return super().action_recalculate()

    # === BUSINESS === #

    def _fetch_previous(self):
        """What is given back is no bill of a month: beside the last one it would look like a fall of revenue."""
        credits = self.filtered("run_id.is_price_credit")
        return super(CloudBill, self - credits)._fetch_previous()

    # === HOOKS === #

    def _get_look_reasons(self, amount, previous):
        # A person decided it, and its approver sees every line of it.
        return [] if self.run_id.is_price_credit else super()._get_look_reasons(amount, previous)

    def _get_line_taxes(self, product, account, fiscal_position, lines):
        original, taxes = super()._get_line_taxes(product, account, fiscal_position, lines)
        if not self.run_id.is_price_credit or not lines:
            return original, taxes
        # sudo: a credit has the taxes of the invoice, whoever may read that.
        cited = lines.sudo().corrects_id.move_line_id.tax_ids
        return (original, taxes) if cited == taxes else (cited, cited)

    def _prepare_move_vals(self):
        values = super()._prepare_move_vals()
        if not self.run_id.is_price_credit:
            return values
        # sudo: see _get_line_taxes.
        cited = self.rated_line_ids.sudo().corrects_id.move_id
        if len(cited.fiscal_position_id) <= 1:
            values["fiscal_position_id"] = cited.fiscal_position_id.id
        if len(cited) == 1:
            values["reversed_entry_id"] = cited.id
        return values

    def _prepare_move_line_vals(self, lines, sign, journal, fiscal_position):
        values = super()._prepare_move_line_vals(lines, sign, journal, fiscal_position)
        if self.run_id.is_price_credit:
            # sudo: see _get_line_taxes.
            cited = lines.sudo().corrects_id.move_line_id[:1]
            values.update(account_id=cited.account_id.id, analytic_distribution=cited.analytic_distribution or False)
        return values
