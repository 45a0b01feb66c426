from odoo.fields import Command
from odoo.tests import tagged

from .test_billing_taxes import TaxCase


@tagged("post_install", "-at_install")
class TestTwoCompaniesThreeCurrencies(TaxCase):
    """One keeps its books in euro and bills in euro and yen, the other in dinar, which has three decimals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.first_data = cls.company, cls.company_data
        cls.dinar = cls.activate_currency("BHD", 0.001)
        cls.yen = cls.activate_currency("JPY", 1)
        cls.env["res.currency.rate"].create(
            {"currency_id": cls.yen.id, "name": "2026-01-01", "rate": 160, "company_id": cls.first.id}
        )
        cls.second_data = cls.setup_other_company(name="Second", currency_id=cls.dinar.id)
        cls.second = cls.second_data["company"]
        people = cls.user_operator | cls.user_accountant | cls.user_price_manager | cls.user_approver
        users = people | cls.user_administrator | cls.env.user
        users.sudo().write({"company_ids": [Command.link(cls.second.id)]})

    @classmethod
    def activate_currency(cls, code, rounding):
        currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.write({"active": True, "rounding": rounding})
        return currency

    @classmethod
    def enter(cls, company, data):
        """Work in a company from here on."""
        cls.company, cls.company_data = company, data
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": company.ids})
        cls.set_company_state("setup")

    def setUp(self):
        super().setUp()
        before = (self.first, self.first_data, self.env)

        def leave():
            type(self).company, type(self).company_data, type(self).env = before

        self.addCleanup(leave)

    def assert_ties(self, move, basis, company, currency, untaxed, tax):
        """The invoice is as worked out by hand, and its rated lines are its net or its gross."""
        lines = self.env["cloud.rated.line"].search([("move_line_id.move_id", "=", move.id)])
        self.assertEqual((move.state, move.company_id, move.currency_id), ("posted", company, currency))
        self.assertEqual((str(move.amount_untaxed), str(move.amount_tax)), (untaxed, tax))
        billed = move.amount_untaxed if basis == "net" else move.amount_total
        self.assertEqual(currency.compare_amounts(float(sum(lines.mapped("amount"))), billed), 0)
        self.assertEqual(lines.company_id, company)

    def test_net_and_gross_plans_tie_in_each(self):
        self.enter(self.first, self.first_data)
        position = self.env["account.fiscal.position"].create({"name": "Reduced", "company_id": self.first.id})
        reduced = self.make_tax("Reduced", "tax_excluded", amount=6)
        reduced.write({"fiscal_position_ids": [(4, position.id)], "original_tax_ids": [(4, self.added.id)]})
        # 100.01 net; the customer's position takes 6 % in place of 21 %: 6.0006.
        move = self.invoice("net", self.added, fiscal_position=position)
        self.assert_ties(move, "net", self.first, self.first.currency_id, "100.01", "6.0")
        # 1000.5 is 1001 yen, of which 1001 / 1.21 = 827.27 are net.
        move = self.invoice("gross", self.included, price="1000.5", currency=self.yen)
        self.assert_ties(move, "gross", self.first, self.yen, "827.0", "174.0")

        self.enter(self.second, self.second_data)
        added, included = self.make_tax("Added", "tax_excluded"), self.make_tax("Included", "tax_included")
        # 1.2345 is 1.235 dinar, and 21 % of it 0.25935.
        move = self.invoice("net", added, price="1.2345", currency=self.dinar)
        self.assert_ties(move, "net", self.second, self.dinar, "1.235", "0.259")
        # 12.1005 is 12.101 dinar, of which 12.101 / 1.21 = 10.00083 are net.
        move = self.invoice("gross", included, price="12.1005", currency=self.dinar)
        self.assert_ties(move, "gross", self.second, self.dinar, "10.001", "2.1")

        runs = self.env["cloud.bill.run"].sudo().search([("company_id", "in", (self.first | self.second).ids)])
        self.assertEqual(len(runs), 4)
        for run in runs:
            self.assertEqual(run.bill_ids.company_id | run.bill_ids.customer_id.company_id, run.company_id)
