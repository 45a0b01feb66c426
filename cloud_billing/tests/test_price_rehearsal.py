import time
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..models.trial import cloud_price_rehearsal_run
from .billing_common import BillingCase
from .test_billing_currency import CurrencyCase

D = Decimal


class RehearsalCase(BillingCase):
    """Acme used 300 GB in March and Beta 100, at 0.20 each (60.00 and 20.00), for which the provider took 30 and 10.

    Support is 31.00 a month and only Acme has it, in January, February and March. Gamma has a price of its own (0.15)
    for 200 GB (30.00); Delta is on another plan; Epsilon subscribes in April. All of it is posted.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customers = {name: cls.make_customer(name) for name in ("Acme", "Beta", "Gamma", "Delta", "Epsilon")}
        cls.rules = (
            {"name": "Disk", "product_id": cls.disk.id, "unit_price": "0.20"},
            {"name": "Support", "product_id": cls.support.id, "unit_price": "31"},
            {
                "name": "Gamma",
                "product_id": cls.disk.id,
                "customer_id": cls.customers["Gamma"].id,
                "unit_price": "0.15",
            },
        )
        cls.version = cls.make_version(*cls.rules)
        cls.other_plan = cls.make_plan("Other")
        cls.make_version({"unit_price": "1"}, plan=cls.other_plan)
        cls.subscriptions = {}
        for name, quantity, cost in (("Acme", "300", "30"), ("Beta", "100", "10"), ("Gamma", "200", "20")):
            lines = [cls.disk, cls.support] if name == "Acme" else [cls.disk]
            subscription = cls.make_subscription(cls.customers[name], *lines)
            cls.subscriptions[name] = subscription
            stream = cls.make_stream(name, currency=cls.currency.name)
            cls.map_stream(stream, subscription.line_ids[0])
            cls.deliver({"stream": stream, "quantity": quantity, "cost": cost}, account=name)
        cls.make_subscription(cls.customers["Delta"], cls.support, plan=cls.other_plan)
        cls.make_subscription(cls.customers["Epsilon"], cls.disk, date_start="2026-04-01")
        cls.begin_once(RehearsalCase.begin)

    def begin(self):
        self.run_ = self.make_run()
        self.post(self.run_)

    def make_draft(self, *rules, **vals):
        """A draft from May on; rules: changed ones by name, of those in force."""
        changed = {rule["name"]: rule for rule in rules}
        return self.env["cloud.price.plan.version"].create(
            {
                "plan_id": self.plan.id,
                "date_start": "2026-05-01",
                "rule_ids": [(0, 0, changed.get(rule["name"], rule)) for rule in self.rules],
                **vals,
            }
        )

    def disk_at(self, price):
        return {**self.rules[0], "unit_price": price}

    def rehearse(self, version, **vals):
        Rehearsal = self.env["cloud.price.rehearsal"].with_user(self.user_price_manager)
        rehearsal = Rehearsal.create({"version_id": version.id, **vals})
        rehearsal.action_start()
        return rehearsal

    def line(self, rehearsal, name):
        return rehearsal.line_ids.filtered(lambda line: line.customer_name == name)


@tagged("post_install", "-at_install")
class TestWhatItSays(RehearsalCase):
    def test_each_customer_and_the_whole_at_the_new_prices(self):
        rehearsal = self.rehearse(self.make_draft(self.disk_at("0.25")))
        self.assertEqual((rehearsal.state, rehearsal.progress), ("done", 100))
        self.assertEqual((str(rehearsal.date_start), str(rehearsal.date_end)), ("2026-01-01", "2026-04-01"))
        # Acme: 60.00 + 3 x 31.00, then 300 x 0.25 + 93.00; Beta: 20.00, then 25.00.
        acme, beta = self.line(rehearsal, "Acme"), self.line(rehearsal, "Beta")
        self.assertEqual((acme.amount_old, acme.amount_new, acme.difference), (D("153"), D("168"), D("15")))
        self.assertEqual((acme.outcome, beta.difference, beta.outcome), ("more", D("5"), "more"))
        code = self.currency.name
        self.assertIn(f"Disk: 0.20 {code} per GB → 0.25 {code} per GB, +15.00 {code}", acme.reasons)
        # 153 + 20 + 30, then 168 + 25 + 30.
        self.assertEqual(
            (rehearsal.amount_old, rehearsal.amount_new, rehearsal.difference), (D("203"), D("223"), D("20"))
        )
        self.assertEqual((rehearsal.more_count, rehearsal.less_count, rehearsal.unreached_count), (2, 0, 3))

    def test_the_margin_where_the_providers_cost_is_known(self):
        rehearsal = self.rehearse(self.make_draft(self.disk_at("0.05")), period_count=1)
        # Beta: 20.00 - 10.00; at 0.05: 5.00 - 10.00.
        beta = self.line(rehearsal, "Beta")
        self.assertEqual((beta.margin_old, beta.margin_new, beta.outcome), (D("10"), D("-5"), "less"))
        self.assertTrue(rehearsal.action_open_lines()["context"]["cloud_knows_margin"])

    def test_only_so_many_months(self):
        rehearsal = self.rehearse(self.make_draft(), period_count=1)
        # March: 60.00 + 31.00.
        self.assertEqual(self.line(rehearsal, "Acme").amount_old, D("91"))
        self.assertEqual(self.line(rehearsal, "Acme").outcome, "same")

    def test_who_is_not_reached_and_why(self):
        rehearsal = self.rehearse(self.make_draft(self.disk_at("0.25")))
        reaches = {line.customer_name: (line.reach, line.outcome) for line in rehearsal.line_ids}
        self.assertEqual(
            reaches,
            {
                "Acme": ("reached", "more"),
                "Beta": ("reached", "more"),
                "Gamma": ("own_price", "none"),
                "Delta": ("other_plan", "none"),
                "Epsilon": ("nothing_billed", "none"),
            },
        )

    def test_an_own_price_that_changes_is_reached(self):
        rehearsal = self.rehearse(self.make_draft({**self.rules[2], "unit_price": "0.10"}))
        gamma = self.line(rehearsal, "Gamma")
        # 200 x 0.10.
        self.assertEqual((gamma.reach, gamma.amount_new, gamma.outcome), ("reached", D("20"), "less"))

    def test_those_who_keep_the_former_prices(self):
        rehearsal = self.rehearse(self.make_draft(self.disk_at("0.25"), policy="grandfather"))
        acme = self.line(rehearsal, "Acme")
        self.assertEqual((acme.reach, acme.amount_new, acme.difference), ("grandfathered", D("153"), D("0")))
        self.assertEqual(rehearsal.difference, D("0"))

    def test_what_the_new_prices_cannot_price(self):
        draft = self.make_draft()
        draft.rule_ids.filtered(lambda rule: rule.name == "Support").unlink()
        rehearsal = self.rehearse(draft)
        acme = self.line(rehearsal, "Acme")
        self.assertEqual((acme.outcome, acme.amount_unpriced, acme.difference), ("unpriced", D("93"), D("0")))
        self.assertIn("has no price on", acme.reasons)
        self.assertEqual(rehearsal.unpriced_count, 1)

    def test_corrections_count_as_billed_and_usage_is_that_of_the_last_bill(self):
        stream = self.env["cloud.usage.stream"].search([("service", "=", "Beta")])
        self.deliver({"stream": stream, "quantity": "150", "cost": "15"}, account="Beta")
        late = self.rehearse(self.make_draft(self.disk_at("0.25")))
        # Not billed yet: still 100 GB.
        self.assertEqual((self.line(late, "Beta").amount_old, self.line(late, "Beta").amount_new), (D("20"), D("25")))
        self.post(self.make_run(cutoff="2026-04-02"))
        corrected = self.rehearse(self.make_draft(self.disk_at("0.25")))
        # 150 x 0.20, then 150 x 0.25.
        beta = self.line(corrected, "Beta")
        self.assertEqual((beta.amount_old, beta.amount_new), (D("30"), D("37.50")))

    def test_the_prices_of_the_first_day_are_rehearsed(self):
        draft = self.make_draft()
        disk = draft.rule_ids.filtered(lambda rule: rule.name == "Disk")
        disk.date_end = "2026-09-01"
        self.env["cloud.price.rule"].create(
            {"version_id": draft.id, **self.disk_at("9"), "date_start": "2026-09-01", "name": "Later"}
        )
        self.assertEqual(self.rehearse(draft).difference, D("0"))

    def test_what_the_new_prices_include_is_used_up_month_by_month(self):
        draft = self.make_draft()
        vals = {"version_id": draft.id, "product_id": self.disk.id, "unit": "GB"}
        self.env["cloud.price.allowance"].create({**vals, "name": "Included", "quantity": "50"})
        rehearsal = self.rehearse(draft)
        # Acme: (300 - 50) x 0.20 + 93.00; Beta: (100 - 50) x 0.20.
        self.assertEqual(self.line(rehearsal, "Acme").amount_new, D("143"))
        self.assertEqual(self.line(rehearsal, "Beta").amount_new, D("10"))

    def test_a_counter_over_a_year_goes_on_from_month_to_month(self):
        stream = self.env["cloud.usage.stream"].search([("service", "=", "Beta")])
        april = {"quantity": "100", "cost": "10", "start": "2026-04-10 12:00:00"}
        self.deliver({"stream": stream, **april}, account="Beta", month="2026-04-01")
        self.post(self.make_run(cutoff="2026-05-01"))
        ladder = {
            "name": "Disk",
            "product_id": self.disk.id,
            "charge_model": "graduated",
            "counter_cycle": "year",
            "tier_ids": [(0, 0, {"up_to": "150", "unit_price": "0.20"}), (0, 0, {"unit_price": "0.10"})],
        }
        rehearsal = self.rehearse(self.make_draft(ladder), period_count=2)
        # March: 100 x 0.20; April: 50 x 0.20 and 50 x 0.10.
        beta = self.line(rehearsal, "Beta")
        self.assertEqual((beta.amount_old, beta.amount_new), (D("40"), D("35")))


@tagged("post_install", "-at_install")
class TestWhatItTouches(RehearsalCase):
    def test_the_books_are_as_they_were(self):
        def books():
            self.env.flush_all()
            self.cr.execute("SELECT md5(string_agg(c::text, '' ORDER BY id)) FROM cloud_charge c")
            charges = self.cr.fetchone()
            self.cr.execute("SELECT md5(string_agg(r::text, '' ORDER BY id)) FROM cloud_rated_line r")
            return charges, self.cr.fetchone()

        before = books()
        self.rehearse(self.make_draft(self.disk_at("0.25")))
        self.assertEqual(books(), before)

    def test_a_large_one_goes_on_where_it_stopped_and_can_be_cancelled(self):
        rehearsal = self.env["cloud.price.rehearsal"].create({"version_id": self.make_draft(self.disk_at("0.25")).id})
        rehearsal._start(self.day("2026-04-15"))
        with self.batches_of(1):
            self.assertTrue(rehearsal._work_locked())
            self.assertEqual((len(rehearsal.line_ids), rehearsal.state), (1, "running"))
            # Acme: a charge of usage and one of support for each of three months.
            self.assertEqual((rehearsal.rated_count, rehearsal.charge_count), (6, 12))
            self.assertEqual(rehearsal.progress, 50)
            self.assertTrue(rehearsal._work_locked())
            rehearsal.action_cancel()
            self.assertFalse(rehearsal._work_locked())
        self.assertEqual((rehearsal.state, len(rehearsal.line_ids)), ("cancelled", 2))
        again = self.env["cloud.price.rehearsal"].browse(rehearsal.action_again()["res_id"])
        self.assertEqual((again.state, again.period_count, len(again.line_ids)), ("draft", 3, 0))

    def batches_of(self, count):
        return patch.object(cloud_price_rehearsal_run, "BATCH_CHARGES", count)

    def test_many_customers_take_as_many_statements_as_few(self):
        def count(number):
            plan = self.make_plan(f"Plan {number}")
            self.make_version({"unit_price": "2"}, plan=plan)
            self.set_company_state("setup")
            for place in range(number):
                self.make_subscription(self.make_customer(f"C {number} {place}"), self.support, plan=plan)
            self.post(self.make_run(cutoff="2026-04-01"))
            draft = self.env["cloud.price.plan.version"].create(
                {"plan_id": plan.id, "date_start": "2026-05-01", "rule_ids": [(0, 0, {"unit_price": "3"})]}
            )
            rehearsal = self.env["cloud.price.rehearsal"].create({"version_id": draft.id})
            rehearsal._start(self.day("2026-04-15"))
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            rehearsal._work()
            self.env.flush_all()
            after = self.cr.sql_log_count
            # Each three months at 3 instead of 2.
            self.assertEqual(rehearsal.difference, D("3") * number)
            return after - before

        count(2)
        self.assertEqual(count(20), count(3))


@tagged("post_install", "-at_install")
class TestTheScheduledAction(RehearsalCase):
    """Batches of one customer each; every one of them is committed before the next begins."""

    def setUp(self):
        super().setUp()
        batches = patch.object(cloud_price_rehearsal_run, "BATCH_CHARGES", 1)
        batches.start()
        self.addCleanup(batches.stop)
        self.draft = self.make_draft(self.disk_at("0.25"))

    def start(self):
        rehearsal = self.env["cloud.price.rehearsal"].create({"version_id": self.draft.id})
        rehearsal._start(self.day("2026-04-15"))
        self.env.flush_all()
        return rehearsal

    def work(self, seconds=None):
        """One call of the scheduled action, with a cursor of its own; seconds: after how many its time is over."""
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr, su=True)
            if seconds is not None:
                cron = env.ref("cloud_billing.cron_rehearse_prices")
                progress = env["ir.cron.progress"].create({"cron_id": cron.id, "remaining": 0, "done": 0})
                env = env(
                    context={
                        "cron_id": cron.id,
                        "ir_cron_progress_id": progress.id,
                        "cron_end_time": time.monotonic() + seconds,
                    }
                )
            env["cloud.price.rehearsal"]._cron_rehearse_prices()
        self.env.invalidate_all()

    def told(self, rehearsal):
        """What a rehearsal says of each customer, and of all."""
        of_each = [
            (line.customer_name, line.reach, line.amount_old, line.amount_new, line.charge_count)
            for line in rehearsal.line_ids.sorted("customer_name")
        ]
        return of_each, (rehearsal.amount_old, rehearsal.amount_new, rehearsal.unreached_count)

    def test_it_works_through_every_batch_of_all_that_run(self):
        first, second = self.start(), self.start()
        idle = self.env["cloud.price.rehearsal"].create({"version_id": self.draft.id})
        self.work()
        self.assertEqual((first.state, second.state, idle.state), ("done", "done", "draft"))
        self.assertEqual((first.rated_count, first.progress), (12, 100))
        # As in one go: 153 + 20 + 30, then 168 + 25 + 30; Delta and Epsilon are not reached, Gamma pays his own price.
        self.assertEqual(self.told(first)[1], (D("203"), D("223"), 3))
        self.assertEqual(self.told(first), self.told(second))
        self.assertEqual(self.told(first), self.told(self.rehearse(self.draft)))

    def test_one_whose_time_is_over_goes_on_with_the_next_call(self):
        rehearsal = self.start()
        self.work(seconds=0)
        self.assertEqual((rehearsal.state, rehearsal.rated_count, len(rehearsal.line_ids)), ("running", 6, 1))
        self.work(seconds=0)
        self.assertEqual((rehearsal.state, rehearsal.rated_count, len(rehearsal.line_ids)), ("running", 9, 2))
        self.work()
        self.assertEqual((rehearsal.state, rehearsal.rated_count), ("done", 12))
        self.assertEqual(self.told(rehearsal), self.told(self.rehearse(self.draft)))

    def test_one_that_breaks_stops_no_other_and_says_so(self):
        broken, sound = self.start(), self.start()
        rehearse = type(broken)._rehearse

        def break_at_the_second_batch(rehearsal, rows):
            if rehearsal.id == broken.id and rehearsal.last_family_id:
                rehearsal._write_result({"rated_count": 999})
                rehearsal.flush_recordset()
                raise ZeroDivisionError("the database is upside down")
            return rehearse(rehearsal, rows)

        logger = "odoo.addons.cloud_billing.models.trial.cloud_price_rehearsal_run"
        with patch.object(type(broken), "_rehearse", break_at_the_second_batch), self.assertLogs(logger, "ERROR"):
            self.work()
        self.assertEqual((broken.state, broken.error), ("failed", "the database is upside down"))
        # The first batch stays to be looked at, nothing of the second does.
        self.assertEqual((broken.rated_count, len(broken.line_ids)), (6, 1))
        self.assertEqual((sound.state, sound.rated_count), ("done", 12))
        # A failed one is not tried for ever; a new one of the same months is.
        self.work()
        self.assertEqual(broken.state, "failed")
        again = self.env["cloud.price.rehearsal"].browse(broken.action_again()["res_id"])
        again.action_start()
        self.assertEqual(self.told(again), self.told(sound))

    def test_a_cancelled_one_stops_at_the_next_batch(self):
        rehearsal = self.start()
        self.work(seconds=0)
        rehearsal.action_cancel()
        self.env.flush_all()
        self.work()
        self.assertEqual((rehearsal.state, len(rehearsal.line_ids)), ("cancelled", 1))


@tagged("post_install", "-at_install")
class TestWhoReliesOnIt(RehearsalCase):
    def submit(self, version):
        self.set_company_state("live")
        version.with_user(self.user_price_manager).action_submit()
        return version.request_id

    def test_it_is_attached_to_the_request_and_its_summary_is_a_part_of_the_effect(self):
        draft = self.make_draft(self.disk_at("0.25"))
        rehearsal = self.rehearse(draft)
        request = self.submit(draft)
        self.assertEqual(request.rehearsal_ids, rehearsal)
        notes = "\n".join(request.effect["notes"])
        self.assertIn("billed were 203.00", notes)
        self.assertIn("Customers who pay more: 2; less: 0; the same: 0; not reached: 3.", notes)
        row = request.effect["rows"][-1]
        self.assertEqual((row["old"][:6], row["new"][:6]), ("203.00", "223.00"))
        # Acme: 60.00 for the disk and 3 x 31.00, 300 GB x 0.05 more; Beta: 20.00, 100 GB x 0.05 more.
        told = {row["label"]: row["old"] + " " + row["new"] for row in request.effect["rows"]}
        unit = self.currency.name
        self.assertEqual(told["Acme"], f"153.00 {unit} 168.00 {unit} (+15.00 {unit})")
        self.assertEqual(told["Beta"], f"20.00 {unit} 25.00 {unit} (+5.00 {unit})")
        self.assertFalse(told.keys() & {"Gamma", "Delta", "Epsilon"})
        # 223.00 - 203.00: what approval policies compare.
        self.assertEqual(request.effect_amount, 20)
        self.assertEqual(request.with_user(self.user_approver).action_open_rehearsal()["res_id"], rehearsal.id)
        self.vote(request)
        self.assertEqual(draft.state, "approved")
        with self.assertRaises(UserError):
            rehearsal.unlink()

    def test_one_of_other_prices_says_so(self):
        draft = self.make_draft(self.disk_at("0.25"))
        rehearsal = self.rehearse(draft)
        self.assertFalse(rehearsal.is_stale)
        draft.rule_ids[0].unit_price = "0.26"
        rehearsal.invalidate_recordset()
        self.assertTrue(rehearsal.is_stale)
        request = self.submit(draft)
        self.assertIn("The prices have changed since: rehearse again.", request.effect["notes"])
        self.assertFalse(any("Rehearsed" in row["label"] for row in request.effect["rows"]))
        self.assertTrue(request.rehearsal_is_stale)

    def test_without_one_the_checker_is_told_so(self):
        request = self.submit(self.make_draft(self.disk_at("0.25")))
        self.assertIn("These prices were not rehearsed on past months.", request.effect["notes"])
        self.assertFalse(request.rehearsal_ids)
        self.assertIsNone(request.effect_amount)

    def test_nobody_writes_what_it_says(self):
        rehearsal = self.rehearse(self.make_draft(self.disk_at("0.25")))
        manager = self.user_price_manager
        for vals in ({"amount_new": "1"}, {"state": "done"}, {"price_digest": "x"}, {"more_count": 0}):
            with self.assertRaises(AccessError):
                rehearsal.with_user(manager).write(vals)
            with self.assertRaises(AccessError):
                self.env["cloud.price.rehearsal"].with_user(manager).create({"version_id": self.version.id, **vals})
        with self.assertRaises(UserError):
            rehearsal.with_user(manager).period_count = 12
        with self.assertRaises(AccessError):
            rehearsal.line_ids[0].with_user(manager).amount_new = "1"
        for user in (self.user_viewer, self.user_approver, self.user_auditor):
            self.assertEqual(rehearsal.with_user(user).difference, D("20"))
            with self.assertRaises(AccessError):
                self.env["cloud.price.rehearsal"].with_user(user).create({"version_id": self.version.id})

    def test_the_form_starts_it(self):
        draft = self.make_draft(self.disk_at("0.25"))
        action = draft.with_user(self.user_price_manager).action_rehearse()
        rehearsal = self.env["cloud.price.rehearsal"].with_user(self.user_price_manager).browse(action["res_id"])
        with Form(rehearsal) as form:
            form.period_count = 2
        rehearsal.action_start()
        self.assertEqual(str(rehearsal.date_start), "2026-02-01")
        with self.assertRaises(UserError):
            rehearsal.action_start()


@tagged("post_install", "-at_install")
class TestInAnotherCurrency(CurrencyCase):
    """101 GB in March at 0.07 XAF are 7.07 XAF, at 1/4 1.77 in the customer's currency (see test_billing_currency)."""

    def draft(self, price):
        return self.env["cloud.price.plan.version"].create(
            {
                "plan_id": self.plan.id,
                "date_start": "2026-05-01",
                "rule_ids": [(0, 0, {"product_id": self.disk.id, "unit_price": price})],
            }
        )

    def test_a_rehearsal_adds_up_in_the_currency_of_the_plan_at_the_rate_that_was_billed(self):
        self.post(self.bill_disk())
        self.set_rate("2026-05-02", 8)
        for price, expected in (
            # Nothing changes, whatever was rounded on the way. 1.77 x 4 = 7.08, in whole XAF.
            ("0.07", ("7", "7", "0", "same")),
            # 101 x 0.14 = 14.14 XAF, 3.54 on the bill: 14.16 XAF; the difference 1.77 x 4 = 7.08.
            ("0.14", ("7", "14", "7", "more")),
        ):
            rehearsal = self.env["cloud.price.rehearsal"].create({"version_id": self.draft(price).id})
            rehearsal.action_start()
            line = rehearsal.line_ids.filtered(lambda line: line.customer_id == self.customer)
            found = str(line.amount_old), str(line.amount_new), str(line.difference), line.outcome
            self.assertEqual(found, expected, price)

    def test_the_calculator_answers_in_the_customers_currency_and_a_sample_in_that_of_the_plan(self):
        draft = self.draft("0.07")
        request = {
            "version_id": draft.id, "customer_id": self.customer.id, "product_id": self.disk.id, "quantity": "101",
            "date": "2026-05-01",
        }  # fmt: skip
        answer = self.env["cloud.price.calculator"].with_user(self.user_viewer).calculate(request)
        # 7.07 XAF at 1/5.
        self.assertEqual((answer["amount"], answer["currency"]), ("1.41", self.currency.name))
        sample = self.env["cloud.price.sample"].create(
            {
                "name": "101 GB",
                "plan_id": self.plan.id,
                "product_id": self.disk.id,
                "customer_id": self.customer.id,
                "quantity": "101",
                "expected_amount": "7",
            }
        )
        self.assertEqual((sample.verdict, sample.currency_id), ("passed", self.foreign))
