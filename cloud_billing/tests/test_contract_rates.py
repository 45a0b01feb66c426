from datetime import date

from odoo import Command, fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from psycopg2.errors import CheckViolation, ExclusionViolation

from .billing_common import BillingCase, D


class RateCase(BillingCase):
    """One customer in Amsterdam. Support costs 100.00 a month, disk 0.10 per GB."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "100.00"},
            {"product_id": cls.set_up.id, "unit_price": "250.00"},
            {"product_id": cls.disk.id, "unit_price": "0.10"},
        )

    @classmethod
    def make_rate(cls, subscription, **vals):
        """vals: unit_price, or percent or amount; of the first line unless told otherwise."""
        kind = "price" if "unit_price" in vals else "adjust"
        line = {"line_id": subscription.line_ids[:1].id} if kind == "price" else {}
        return cls.env["cloud.contract.rate"].create(
            {"subscription_id": subscription.id, "date_start": "2026-01-01", "kind": kind, **line, **vals}
        )

    @classmethod
    def agree(cls, rate):
        state = cls.company.cloud_billing_state
        cls.set_company_state("setup")
        rate.action_approve_directly()
        cls.env.flush_all()
        cls.set_company_state(state)

    def billed(self, run):
        lines = run.bill_ids.rated_line_ids.sorted(lambda line: (line.service_start, line.id))
        return self.amounts(lines)


@tagged("post_install", "-at_install")
class TestAContractWithItsOwnPrices(RateCase):
    def test_its_price_comes_before_every_rule_of_the_plan(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        self.make_version(
            {"product_id": self.support.id, "unit_price": "100.00"},
            {"subscription_line_id": subscription.line_ids.id, "unit_price": "90.00"},
            date_start="2026-02-01",
        )
        rate = self.make_rate(subscription, unit_price="80.00")
        self.assertEqual(subscription.line_ids.price_text, f"80.00 {self.currency.name} per unit")
        subscription.action_activate()
        run = self.make_run("2026-03-01")
        # January at 80.00, not at the list's 100.00; February at 80.00, not at the line's 90.00 in the plan.
        self.assertEqual(self.billed(run), ["80.00", "80.00"])
        line = run.bill_ids.rated_line_ids[-1]
        self.assertEqual((line.contract_rate_id, line.rule_id.id, line.version_id.id), (rate, False, False))
        lost = line.workings["resolution"]["lost"]
        self.assertIn("less_specific_scope", {entry["reason"] for entry in lost})

    def test_the_first_three_months_at_half_price_then_list(self):
        subscription = self.make_subscription(self.customer, self.support, self.set_up, activate=False)
        self.make_rate(
            subscription, percent="-50", billing_model="recurring", origin="phase", date_end="2026-04-01",
            label="First three months at half price",
        )  # fmt: skip
        line = subscription.line_ids[0]
        today = fields.Date.context_today(line)
        later = self.make_rate(subscription, percent="3", line_id=line.id, origin="index", date_start=today)
        # On the day of today the phase is over, or is not; the indexation holds.
        self.assertIn("3 % more", line.price_text)
        later.unlink()
        subscription.action_activate()
        run = self.make_run("2026-05-01")
        # Set-up is a one-time charge and stays 250.00; 100.00 x 50 % for three months, then 100.00.
        self.assertCountEqual(self.billed(run), ["250.00", "50.00", "50.00", "50.00", "100.00"])

    def test_usage_has_a_price_per_unit(self):
        subscription = self.make_subscription(self.customer, self.disk, activate=False)
        self.make_rate(subscription, unit_price="0.08")
        subscription.action_activate()
        stream = self.make_stream("disk")
        self.map_stream(stream, subscription.line_ids)
        self.deliver({"stream": stream, "quantity": 1000})
        run = self.make_run("2026-05-01")
        # 1,000 GB x 0.08 = 80.00.
        self.assertIn("80.00", self.billed(run))

    def test_a_part_of_a_month_has_its_share(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        self.make_rate(subscription, unit_price="62.00", date_start="2026-01-11")
        subscription.action_activate()
        run = self.make_run("2026-02-01")
        # 100.00 x 10/31 = 32.258..., 62.00 x 21/31 = 42.00.
        self.assertEqual(self.billed(run), ["32.26", "42.00"])

    def test_a_final_price_is_adjusted_by_nothing(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        self.make_rate(subscription, unit_price="80.00", is_final=True)
        self.make_rate(subscription, percent="10")
        subscription.action_activate()
        self.assertEqual(self.billed(self.make_run("2026-02-01")), ["80.00"])

    def test_adjustments_of_the_contract_come_after_those_of_the_plan(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        self.make_version(
            {"product_id": self.support.id, "unit_price": "100.00"},
            {"product_id": self.support.id, "role": "adjust", "adjustment_percent": "-10"},
            date_start="2026-02-01",
        )
        self.make_rate(subscription, amount="5.00", sequence=1)
        self.make_rate(subscription, percent="3", sequence=2)
        subscription.action_activate()
        run = self.make_run("2026-03-01")
        # January: 100.00 plus 5.00 = 105.00, plus 3 % = 108.15. February: 100.00 less 10 % = 90.00, 95.00, 97.85.
        self.assertEqual(self.billed(run), ["108.15", "97.85"])


@tagged("post_install", "-at_install")
class TestWhatIsRefused(RateCase):
    def test_two_prices_of_one_line_on_the_same_days(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        self.make_rate(subscription, unit_price="80.00", name="Offer", date_end="2026-07-01")
        with self.assertRaisesRegex(ValidationError, "Offer.*80.00.*Other.*70.00.*same days"), self.cr.savepoint():
            self.make_rate(subscription, unit_price="70.00", name="Other", date_start="2026-06-30")
        self.make_rate(subscription, unit_price="70.00", name="Other", date_start="2026-07-01")

    def test_the_database_refuses_the_overlap_by_itself(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        self.make_rate(subscription, unit_price="80.00", date_end="2026-07-01")
        later = self.make_rate(subscription, unit_price="70.00", date_start="2026-07-01")
        self.env.flush_all()
        with self.assertRaises(ExclusionViolation), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_contract_rate SET date_start = '2026-06-30' WHERE id = %s", [later.id])

    def test_numbers_that_mean_nothing(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        for vals, sentence in (
            ({"unit_price": "-1"}, "below 0"),
            ({"percent": "-101"}, "more than 100"),
            ({"percent": "0"}, "changes nothing"),
        ):
            with self.assertRaisesRegex(ValidationError, sentence), self.cr.savepoint():
                self.make_rate(subscription, **vals)

    def test_a_line_of_another_subscription(self):
        one, other = (self.make_subscription(self.customer, self.support, activate=False) for _ in range(2))
        with self.assertRaisesRegex(ValidationError, "another subscription"):
            self.make_rate(one, unit_price="80.00", line_id=other.line_ids.id)


@tagged("post_install", "-at_install")
class TestWhoAgrees(RateCase):
    def test_a_draft_contract_is_written_freely_in_a_live_company(self):
        self.set_company_state("live")
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        rate = self.make_rate(subscription, unit_price="80.00")
        self.assertEqual(rate.state, "approved")
        rate.unit_price = "79.00"
        self.env.flush_all()
        subscription.action_activate()
        with self.assertRaisesRegex(UserError, "submit it for approval"):
            rate.unit_price = "1.00"

    def test_an_active_contract_takes_a_second_person(self):
        self.set_company_state("live")
        subscription = self.make_subscription(self.customer, self.support)
        rate = self.make_rate(subscription, unit_price="80.00", date_start="2026-02-01")
        self.assertEqual(rate.state, "draft")
        self.assertEqual(subscription.line_ids.price_text, f"100.00 {self.currency.name} per unit")
        with self.assertRaisesRegex(UserError, "approv"):
            rate.state = "approved"
        rate.with_user(self.user_price_manager).action_submit()
        self.vote(rate.request_id)
        self.assertEqual(rate.state, "approved")
        subscription.line_ids.invalidate_recordset(["price_text"])
        self.assertEqual(subscription.line_ids.price_text, f"80.00 {self.currency.name} per unit")

    def test_raw_sql_approves_nothing_and_changes_nothing_approved(self):
        self.set_company_state("live")
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        agreed = self.make_rate(subscription, unit_price="80.00")
        subscription.action_activate()
        draft = self.make_rate(subscription, unit_price="70.00", date_start="2026-05-01")
        self.env.flush_all()
        for statement, rate in (
            ("UPDATE cloud_contract_rate SET state = 'approved' WHERE id = %s", draft),
            ("UPDATE cloud_contract_rate SET unit_price = 1 WHERE id = %s", agreed),
            ("UPDATE cloud_contract_rate SET date_end = '2026-02-01' WHERE id = %s", agreed),
            ("DELETE FROM cloud_contract_rate WHERE id = %s", agreed),
        ):
            with self.assertRaises(CheckViolation), self.cr.savepoint():
                self.cr.execute(statement, [rate.id])

    def test_a_new_price_ends_the_one_before_it(self):
        self.set_company_state("live")
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        former = self.make_rate(subscription, unit_price="80.00")
        subscription.action_activate()
        rate = self.make_rate(subscription, unit_price="85.00", date_start="2026-07-01")
        rate.with_user(self.user_price_manager).action_submit()
        self.assertIn("ends on that day", str(rate.request_id.effect["notes"]))
        self.vote(rate.request_id)
        self.assertEqual((str(former.date_end), rate.state), ("2026-07-01", "approved"))

    def test_a_price_in_billed_days_says_what_happens_to_them(self):
        subscription = self.make_subscription(self.customer, self.support)
        self.make_run("2026-02-01")
        rate = self.make_rate(subscription, unit_price="80.00", date_start="2026-01-15")
        with self.assertRaisesRegex(UserError, "billed up to 02/01/2026. Say what happens"):
            self.agree(rate)
        self.set_company_state("setup")
        rate.policy = "nothing"
        rate.action_approve_directly()
        self.assertEqual(str(rate.date_start), "2026-02-01")

    def test_a_price_that_leaves_billed_days_takes_the_place_of_the_one_that_holds_behind_them(self):
        subscription = self.make_subscription(self.customer, self.support)
        former = self.make_rate(subscription, unit_price="80.00", date_start="2026-01-20")
        self.agree(former)
        self.make_run("2026-02-01")
        # It begins on 1 February, when the former one holds already: that one ends there, nothing overlaps.
        rate = self.make_rate(subscription, unit_price="70.00", date_start="2026-01-10", policy="nothing")
        self.agree(rate)
        self.assertEqual((str(former.date_end), str(rate.date_start)), ("2026-02-01", "2026-02-01"))

    def test_the_next_run_corrects_billed_days(self):
        subscription = self.make_subscription(
            self.customer, {"product_id": self.support.id, "name": "Support", "quantity": 1}
        )
        run = self.make_run("2026-02-01")
        self.post(run)
        rate = self.make_rate(subscription, unit_price="69.00", date_start="2026-01-16", policy="credit")
        self.agree(rate)
        self.assertIn("69.00", subscription.change_ids[:1].text)
        run = self.make_run("2026-03-01")
        # January: 15/31 of 100.00 = 48.39 and 16/31 of 69.00 = 35.61 are 84.00 in place of 100.00: 16.00 are credited.
        # February: 69.00.
        amounts = [D(amount) for amount in self.billed(run)]
        self.assertEqual(sum(amounts), D("53.00"))
        self.assertEqual(amounts[-1], D("69.00"))


@tagged("post_install", "-at_install")
class TestPhasesAndRamps(RateCase):
    def bounds(self, rates):
        return [(str(rate.date_start), str(rate.date_end or "open")) for rate in rates]

    def test_the_first_three_months_half_then_list(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        rates = subscription._apply_phases([{"count": 3, "percent": "-50"}])
        self.assertEqual(self.bounds(rates), [("2026-01-01", "2026-04-01")])
        self.assertEqual(rates.origin, "phase")
        self.assertIn("every line, Recurring fees, 50 % off (Phase)", rates._get_sentence())

    def test_a_ramp_of_prices(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        rates = subscription._apply_phases(
            [{"count": 1, "unit_price": "60"}, {"count": 1, "unit_price": "80"}], line=subscription.line_ids
        )
        self.assertEqual(rates.mapped("origin"), ["ramp", "ramp"])
        subscription.action_activate()
        # The table in docs/contracts.md: 60.00, 80.00, then 100.00 of the plan.
        self.assertEqual(self.billed(self.make_run("2026-04-01")), ["60.00", "80.00", "100.00"])

    def test_months_from_a_thirty_first_come_back_to_it(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False, date_start="2026-01-31")
        rates = subscription._apply_phases([{"count": 1, "percent": "-50"}, {"count": 1, "percent": "-25"}])
        self.assertEqual(self.bounds(rates), [("2026-01-31", "2026-02-28"), ("2026-02-28", "2026-03-31")])

    def test_billing_periods_end_where_they_end(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False, date_start="2026-01-20")
        rates = subscription._apply_phases(
            [{"count": 2, "unit": "period", "percent": "-50"}, {"count": 0, "percent": "-10"}]
        )
        # The rest of January is the first period, February the second.
        self.assertEqual(self.bounds(rates), [("2026-01-20", "2026-03-01"), ("2026-03-01", "open")])

    def test_a_step_without_length_before_another(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        with self.assertRaisesRegex(UserError, "step 1 has no length"):
            subscription._apply_phases([{"percent": "-50"}, {"count": 1, "percent": "-10"}])

    def test_the_editor_says_the_days_before_it_agrees(self):
        subscription = self.make_subscription(self.customer, self.support, activate=False)
        wizard = self.env["cloud.subscription.phases"].create(
            {"subscription_id": subscription.id, "step_ids": [Command.create({"count": 3, "value": "-50"})]}
        )
        self.assertEqual(wizard.preview, "01/01/2026 to 04/01/2026: 50 % off\nthen the price of the plan")
        wizard.action_confirm()
        self.assertEqual(self.bounds(subscription.rate_ids), [("2026-01-01", "2026-04-01")])


@tagged("post_install", "-at_install")
class TestManyContracts(RateCase):
    def count(self, lines):
        self.env.flush_all()
        self.env.invalidate_all()
        lines = lines.browse(lines.ids)
        before = self.env.cr.sql_log_count
        self.env["cloud.price.plan"]._get_candidates(lines, *self.days)
        return self.env.cr.sql_log_count - before

    def test_prices_of_ten_times_as_many_take_the_same_statements(self):
        self.days = date(2026, 1, 1), date(2026, 2, 1)
        subscriptions = self.env["cloud.subscription"].create(
            [
                {
                    "customer_id": self.customer.id,
                    "plan_id": self.plan.id,
                    "date_start": "2026-01-01",
                    "line_ids": [Command.create({"product_id": self.support.id})],
                }
                for _number in range(30)
            ]
        )
        for subscription in subscriptions:
            self.make_rate(subscription, unit_price="80.00")
        self.count(subscriptions[:3].line_ids)
        few = self.count(subscriptions[:3].line_ids)
        self.assertEqual(self.count(subscriptions.line_ids), few)
        self.assertEqual(D("80.00"), subscriptions.rate_ids[0].unit_price)
