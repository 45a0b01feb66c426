from odoo import api, models

from .claims_given_up import find_receivable, get_touched_claims


class AccountPartialReconcile(models.Model):
    """What stands against an invoice of a customer of a live company is money, or was agreed on.

    The second line behind the posting: an entry that was edited after it was posted, or that says another partner.
    """

    _inherit = "account.partial.reconcile"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        companies = self.env["cloud.protected.field"]._get_companies("live")
        if companies and self.pool.ready and "state" in self.env["cloud.protected.field"]._get_names("account.move"):
            partials._check_agreed(companies)
        return partials

    # === BUSINESS === #

    def _check_agreed(self, companies):
        """Raise UserError where a claim would be settled by what no second person has agreed to."""
        owed = get_touched_claims(self.debit_move_id.move_id, companies)
        for move, partials in self.grouped(lambda partial: partial.credit_move_id.move_id).items():
            if not partials.debit_move_id & owed or move.company_id not in companies or move._is_older_than_live():
                continue
            # Its own lines on the accounts of claims, whoever they say it is of.
            move._check_may_be_matched(find_receivable(move))
