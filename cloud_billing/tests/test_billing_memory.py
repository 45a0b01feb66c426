from unittest.mock import patch

from odoo.tests import tagged

from ..models.billing.bill import cloud_bill_assessment
from ..models.billing.run import cloud_bill_run_approval, cloud_bill_run_effect
from .test_billing_runs import RunCase


@tagged("post_install", "-at_install")
class TestMemoryOfARun(RunCase):
    """What a run of many bills holds at once is that of a batch, and says the same as if it held everything."""

    allow_inherited_tests_method = True

    def setUp(self):
        super().setUp()
        self.set_company_state("live")
        # With Acme and Bolt, eight bills of one line each: 50 GB at 0.10, and 1,000 GB of Acme.
        streams = [self.acme_stream, self.bolt_stream]
        for number in range(6):
            customer, stream = self.make_customer(f"Customer {number}"), self.make_stream(f"account {number}")
            line = self.make_subscription(customer, self.disk, date_start="2026-03-01").line_ids
            self.map_stream(stream, line)
            streams.append(stream)
        quantities = ["1000", *["50"] * 7]
        self.deliver(
            *({"stream": stream, "quantity": quantity} for stream, quantity in zip(streams, quantities, strict=True))
        )
        self.march = self.make_run()
        self.assertEqual(len(self.march.bill_ids), 8)

    def count_cached(self, model, name):
        return len(self.env[model]._fields[name]._get_cache(self.env))

    def tell_bills(self, run):
        names = ("state", "amount", "difference_amount", "reasons", "forecast_amount", "lateness")
        return [[bill[name] for name in names] for bill in run.bill_ids.sorted("id")]

    def test_bills_are_judged_batch_by_batch(self):
        at_once = self.tell_bills(self.march)
        self.march.bill_ids.sudo().state = "blocked"
        held = []
        for count in (4, 8):
            self.env.flush_all()
            self.env.invalidate_all()
            with patch.object(cloud_bill_assessment, "_ASSESSED", 2):
                self.march.bill_ids.sorted("id")[:count]._assess()
            held.append((self.count_cached("cloud.rated.line", "amount"), self.count_cached("res.partner", "name")))
        self.assertEqual(held[0], held[1])
        self.assertEqual(held[0][0], 2)
        self.assertEqual(self.tell_bills(self.march), at_once)

    def test_bills_are_sealed_batch_by_batch(self):
        at_once = self.march._compute_bill_hashes()
        held = []
        for count in (4, 8):
            self.env.flush_all()
            self.env.invalidate_all()
            with patch.object(cloud_bill_run_approval, "_SEALED", 2):
                hashes = self.march._compute_bill_hashes(self.march.bill_ids.sorted("id")[:count])
            held.append(self.count_cached("cloud.customer", "name"))
            self.assertEqual(hashes, {bill_id: at_once[bill_id] for bill_id in hashes})
            self.assertEqual(len(hashes), count)
        self.assertEqual(held, [2, 2])

    def test_usage_behind_the_effect_is_counted_batch_by_batch(self):
        at_once = self.march._get_effect_tie_out()
        read = type(self.env["cloud.usage.store"])._get_requests
        with (
            patch.object(cloud_bill_run_effect, "_COUNTED", 3),
            patch.object(
                type(self.env["cloud.usage.store"]), "_get_requests", autospec=True, side_effect=read
            ) as asked,
        ):
            self.assertEqual(self.march._get_effect_tie_out(), at_once)
        self.assertEqual([len(call.args[1]) for call in asked.call_args_list], [3, 3, 2])

    def test_what_was_approved_and_what_waits_are_told_without_reading_the_bills(self):
        self.approve(self.march)
        self.march._set_state("posting")
        self.env.flush_all()
        self.env.invalidate_all()
        self.march._check_approved()
        self.assertEqual(len(self.march._get_waiting()), 8)
        self.assertEqual(self.count_cached("cloud.bill", "name"), 0)
