"""What a provider says should have arrived, beside what has."""

import base64
import json

import psycopg2.errors
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .usage_common import UsageOwnerCase, events_csv, focus_csv, hour


class ControlCase(UsageOwnerCase):
    def control(self, amount, measure="cost_billed", source=None, **vals):
        values = {"source_id": (source or self.bills).id, "month": "2026-03-01", "measure": measure, "amount": amount}
        if measure == "cost_billed":
            values["currency"] = "USD"
        return self.env["cloud.usage.control"].create({**values, **vals})

    def figures(self, control):
        control.invalidate_recordset()
        return (
            None if control.actual is None else str(control.actual),
            None if control.difference is None else str(control.difference),
            control.state,
        )


@tagged("post_install", "-at_install")
class TestBesideWhatArrived(ControlCase):
    def test_rows_quantity_and_cost_by_account_and_of_all(self):
        self.deliver(
            self.bills,
            focus_csv(hour(1), hour(2), hour(3, BillingAccountId="acct-2", BilledCost="7.5", PricingQuantity="4")),
        )
        for amount, measure, account, expected in (
            ("3", "rows", "", ("3", "0", "match")),
            ("3", "rows", "acct-1", ("2", "-1", "differs")),
            ("27.5", "cost_billed", "", ("27.5", "0.0", "match")),
            ("7.51", "cost_billed", "acct-2", ("7.5", "-0.01", "differs")),
            ("6", "quantity", "", ("6", "0", "match")),
        ):
            with self.subTest(measure=measure, account=account):
                self.assertEqual(self.figures(self.control(amount, measure, provider_account=account)), expected)

    def test_costs_of_another_currency_are_another_total(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2, BillingCurrency="EUR", cost="3")))
        self.assertEqual(self.figures(self.control("3", currency="EUR")), ("3", "0", "match"))

    def test_nothing_that_arrived_waits(self):
        self.assertEqual(self.figures(self.control("3")), (None, None, "waiting"))

    def test_it_follows_what_is_live(self):
        control = self.control("10")
        first = self.deliver(self.bills, focus_csv(hour(1)))
        self.assertEqual(self.figures(control)[2], "match")
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        self.assertEqual(self.figures(control), ("20", "10", "differs"))
        self.assertTrue(first)

    def test_an_accepted_version_counts_instead_of_the_former_one(self):
        self.deliver(self.events, events_csv(("a", 1, "x", "5"), ("b", 2, "x", "1")))
        control = self.control("9", "quantity", source=self.events)
        again = self.deliver(self.events, events_csv(("a", 1, "x", "8")), name="again.csv")
        again.reject_ids.action_accept()
        self.assertEqual(self.figures(control), ("9", "0", "match"))
        self.assertEqual(self.figures(self.control("2", "rows", source=self.events)), ("2", "0", "match"))

    def test_held_rows_have_arrived(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2)))
        self.store._hold_rows(self.company, self.live_rows(self.bills)[:1].ids, "x")
        self.assertEqual(self.figures(self.control("20"))[2], "match")

    def test_within_the_tolerance_it_matches(self):
        self.deliver(self.bills, focus_csv(hour(1, cost="1000")))
        control = self.control("1001")
        for vals, state in (
            ({}, "differs"), ({"tolerance_amount": "0.99"}, "differs"), ({"tolerance_amount": "1"}, "match"),
            # 0.1 percent of 1,001 is 1.001.
            ({"tolerance_amount": "0", "tolerance_percent": "0.1"}, "match"),
        ):  # fmt: skip
            self.bills.write(vals)
            with self.subTest(vals=vals):
                self.assertEqual(self.figures(control)[2], state)

    def test_one_statement_for_all(self):
        self.deliver(self.bills, focus_csv(hour(1)))
        controls = self.control("1") + self.control("1", "rows") + self.control("1", "quantity")
        controls.source_id.mapped("tolerance_amount")
        for some in (controls[:1], controls):
            some.invalidate_recordset(["actual", "difference", "state"])
            some.mapped("amount")
            with self.assertQueryCount(1):
                some.mapped("state")


@tagged("post_install", "-at_install")
class TestNeverChanged(ControlCase):
    def test_a_newer_total_takes_the_place_of_the_former_one(self):
        former = self.control("1")
        later = self.control("2", month="2026-03-15")
        self.assertEqual((former.is_current, later.is_current, str(later.month)), (False, True, "2026-03-01"))

    def test_nobody_changes_or_deletes_one(self):
        control = self.control("1")
        with self.assertRaisesRegex(UserError, "takes the place"):
            control.amount = "2"
        with self.assertRaisesRegex(UserError, "takes the place"):
            control.unlink()

    def test_kept_by_the_database(self):
        control = self.control("1")
        copy = """
            INSERT INTO cloud_usage_control (source_id, provider_account, month, measure, currency, unit, amount,
                                             origin, is_current)
                 SELECT source_id, provider_account, {month}, measure, {currency}, unit, amount, origin, TRUE
                   FROM cloud_usage_control WHERE id = %s"""
        for error, vals in (
            (psycopg2.errors.UniqueViolation, {"month": "month", "currency": "currency"}),
            (psycopg2.errors.CheckViolation, {"month": "month + 1", "currency": "currency"}),
            (psycopg2.errors.CheckViolation, {"month": "month", "currency": "''"}),
        ):
            with self.subTest(vals=vals), mute_logger("odoo.sql_db"), self.assertRaises(error), self.env.cr.savepoint():
                self.env.cr.execute(copy.format(**vals), [control.id])


@tagged("post_install", "-at_install")
class TestEntering(ControlCase):
    def add(self, content=None, user=None, **vals):
        form = Form(self.env["cloud.usage.control.add"].with_user(user or self.user_accountant))
        form.source_id = self.bills
        for name, value in vals.items():
            form[name] = value
        if content:
            form.content = base64.b64encode(content)
        return form

    def test_a_manifest_is_compared_with_the_files_that_came(self):
        content = focus_csv(hour(1), hour(2))
        self.deliver(self.bills, content, name="part_0.csv")
        manifest = {
            "runInfo": {"runId": "run-7", "startDate": "2026-03-01T00:00:00"},
            "blobs": [{"blobName": "x/part_0.csv", "byteCount": len(content), "dataRowCount": 2}],
        }
        action = self.add(json.dumps(manifest).encode()).save().action_add()
        controls = self.env["cloud.usage.control"].search(action["domain"])
        self.assertEqual({c.measure: c.state for c in controls}, dict.fromkeys(("files", "bytes", "rows"), "match"))
        self.assertEqual(set(controls.mapped("reference")), {"run-7"})
        self.assertEqual(set(controls.mapped("origin")), {"manifest"})
        manifest["blobs"].append({"blobName": "x/part_1.csv", "byteCount": 5, "dataRowCount": 1})
        action = self.add(json.dumps(manifest).encode()).save().action_add()
        controls = self.env["cloud.usage.control"].search(action["domain"])
        self.assertEqual({c.measure: str(c.difference) for c in controls}, {"files": "-1", "bytes": "-5", "rows": "-1"})

    def test_a_total_of_the_invoice_is_typed(self):
        self.deliver(self.bills, focus_csv(hour(1)))
        form = self.add(reference="INV-9", currency="usd")
        with form.line_ids.new() as line:
            line.month, line.amount = "2026-03-31", "10"
        controls = self.env["cloud.usage.control"].search(form.save().action_add()["domain"])
        self.assertEqual(
            (controls.reference, controls.currency, controls.origin, controls.state), ("INV-9", "USD", "typed", "match")
        )

    def test_a_file_that_says_no_totals_is_told_in_words(self):
        form = self.add(b"a,b\n1,2\n")
        self.assertIn("The file has the columns a, b. Name a column month", form.problem)
        with self.assertRaisesRegex(UserError, "has the columns a, b"):
            form.save().action_add()

    def test_it_takes_an_accountant(self):
        with self.assertRaises(AccessError):
            self.add(user=self.user_operator)
        with self.assertRaises(AccessError):
            self.env["cloud.usage.control"].with_user(self.user_operator).create(
                {"source_id": self.bills.id, "month": "2026-03-01", "measure": "rows", "amount": "1"}
            )
