"""A subscription as a sentence, what belongs to it, and the filters of its list; statements counted for N and 10N."""

from odoo.tests import freeze_time, tagged

from .billing_common import BillingCase
from .catalog_common import CatalogCase
from .test_contract_lifecycle import day

# The 10th of March, in the third month of what begins on 1 January.
TODAY = "2026-03-10 09:00:00"


class ScreenCase(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.make_product("Server", "recurring")
        # Server 100.00, support 10.00 a month; disk 0.10 per GB.
        cls.make_version(
            [
                {"product_id": cls.server.id, "unit_price": "100"},
                {"product_id": cls.recurring.id, "unit_price": "10"},
                {"product_id": cls.metered.id, "unit_price": "0.10"},
            ]
        )
        cls.customer = cls.make_customer("Acme")
        cls.currency = cls.plan.currency_id.name

    def make(self, moment="2026-01-01 09:00:00", activate=True, products=None, **vals):
        """3 servers, support and disk in arrears from 1 January on: 3 x 100.00 + 10.00 = 310.00 a month."""
        with freeze_time(moment):
            subscription = self.make_subscription(
                self.customer, products or [self.server, self.recurring, self.metered], **vals
            )
            subscription.line_ids.filtered(lambda line: line.product_id == self.server).quantity = 3
            if activate:
                subscription.action_activate()
        return subscription

    def tell(self, subscription, moment=TODAY):
        with freeze_time(moment):
            self.env["cloud.subscription"]._cron_end_subscriptions()
            subscription.invalidate_recordset()
            return subscription.sentence


@tagged("post_install", "-at_install")
class TestTheSentence(ScreenCase):
    def test_of_what_runs_says_who_pays_what_since_when_and_what_comes(self):
        subscription = self.make(term_ids=[(0, 0, {"length_count": 12, "notice_count": 1})])
        for line in subscription.line_ids:
            self.make_charge(line, "2026-01-01", "2026-03-01")
        # A month's notice to 1 January: 30 November is the last day of it.
        self.assertEqual(
            self.tell(subscription),
            f"Acme pays 310.00 {self.currency} a month for 3 Server, Support and Disk by usage since 01/01/2026; "
            "next invoice about 04/01/2026; renews on 01/01/2027, notice until 11/30/2026.",
        )

    def test_of_usage_alone_says_it_once(self):
        subscription = self.make(products=[self.metered])
        self.assertIn("Acme pays by usage for Disk since 01/01/2026", self.tell(subscription))

    def test_says_since_when_an_invoice_is_due(self):
        # January was over on 1 February, and nobody billed it.
        self.assertIn("an invoice is due since 02/01/2026", self.tell(self.make()))
        advance = self.make(date_start="2026-03-05", products=[self.recurring])
        advance.line_ids.timing = "advance"
        self.assertIn("an invoice is due since 03/05/2026", self.tell(advance))
        self.make_charge(advance.line_ids, "2026-03-05", "2026-04-01")
        self.assertIn("next invoice about 04/01/2026", self.tell(advance))

    def test_knows_that_no_fee_is_billed_for_a_trial_or_a_pause(self):
        # In arrears: April is the first month with a fee, billed on 1 May.
        trial = self.make(trial_end="2026-04-01", products=[self.recurring], date_start="2026-03-05")
        self.assertIn("next invoice about 05/01/2026", self.tell(trial))
        paused = self.make(products=[self.recurring], date_start="2026-03-10")
        with freeze_time(TODAY):
            paused._apply_pause(day("2026-03-10"), None)
        self.assertNotIn("invoice", self.tell(paused))

    def test_counts_the_quantity_of_today_and_what_the_contract_changes(self):
        subscription = self.make()
        with freeze_time(TODAY):
            subscription.line_ids[0]._apply_quantity(day("2026-03-01"), 5)
        # 5 x 100.00 + 10.00.
        self.assertIn(f"510.00 {self.currency} a month for 5 Server", self.tell(subscription))
        self.assertEqual(subscription.fees_text, f"510.00 {self.currency} a month")
        self.assertIn(f"310.00 {self.currency} a month for 3 Server", self.tell(subscription, "2026-02-10 09:00:00"))

    def test_names_fees_with_periods_of_their_own_apart(self):
        subscription = self.make(activate=False)
        subscription.line_ids[1].write({"cycle_unit": "year", "cycle_count": 1})
        self.assertIn(
            f"300.00 {self.currency} a month and 10.00 {self.currency} a year for 3 Server", self.tell(subscription)
        )

    def test_of_each_state_is_one_of_its_own(self):
        draft = self.make(activate=False)
        self.assertIn("is to pay 310.00", self.tell(draft))
        trial = self.make(trial_end="2026-04-01")
        self.assertIn("from 04/01/2026 on it costs 310.00", self.tell(trial))
        lapsing = self.make(trial_end="2026-04-01", trial_outcome="end")
        self.assertIn("which ends on 04/01/2026 unless it is taken up; then it costs 310.00", self.tell(lapsing))
        paused = self.make()
        with freeze_time(TODAY):
            paused._apply_pause(day("2026-03-10"), day("2026-04-01"))
        self.assertIn("pays no fees", self.tell(paused))
        ending = self.make()
        with freeze_time(TODAY):
            ending.action_end(day("2026-06-01"))
        self.assertIn("ends on 06/01/2026, which is not billed any more", self.tell(ending))
        # The last day that is billed is the one before.
        self.assertIn("from 01/01/2026 to 05/31/2026.", self.tell(ending, "2026-07-01 09:00:00"))
        with freeze_time(TODAY):
            draft.action_cancel()
        self.assertIn("was cancelled and never held", self.tell(draft))

    def test_without_a_price_names_what_is_priced_apart(self):
        subscription = self.make(products=[self.make_product("Backup", "recurring")])
        self.assertIn("separately priced Backup", self.tell(subscription))
        self.assertFalse(subscription.fees_text)

    def test_of_sums_says_how_they_are_paid(self):
        self.assertIn("Acme pays once for Set-up since", self.tell(self.make(products=[self.one_time])))

    def test_takes_as_many_statements_for_many(self):
        def count(number):
            made = self.env["cloud.subscription"].union(*(self.make() for _ in range(number)))
            self.env.flush_all()
            self.env.invalidate_all()
            with freeze_time(TODAY):
                before = self.cr.sql_log_count
                made.mapped("fees_text")
                made.mapped("sentence")
                return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(20))


@tagged("post_install", "-at_install")
class TestTheList(ScreenCase):
    def find(self, *domain, moment=TODAY):
        with freeze_time(moment):
            return self.env["cloud.subscription"].search([("customer_id", "=", self.customer.id), *domain])

    def test_finds_missing_prices_of_what_is_not_over(self):
        priced = self.make()
        backup = self.make_product("Backup", "recurring")
        missing = self.make(products=[backup], activate=False)
        over = self.make(products=[backup])
        with freeze_time("2026-02-01 09:00:00"):
            over.action_end(day("2026-02-01"))
        self.assertEqual(self.find(("is_price_missing", "=", True)), missing)
        self.assertEqual(self.find(("is_price_missing", "=", False)), priced | over)
        self.assertEqual(missing.is_price_missing, True)

    def test_looks_closer_at_what_is_not_surely_priced(self):
        product = {
            name: self.make_product(name, "recurring") for name in ("Everywhere", "Dated", "Of a customer", "Dropped")
        }
        first = {
            "Everywhere": {},
            "Dated": {"date_end": "2026-02-01"},
            "Of a customer": {"customer_id": self.customer.id},
            "Dropped": {},
        }
        plan = self.make_plan("Two versions", currency_id=self.plan.currency_id.id)
        self.make_version(
            [{"product_id": product[name].id, "unit_price": "1", **vals} for name, vals in first.items()], plan
        )
        self.make_version([{"product_id": product["Everywhere"].id, "unit_price": "2"}], plan, "2026-02-15")
        made = {name: self.make(products=[one], plan_id=plan.id) for name, one in product.items()}
        early = self.make(products=[product["Everywhere"]], plan_id=plan.id, date_start="2025-06-01", activate=False)
        doubtful = (
            self.env["cloud.subscription.line"]
            .browse(self.env["cloud.subscription"]._get_doubtful_line_ids())
            .subscription_id
        )
        self.assertNotIn(made["Everywhere"], doubtful)
        for name in ("Dated", "Of a customer", "Dropped"):
            self.assertIn(made[name], doubtful, name)
        self.assertIn(early, doubtful)
        # And what is found is what the lines themselves say.
        every = self.env["cloud.subscription"].search([("customer_id", "=", self.customer.id)])
        with freeze_time(TODAY):
            unpriced = every.line_ids._get_unpriced(day(TODAY[:10])).subscription_id
        self.assertEqual(self.find(("is_price_missing", "=", True)), unpriced & every)
        self.assertIn(made["Dropped"], unpriced)

    def test_finds_missing_prices_with_as_many_statements_among_many(self):
        def count(number):
            for _ in range(number):
                self.make()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.find(("is_price_missing", "=", True))
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(20))

    def test_finds_what_is_to_be_renewed_by_one_and_the_same_term(self):
        view = self.env.ref("cloud_billing.cloud_subscription_view_search_screen")
        self.assertIn("filter_renewal", view.arch)
        term = {"length_count": 3, "notice_count": 1}
        soon = self.make(term_ids=[(0, 0, term)])
        self.make(term_ids=[(0, 0, {**term, "length_count": 12})])
        of_term = [("date_end", ">=", "today"), ("date_end", "<=", "today +60d")]
        self.assertEqual(self.find(("term_ids", "any", of_term)), soon)


@tagged("post_install", "-at_install")
class TestUsageThatStaysAway(BillingCase):
    def test_is_found_by_the_rows_of_last_month(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        customer = self.make_customer("Acme")
        used, unused, late = (self.make_subscription(customer, self.disk) for _ in range(3))
        fixed = self.make_subscription(customer, self.support)
        self.set_company_state("live")
        rows = []
        for subscription, start in ((used, "2026-02-28 23:00:00"), (late, "2026-03-01 00:00:00")):
            stream = self.make_stream(f"disk {start}")
            self.map_stream(stream, subscription.line_ids)
            rows.append({"stream": stream, "quantity": "1", "start": start})
        self.deliver(*rows)
        with freeze_time("2026-03-10 09:00:00"):
            found = self.env["cloud.subscription"].search(
                [("customer_id", "=", customer.id), ("is_unused_last_month", "=", True)]
            )
            self.assertEqual(found, unused | late)
            self.assertFalse(fixed.is_unused_last_month)
            self.assertTrue(unused.is_unused_last_month)


@tagged("post_install", "-at_install")
class TestWhatBelongsToIt(BillingCase):
    def test_is_a_click_away(self):
        self.make_version({"product_id": self.support.id, "unit_price": "10"})
        subscription = self.make_subscription(self.make_customer("Acme"), self.support)
        self.set_company_state("live")
        run = self.make_run(cutoff="2026-02-01")
        self.post(run)
        self.assertEqual(subscription.invoice_count, 1)
        moves = self.env["account.move"].search(subscription.action_view_invoices()["domain"])
        self.assertEqual(moves, run.bill_ids.move_id)
        lines = self.env["cloud.rated.line"].search(subscription.action_view_revenue()["domain"])
        self.assertEqual([str(line.amount) for line in lines], ["10.00"])
        self.assertFalse(self.env["cloud.rated.line"].search(subscription.action_view_usage()["domain"]))
        charges = self.env["cloud.charge"].search(subscription.action_view_charges()["domain"])
        self.assertEqual(len(charges), subscription.charge_count)


@tagged("post_install", "-at_install")
class TestManyThatEnd(ScreenCase):
    def open(self, subscriptions, **vals):
        """The window as a person fills it in on 10 March."""
        with freeze_time(TODAY):
            return self.env["cloud.subscription.end.many"].create(
                {
                    "subscription_ids": [(6, 0, subscriptions.ids)],
                    "noticed_on": "2026-03-10",
                    "date_wanted": "2026-03-15",
                    **vals,
                }
            )

    def test_shows_the_day_of_each_and_what_becomes_of_billed_fees(self):
        free, bound = self.make(), self.make(term_ids=[(0, 0, {"length_count": 12, "notice_count": 1})])
        self.make_charge(free.line_ids[1], "2026-03-01", "2026-04-01")
        wizard = self.open(free | bound, end_when="at_once")
        with freeze_time(TODAY):
            self.assertEqual(wizard.line_ids.mapped("date_end"), [day("2026-03-15"), day("2027-01-01")])
            self.assertIn("from 2026-03-15 to 2026-04-01 are credited", wizard.line_ids[0].effect)
            self.assertIn("nothing is given back", wizard.line_ids[1].effect)
            wizard.action_confirm()
        self.assertEqual((free.date_end, free.end_kind), (day("2026-03-15"), "notice"))
        self.assertEqual((bound.date_end, bound.end_kind), (day("2027-01-01"), "notice"))

    def test_cancels_whatever_the_term_says(self):
        bound = self.make(term_ids=[(0, 0, {"length_count": 12, "notice_count": 1})])
        draft = self.make(activate=False)
        wizard = self.open(bound | draft, kind="cancelled", reason="Insolvent")
        with freeze_time(TODAY):
            wizard.action_confirm()
        self.assertEqual((bound.date_end, bound.end_reason), (day("2026-03-15"), "Insolvent"))
        self.assertEqual(draft.state, "cancelled")

    def test_ends_none_where_one_cannot(self):
        runs, draft = self.make(), self.make(activate=False)
        wizard = self.open(runs | draft)
        self.assertIn("1 of them", wizard.problem_text)
        with freeze_time(TODAY), self.refused("is a draft"):
            wizard.action_confirm()
        self.assertFalse(runs.date_end)

    def test_keeps_what_is_billed_where_nothing_is_given_back(self):
        subscription = self.make()
        self.make_charge(subscription.line_ids[1], "2026-03-01", "2026-04-01")
        wizard = self.open(subscription, end_when="at_once", unused="nothing")
        self.assertEqual(wizard.line_ids.date_end, day("2026-04-01"))
        self.assertIn("nothing is given back", wizard.line_ids.effect)
