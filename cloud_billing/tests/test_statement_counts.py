"""Work on many rows takes as many statements as work on few: what grows with the rows would one day take the night.

Rating is counted in test_billing_rating.py, finding prices in test_price_resolution.py.
"""

from itertools import pairwise

from odoo.tests import tagged

from ..models.usage.usage_requests import TotalsRequest
from .usage_common import UsageCase, UsageOwnerCase, events_csv, focus_csv, hour

FEW, MANY = 4, 40
MARCH = "2026-03-01"


def bill(count, first=0):
    """A provider's bill of so many rows, each of a resource and a SKU of its own: as many streams as rows."""
    return focus_csv(*(hour(1 + n % 28, f"vm-{n}", SkuId=f"sku-{n}") for n in range(first, first + count)))


@tagged("post_install", "-at_install")
class TestImport(UsageCase):
    def count(self, reader, *deliveries):
        """Statements of the last of some deliveries, lists of file contents, to a source of its own."""
        source = self.env["cloud.usage.source"].create(
            {"name": f"Source {self.cr.sql_log_count}", "company_id": self.company.id, "reader": reader}
        )
        for contents in deliveries:
            files = [(f"{number}.csv", content) for number, content in enumerate(contents)]
            usage_import = self.env["cloud.usage.import"]._create_with_files(source, files)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            usage_import.action_import()
            self.env.flush_all()
        self.assertIn(usage_import.state, ("imported", "known"))
        return self.cr.sql_log_count - before

    def assert_same(self, reader, few, many):
        """few, many: lists of deliveries. The first import of a process fills caches that the next one finds."""
        self.count(reader, *few)
        self.assertEqual(self.count(reader, *many), self.count(reader, *few))

    def test_a_bill_of_new_rows_and_new_streams(self):
        self.assert_same("focus", [[bill(FEW)]], [[bill(MANY)]])

    def test_a_bill_whose_second_file_repeats_the_first(self):
        self.assert_same("focus", [[bill(FEW), bill(FEW)]], [[bill(MANY), bill(MANY)]])

    def test_a_month_delivered_again_with_more_rows(self):
        self.assert_same("focus", [[bill(FEW)], [bill(2 * FEW)]], [[bill(MANY)], [bill(2 * MANY)]])

    def test_events_of_which_half_are_known(self):
        def events(first, count):
            return [events_csv(*((f"e{n}", 1 + n % 28, f"account-{n}", n) for n in range(first, first + count)))]

        self.assert_same("csv", [events(0, FEW), events(FEW // 2, FEW)], [events(0, MANY), events(MANY // 2, MANY)])

    def test_events_that_come_with_other_content(self):
        def events(count, quantity):
            return [events_csv(*((f"e{n}", 1 + n % 28, "acme", quantity) for n in range(count)))]

        self.assert_same("csv", [events(FEW, 1), events(FEW, 2)], [events(MANY, 1), events(MANY, 2)])


@tagged("post_install", "-at_install")
class TestTotals(UsageOwnerCase):
    def request(self, line, number):
        return TotalsRequest(
            key=number,
            subscription_line_id=line.id,
            aggregation="sum",
            basis="quantity",
            billing_month=MARCH,
            utc_start=None,
            utc_end=None,
        )

    def test_totals_of_many_requests_are_two_statements(self):
        self.deliver(self.bills, focus_csv(*(hour(1 + n % 28, f"vm-{n}") for n in range(MANY))))
        self.assign(self.stream(self.bills, sku="sku-1"), self.acme_line)
        number = self.store._last_number(self.company)
        for count in (1, FEW, MANY):
            requests = [self.request(self.acme_line, place) for place in range(count)]
            self.env.flush_all()
            # Whose rows need not be read, and the sums of them.
            with self.assertQueryCount(2):
                totals = self.store._totals(self.company, number, requests)
            # MANY rows of quantity 1, asked for by every request alike.
            self.assertEqual(
                [(one.key, one.quantity, one.row_count) for one in totals],
                [(place, MANY, MANY) for place in range(count)],
            )

    def test_what_changed_is_one_statement_for_many_charges(self):
        self.deliver(self.bills, focus_csv(hour(1)))
        self.assign(self.stream(self.bills, sku="sku-1"), self.acme_line)
        days = [f"2026-03-{day:02d}" for day in range(1, FEW + 2)]
        charges = self.env["cloud.charge"].union(
            *(self.bill(self.acme_line, start, end) for start, end in pairwise(days))
        )
        self.deliver(self.bills, focus_csv(hour(1, cost="11"), hour(2)))
        number = self.store._last_number(self.company)
        self.env.flush_all()
        for some in (charges[:1], charges):
            with self.assertQueryCount(1):
                changed = self.store._changed_charges(self.company, number, some)
            # The rows of the 1st and the 2nd changed; the charges of the 3rd and 4th count nothing.
            self.assertEqual(changed, some[:2])


@tagged("post_install", "-at_install")
class TestUsageWithoutAnOwner(UsageOwnerCase):
    """What nobody owns yet, of as many streams as rows: waived, and counted by state."""

    def count(self, work, rows):
        """Statements of `work(source)` for a source of its own with so many rows."""
        source = self.env["cloud.usage.source"].create(
            {"name": f"Source {self.cr.sql_log_count}", "company_id": self.company.id, "reader": "focus"}
        )
        self.deliver(source, bill(rows))
        return self.count_statements_of(lambda: work(source))

    def assert_same(self, work):
        # The first one of a process fills caches that the next one finds.
        self.count(work, FEW)
        self.assertEqual(self.count(work, MANY), self.count(work, FEW))

    def test_waiving_it(self):
        def waive(source):
            streams = self.env["cloud.usage.stream"].search([("source_id", "=", source.id)])
            self.assertEqual(streams.action_waive("Test"), len(streams))

        self.assert_same(waive)

    def test_the_overview_of_states(self):
        self.assert_same(lambda _source: self.env["cloud.usage.state"].action_start())
