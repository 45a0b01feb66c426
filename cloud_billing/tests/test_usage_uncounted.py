"""What a meter leaves out of its customers' usage is a queue: how much, since when, by which meter, and what to do."""

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from .usage_common import UsageOwnerCase, focus_csv, hour


@tagged("post_install", "-at_install")
class TestQueueOfWhatAMeterLeavesOut(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Four services of one customer, 1 + 2 + 4 + 8, of which the meter counts Compute and Disk.
        services = ("Compute", "Disk", "Tape", "Fax")
        cls.deliver(cls.bills, focus_csv(*(hour(n + 1, cost=str(2**n), ServiceName=name, SkuId=name)
                                           for n, name in enumerate(services))))  # fmt: skip
        cls.streams = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)], order="id")
        for stream in cls.streams:
            cls.assign(stream, cls.acme_line)
        cls.only(cls.acme_line.meter_id, "Compute", "Disk")

    @classmethod
    def only(cls, meter, *services):
        meter.filter_ids.unlink()
        meter.filter_ids.create(
            {"meter_id": meter.id, "dimension": "service", "operator": "is", "value_list": "\n".join(services)}
        )

    def queue(self):
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_stream_action_uncounted")
        queue = self.env["cloud.usage.stream"].with_user(self.user_operator)
        return queue.search(safe_eval(action["domain"]), order="id")

    def rows(self, *states):
        counts = self.store._get_states(self.company)
        return [counts[state][0] for state in states]

    def test_it_says_how_much_since_when_and_by_which_meter(self):
        found = [(one.service, one.uncounted_rows, one.uncounted_cost, one.currency) for one in self.queue()]
        self.assertCountEqual(found, [("Tape", 1, 4, "USD"), ("Fax", 1, 8, "USD")])
        self.assertGreater(self.queue()[0].uncounted_age, 0)
        self.assertEqual(self.queue().uncounted_meter_ids, self.acme_line.meter_id)
        self.assertEqual((self.streams - self.queue()).mapped("uncounted_rows"), [0, 0])
        others = self.env["cloud.usage.stream"].search([("uncounted_rows", "=", 0), ("source_id", "=", self.bills.id)])
        self.assertEqual(sorted(others.mapped("service")), ["Compute", "Disk"])
        self.assertEqual(self.rows("bill", "uncounted"), [2, 2])

    def test_where_usage_is_leads_there(self):
        self.env["cloud.usage.state"].action_start()
        state = self.env["cloud.usage.state"].search([("state", "=", "uncounted")])
        # 4 + 8
        self.assertEqual((state.row_count, state.cost_billed, state.is_waiting), (2, 12, True))
        action = state.action_open()
        self.assertEqual(self.env[action["res_model"]].search(action["domain"], order="id"), self.queue())

    def test_the_meter_is_one_step_away_and_with_its_filters_right_the_queue_is_empty(self):
        action = self.queue().action_open_meters()
        self.assertEqual((action["res_model"], action["res_id"]), ("cloud.meter", self.acme_line.meter_id.id))
        self.only(self.acme_line.meter_id, "Compute", "Disk", "Tape", "Fax")
        self.env.invalidate_all()
        self.assertFalse(self.queue())
        self.assertEqual(self.rows("bill", "uncounted"), [4, 0])

    def test_it_is_waived_with_a_reason_and_what_is_counted_stays(self):
        self.env["cloud.usage.waive.wizard"].with_user(self.user_operator).create(
            {"stream_ids": [(6, 0, self.queue().ids)], "reason": "Not sold"}
        ).action_confirm()
        self.env.invalidate_all()
        self.assertFalse(self.queue())
        self.assertEqual(self.rows("bill", "waived"), [2, 2])
        self.assertEqual(self.store._prove_states(self.company), {})
        with self.assertRaisesRegex(UserError, "left out by its meter"):
            self.streams.action_waive("Again")

    def test_where_its_owner_ends_it_waits_without_one_and_can_be_told_to_a_cost_centre(self):
        waiting = self.queue()
        action = waiting.action_open_owners()
        owners = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(owners.stream_id, waiting)
        self.env["cloud.usage.end.wizard"].with_user(self.user_operator).create(
            {"mapping_ids": [(6, 0, owners.ids)], "date_end": "2026-03-01"}
        ).action_confirm()
        self.env.invalidate_all()
        self.assertFalse(self.queue())
        self.assertEqual(self.rows("bill", "unmatched"), [2, 2])
        action = waiting.action_assign_internal()
        wizard = self.env["cloud.usage.map.wizard"].with_user(self.user_operator).with_context(**action["context"])
        values = {"target": "cost_centre", "analytic_account_id": self.cost_centre.id, "date_start": "2026-03-01"}
        wizard.create(values).action_confirm()
        self.assertEqual(self.rows("bill", "internal"), [2, 2])

    def test_of_many_it_takes_as_many_statements_as_of_one(self):
        def count(streams):
            return self.count_statements_of(lambda: streams.mapped("uncounted_cost"))

        # What a login may do is looked up once.
        count(self.queue()[:1])
        one = count(self.queue()[:1])
        rows = [hour(1, ServiceName=f"Fax {n}", SkuId=f"Fax {n}", BillingAccountId="acct-2") for n in range(20)]
        self.deliver(self.bills, focus_csv(*rows))
        for stream in self.env["cloud.usage.stream"].search([("provider_account", "=", "acct-2")]):
            self.assign(stream, self.acme_line)
        self.env.invalidate_all()
        self.assertEqual(len(self.queue()), 22)
        self.assertEqual(count(self.queue()), one)
