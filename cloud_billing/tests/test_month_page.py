from datetime import timedelta
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..models.month.revenue_bridge import EFFECTS, Side, get_effects
from .test_billing_runs import RunCase

D = Decimal


class BridgeCase(RunCase):
    """Acme uses 1,000 GB and Bolt 50 GB at 0.10 in March; Coda pays a fee of 30.00, from 17 March on: 15 days of 31."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"unit_price": "0.10"}, cls.fee("30"), date_start="2026-02-01")
        cls.coda = cls.make_customer("Coda")
        cls.make_subscription(cls.coda, cls.support, date_start="2026-03-17")

    @classmethod
    def fee(cls, price):
        return {"product_id": cls.support.id, "unit_price": price}

    def post_march(self):
        self.deliver_march()
        return self.post(self.make_run())

    def effects(self, run):
        """{customer name: {effect: text}} of what is not zero."""
        found = {}
        for row in run._get_bridge():
            name = self.env["cloud.customer"].browse(row.customer_id).name
            effects = {key: str(value) for key, value in row.effects.items() if value}
            found.setdefault(name, {}).update(effects)
        return found

    def assert_adds_up(self, run):
        for sums in run._add_up_bridge(run._get_bridge()).values():
            self.assertEqual(sum(sums[name] for name in EFFECTS), sums["now"] - sums["last"])
        now = sum(run.bill_ids.filtered(lambda bill: bill.state != "excluded").mapped("amount"))
        self.assertEqual(sum(sums["now"] for sums in run._add_up_bridge(run._get_bridge()).values()), now)


@tagged("post_install", "-at_install")
class TestBridge(BridgeCase):
    def test_volume_is_the_change_of_the_quantity_at_the_last_price_and_price_the_rest(self):
        self.post_march()
        self.make_version({"unit_price": "0.11"}, self.fee("30"), date_start="2026-04-01")
        self.deliver_april(acme="1200", bolt="50")
        run = self.make_run("2026-05-01")
        # Acme: 100.00 -> 1,200 x 0.11 = 132.00. 200 GB more at 0.10 = 20.00; 1,200 GB at 0.01 more = 12.00.
        # Bolt: 5.00 -> 5.50, all of it price. Coda: 15/31 of 30.00 = 14.52 -> 30.00; 16/31 more of the month at the
        # price of 14.52 for 15/31 (30.008 a month): 15.49, and -0.01 of rounding, which is price.
        self.assertEqual(
            self.effects(run),
            {
                "Acme": {"price": "12.00", "volume": "20.00"},
                "Bolt": {"price": "0.50"},
                "Coda": {"price": "-0.01", "volume": "15.49"},
            },
        )
        self.assert_adds_up(run)

    def test_new_and_lost_customers(self):
        self.post_march()
        self.env["cloud.usage.mapping"].search([("stream_id", "=", self.bolt_stream.id)]).sudo().write(
            {"date_end": "2026-04-01"}
        )
        dune = self.make_subscription(self.make_customer("Dune"), self.support, date_start="2026-04-01")
        self.deliver_april(acme="1000", bolt="50")
        run = self.make_run("2026-05-01")
        found = self.effects(run)
        self.assertEqual((found["Bolt"], found["Dune"]), ({"lost": "-5.00"}, {"new": "30.00"}))
        self.assertEqual(run._count_customers()[self.currency.id], {"new": 1, "lost": 1})
        self.assertEqual(dune.customer_id.name, "Dune")
        self.assert_adds_up(run)

    def test_corrections_and_one_time_charges_are_other(self):
        self.post_march()
        self.make_version({"unit_price": "0.10"}, self.fee("30"), date_start="2026-03-31")
        self.make_subscription(self.acme, self.set_up, date_start="2026-04-02")
        # 10 GB of March come late: 1.00. The set-up costs 0.10 in April.
        self.deliver_march(acme="1010")
        self.deliver_april(acme="1000", bolt="50")
        run = self.make_run("2026-05-01")
        other = sum(row.effects["other"] for row in run._get_bridge())
        self.assertEqual(str(other), "1.10")
        self.assert_adds_up(run)

    def test_an_excluded_bill_is_in_no_bridge_and_its_customer_is_lost(self):
        self.post_march()
        self.deliver_april()
        run = self.make_run("2026-05-01")
        self.by_customer(run)["Bolt"].action_exclude("Dispute")
        self.assertEqual(self.effects(run)["Bolt"], {"lost": "-5.00"})
        self.assert_adds_up(run)

    def test_one_statement_for_all_lines(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            run._get_bridge()
            return self.cr.sql_log_count - before

        self.deliver_march()
        run = self.make_run()
        few = count()
        for number in range(20):
            self.make_subscription(self.make_customer(f"C{number}"), self.support, date_start="2026-03-01")
        run.action_back_to_draft()
        run.action_rate()
        self.assertEqual(len(run.bill_ids), 23)
        self.assertEqual(count(), few)


@tagged("post_install", "-at_install")
class TestEffects(BridgeCase):
    def check(self, last, now, **expected):
        effects = get_effects(last, now, D("0.01"))
        self.assertEqual({name: str(value) for name, value in effects.items() if value}, expected)
        self.assertEqual(sum(effects.values()), now.total - last.total)

    def side(self, amount, quantity, unit="GB", other="0"):
        quantity = None if quantity is None else D(quantity)
        return Side(amount=D(amount), other=D(other), lines=1, quantity=quantity, unit=unit)

    def test_each_effect(self):
        side = self.side
        # 3 units at 10.00 become 4 at 9.00: one more at 10.00, and 4 x -1.00.
        self.check(side("30.00", "3"), side("36.00", "4"), volume="10.00", price="-4.00")
        # 1.00 for 3 becomes 2.00 for 5: 2 x 0.333... = 0.67, rounded once; the rest is price.
        self.check(side("1.00", "3"), side("2.00", "5"), volume="0.67", price="0.33")
        self.check(Side(), side("5.00", "1"), new="5.00")
        self.check(side("5.00", "1"), Side(), lost="-5.00")
        self.check(side("5.00", "1"), side("7.00", "1", unit="TB"), other="2.00")
        self.check(side("5.00", None), side("7.00", "1"), other="2.00")
        # Nothing was used: what came with the first quantity is volume, and what goes with the last one too.
        self.check(side("0.00", "0", unit=""), side("7.00", "1"), volume="7.00")
        self.check(side("7.00", "1"), side("0.00", "0", unit=""), volume="-7.00")
        self.check(Side(other=D("3.00")), side("5.00", "1", other="1.00"), new="5.00", other="-2.00")


@tagged("post_install", "-at_install")
class TestPage(BridgeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cloud_look_percent": "25", "cloud_look_amount": "20"})

    def submit_april(self):
        self.post_march()
        self.make_version({"unit_price": "0.11"}, self.fee("30"), date_start="2026-04-01")
        self.deliver_april(acme="1200", bolt="50")
        run = self.make_run("2026-05-01")
        for bill in run.bill_ids.filtered(lambda bill: bill.state == "look"):
            bill.with_user(self.user_accountant).action_release("Known to sales")
        run.with_user(self.user_accountant).action_submit()
        return run

    def part(self, effect, key):
        return {row[0]: row[1:] for row in next(part["rows"] for part in effect["parts"] if part["key"] == key)}

    def test_the_page_is_kept_with_the_request_and_says_what_happened(self):
        run = self.submit_april()
        effect, code = run.request_id.sudo().effect, self.currency.name
        bridge = self.part(effect, "bridge")
        # 100.00 + 5.00 + 14.52; 132.00 + 5.50 + 30.00.
        self.assertEqual(bridge["Last bills"][0], f"119.52 {code}")
        self.assertEqual(bridge["This run"][0], f"167.50 {code}")
        self.assertEqual(bridge["Volume"][0], f"35.49 {code}")
        self.assertEqual(bridge["Price"][0], f"12.49 {code}")
        decisions = self.part(effect, "decisions")
        self.assertTrue(any("Known to sales" in label for label in decisions), decisions)
        html = str(run.with_user(self.user_approver).request_id.effect_html)
        self.assertIn("What moved most", html)
        self.assertIn("Acme, Disk", html)
        self.assertEqual(str(run.page_html), html)
        report = self.env["ir.actions.report"].with_user(self.user_approver)
        printed, _kind = report._render_qweb_html("cloud_billing.cloud_bill_run_page_document", run.ids)
        self.assertIn("What moved most", str(printed))

    def test_released_bills_are_told_once_with_whom_and_why(self):
        run = self.submit_april()
        effect = run.request_id.sudo().effect
        self.assertEqual([note for note in effect["notes"] if "Known to sales" in note or "released" in note], [])
        [(label, told)] = [pair for pair in self.part(effect, "decisions").items() if "Known to sales" in pair[0]]
        # Acme went up by 32.00, which is 32 %; Coda by 15.48, less than 20, and Bolt by 10 %.
        self.assertEqual(label, "1 released by Mara Maker: “Known to sales”")
        self.assertEqual(told, [f"132.00 {self.currency.name}", "Acme"])
        self.assertEqual(str(run.request_id.effect_html).count("Known to sales"), 1)

    def test_who_is_decided_upon_in_the_run_is_named_up_to_twenty(self):
        self.deliver_march()
        customers = [self.make_customer(f"C{number:02}") for number in range(19)]
        for customer in customers:
            self.make_subscription(customer, self.support, date_start="2026-03-01")
        run = self.make_run()
        first = run.bill_ids.filtered(lambda bill: bill.state == "look")
        # Acme, Bolt, Coda and nineteen more: 22, of whom two are not named.
        self.assertEqual(len(first), 22)
        first.with_user(self.user_accountant).action_release("New")
        [[_label, _told, called]] = run._get_decision_part()["rows"]
        self.assertEqual((called.count("; "), called.endswith("; ...")), (20, True))

    def test_what_is_shown_as_approved_is_what_posts(self):
        run = self.submit_april()
        shown = self.part(run.request_id.sudo().effect, "bridge")["This run"][0]
        self.vote(run.request_id)
        run.with_user(self.user_accountant).action_post()
        posted = sum(D(str(move.amount_untaxed)) for move in run.bill_ids.move_id)
        self.assertEqual(f"{posted:.2f} {self.currency.name}", shown)

    def test_what_changed_behind_the_page_neither_gets_a_vote_nor_posts(self):
        run = self.submit_april()
        line = run.bill_ids.rated_line_ids[:1]
        self.env.cr.execute("UPDATE cloud_rated_line SET amount = amount + 1 WHERE id = %s", [line.id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "changed after it was submitted"):
            self.vote(run.request_id)

    def test_the_bridge_is_exported_with_totals(self):
        run = self.submit_april()
        table = run._get_bridge_table()
        self.assertEqual(table[0][3:5], ["Last", "Now"])
        self.assertEqual([str(cell) for cell in table[-1][3:]], ["119.52", "167.50", "0", "0", "12.49", "35.49", "0"])
        action = run.with_user(self.user_approver).action_export_bridge()
        self.assertEqual(action["type"], "ir.actions.act_url")


@tagged("post_install", "-at_install")
class TestCockpit(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"cloud_look_percent": "25", "cloud_look_amount": "20"})

    def bucket(self, run, key):
        return next(bucket for bucket in run.get_cockpit()["buckets"] if bucket["key"] == key)

    def test_buckets_count_reasons_and_money_and_their_domains_find_the_bills(self):
        self.deliver_march(acme="1000", bolt="0")
        run = self.make_run()
        look = self.bucket(run, "look")
        amounts = [{"currency": self.currency.name, "amount": "100.00"}]
        self.assertEqual((look["count"], look["amounts"]), (2, amounts))
        reasons = {reason["code"]: reason for reason in look["reasons"]}
        self.assertEqual((reasons["first_bill"]["count"], reasons["first_bill"]["amounts"]), (2, amounts))
        self.assertEqual(reasons["zero_bill"]["count"], 1)
        found = self.env["cloud.bill"].search(reasons["zero_bill"]["domain"])
        self.assertEqual(found.customer_id, self.bolt)
        self.assertEqual(self.env["cloud.bill"].search_count(look["domain"]), 2)

    def test_a_blocked_bill_counts_by_what_blocks_it_alone(self):
        self.deliver_march()
        self.make_subscription(self.bolt, self.support, date_start="2026-03-01")
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"}, date_start="2026-02-01")
        run = self.make_run()
        blocked = self.bucket(run, "blocked")
        self.assertEqual([reason["code"] for reason in blocked["reasons"]], ["price_missing"])
        self.assertEqual(self.by_customer(run)["Bolt"].main_reason, "price_missing")

    def test_bills_of_one_reason_up_to_an_amount_are_released_at_once(self):
        self.deliver_march(acme="1000", bolt="50")
        run = self.make_run()
        action = run.with_user(self.user_accountant).action_view_release("first_bill")
        form = Form(self.env["cloud.bill.release"].with_user(self.user_accountant).with_context(**action["context"]))
        # 5.00 is no more than 100; 100.00 is not more either.
        form.amount_limit = "99.99"
        self.assertEqual((form.bill_count, form.total_text), (1, f"5.00 {self.currency.name}"))
        with self.assertRaisesRegex(UserError, "Say why"):
            form.save().action_confirm()
        form.note = "New customers of the fair"
        form.save().action_confirm()
        bills = self.by_customer(run)
        self.assertEqual((bills["Acme"].state, bills["Bolt"].state), ("look", "ready"))
        noted = self.env["cloud.intervention"].search([("run_id", "=", run.id)])
        self.assertEqual(
            noted.mapped(lambda one: (one.kind, one.reason, str(one.amount))),
            [("released", "New customers of the fair", "5.00")],
        )

    def test_a_bill_with_another_reason_beside_is_not_among_them(self):
        self.deliver_march(acme="1000", bolt="0")
        run = self.make_run()
        wizard = self.env["cloud.bill.release"].create({"run_id": run.id, "reason_code": "first_bill"})
        self.assertEqual(wizard._get_bills().customer_id, self.acme)

    def test_periods_say_what_they_wait_for(self):
        self.deliver_march()
        run = self.make_run()
        self.assertEqual([(one["key"], one["count"]) for one in run.get_cockpit()["periods"]], [("look", 2)])
        self.post(run)
        self.assertEqual([(one["key"], one["count"]) for one in run.get_cockpit()["periods"]], [("billed", 2)])

    def test_touches_are_counted_for_a_hundred_invoices(self):
        self.deliver_march()
        run = self.make_run()
        self.by_customer(run)["Acme"].action_release("Seen")
        # One of two.
        self.assertEqual(run.get_cockpit()["touches"], {"count": 1, "per_hundred": 50.0, "last_per_hundred": None})

    def test_times_stand_beside_those_of_the_run_before(self):
        self.deliver_march()
        run = self.make_run()
        self.post(run)
        run.sudo().write({"rated_at": "2026-04-01 06:00:00"})
        self.deliver_april()
        after = self.make_run("2026-05-01")
        after.sudo().write({"rated_at": "2026-05-02 01:00:00"})
        rated = after.get_cockpit()["times"][0]
        # Six hours after midnight of the first; 25 hours after it.
        self.assertEqual((rated["last_seconds"], rated["seconds"]), (6 * 3600, 25 * 3600))

    def test_the_month_tells_the_buckets_with_their_money(self):
        self.deliver_march(acme="1000", bolt="50")
        run = self.make_run()
        self.by_customer(run)["Bolt"].action_release("Seen")
        month = (
            self.env["cloud.home"].with_user(self.user_accountant).with_company(self.company).get_month("2026-03-01")
        )
        review = next(step for step in month["steps"] if step["key"] == "review")
        code = self.currency.name
        self.assertEqual(review["count_label"], f"bills: 1 ready (5.00 {code}), 1 to look at (100.00 {code})")

    def test_statements_of_the_cockpit_do_not_grow_with_the_bills(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            run.get_cockpit()
            return self.cr.sql_log_count - before

        self.deliver_march()
        run = self.make_run()
        count()
        few = count()
        for number in range(20):
            self.make_subscription(self.make_customer(f"C{number}"), self.support, date_start="2026-03-01")
        run.action_back_to_draft()
        run.action_rate()
        self.assertEqual(len(run.bill_ids), 22)
        self.assertEqual(count(), few)

    def test_a_viewer_sees_the_cockpit(self):
        self.deliver_march()
        run = self.make_run()
        self.assertFalse(run.with_user(self.user_viewer).get_cockpit()["can_act"])

    def test_the_file_of_bills_ends_with_totals(self):
        self.deliver_march()
        run = self.make_run()
        rows = self.env["cloud.bill.file"]._get_rows(run.bill_ids)
        self.assertEqual(rows[-1][0], "Total of 2 bills")
        self.assertEqual(rows[-1][rows[0].index("Amount")], "105.00")
        action = run.with_user(self.user_viewer).action_export_bills()
        self.assertIn("/web/content/cloud.bill.file/", action["url"])


@tagged("post_install", "-at_install")
class TestStopping(RunCase):
    def test_a_run_that_is_being_rated_by_nobody_goes_back_at_once(self):
        self.deliver_march()
        run = self.start_run()
        run.with_user(self.user_accountant).action_stop()
        self.assertEqual((run.state, len(self.env["cloud.charge"].search([("run_id", "=", run.id)]))), ("draft", 0))

    def test_a_run_that_is_being_worked_on_goes_back_before_the_next_step(self):
        self.deliver_march()
        run = self.start_run()
        claimed = self.env["cloud.bill.run"]._write_claim()
        self.assertEqual(claimed, run)
        run.with_user(self.user_accountant).action_stop()
        self.assertEqual(run.state, "rating")
        self.assertEqual(run._work_claimed(run.claim_token), 0)
        self.assertEqual((run.state, run.claim_token), ("draft", False))
        run.action_rate()
        self.assertEqual(run.state, "review")

    def test_a_run_that_several_rate_goes_back_when_each_of_them_has_stopped(self):
        self.deliver_march()
        run = self.start_run()
        Share = self.env["cloud.bill.run.share"]
        Share._make(run, 2, Share._count_by_payer(run))
        shares = run._get_shares()
        claimed = [shares._write_claim(), shares._write_claim()]
        self.assertEqual(len(shares), 2)
        run.with_user(self.user_accountant).action_stop()
        for share in claimed:
            self.assertFalse(self.env["cloud.bill.run"]._write_claim())
            self.assertEqual(share._work_claimed(share.claim_token), 0)
        # Nothing was rated of either share; who ends the run takes it back.
        ending = self.env["cloud.bill.run"]._write_claim()
        self.assertEqual(ending._work_claimed(ending.claim_token), 0)
        self.assertEqual((run.state, len(run._get_shares())), ("draft", 0))

    def test_posting_stops_after_what_is_being_posted_and_the_rest_is_parked(self):
        self.deliver_march()
        run = self.make_run()
        self.approve(run)
        run._set_state("posting")
        # A worker has claimed Acme's bill.
        bills = self.by_customer(run)
        bills["Acme"].sudo().write({"claim_token": "worker", "claim_until": "2099-01-01"})
        run.with_user(self.user_accountant).action_stop()
        self.assertEqual((bills["Acme"].state, bills["Bolt"].state, run.state), ("ready", "parked", "posting"))
        self.assertIn("Stopped by", bills["Bolt"].error)
        bills["Acme"]._post_batch("worker")
        run._close_when_done()
        self.assertEqual((bills["Acme"].state, run.state), ("posted", "posted"))
        # What was approved still is, so it goes on by the button.
        run.with_user(self.user_accountant).action_retry_parked()
        self.assertEqual((bills["Bolt"].state, run.state), ("posted", "posted"))

    def test_a_run_that_waits_for_people_has_nothing_to_stop(self):
        self.deliver_march()
        with self.assertRaisesRegex(UserError, "nothing to stop"):
            self.make_run().action_stop()

    def test_progress_says_how_long_the_rest_takes(self):
        self.deliver_march()
        run = self.start_run()
        self.assertEqual(run._get_progress(run.rating_started_at)["seconds_left"], None)
        self.env["cloud.rating"]._rate(self.env["cloud.charge"].search([("run_id", "=", run.id)])[:1], run.usage_number)
        # One of two charges in ten seconds: ten more.
        progress = run._get_progress(run.rating_started_at + timedelta(seconds=10))
        self.assertEqual((progress["done"], progress["whole"], progress["seconds_left"]), (1, 2, 10))
