"""Proof files of what is more than a price: minimums, commitments, what is included. Checked without Odoo."""

import json

from odoo.tests import tagged

from ..engine.proof import digest
from .spend_common import SpendCase
from .test_proof import ProofCase


class SpendProofCase(SpendCase, ProofCase):
    """Support costs 1.00 a month and disk 0.10 per GB."""

    def true_up(self, run):
        """The rated line of the one true-up of a run, which is posted."""
        self.post(run)
        line = run.bill_ids.rated_line_ids.filtered(lambda line: line.charge_id.kind == "minimum")
        self.assertEqual(len(line), 1)
        return line

    def assert_broken(self, line, change, sentence):
        """A file in which something was changed, and its digest with it, does not tie."""
        proof = json.loads(self.save(line))
        change(next(one for one in proof["lines"] if one["id"] == line.id))
        proof["digest"] = digest({key: value for key, value in proof.items() if key != "digest"})
        code, printed = self.run_proof(json.dumps(proof))
        self.assertEqual(code, 1, printed)
        self.assertIn(sentence, printed)


@tagged("post_install", "-at_install")
class TestATrueUp(SpendProofCase):
    def test_of_a_customer_s_month(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_fee(self.customer, "90", date_start="2026-03-01")
        self.make_minimum("500.00")
        line = self.true_up(self.make_run())
        # 500.00 - (320.00 + 90.00) = 90.00
        self.assertEqual(str(line.amount), "90.00")
        printed = self.prove(line)
        self.assertIn("410.00 that count towards it are taken as given; other lines prove them.", printed)
        self.assertIn(f"worked out again it is 90.00 {self.currency.name}", printed)
        self.assertIn("the rated line has this amount, 90.00", printed)
        self.assertIn("is posted", printed)

    def test_of_a_part_of_a_month(self):
        self.make_fee(self.customer, "100", date_start="2026-03-16")
        self.make_minimum("500.00", date_start="2026-03-16")
        line = self.true_up(self.make_run())
        # 500 x 16 / 31 = 258.0645..., less 100 x 16 / 31 = 51.61: 206.4545... -> 206.45
        self.assertEqual(str(line.amount), "206.45")
        self.assertIn("worked out again it is 206.45", self.prove(line))

    def test_of_a_subscription_with_usage(self):
        subscription = self.make_subscription(self.customer, self.disk, date_start="2026-03-01")
        stream = self.make_stream("Acme disk")
        self.map_stream(stream, subscription.line_ids)
        self.deliver({"stream": stream, "quantity": "600"})
        self.make_minimum("100.00", scope="subscription", subscription_id=subscription.id)
        line = self.true_up(self.make_run())
        # 100.00 - 600 x 0.10
        self.assertEqual(str(line.amount), "40.00")
        self.assertIn("worked out again it is 40.00", self.prove(line))

    def test_of_a_commitment_at_the_end_of_its_term(self):
        self.make_fee(self.customer, "950", date_start="2026-01-01")
        self.make_minimum("3000", name="Commitment", kind="term", date_start="2026-01-01", date_end="2026-04-01")
        line = self.true_up(self.make_run())
        # 3,000 - 3 x 950.00
        self.assertEqual((str(line.amount), str(line.service_start)), ("150.00", "2026-01-01"))
        self.assertIn("worked out again it is 150.00", self.prove(line))

    def test_of_one_that_late_usage_credits(self):
        self.make_fee(self.customer, "350", date_start="2026-03-01")
        subscription = self.make_subscription(self.customer, self.disk, date_start="2026-03-01")
        stream = self.make_stream("Acme disk")
        self.map_stream(stream, subscription.line_ids)
        self.make_minimum("500.00", date_end="2026-04-01")
        self.deliver({"stream": stream, "quantity": "600"})
        self.assertEqual(str(self.true_up(self.make_run()).amount), "90.00")
        self.deliver({"stream": stream, "quantity": "1000"})
        line = self.true_up(self.make_run("2026-05-01"))
        # 500 - 350 - 100 = 50.00, of which 90.00 were billed.
        self.assertEqual(str(line.amount), "-40.00")
        printed = self.prove(line)
        self.assertIn("the right amount now is 50.00", printed)
        self.assertIn("90.00 was billed before, by 1 lines", printed)

    def test_one_that_says_something_else_does_not_tie(self):
        self.make_fee(self.customer, "320", date_start="2026-03-01")
        self.make_minimum("500.00")
        line = self.true_up(self.make_run())

        def count_less(described):
            described["workings"]["true_up"]["billed"] = "300.00"

        self.assert_broken(line, count_less, "gives 200.00, but 180.00 is written down")


@tagged("post_install", "-at_install")
class TestIncludedQuantities(SpendProofCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stream = cls.make_stream("Acme disk")
        cls.used = cls.make_subscription(
            cls.customer,
            cls.disk,
            {"product_id": cls.support.id, "name": "Seats", "quantity": "3"},
            date_start="2026-03-01",
        )
        cls.map_stream(cls.stream, cls.used.line_ids[0])

    def include(self, *allowances, **rule):
        """Prices with what they include of disk, from March on."""
        self.set_company_state("setup")
        version = self.env["cloud.price.plan.version"].create(
            {
                "plan_id": self.plan.id,
                "date_start": "2026-03-01",
                "rule_ids": [
                    (0, 0, {"product_id": self.disk.id, **(rule or {"unit_price": "0.10"})}),
                    (0, 0, {"product_id": self.support.id, "unit_price": "1"}),
                ],
                "allowance_ids": [(0, 0, {"product_id": self.disk.id, **allowance}) for allowance in allowances],
            }
        )
        version.action_approve_directly()
        self.env.flush_all()

    def disk_lines(self, run):
        self.post(run)
        return run.bill_ids.rated_line_ids.filtered(
            lambda line: line.product_id == self.disk and line.customer_id == self.customer
        ).sorted("service_start")

    def test_of_each_seat_and_of_the_line_together(self):
        self.include(
            {"name": "Each seat", "quantity": "100", "unit_product_id": self.support.id},
            {"name": "Besides", "quantity": "50", "is_beside": True},
        )
        self.deliver({"stream": self.stream, "quantity": "1000"})
        line = self.disk_lines(self.make_run())
        # 1,000 - 3 x 100 - 50 = 650; 650 x 0.10
        self.assertEqual(str(line.amount), "65.00")
        printed = self.prove(line)
        self.assertIn("1 rows come to 1000 GB", printed)
        self.assertIn("300 included (Each seat) is taken as given", printed)
        self.assertIn("50 included (Besides) is taken as given", printed)
        self.assertIn("worked out again it is 65.00", printed)

    def test_on_a_ladder_of_thousands(self):
        ladder = [(0, 0, {"up_to": "1", "unit_price": "10"}), (0, 0, {"unit_price": "5"})]
        self.include({"quantity": "500"}, charge_model="graduated", tier_ids=ladder, conversion_denominator="1000")
        self.deliver({"stream": self.stream, "quantity": "3500"})
        line = self.disk_lines(self.make_run())
        # 3.5 thousands less half a thousand are 3: 1 x 10 + 2 x 5
        self.assertEqual(str(line.amount), "20.00")
        self.assertIn("worked out again it is 20.00", self.prove(line))

    def test_all_of_it_within_what_is_included(self):
        self.include({"quantity": "500"})
        self.deliver({"stream": self.stream, "quantity": "500"})
        line = self.disk_lines(self.make_run())
        self.assertEqual(str(line.amount), "0.00")
        self.prove(line)

    def test_of_what_was_left_of_the_month_before(self):
        self.include({"quantity": "100", "rollover_periods": 1})
        self.deliver({"stream": self.stream, "quantity": "40"})
        self.deliver({"stream": self.stream, "quantity": "200"}, month="2026-04-01")
        march, april = self.disk_lines(self.make_run("2026-05-01"))
        # April: 60 left of March and 100 of its own; 40 x 0.10
        self.assertEqual([str(march.amount), str(april.amount)], ["0.00", "4.00"])
        self.prove(march)
        printed = self.prove(april)
        self.assertIn("60 included", printed)
        self.assertIn("100 included", printed)

    def test_of_a_correction_with_late_usage(self):
        self.include({"quantity": "100"})
        self.deliver({"stream": self.stream, "quantity": "40"})
        self.disk_lines(self.make_run())
        self.deliver({"stream": self.stream, "quantity": "150"})
        line = self.disk_lines(self.make_run("2026-04-02"))
        # 50 beyond what is included, of which nothing was billed.
        self.assertEqual((str(line.amount), line.corrects_id.amount), ("5.00", 0))
        self.assertIn("the right amount now is 5.00", self.prove(line))

    def test_one_that_includes_more_than_it_did_does_not_tie(self):
        self.include({"quantity": "100"})
        self.deliver({"stream": self.stream, "quantity": "140"})
        line = self.disk_lines(self.make_run())

        def include_more(described):
            described["workings"]["facts"]["grants"][0]["quantity"] = "120"

        self.assert_broken(line, include_more, "but 40 is written down")


@tagged("post_install", "-at_install")
class TestAPriceOfTheContract(ProofCase):
    def setUp(self):
        super().setUp()
        self.make_version({"product_id": self.support.id, "unit_price": "100"})
        customer = self.make_customer("Own price")
        subscription = self.make_subscription(customer, self.support, activate=False, date_start="2026-03-01")
        self.rate = self.env["cloud.contract.rate"].create(
            {
                "subscription_id": subscription.id,
                "line_id": subscription.line_ids.id,
                "kind": "price",
                "unit_price": "80.00",
                "date_start": "2026-03-01",
            }
        )
        subscription.action_activate()
        run = self.make_run("2026-04-01")
        self.post(run)
        self.rated = run.bill_ids.rated_line_ids.filtered(
            lambda line: line.subscription_line_id == subscription.line_ids
        )

    def test_is_worked_out_again(self):
        # The plan says 100.00, the contract 80.00.
        self.assertEqual((str(self.rated.amount), self.rated.contract_rate_id), ("80.00", self.rate))
        printed = self.prove(self.rated)
        self.assertIn(f"worked out again it is 80.00 {self.currency.name}", printed)
        self.assertIn("Everything ties", printed)

    def test_which_price_it_was_is_among_what_was_sealed(self):
        proof = json.loads(self.save(self.rated))
        bill = proof["approval"]["bill"]
        sealed = dict(zip(bill["columns"], bill["content"][0], strict=True))
        self.assertEqual((sealed["rule_id"], sealed["contract_rate_id"]), (None, self.rate.id))
        place = bill["columns"].index("contract_rate_id")
        bill["content"][0][place] += 1
        proof["digest"] = digest({key: value for key, value in proof.items() if key != "digest"})
        code, printed = self.run_proof(json.dumps(proof))
        self.assertEqual(code, 1, printed)
