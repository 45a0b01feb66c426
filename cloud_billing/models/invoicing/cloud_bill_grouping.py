import re

from odoo import api, fields, models
from odoo.tools import SQL

# What a grouping key is made of: words and ids, but for a number that was typed.
_PART = re.compile(r"(subscription|order|cost centre) ([\d,]+)(.*)|reference (.+)")
_NAMED = {
    "subscription": "cloud.subscription",
    "order": "cloud.customer.order",
    "cost centre": "account.analytic.account",
}


class CloudBill(models.Model):
    """What goes together on an invoice: by purchase order and by cost centre too, by one rule through a whole run."""

    _inherit = "cloud.bill"

    invoice_grouping = fields.Char(readonly=True, copy=False, help="By which rule the run has grouped the customer.")
    grouping_text = fields.Char(
        string="For", compute="_compute_grouping_text", help="What keeps it apart from the customer's other bills."
    )

    # === COMPUTE === #

    @api.depends("grouping_key")
    def _compute_grouping_text(self):
        parts = {bill: [part for part in (bill.grouping_key or "").split("; ") if part] for bill in self}
        found = [_PART.fullmatch(part) for some in parts.values() for part in some]
        names = {word: self._name_all(word, found) for word in _NAMED}
        for bill in self:
            texts = []
            for part in parts[bill]:
                match = _PART.fullmatch(part)
                if match and match[1]:
                    known = [names[match[1]].get(one, one) for one in match[2].split(",")]
                    texts.append(" + ".join(known) + match[3])
                else:
                    texts.append(match[4] if match else part)
            bill.grouping_text = ", ".join(texts)

    def _name_all(self, word, found):
        """{id as text: name} of the records of one kind that keys speak of."""
        ids = {int(one) for match in found if match and match[1] == word for one in match[2].split(",")}
        # sudo: whoever may read a bill may read what it is for.
        records = self.env[_NAMED[word]].sudo().browse(sorted(ids)).exists()
        return {str(record.id): record.display_name for record in records}

    # === BUSINESS === #

    @api.model
    def _assemble(self, run):
        result = super()._assemble(run)
        self._remember_groupings(run)
        return result

    def _remember_groupings(self, run):
        """Write on new bills by which rule the run groups their customer."""
        for model in ("cloud.bill", "cloud.customer", "res.company"):
            self.env[model].flush_model()
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_bill b
               SET invoice_grouping = COALESCE(
                       (SELECT MAX(o.invoice_grouping)
                          FROM cloud_bill o
                         WHERE o.run_id = b.run_id
                           AND o.customer_id = b.customer_id
                           AND o.state <> 'cancelled'),
                       customer.invoice_grouping, company.cloud_invoice_grouping, 'customer')
              FROM cloud_customer customer
              JOIN res_company company ON company.id = customer.company_id
             WHERE b.run_id = %s
               AND b.invoice_grouping IS NULL
               AND customer.id = b.customer_id
            """,
                run.id,
            )
        )
        self.env["cloud.bill"].invalidate_model(["invoice_grouping"])

    # === HOOKS === #

    @api.model
    def _get_groupings(self, run, payers):
        """A run goes on as it began: what joins it later is grouped like what is there."""
        self.env["cloud.bill"].flush_model(["invoice_grouping", "run_id", "customer_id", "state"])
        self.env.cr.execute(
            """
            SELECT customer_id, MAX(invoice_grouping)
              FROM cloud_bill
             WHERE run_id = %s
               AND state <> 'cancelled'
               AND invoice_grouping IS NOT NULL
          GROUP BY customer_id
            """,
            [run.id],
        )
        in_use = dict(self.env.cr.fetchall())
        return {payer.id: in_use.get(payer.id) or payer._get_invoice_grouping() for payer in payers}

    @api.model
    def _get_grouping_key(self, payer, charge):
        key = super()._get_grouping_key(payer, charge)
        if charge["grouping"] == "cost_centre":
            accounts = get_accounts(charge.get("analytic_distribution"))
            cost_centre = f"cost centre {','.join(map(str, accounts))}" if accounts else ""
            return "; ".join(filter(None, [cost_centre, key]))
        if charge["grouping"] == "order" and not key and payer.order_reference:
            # Its own number keeps its bills together also when it gets another one.
            return f"reference {payer.order_reference}"
        return key

    def _get_own_journal(self):
        return super()._get_own_journal() or self.customer_id.brand_id.journal_id

    def _prepare_move_vals(self):
        return {**super()._prepare_move_vals(), "cloud_brand_id": self.customer_id.brand_id.id}


def get_accounts(distribution):
    """The analytic accounts of a distribution, sorted; what is split over several is of all of them."""
    return sorted({int(account) for accounts in distribution or {} for account in accounts.split(",")})
