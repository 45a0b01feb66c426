"""Invoice = rated lines = ledger, told by SQL that shares no code with the add-on (tests/system/invariants.sql)."""

import itertools
from unittest import skipUnless

from odoo.tests import tagged

from .invariants_common import INVARIANTS, InvariantsMixin
from .test_billing_taxes import TaxCase

# Rounded to nothing, two and three decimals, at rates that leave no round figure; of the second month they differ.
RATES = {"EUR": (1, 1), "JPY": (160.37, 171.3), "KWD": (0.3317, 0.3519)}
# Of each, as gross prices too: some net amount with 21 % on top comes to them in all three currencies.
PRICES = ("33.34", "0.015", "1999.91", "7.26")

# The balance is the amount at the rate of the invoice's day, rounded to cents: of each line; or, where the company
# rounds the whole document, of all of them together, but for the one cent that Odoo shifts between net and tax.
AT_THE_RATE = """
SELECT m.id, SUM(l.amount_currency), SUM(l.balance), r.rate
  FROM account_move m
  JOIN account_move_line l ON l.move_id = m.id AND l.display_type = 'product'
  JOIN res_currency_rate r ON r.currency_id = l.currency_id AND r.name = m.invoice_date AND r.company_id = m.company_id
 WHERE m.cloud_bill_id = ANY(%s)
 GROUP BY m.id, r.rate, CASE WHEN %s THEN l.id END
HAVING abs(SUM(l.balance) - round(SUM(l.amount_currency) / r.rate, 2)) > %s
"""


@tagged("post_install", "-at_install")
@skipUnless(INVARIANTS.is_file(), "the invariants are a part of the project's checkout")
class TestLedgerTruth(InvariantsMixin, TaxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currencies = {
            code: cls.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
            for code in RATES
        }
        for code, rates in RATES.items():
            cls.currencies[code].active = True
            for day, rate in zip(("2026-04-01", "2026-05-01"), rates, strict=True):
                if code != cls.company.currency_id.name:
                    cls.env["res.currency.rate"].create(
                        {
                            "currency_id": cls.currencies[code].id,
                            "company_id": cls.company.id,
                            "name": day,
                            "rate": rate,
                        }
                    )
        cls.position = cls.env["account.fiscal.position"].create({"name": "Reduced", "company_id": cls.company.id})
        for tax in (cls.added, cls.included):
            cls.make_tax(f"Reduced {tax.name}", tax.price_include_override, amount=9).write(
                {"fiscal_position_ids": [(4, cls.position.id)], "original_tax_ids": [(4, tax.id)]}
            )

    def make_customers(self):
        """A customer with four fees for each currency, basis, kind of tax, with and without a fiscal position."""
        cases = itertools.product(RATES, ("net", "gross"), (self.added, self.included), (None, self.position))
        customers = self.env["cloud.customer"]
        for code, tax_basis, tax, position in cases:
            name = f"{code} {tax_basis} {tax.name} {bool(position)}"
            plan = self.make_plan(name, currency=self.currencies[code], tax_basis=tax_basis)
            products = [
                self.make_product(f"{price} {name}", "recurring", taxes_id=[(6, 0, tax.ids)]) for price in PRICES
            ]
            rules = zip(products, PRICES, strict=True)
            self.make_version(*({"product_id": one.id, "unit_price": price} for one, price in rules), plan=plan)
            customer = self.make_customer(name, currency_id=plan.currency_id.id)
            customer.partner_id.with_company(self.company).property_account_position_id = position
            self.make_subscription(customer, *products, plan=plan, date_start="2026-03-01")
            customers |= customer
        return customers

    def test_all_agree_in_each_currency_basis_tax_position_and_rounding_method(self):
        customers = self.make_customers()
        for cutoff, method in (("2026-04-01", "round_per_line"), ("2026-05-01", "round_globally")):
            self.company.tax_calculation_rounding_method = method
            run = self.make_run(cutoff)
            self.assertEqual(run.bill_ids.customer_id, customers)
            self.post(run)
            self.assertEqual(set(run.bill_ids.mapped("state")), {"posted"}, run.bill_ids.mapped("error"))
            self.assertEqual(self.broken(), [])
            is_by_line = method == "round_per_line"
            self.env.cr.execute(AT_THE_RATE, [run.bill_ids.ids, is_by_line, 0 if is_by_line else 0.01])
            self.assertEqual(self.env.cr.fetchall(), [])
        self.assertEqual(len(customers), 24)

    def test_a_cent_more_on_an_invoice_line_is_found(self):
        move = self.invoice("net", self.added)
        self.assertEqual(self.broken(), [])
        line = move.invoice_line_ids[:1]
        self.env.cr.execute(
            "UPDATE account_move_line SET price_subtotal = price_subtotal + 0.01 WHERE id = %s", [line.id]
        )
        self.assertEqual([row[0] for row in self.broken()], ["invoice line is not its rated lines"])
