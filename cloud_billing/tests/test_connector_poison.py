"""A provider that was broken into sends figures that look like usage: held for review or rejected, never billed."""

from decimal import Decimal

from odoo.tests import tagged

from .connection_common import ConnectionCase
from .usage_common import UsageOwnerCase, events_csv, focus_csv, hour

# What no reader takes for a number, and the reason that it is rejected with.
NO_NUMBERS = {
    "NaN": "not_a_number",
    "Infinity": "not_a_number",
    "-inf": "not_a_number",
    "0x7f": "not_a_number",
    "1,000": "not_a_number",
    "1e999": "number_too_large",
    "1e-999": "number_too_large",
    "9" * 101: "number_too_long",
}
# 1e30, as a person reads it.
GIANT = "1" + 10 * ",000"


class PoisonCase(ConnectionCase, UsageOwnerCase):
    """Both sources are fetched, with the checks that docs/connectors.md advises; what is right costs 1 each."""

    NOW = "2026-03-30 04:00:00"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metered.taxes_id = False
        cls.make_version([{"product_id": cls.metered.id, "unit_price": "1"}])
        cls.meter.unit = False
        cls.acme_line.subscription_id.action_activate()

    def setUp(self):
        super().setUp()
        checks = self.env["cloud.usage.check"].with_context(active_test=False)
        checks.search([("source_id", "in", (self.bills | self.events).ids), ("kind", "=", "time")]).past_days = 60
        checks.search([("source_id", "=", self.events.id), ("kind", "=", "range")]).write(
            {"active": True, "lowest": "0", "highest": "1000"}
        )
        checks.search([("source_id", "=", self.events.id), ("kind", "=", "spike")]).write(
            {"active": True, "factor": "3", "weeks": 3}
        )
        for measure in ("cost_billed", "quantity"):
            checks.create(
                {"source_id": self.bills.id, "kind": "range", "measure": measure, "lowest": "0", "highest": "500"}
            )

    def poison(self, source, *files):
        """Fetch these files from the source's connector, one after the other; the last import."""
        if source == self.events:
            self.connector = self.make_connector(source)
        for number, content in enumerate(files):
            self.provider.put(f"march-{number}", content)
            self.connector.sudo().next_at = self.NOW
            self.fetch()
        return self.env["cloud.usage.import"].search([("source_id", "=", source.id)], order="id desc", limit=1)

    def held(self, source):
        """[(quantity, why)] of the rows that wait, oldest service first."""
        domain = [("source_id", "=", source.id), ("state", "=", "held")]
        found = self.env["cloud.usage.exception"].search(domain, order="service_start, id")
        return [(str(one.quantity), one.why) for one in found]

    def bill_march(self, source):
        """Give all streams of a source to Acme and rate a run; the amounts of Acme's bills."""
        for stream in self.env["cloud.usage.stream"].search([("source_id", "=", source.id)]):
            self.assign(stream, self.acme_line)
        run = self.env["cloud.bill.run"].create(
            {
                "company_id": self.company.id,
                "cutoff_date": "2026-04-01",
                "invoice_date": "2026-04-01",
                "accounting_date": "2026-04-01",
            }
        )
        run.action_rate()
        return [bill.amount for bill in run.bill_ids if bill.customer_id == self.acme]


@tagged("post_install", "-at_install")
class TestPoisonedEvents(PoisonCase):
    def test_what_is_no_number_is_rejected_with_a_sentence_and_the_rest_comes_in(self):
        rows = [(f"bad-{n}", 2, "acme", text) for n, text in enumerate(NO_NUMBERS)]
        usage_import = self.poison(self.events, events_csv(("good", 2, "acme", "7"), *rows))
        self.assertEqual(self.counts(usage_import), (9, 1, 0, 0, 8))
        self.assertEqual(usage_import.reject_ids.sorted("row_no").mapped("reason_code"), list(NO_NUMBERS.values()))
        for reject in usage_import.reject_ids:
            self.assertIn("column quantity", reject.reason)
        self.assertEqual(self.bill_march(self.events), [Decimal(7)])

    def test_negative_and_absurd_quantities_and_times_are_held(self):
        rows = (
            ("good", 2, "acme", "7"),
            ("negative", 3, "acme", "-1000000"),
            ("giant", 4, "acme", "1e30"),
            ("above", 5, "acme", "1000.01"),
            ("old", 6, "acme", "1"),
            ("far", 7, "acme", "1"),
        )
        content = events_csv(*rows).replace(b"2026-03-06", b"1999-03-06").replace(b"2026-03-07", b"2099-03-07")
        usage_import = self.poison(self.events, content)
        self.assertEqual(self.counts(usage_import), (6, 6, 0, 0, 0))
        self.assertEqual(
            self.held(self.events),
            [
                ("1", "Service began on 03/06/1999 12:00:00 PM, more than 60 days before it arrived."),
                ("-1000000", "Quantity -1,000,000 is not between 0 and 1,000."),
                ("1" + 30 * "0", f"Quantity {GIANT} is not between 0 and 1,000."),
                ("1000.01", "Quantity 1,000.01 is not between 0 and 1,000."),
                ("1", "Service begins on 03/07/2099 12:00:00 PM, more than 2 days after it arrived."),
            ],
        )
        self.assertEqual(self.bill_march(self.events), [Decimal(7)])

    def test_a_day_that_jumps_is_held_whole(self):
        # Mondays 2, 9 and 16 March: usual is 10; 3 x 10 is the limit, and 31 of many small rows are above it.
        usual = [(f"usual-{day}", day, "acme", "10") for day in (2, 9, 16)]
        jump = [(f"jump-{number}", 23, "acme", "1") for number in range(31)]
        self.poison(self.events, events_csv(*usual), events_csv(*jump))
        held = self.held(self.events)
        self.assertEqual(len(held), 31)
        self.assertEqual(
            {why for _quantity, why in held},
            {"Quantity of 03/23/2026 is 31; usual on this weekday is 10 (median of 3 weeks)."},
        )
        self.assertEqual(self.bill_march(self.events), [Decimal(30)])

    def test_history_that_is_told_anew_waits_for_a_person(self):
        usage_import = self.poison(
            self.events, events_csv(("a", 2, "acme", "7")), events_csv(("a", 2, "acme", "700"), ("b", 3, "acme", "1"))
        )
        self.assertEqual(self.counts(usage_import), (2, 1, 0, 1, 0))
        self.assertEqual(self.bill_march(self.events), [Decimal(8)])


@tagged("post_install", "-at_install")
class TestPoisonedBills(PoisonCase):
    def test_costs_that_are_no_numbers_are_rejected(self):
        rows = [hour(day, cost=text) for day, text in enumerate(NO_NUMBERS, 2)]
        usage_import = self.poison(self.bills, focus_csv(hour(1), *rows))
        self.assertEqual(self.counts(usage_import), (9, 1, 0, 0, 8))
        self.assertEqual(self.bill_march(self.bills), [Decimal(1)])

    def test_costs_and_quantities_out_of_range_are_held(self):
        rows = (
            hour(1),
            hour(2, cost="1e30"),
            hour(3, cost="-99999"),
            hour(4, PricingQuantity="1e30"),
            hour(5, PricingQuantity="-1e30", cost="-1e30"),
        )
        usage_import = self.poison(self.bills, focus_csv(*rows))
        self.assertEqual((usage_import.state, usage_import.held_count), ("imported", 4))
        self.assertEqual(
            [why for _quantity, why in self.held(self.bills)],
            [
                f"Billed cost {GIANT} is not between 0 and 500.",
                "Billed cost -99,999 is not between 0 and 500.",
                f"Quantity {GIANT} is not between 0 and 500.",
                f"Billed cost -{GIANT} is not between 0 and 500. Quantity -{GIANT} is not between 0 and 500.",
            ],
        )
        self.assertEqual(self.bill_march(self.bills), [Decimal(1)])

    def test_a_month_of_which_most_is_gone_is_refused(self):
        usage_import = self.poison(self.bills, focus_csv(*(hour(day) for day in range(1, 21))), focus_csv(hour(1)))
        self.assertEqual(usage_import.state, "refused")
        self.assertEqual(self.tell(self.NOW)[0], "red")
        self.assertEqual(self.bill_march(self.bills), [Decimal(20)])

    def test_a_source_without_such_checks_is_told_before_it_is_used(self):
        connector = self.make_connector(self.make_source("New meters"), state="setup")
        connector.with_user(self.user_administrator).action_allow_hosts()
        self.assertIn("Nothing holds figures that cannot be right", self.tell(self.NOW, connector)[1])
        connector.source_id.with_context(active_test=False).check_ids.active = True
        self.assertEqual(self.tell(self.NOW, connector)[1], "Not in use yet: test it, then turn it on.")
