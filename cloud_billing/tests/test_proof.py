"""The proof file of a line: saved here, worked out again by a process that knows neither Odoo nor the database."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged

from .billing_common import BillingCase

ADD_ON = Path(__file__).resolve().parents[1]
LADDER = [(0, 0, {"up_to": "1000", "unit_price": "0.10"}), (0, 0, {"unit_price": "0.08"})]
HEADER = "id,start,account,service,quantity,unit,region,volume\n"


class ProofCase(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        cls.line = cls.subscription.line_ids
        cls.files = {}

    @classmethod
    def send(cls, name, *rows):
        """Import a real file of events and map what is new in it; rows: texts in the order of HEADER after the id."""
        content = (HEADER + "".join(f"{name}-{number},{row}\n" for number, row in enumerate(rows))).encode()
        usage_import = cls.env["cloud.usage.import"]._create_with_files(cls.own_source, [(name, content)])
        usage_import.action_import()
        cls.env.invalidate_all()
        cls.files[name] = content
        for stream in cls.env["cloud.usage.stream"].search([("source_id", "=", cls.own_source.id)]):
            if not stream.mapping_ids:
                stream.sudo().policy = "bill"
                cls.map_stream(stream, cls.line)

    def save(self, line):
        _name, content = self.env["cloud.proof"].with_user(self.user_auditor)._save(line.with_user(self.user_auditor))
        return content

    def run_proof(self, content, *names):
        """(exit code, what it printed) of the command over a file, in a process of its own."""
        with tempfile.TemporaryDirectory() as folder:
            proof = Path(folder, "line.json")
            proof.write_text(content, encoding="utf-8")
            given = [Path(folder, name) for name in names]
            for path in given:
                path.write_bytes(self.files[path.name])
            command = [sys.executable, "-m", "engine", "proof", str(proof), *map(str, given)]
            # Nothing of this process's paths: the engine stands alone.
            done = subprocess.run(
                command, cwd=ADD_ON, capture_output=True, text=True, timeout=120, env={"PYTHONIOENCODING": "utf-8"}
            )
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def prove(self, line, *names):
        """Save and check the proof of a line; returns what was printed."""
        code, printed = self.run_proof(self.save(line), *names)
        self.assertEqual(code, 0, printed)
        return printed


@tagged("post_install", "-at_install")
class TestAPostedLine(ProofCase):
    def bill_usage(self):
        self.make_version({"product_id": self.disk.id, "charge_model": "graduated", "tier_ids": LADDER})
        self.send(
            "march.csv", "2026-03-02T10:00:00Z,payer,Disk,1000,GB,eu,a", "2026-03-09T10:00:00Z,payer,Disk,500,GB,eu,a"
        )
        run = self.make_run()
        self.post(run)
        return run.bill_ids.rated_line_ids

    def test_it_is_worked_out_again_without_odoo(self):
        line = self.bill_usage()
        printed, currency = self.prove(line, "march.csv"), line.currency_id.name
        # 1,000 x 0.10 + 500 x 0.08 = 140.00
        for sentence in (
            "march.csv is an original file of this proof",
            "2 rows come to 1500 GB (sum of quantity), the quantity that was priced.",
            f"worked out again it is 140.00 {currency}",
            f"1 rated lines add up to 140.00 {currency}, the invoice line (untaxed).",
            "balances: 140.00 debit and credit.",
            "approved by Chris Checker",
            "Mara Maker, who asked for it, is not among them.",
        ):
            self.assertIn(sentence, printed)
        self.assertIn("Everything ties", printed)

    def test_a_changed_row_does_not_tie(self):
        proof = json.loads(self.save(self.bill_usage()))
        proof["lines"][0]["usage"]["rows"][0][4] = "900"
        code, printed = self.run_proof(json.dumps(proof))
        self.assertEqual(code, 1)
        self.assertIn("come to 1400 GB (sum of quantity), but 1500 were priced", printed)

    def test_late_usage_is_a_correction_with_what_was_billed_before(self):
        self.bill_usage()
        self.send("late.csv", "2026-03-30T10:00:00Z,payer,Disk,100,GB,eu,a")
        run = self.make_run("2026-05-01")
        self.post(run)
        line = run.bill_ids.rated_line_ids.filtered("corrects_id")
        # 1,600: 148.00, less 140.00
        self.assertEqual(str(line.amount), "8.00")
        printed = self.prove(line, "march.csv", "late.csv")
        self.assertIn("3 rows come to 1600 GB", printed)
        self.assertIn("140.00 was billed before, by 1 lines.", printed)

    def test_a_correction_downward_is_on_a_credit_note(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        stream = self.make_stream("Acme disk")
        self.map_stream(stream, self.line)
        self.deliver({"stream": stream, "quantity": "10"})
        self.post(self.make_run())
        self.deliver({"stream": stream, "quantity": "4"})
        run = self.make_run("2026-05-01")
        self.post(run)
        line = run.bill_ids.rated_line_ids.filtered("corrects_id")
        self.assertEqual((str(line.amount), line.move_id.move_type), ("-6.00", "out_refund"))
        self.prove(line)

    def test_seats_that_were_given_back_are_proved_by_their_days(self):
        self.make_version({"product_id": self.support.id, "unit_price": "12"})
        seats = {"product_id": self.support.id, "name": "Seat", "quantity": "10", "timing": "advance"}
        line = self.make_subscription(self.make_customer("Seats"), seats, date_start="2026-03-01").line_ids
        self.post(self.make_run("2026-03-01"))
        line._apply_quantity(self.day("2026-03-16"), 6, "credit")
        run = self.make_run("2026-03-16")
        self.post(run)
        rated = run.bill_ids.rated_line_ids.filtered("corrects_id")
        # 4 x 12.00 x 16/31 = 24.774
        self.assertEqual(str(rated.amount), "-24.77")
        printed = self.prove(rated)
        self.assertIn("that it corrects was 120 before rounding, as it says", printed)
        proof = json.loads(self.save(rated))
        proof["lines"][0]["billed_before"][0]["amount_exact"] = "121"
        self.assertEqual(self.run_proof(json.dumps(proof))[0], 1)

    def test_a_fee_with_tax_in_its_price(self):
        tax = self.env["account.tax"].create(
            {
                "name": "21 included",
                "amount": 21,
                "type_tax_use": "sale",
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        plan = self.make_plan("Gross", tax_basis="gross")
        product = self.make_product("Fee", "recurring", taxes_id=[(6, 0, tax.ids)])
        self.make_version({"unit_price": "121.00"}, plan=plan)
        self.make_subscription(self.make_customer("Gross"), product, plan=plan, date_start="2026-03-10")
        run = self.make_run()
        self.post(run)
        line = run.bill_ids.rated_line_ids.filtered(lambda one: one.product_id == product)
        # 121.00 x 22 / 31 = 85.87
        self.assertEqual(str(line.amount), "85.87")
        self.assertIn("the invoice line (total)", self.prove(line))

    def test_the_audit_trail_has_the_digest_of_what_was_handed_out(self):
        line = self.bill_usage()
        digest = json.loads(self.save(line))["digest"]
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "proof_saved")], limit=1)
        self.assertEqual((event.res_id, event.detail), (line.id, {"digest": digest}))
        self.assertEqual(event.user_login, "cloud_auditor")


@tagged("post_install", "-at_install")
class TestWhatMetersCount(ProofCase):
    """Counted in SQL there, in fractions here."""

    ROWS = (
        "2026-01-15T08:00:00Z,payer,Disk,40,GB,eu,a",
        "2026-03-01T10:00:00Z,payer,Disk,20.5,GB,eu,b",
        "2026-03-10T08:00:00Z,payer,Disk,70,GB,us,a",
        "2026-03-10T08:00:00Z,payer,Disk,60,GB,us,a",
        "2026-03-29T01:30:00Z,payer,Disk,2048,MB,eu,b",
        "2026-03-31T21:59:59Z,payer,Disk,0.333,GB,eu,c",
    )

    def rate(self, **vals):
        self.meter.write({"conversion_ids": [(0, 0, {"unit": "MB", "numerator": "1", "denominator": "1024"})], **vals})
        self.make_version({"product_id": self.disk.id, "unit_price": "0.07"})
        self.send("march.csv", *self.ROWS)
        run = self.make_run()
        self.assertFalse(run.bill_ids.charge_ids.filtered("error"), run.bill_ids.charge_ids.mapped("error"))
        return run.bill_ids.rated_line_ids

    def test_added_up_with_a_conversion_rounded_row_by_row(self):
        line = self.rate(rounding="up", rounding_step="0.5", rounding_scope="event")
        # 20.5 + 70 + 60 + 2 + 0.5
        self.assertEqual(line.quantity, 153)
        self.prove(line)

    def test_the_highest_of_each_volume_rounded_once(self):
        line = self.rate(
            aggregation="max", apart_dimension="tag", apart_tag="volume", rounding="down", rounding_step="0.1"
        )
        # a 70, b 20.5, c 0.333: 90.833, down to 90.8
        self.assertEqual(str(line.quantity), "90.8")
        self.prove(line)

    def test_an_average(self):
        self.prove(self.rate(aggregation="average"))

    def test_a_percentile(self):
        self.prove(self.rate(aggregation="percentile_95"))

    def test_distinct_volumes(self):
        line = self.rate(aggregation="unique_count", counted_dimension="tag", counted_tag="volume")
        self.assertEqual(line.quantity, 3)
        self.prove(line)

    def test_the_latest_of_each_volume(self):
        line = self.rate(aggregation="latest", apart_dimension="tag", apart_tag="volume")
        self.prove(line)

    def test_by_the_second_from_the_level_before(self):
        line = self.rate(aggregation="time_weighted", weighting="seconds", apart_dimension="tag", apart_tag="volume")
        self.prove(line)

    def test_by_the_day(self):
        self.prove(self.rate(aggregation="time_weighted", weighting="days"))

    def test_filtered_rows_are_not_among_them(self):
        line = self.rate(filter_ids=[(0, 0, {"dimension": "region", "operator": "is", "value_list": "eu"})])
        self.assertEqual(json.loads(self.save(line))["lines"][0]["usage"]["rows"][0][1], 3)
        self.prove(line)


@tagged("post_install", "-at_install")
class TestPartsOfAMonth(ProofCase):
    ROWS = (
        "2026-03-02T10:00:00Z,payer,Disk,100,GB,eu,a",
        "2026-03-02T11:00:00Z,payer,Disk,10,GB,us,a",
        "2026-03-20T10:00:00Z,payer,Disk,200,GB,eu,a",
        "2026-03-20T11:00:00Z,payer,Disk,20,GB,asia,a",
    )

    def test_prices_by_region_and_a_new_price_in_mid_month(self):
        eu = {"condition_ids": [(0, 0, {"dimension": "region", "accepted": "eu"})], "product_id": self.disk.id}
        rest = {"product_id": self.disk.id}
        self.make_version({**eu, "unit_price": "0.10", "name": "EU"}, {**rest, "unit_price": "0.20"})
        self.make_version(
            {**eu, "unit_price": "0.30", "name": "EU"}, {**rest, "unit_price": "0.40"}, date_start="2026-03-15"
        )
        self.send("march.csv", *self.ROWS)
        run = self.make_run()
        self.post(run)
        lines = run.bill_ids.rated_line_ids
        # 100 x 0.10, 10 x 0.20, 200 x 0.30, 20 x 0.40
        self.assertEqual(sorted(self.amounts(lines)), ["10.00", "2.00", "60.00", "8.00"])
        for line in lines:
            self.assertIn("1 usage rows, as many as were priced.", self.prove(line, "march.csv"))

    def test_a_part_of_which_nothing_is_left(self):
        self.make_version(
            {"product_id": self.disk.id, "unit_price": "0.10"},
            {
                "product_id": self.disk.id,
                "unit_price": "0.20",
                "condition_ids": [(0, 0, {"dimension": "region", "accepted": "us"})],
            },
        )
        streams = {}
        for region in ("eu", "us"):
            streams[region] = self.make_stream(region)
            streams[region].region = region
            self.map_stream(streams[region], self.line)
        self.deliver({"stream": streams["eu"], "quantity": "100"}, {"stream": streams["us"], "quantity": "10"})
        self.post(self.make_run())
        self.deliver({"stream": streams["eu"], "quantity": "100"})
        run = self.make_run("2026-04-02")
        (line,) = run.bill_ids.rated_line_ids
        self.assertEqual((line.part_key, str(line.amount)), ("region=us", "-2.00"))
        self.post(run)
        printed = self.prove(line)
        self.assertIn("0 usage rows, as many as were priced", printed)

    def test_a_matrix_has_its_shares(self):
        cells = [(0, 0, {"value_1": "eu", "unit_price": "0.10"}), (0, 0, {"value_1": "us", "unit_price": "0.20"})]
        matrix = {"charge_model": "matrix", "dimension_1": "region", "cell_ids": cells, "rest_price": "0.50"}
        self.make_version({"product_id": self.disk.id, **matrix})
        self.send("march.csv", *self.ROWS)
        line = self.make_run().bill_ids.rated_line_ids
        printed = self.prove(line)
        self.assertIn("300 of region eu, as priced.", printed)


@tagged("post_install", "-at_install")
class TestTheProvidersCost(ProofCase):
    def test_cost_plus_of_a_provider_s_month(self):
        subscription = self.make_subscription(self.customer, self.resale, date_start="2026-03-01")
        stream = self.make_stream("resale", currency=self.company.currency_id.name)
        self.map_stream(stream, subscription.line_ids)
        self.make_version({"product_id": self.resale.id, "charge_model": "cost_plus", "percent": "20"})
        self.deliver(
            {"stream": stream, "quantity": "3", "cost": "20.52022672899"},
            {"stream": stream, "quantity": "1", "cost": "10", "start": "2026-02-27 10:00:00"},
        )
        run = self.make_run()
        self.post(run)
        line = run.bill_ids.rated_line_ids
        printed = self.prove(line)
        self.assertIn("the provider's cost is 30.52022672899", printed)


@tagged("post_install", "-at_install")
class TestWhoMaySaveIt(ProofCase):
    def test_a_viewer_may_not(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "1"})
        self.send("march.csv", "2026-03-02T10:00:00Z,payer,Disk,1,GB,eu,a")
        line = self.make_run().bill_ids.rated_line_ids
        with self.assertRaisesRegex(AccessError, "Ask an accountant or an auditor"):
            line.with_user(self.user_viewer).action_save_proof()
        for user in (self.user_accountant, self.user_approver, self.user_auditor, self.user_price_manager):
            with self.subTest(user.login):
                self.assertEqual(line.with_user(user).action_save_proof()["url"], f"/cloud_billing/proof/{line.id}")
                self.assertTrue(self.env["cloud.proof"].with_user(user)._save(line.with_user(user)))


@tagged("post_install", "-at_install")
class TestTheDownload(ProofCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.disk.id, "unit_price": "1"})
        cls.send("march.csv", "2026-03-02T10:00:00Z,payer,Disk,1,GB,eu,a")

    def test_the_file_comes_as_an_attachment_that_no_cache_keeps(self):
        line = self.make_run().bill_ids.rated_line_ids
        url = line.with_user(self.user_auditor).action_save_proof()["url"]
        self.authenticate("cloud_auditor", "cloud_auditor")
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(f"proof-draft-{line.id}.json", answer.headers["Content-Disposition"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        code, printed = self.run_proof(answer.text)
        self.assertEqual(code, 0, printed)
        self.authenticate("cloud_viewer", "cloud_viewer")
        self.assertEqual(self.url_open(url).status_code, 404)

    def test_what_is_not_there_is_not_found(self):
        self.authenticate("cloud_auditor", "cloud_auditor")
        self.assertEqual(self.url_open("/cloud_billing/proof/2147483647").status_code, 404)

    def test_nobody_saves_one_without_logging_in(self):
        answer = self.url_open("/cloud_billing/proof/1", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
