from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal, to_text
from ..billing.bill.cloud_bill import REVIEWED

# So many customers are told to the approver one by one.
_NAMED = 20


class CloudBillRun(models.Model):
    """Fees of billed days that come back because a contract ended or was changed: limited as credits by hand are.

    Whoever keeps contracts ends one on any day, also on a past one. What comes back then is a credit like another one.
    """

    _inherit = "cloud.bill.run"

    # === BUSINESS === #

    def _is_large_credit(self):
        return super()._is_large_credit() or bool(self._get_much_given_back())

    def _get_much_given_back(self):
        """{cloud.customer: Decimal in the company's currency} of those whom more comes back than one approver lets go.

        What price credits give the same customer in the calendar month of the invoice date counts with it.
        """
        self.ensure_one()
        limit = self.company_id.cloud_credit_limit
        if limit is None or self.is_price_credit:
            return {}
        back = self._fetch_given_back()
        if not back:
            return {}
        customers = self.env["cloud.customer"].browse(back)
        given = self._fetch_given(customers)
        with exact():
            sums = {
                customer: self._add_approval_amounts(back[customer.id], self.invoice_date)
                + given.get(customer.id, Decimal(0))
                for customer in customers
            }
        return {customer: amount for customer, amount in sums.items() if amount > limit}

    def _fetch_given_back(self):
        """{customer id: [(res.currency, Decimal)]} of fees of days billed before, less what is charged anew for them.

        So a line that another one takes the place of counts with that one; a period that is due does not count.
        """
        self.env["cloud.charge"].flush_model()
        self.env["cloud.bill"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
              WITH of_run AS (
                   SELECT c.*
                     FROM cloud_charge c
                     JOIN cloud_bill b ON b.id = c.bill_id
                    WHERE c.run_id = %(run_id)s
                      AND b.state = ANY(%(states)s)
                      AND c.kind = ANY(%(kinds)s)
              ), corrected AS (
                   SELECT subscription_id, MAX(service_end) AS until
                     FROM of_run
                    WHERE corrects_id IS NOT NULL
                 GROUP BY subscription_id
              )
            SELECT c.customer_id, c.currency_id, (-SUM(c.amount))::text
              FROM of_run c
              JOIN corrected ON corrected.subscription_id = c.subscription_id AND c.service_start < corrected.until
          GROUP BY c.customer_id, c.subscription_id, c.currency_id
            HAVING SUM(c.amount) < 0
                """,
                run_id=self.id,
                states=list(REVIEWED),
                kinds=list(self.env["cloud.charge.correction"]._get_agreed_kinds()),
            )
        )
        back = {}
        for customer_id, currency_id, amount in rows:
            currency = self.env["res.currency"].browse(currency_id)
            back.setdefault(customer_id, []).append((currency, parse_decimal(amount)))
        return back

    # === HOOKS === #

    def _get_effect_notes(self, *args, **kwargs):
        notes = super()._get_effect_notes(*args, **kwargs)
        much = self._get_much_given_back()
        if not much:
            return notes
        company = self.company_id
        return [
            self.env._(
                "More than %(limit)s %(currency)s of fees that were billed comes back, because contracts ended or were "
                "changed, so two people approve: %(customers)s.",
                limit=to_text(company.cloud_credit_limit),
                currency=company.currency_id.name,
                customers=", ".join(customer.name for customer in list(much)[:_NAMED]),
            ),
            *notes,
        ]
