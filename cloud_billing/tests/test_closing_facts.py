from datetime import date

from freezegun import freeze_time
from odoo.tests import TransactionCase, tagged

from ..models.closing.day_shares import count_days, share_out, take_served
from ..models.cutover.opening_facts import OpeningFacts
from .closing_common import ClosingCase, D

CENT = D("0.01")


@tagged("post_install", "-at_install")
class TestShares(TransactionCase):
    def test_days_are_counted_half_open(self):
        march = date(2026, 3, 1), date(2026, 4, 1)
        self.assertEqual(count_days(*march, date(2026, 3, 1)), (0, 31))
        self.assertEqual(count_days(*march, date(2026, 3, 2)), (1, 31))
        self.assertEqual(count_days(*march, date(2026, 4, 1)), (31, 31))
        self.assertEqual(count_days(*march, date(2026, 2, 1)), (0, 31))
        self.assertEqual(count_days(*march, date(2027, 1, 1)), (31, 31))

    def test_months_of_an_amount_add_up_to_it_whatever_its_sign_and_currency(self):
        start, end = date(2024, 1, 31), date(2025, 1, 31)
        for total, step in ((D("100.00"), CENT), (D("-100.01"), CENT), (D(10001), D(1)), (D("0.001"), D("0.001"))):
            months = [date(2024, month, 1) for month in range(2, 13)] + [date(2025, 1, 1), date(2025, 2, 1)]
            served = [take_served(total, start, end, day, step) for day in months]
            self.assertEqual(served[-1], total)
            self.assertEqual(sorted(served, key=abs), served)
            self.assertTrue(all(not amount % step for amount in served))

    def test_halves_are_rounded_away_from_zero_on_both_sides(self):
        # 0.05 x 1/2 = 0.025
        days = date(2026, 1, 31), date(2026, 2, 2), date(2026, 2, 1)
        self.assertEqual(take_served(D("0.05"), *days, CENT), D("0.03"))
        self.assertEqual(take_served(D("-0.05"), *days, CENT), D("-0.03"))

    def test_what_an_invoice_line_posted_is_shared_out_to_the_cent(self):
        # 100.00 by thirds: 33.33, 66.67 - 33.33, the rest.
        self.assertEqual(share_out(D(100), [D(1)] * 3, CENT), [D("33.33"), D("33.34"), D("33.33")])
        # 121.00 gross of 100.00 net, in parts of which one is negative.
        self.assertEqual(share_out(D("100.00"), [D("242"), D("-121")], CENT), [D("200.00"), D("-100.00")])
        self.assertEqual(share_out(D("-100.00"), [D("-242"), D("121")], CENT), [D("-200.00"), D("100.00")])
        self.assertEqual(share_out(D(0), [D(5), D(-5)], CENT), [D(0), D(0)])


@tagged("post_install", "-at_install")
class TestCreditNotes(ClosingCase):
    """A year for 1,200.00 from 15 January 2026 on: 365 days, of which 17 are in January."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "1200"})

    def test_a_contract_that_ends_in_mid_year_leaves_nothing_deferred(self):
        subscription, _invoice = self.invoice_year()
        with freeze_time("2026-07-10 09:00:00"):
            subscription._apply_cancel(self.day("2026-07-15"), self.instant("2026-07-10 09:00:00"), "credit")
            note = self.post(self.make_run("2026-07-15"))
        # 184 of 365 days come back: 1,200 x 184/365 = 604.93
        self.assertEqual((note.move_type, note.amount_untaxed), ("out_refund", 604.93))
        # Of the year 167 days are left: 1,200 - 1,200 x 198/365 = 549.04. So are they of what was credited:
        # 604.93 - 604.93 x 17/184 = 549.04.
        closing = self.make_posted("2026-07-31")
        self.assertEqual(
            self.figures(closing),
            [("deferral", "invoice", "-549.04", "-549.04"), ("deferral", "invoice", "549.04", "549.04")],
        )
        # Served were 181 days: 1,200.00 - 604.93.
        self.assertEqual(self.balance(self.income, "2026-07-31"), "-595.07")
        self.assertEqual(self.balance(self.deferred, "2026-07-31"), "0.00")

    def test_an_invoice_taken_back_in_the_month_is_accrued_as_what_is_due_again(self):
        _subscription, invoice = self.invoice_year()
        self.free(invoice, "2026-01-20")
        closing = self.make_posted("2026-01-31")
        self.assertEqual(self.figures(closing), [("accrued_income", "pending", "55.89", "55.89")])
        self.assertEqual(self.balance(self.income, "2026-01-31"), "-55.89")

    def test_an_invoice_taken_back_after_the_month_counts_once(self):
        _subscription, invoice = self.invoice_year()
        self.free(invoice, "2026-02-02")
        closing = self.make_posted("2026-01-31")
        self.assertEqual(
            self.figures(closing),
            [("accrued_income", "pending", "55.89", "55.89"), ("deferral", "freed", "1200.00", "1200.00")],
        )
        self.assertEqual(self.balance(self.income, "2026-01-31"), "-55.89")
        rows = self.env["cloud.closing.waterfall"].search([("closing_id", "=", closing.id)])
        self.assertEqual([(str(row.month), str(row.amount)) for row in rows], [("2026-02-01", "1200.00")])

    def test_money_given_back_of_a_line_goes_back_for_its_days(self):
        _subscription, invoice = self.invoice_year()
        line = invoice.invoice_line_ids.cloud_rated_line_ids
        credits = self.env["cloud.price.credit"].with_user(self.user_accountant)
        self.post(credits._make({line: D("365.00")}, day=self.day("2026-03-10"), reason="Outage"))
        self.assertEqual(
            self.figures(self.make_posted("2026-03-31")),
            [("deferral", "invoice", "-289.00", "-289.00"), ("deferral", "invoice", "950.14", "950.14")],
        )
        self.assertEqual(self.balance(self.income, "2026-03-31"), "-173.86")

    def test_a_credit_note_without_rated_lines_goes_back_for_the_days_of_its_invoice(self):
        _subscription, invoice = self.invoice_year()
        note = invoice._reverse_moves([{"date": "2026-03-10", "invoice_date": "2026-03-10"}])
        note.invoice_line_ids.price_unit = 365
        note.action_post()
        closing = self.make_posted("2026-03-31")
        # 76 days are served: of the fee 950.14 is left, of the 365.00 that were credited 289.00.
        self.assertEqual(
            self.figures(closing),
            [("deferral", "credit", "-289.00", "-289.00"), ("deferral", "invoice", "950.14", "950.14")],
        )
        # 249.86 earned, less 76.00 of the credit.
        self.assertEqual(self.balance(self.income, "2026-03-31"), "-173.86")


@tagged("post_install", "-at_install")
class TestUnbilled(ClosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "31"}, {"product_id": cls.disk.id, "unit_price": "0.10"}
        )
        cls.customer = cls.make_customer("Acme")

    def subscribe(self, *lines, **vals):
        vals = {"date_start": "2026-03-15", "cycle_kind": "anniversary", **vals}
        return self.make_subscription(self.customer, *lines, **vals)

    def test_usage_of_a_period_that_runs_on_is_counted_up_to_the_months_end(self):
        stream = self.make_stream("Acme events", source=self.own_source)
        self.map_stream(stream, self.subscribe(self.disk).line_ids)
        self.deliver(
            {"stream": stream, "quantity": "10", "start": "2026-03-20 12:00:00"},
            # 31 March 23:30 in Amsterdam, and 1 April 00:30.
            {"stream": stream, "quantity": "100", "start": "2026-03-31 21:30:00"},
            {"stream": stream, "quantity": "1000", "start": "2026-03-31 22:30:00"},
            source=self.own_source,
        )
        closing = self.make_closing("2026-03-31")
        # 110 x 0.10
        self.assertEqual(self.figures(closing), [("accrued_income", "pending", "11.00", "11.00")])
        line = closing.line_ids
        self.assertEqual((str(line.service_start), str(line.service_end)), ("2026-03-15", "2026-04-01"))
        self.assertFalse(self.env["cloud.charge"].search([("company_id", "=", self.company.id)]))
        self.assertFalse(self.env["cloud.bill.run"].search([("name", "=", "/month-end")]))

    def test_fees_in_arrears_are_accrued_by_day(self):
        self.subscribe({"product_id": self.support.id, "name": "Support", "timing": "arrears"})
        # 17 of the 31 days from 15 March to 14 April
        self.assertEqual(
            self.figures(self.make_closing("2026-03-31")), [("accrued_income", "pending", "17.00", "17.00")]
        )

    def test_a_fee_in_advance_that_was_forgotten_is_accrued_and_not_deferred(self):
        self.subscribe({"product_id": self.support.id, "name": "Support", "timing": "advance"})
        self.assertEqual(
            self.figures(self.make_closing("2026-03-31")), [("accrued_income", "pending", "17.00", "17.00")]
        )

    def test_a_years_fee_in_arrears_of_a_monthly_contract_is_accrued_while_it_runs(self):
        line = {"product_id": self.support.id, "name": "Year", "timing": "arrears", "cycle_unit": "year"}
        self.subscribe({**line, "cycle_count": 1}, date_start="2026-01-01", cycle_kind="calendar")
        # 31.00 x 90/365 = 7.643
        self.assertEqual(self.figures(self.make_closing("2026-03-31")), [("accrued_income", "pending", "7.64", "7.64")])

    def test_what_a_run_has_rated_is_accrued_of_its_rated_lines(self):
        self.subscribe({"product_id": self.support.id, "name": "Support", "timing": "arrears"}, date_start="2026-03-01")
        run = self.make_run("2026-04-01")
        closing = self.make_closing("2026-03-31")
        self.assertEqual(self.figures(closing), [("accrued_income", "rated", "31.00", "31.00")])
        self.assertEqual(closing.line_ids.rated_line_id, run.bill_ids.rated_line_ids)
        self.post_closing(closing)
        run.bill_ids.action_recalculate()
        self.env.invalidate_all()
        self.assertEqual((len(closing.line_ids), closing.line_ids.rated_line_id.ids), (1, []))

    def test_what_is_excluded_from_its_run_is_accrued_as_not_charged(self):
        self.subscribe({"product_id": self.support.id, "name": "Support", "timing": "arrears"}, date_start="2026-03-01")
        self.make_run("2026-04-01").bill_ids.action_exclude("Asked for it")
        self.assertEqual(
            self.figures(self.make_closing("2026-03-31")), [("accrued_income", "pending", "31.00", "31.00")]
        )

    def test_late_usage_of_a_billed_month_is_accrued_as_its_correction(self):
        stream = self.make_stream("Acme disk")
        self.map_stream(stream, self.subscribe(self.disk, date_start="2026-01-01", cycle_kind="calendar").line_ids)
        self.deliver({"stream": stream, "quantity": "100"}, month="2026-01-01")
        self.post(self.make_run("2026-02-01"))
        self.deliver({"stream": stream, "quantity": "130"}, month="2026-01-01")
        # 30 x 0.10
        self.assertEqual(self.figures(self.make_closing("2026-02-28")), [("accrued_income", "pending", "3.00", "3.00")])

    def test_what_has_no_price_is_told_and_not_accrued(self):
        other = self.make_product("Backup", "recurring")
        self.subscribe({"product_id": other.id, "name": "Backup", "timing": "arrears"})
        closing = self.make_closing("2026-03-31")
        self.assertFalse(closing.line_ids)
        self.assertIn("Backup", closing.problem_text)

    def test_account_and_analytics_are_those_of_the_invoice_line_to_come(self):
        plan = self.env["account.analytic.plan"].create({"name": "Teams"})
        team = self.env["account.analytic.account"].create({"name": "Team", "plan_id": plan.id})
        account = self.make_account("400900", "Support revenue", "income")
        self.support.property_account_income_id = account
        line = {"product_id": self.support.id, "name": "Support", "timing": "arrears"}
        self.subscribe({**line, "analytic_distribution": {str(team.id): 100}}, date_start="2026-03-01")
        closing = self.make_posted("2026-03-31")
        entry = closing.move_ids.filtered(lambda move: move.cloud_closing_part == "entry")
        income = entry.line_ids.filtered(lambda line: line.account_id == account)
        self.assertEqual((income.credit, income.analytic_distribution), (31, {str(team.id): 100}))
        self.assertFalse((entry.line_ids - income).analytic_distribution)

    def test_a_fiscal_position_moves_the_income_account_as_on_the_invoice(self):
        abroad = self.make_account("400901", "Revenue abroad", "income")
        position = self.env["account.fiscal.position"].create(
            {
                "name": "Abroad",
                "company_id": self.company.id,
                "account_ids": [(0, 0, {"account_src_id": self.income.id, "account_dest_id": abroad.id})],
            }
        )
        self.customer.partner_id.with_company(self.company).property_account_position_id = position
        self.subscribe({"product_id": self.support.id, "name": "Support", "timing": "arrears"}, date_start="2026-03-01")
        self.assertEqual(self.make_closing("2026-03-31").line_ids.account_id, abroad)

    def test_a_category_has_accounts_of_its_own(self):
        own = self.make_account("180900", "Accrued support", "asset_current")
        self.categ.with_company(self.company).property_cloud_accrued_income_account_id = own
        self.subscribe({"product_id": self.support.id, "name": "Support", "timing": "arrears"})
        self.assertEqual(self.make_closing("2026-03-31").line_ids.counter_account_id, own)


@tagged("post_install", "-at_install")
class TestOpeningBalances(ClosingCase):
    """The former system billed July to September, 92 days, for 92.00; contracts are moved here on 1 July."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "31"})
        subscription = cls.make_subscription(cls.make_customer("Acme"), cls.support, cycle_count=3)
        subscription.line_ids.timing = "advance"
        cutover = cls.env["cloud.cutover"].create(
            {"name": "July", "company_id": cls.company.id, "date": "2026-07-01", "tz": "UTC"}
        )
        facts = OpeningFacts(billed_through=date(2026, 10, 1), deferred=D("92.00"))
        cls.opening = cls.env["cloud.opening"]._apply({subscription.line_ids.id: facts}, cutover)
        # The balance as it was taken over into the ledger.
        cls.env["account.move"].create(
            {
                "move_type": "entry",
                "date": "2026-06-30",
                "journal_id": cls.company_data["default_journal_misc"].id,
                "line_ids": [
                    (0, 0, {"account_id": cls.deferred.id, "credit": 92}),
                    (0, 0, {"account_id": cls.expense.id, "debit": 92}),
                ],
            }
        ).action_post()

    def releases(self, closing):
        lines = closing.line_ids.filtered(lambda line: line.kind == "release")
        return [(str(line.amount), str(line.remaining_amount)) for line in lines]

    def test_they_are_released_by_day_and_stay_released(self):
        july = self.make_posted("2026-07-31")
        self.assertEqual(self.releases(july), [("31.00", "61.00")])
        self.assertEqual(july.move_ids.mapped("cloud_closing_part"), ["release"])
        self.assertEqual(self.balance(self.income, "2026-08-30"), "-31.00")
        self.assertEqual(self.releases(self.make_posted("2026-08-31")), [("31.00", "30.00")])
        self.assertEqual(self.releases(self.make_posted("2026-09-30")), [("30.00", "0.00")])
        self.assertEqual(self.releases(self.make_closing("2026-10-31")), [])
        self.assertEqual(self.balance(self.income, "2026-09-30"), "-92.00")
        self.assertEqual(self.balance(self.deferred, "2026-09-30"), "0.00")
        rows = self.env["cloud.closing.waterfall"].search([("closing_id", "=", july.id)], order="month")
        self.assertEqual([str(row.amount) for row in rows], ["31.00", "30.00"])
        balance = self.env["cloud.closing.balance"].search([("closing_id", "=", july.id)])
        self.assertEqual((str(balance.amount), str(balance.difference)), ("-61.00", "0.00"))

    def test_a_month_that_was_left_out_is_caught_up(self):
        self.assertEqual(self.releases(self.make_posted("2026-08-31")), [("62.00", "30.00")])

    def test_a_cutover_taken_back_gives_the_revenue_back(self):
        self.make_posted("2026-07-31")
        self.opening._undo(date(2026, 8, 3))
        august = self.make_closing("2026-08-31")
        self.assertEqual(self.releases(august), [("-31.00", "0")])


@tagged("post_install", "-at_install")
class TestAccruedCost(ClosingCase):
    """The provider's usage of March cost 70.00 for Acme and 30.00 for a cost centre."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.resale.id, "unit_price": "0"})
        plan = cls.env["account.analytic.plan"].create({"name": "Teams"})
        cls.team = cls.env["account.analytic.account"].create({"name": "Team", "plan_id": plan.id})
        line = {"product_id": cls.resale.id, "name": "Resale", "analytic_distribution": {str(cls.team.id): 100}}
        cls.subscription = cls.make_subscription(cls.make_customer("Acme"), line)
        stream, own = cls.make_stream("Acme", currency="USD"), cls.make_stream("Own", currency="USD")
        tax = cls.make_stream("Tax", currency="USD", charge_kind="tax")
        cls.map_stream(stream, cls.subscription.line_ids)
        cls.deliver(
            {"stream": stream, "quantity": "1", "cost": "70.004"},
            {"stream": own, "quantity": "1", "cost": "30"},
            {"stream": tax, "quantity": "1", "cost": "21"},
        )

    def accrue(self, **vals):
        self.source.write(
            {
                "is_cost_accrued": True,
                "cost_account_id": self.expense.id,
                "cost_accrued_from": "2026-03-01",
                **vals,
            }
        )

    def costs(self, closing):
        return [figure[2] for figure in self.figures(closing, "accrued_cost")]

    def make_vendor_bill(self, date="2026-03-31", month="2026-03-15"):
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.partner_a.id,
                "invoice_date": date,
                "date": date,
                "cloud_usage_source_id": self.source.id,
                "cloud_usage_month": month,
                "invoice_line_ids": [(0, 0, {"name": "March", "price_unit": 100, "tax_ids": [(5,)]})],
            }
        )
        bill.action_post()
        return bill

    def test_nothing_is_accrued_unless_its_owner_wants_it(self):
        self.assertEqual(self.costs(self.make_closing("2026-03-31")), [])

    def test_it_is_accrued_by_owner_without_tax_and_reversed(self):
        self.accrue()
        closing = self.make_posted("2026-03-31")
        self.assertEqual(self.costs(closing), ["30.00", "70.00"])
        self.assertEqual(self.balance(self.expense, "2026-03-31"), "100.00")
        self.assertEqual(self.balance(self.cost_due, "2026-03-31"), "-100.00")
        self.assertEqual(self.balance(self.expense, "2026-04-01"), "0.00")
        entry = closing.move_ids.filtered(lambda move: move.cloud_closing_part == "entry")
        ours = entry.line_ids.filtered("analytic_distribution")
        self.assertEqual((ours.balance, ours.analytic_distribution), (70, {str(self.team.id): 100}))

    def test_until_the_providers_bill_for_the_month_is_posted(self):
        self.accrue()
        self.make_vendor_bill(date="2026-04-03")
        self.assertEqual(self.costs(self.make_closing("2026-03-31")), ["30.00", "70.00"])
        self.assertEqual(self.costs(self.make_closing("2026-04-30")), [])

    def test_a_bill_dated_in_the_month_ends_it_and_one_for_another_month_does_not(self):
        self.accrue()
        self.make_vendor_bill(month="2026-02-15")
        self.assertEqual(self.costs(self.make_closing("2026-03-31")), ["30.00", "70.00"])
        self.make_vendor_bill()
        self.env["cloud.closing"].search([]).action_compute()
        self.assertEqual(self.costs(self.env["cloud.closing"].search([])), [])

    def test_months_before_the_first_are_left_out(self):
        self.accrue(cost_accrued_from="2026-04-01")
        self.assertEqual(self.costs(self.make_closing("2026-03-31")), [])
