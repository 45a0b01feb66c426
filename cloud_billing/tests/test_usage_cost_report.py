from decimal import Decimal

from odoo.tests import tagged

from .usage_common import APRIL, UsageOwnerCase, events_csv, focus_csv, hour


@tagged("post_install", "-at_install")
class TestCostByCostCentre(UsageOwnerCase):
    def costs(self, *groupby, domain=()):
        """{group: (billed cost, rows)} of the report."""
        self.env.flush_all()
        found = self.env["cloud.usage.cost.report"]._read_group(
            [("source_id", "in", (self.bills | self.events).ids), *domain],
            groupby,
            ["cost_billed:sum", "row_count:sum"],
        )
        return {group[:-2]: group[-2:] for group in found}

    def test_a_stretch_in_the_middle_of_a_month_is_cut_by_its_rows(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(10), hour(20, cost="0.000001")))
        stream = self.stream(self.bills)
        self.assign(stream, self.cost_centre, "2026-03-05", "2026-03-15")
        self.assign(stream, self.acme_line, "2026-03-15")
        self.assertEqual(
            self.costs("analytic_account_id", "customer_id"),
            {
                (self.cost_centre, self.acme.browse()): (Decimal(10), 1),
                (self.cost_centre.browse(), self.acme): (Decimal("0.000001"), 1),
                (self.cost_centre.browse(), self.acme.browse()): (Decimal(10), 1),
            },
        )

    def test_a_whole_month_is_the_same_added_up_and_row_by_row(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(10), hour(2, **APRIL)))
        stream = self.stream(self.bills)
        self.assertEqual(list(self.costs("analytic_account_id").values()), [(Decimal(30), 3)])
        self.assign(stream, self.cost_centre)
        self.assertEqual(self.costs("analytic_account_id"), {(self.cost_centre,): (Decimal(30), 3)})
        months = {month.month: figures for (month,), figures in self.costs("month:month").items()}
        self.assertEqual(months, {3: (Decimal(20), 2), 4: (Decimal(10), 1)})

    def test_only_what_is_live_counts(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="5")))
        self.assertEqual(list(self.costs().values()), [(Decimal(15), 2)])

    def test_a_replaced_row_does_not_count(self):
        self.deliver(self.events, events_csv(("e1", 1, "C-1", "1"), ("e2", 2, "C-1", "4")))
        rejects = self.deliver(self.events, events_csv(("e1", 1, "C-1", "2"))).reject_ids
        rejects.action_accept()
        self.env.flush_all()
        report = self.env["cloud.usage.cost.report"].search([("source_id", "=", self.events.id)])
        # 2 instead of 1, and 4.
        self.assertEqual((sum(report.mapped("quantity")), sum(report.mapped("row_count"))), (6, 2))

    def test_currencies_are_not_added_up(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2, BillingCurrency="EUR")))
        ((mixed, rows),) = self.costs().values()
        self.assertEqual((bool(mixed), rows), (False, 2))
        self.assertEqual({group[0]: cost for group, (cost, _rows) in self.costs("currency").items()},
                         {"USD": 10, "EUR": 10})  # fmt: skip
