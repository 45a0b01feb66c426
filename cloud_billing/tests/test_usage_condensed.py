"""Sources of which not every row is kept: the same sums by day, the files beside them."""

import psycopg2.errors
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .usage_common import UsageOwnerCase, focus_csv, hour


def at(number, **more):
    """One row of an hour of 5 March."""
    return {
        **hour(5, resource=f"vm-{number}"),
        "ChargePeriodStart": f"2026-03-05T{number:02d}:00:00Z",
        "ChargePeriodEnd": f"2026-03-05T{number + 1:02d}:00:00Z",
        **more,
    }


OTHER = {"SubAccountId": "sub-2"}


@tagged("post_install", "-at_install")
class TestCondensedMonth(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bills.write({"keep_rows": "daily", "tz": "UTC"})
        cls.content = focus_csv(at(1), at(2, BilledCost="0.125"), at(3, **OTHER), at(4, BilledCost="x"))
        cls.first = cls.deliver(cls.bills, cls.content)

    def test_has_a_row_per_day_with_the_exact_sums(self):
        self.assertEqual(self.counts(self.first), (3, 2, 0, 0, 1))
        self.assertEqual(self.first.original_rows, 3)
        rows = self.live_rows(self.bills).sorted("row_no")
        # 10 + 0.125
        self.assertEqual([str(row.cost_billed) for row in rows], ["10.125", "10"])
        self.assertEqual([row.tags["original_rows"] for row in rows], ["2", "1"])
        self.assertEqual(str(rows[0].service_end), "2026-03-06 00:00:00")
        self.assertEqual(self.first.file_ids.size, len(self.content))

    def test_is_counted_for_its_owner_like_any_other(self):
        self.assign(self.stream(self.bills, sub_account="sub-1"), self.acme_line)
        self.assertEqual(str(self.cost(self.acme_line)), "10.125")

    def test_that_comes_again_is_known_or_replaces_the_former(self):
        same = self.deliver(self.bills, focus_csv(at(2, BilledCost="0.125"), at(1), at(3, **OTHER)))
        self.assertEqual(same.state, "known")
        again = self.deliver(self.bills, focus_csv(at(1), at(2), at(3, **OTHER)))
        self.assertEqual(again.state, "imported")
        self.assertEqual(sum(row.cost_billed for row in self.live_rows(self.bills)), 30)

    def test_takes_a_corrected_row_in_beside_the_others(self):
        reject = self.first.reject_ids
        reject.corrected_text = reject.original_text.replace(",x,", ",2.5,")
        reject.action_retry()
        self.assertEqual(str(sum(row.cost_billed for row in self.live_rows(self.bills))), "22.625")

    def test_is_never_kept_otherwise_later(self):
        for vals in ({"keep_rows": "all"}, {"keep_tags": "env"}):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "cannot be changed for what is in"):
                self.bills.write(vals)

    def test_is_refused_for_events(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.CheckViolation):
            self.events.keep_rows = "daily"
            self.env.flush_all()

    def test_keeps_chosen_tags_apart(self):
        source = self.bills.create(
            {
                "name": "Tagged",
                "company_id": self.company.id,
                "reader": "focus",
                "keep_rows": "daily",
                "keep_tags": "resource, x",
            }
        )
        usage_import = self.deliver(source, focus_csv(at(1), at(2)))
        self.assertEqual(usage_import.rows_accepted, 2)
        self.assertEqual(self.live_rows(source).mapped("resource"), ["vm-1", "vm-2"])
