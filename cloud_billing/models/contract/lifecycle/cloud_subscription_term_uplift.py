from odoo import models
from odoo.exceptions import UserError


class CloudSubscriptionTerm(models.Model):
    """The uplift that was agreed for each renewal: a proposal of prices, like any other."""

    _inherit = "cloud.subscription.term"

    # === BUSINESS === #

    def _apply_agreed_uplift(self):
        """Let the fees change from the first day of these renewals on, by what was agreed.

        One proposal for all renewals of a day with the same percentage. What cannot be proposed stops no renewal: its
        account manager is told why.
        """
        raised = self.filtered("uplift_percent")
        for (percent, day), terms in raised.grouped(lambda term: (term.uplift_percent, term.date_start)).items():
            if not terms._try_uplift(percent, day):
                for term in terms if len(terms) > 1 else ():
                    term._try_uplift(percent, day)

    def _try_uplift(self, percent, day):
        """Propose the uplift of these; whether it went well. A single one that did not is told of."""
        try:
            with self.env.cr.savepoint():
                self.subscription_id._apply_uplift(percent, day)
        except UserError as error:
            if len(self) == 1:
                self.subscription_id._remind(
                    "term_start",
                    self.env._("Propose the uplift of the renewal"),
                    lambda _one, error=error: str(error),
                )
            return False
        return True
