from datetime import date, datetime
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tests import Form, tagged

from ..models.contract.change.line_change import LineChange
from .billing_common import BillingCase, D

# A day in March 2026, after March was billed in advance.
NOW = datetime(2026, 3, 10, 12)
FROM = date(2026, 3, 11)


class ChangeCase(BillingCase):
    """Three small servers at 31.00 a month in advance, large ones cost 62.00; disk at 0.10 per GB in arrears."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.small = cls.make_product("Small server", "recurring")
        cls.large = cls.make_product("Large server", "recurring")
        cls.fast_disk = cls.make_product("Fast disk", "metered", cls.meter)
        cls.make_version(
            {"product_id": cls.small.id, "unit_price": "31"},
            {"product_id": cls.large.id, "unit_price": "62"},
            {"product_id": cls.disk.id, "unit_price": "0.10"},
            {"product_id": cls.fast_disk.id, "unit_price": "0.30"},
        )
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(
            cls.customer,
            {"product_id": cls.small.id, "timing": "advance", "quantity": "3"},
            cls.disk,
            date_start="2026-03-01",
        )
        cls.server, cls.storage = cls.subscription.line_ids
        cls.stream = cls.make_stream("disk", source=cls.own_source)
        cls.map_stream(cls.stream, cls.storage)

    def bill_march(self):
        run = self.make_run(cutoff="2026-03-01")
        self.post(run)
        return run

    def bill_april(self):
        """The invoice lines of what is due on 1 April, as (text's first line, amount)."""
        run = self.make_run(cutoff="2026-04-01")
        self.post(run)
        sign = -1 if run.bill_ids.move_id.move_type == "out_refund" else 1
        lines = run.bill_ids.move_id.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return [(line.product_id.name, sign * line.price_subtotal) for line in lines]


@tagged("post_install", "-at_install")
class TestChangesInMidPeriod(ChangeCase):
    def test_more_of_a_line_is_charged_from_the_day_on(self):
        self.bill_march()
        self.subscription._apply_changes(FROM, [LineChange(self.server, quantity=D(5))], "credit")
        # 2 more from 11 March: 2 x 31.00 x 21/31 = 42.00; April 5 x 31.00 = 155.00.
        self.assertEqual(sorted(self.bill_april()), [("Small server", 42.0), ("Small server", 155.0)])

    def test_an_upgrade_credits_the_rest_and_charges_the_other_product(self):
        self.bill_march()
        self.subscription._apply_changes(FROM, [LineChange(self.server, product=self.large)], "credit")
        follower = self.subscription.line_ids.filtered(lambda line: line.product_id == self.large)
        self.assertEqual((follower.quantity, follower.date_start, follower.replaces_id), (3, FROM, self.server))
        self.assertEqual(follower.timing, "arrears", "the product's own timing")
        # Small: 3 x 31.00 x 21/31 = 63.00 back. Large in arrears: 3 x 62.00 x 21/31 = 126.00.
        self.assertEqual(sorted(self.bill_april()), [("Large server", 126.0), ("Small server", -63.0)])

    def test_with_the_policy_nothing_the_change_waits_for_the_end_of_what_is_charged(self):
        self.bill_march()
        self.subscription._apply_changes(FROM, [LineChange(self.server, product=self.large)], "nothing")
        follower = self.subscription.line_ids.filtered(lambda line: line.product_id == self.large)
        self.assertEqual((self.server.date_end, follower.date_start), (date(2026, 4, 1), date(2026, 4, 1)))

    def test_what_was_agreed_for_later_goes_on_with_the_product_that_takes_the_place(self):
        self.bill_march()
        self.server._apply_quantity(date(2026, 3, 21), D(4), "credit")
        self.server._apply_quantity(date(2026, 4, 16), D(5))
        self.subscription._apply_changes(FROM, [LineChange(self.server, product=self.large)], "nothing")
        follower = self.subscription.line_ids.filtered(lambda line: line.product_id == self.large)
        # It begins on 1 April, when there are 4 of it, not the 3 of 11 March; 5 from the 16th on.
        agreed = follower._get_agreed(date(2026, 3, 1), date(2026, 5, 1))[follower.id]
        self.assertEqual(
            [(one.start, one.quantity) for one in agreed], [(date(2026, 4, 1), D(4)), (date(2026, 4, 16), D(5))]
        )

    def test_usage_goes_to_the_product_that_took_the_place(self):
        for day, quantity in (("2026-03-05 12:00:00", "100"), ("2026-03-20 12:00:00", "100")):
            self.deliver({"stream": self.stream, "quantity": quantity, "start": day}, source=self.own_source)
        self.subscription._apply_changes(FROM, [LineChange(self.storage, product=self.fast_disk)], "credit")
        self.subscription._apply_changes(FROM, [LineChange(self.server, is_ended=True)], "credit")
        # 100 x 0.10 before, 100 x 0.30 after; the servers 3 x 31.00 x 10/31 = 30.00.
        self.assertEqual(sorted(self.bill_april()), [("Disk", 10.0), ("Fast disk", 30.0), ("Small server", 30.0)])

    def test_a_line_is_added_and_another_ends(self):
        self.bill_march()
        changes = [LineChange(self.server, is_ended=True), LineChange(product=self.large, quantity=D(1))]
        self.subscription._apply_changes(FROM, changes, "credit")
        # 3 x 31.00 x 21/31 back, 62.00 x 21/31 = 42.00.
        self.assertEqual(sorted(self.bill_april()), [("Large server", 42.0), ("Small server", -63.0)])

    def test_what_is_refused_changes_nothing_at_all(self):
        self.bill_march()
        changes = [LineChange(product=self.large, quantity=D(1)), LineChange(self.server, quantity=D(-1))]
        with self.assertRaisesRegex(UserError, "0 or more"):
            self.subscription._apply_changes(FROM, changes, "credit")
        # With a button to the window that asks what happens to the days that are charged.
        with self.assertRaisesRegex(RedirectWarning, "charged"):
            self.subscription._apply_changes(
                FROM, [LineChange(product=self.large, quantity=D(1)), LineChange(self.server, is_ended=True)]
            )
        self.assertEqual(self.subscription.line_ids, self.server | self.storage)

    def test_refusals_name_the_way_out(self):
        cases = [
            (FROM, [], "Nothing is different"),
            (date(2026, 2, 1), [LineChange(self.server, quantity=D(1))], "not in it"),
            (date(2026, 3, 1), [LineChange(self.server, is_ended=True)], "after its first"),
        ]
        for day, changes, text in cases:
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self.subscription._apply_changes(day, changes, "credit")
        draft = self.make_subscription(self.customer, self.small, activate=False)
        with self.assertRaisesRegex(UserError, "does not run"):
            draft._apply_changes(FROM, [LineChange(draft.line_ids, quantity=D(2))], "credit")


@tagged("post_install", "-at_install")
class TestChangeWithPreview(ChangeCase):
    def open_wizard(self, user=None):
        with patch.object(fields.Datetime, "now", lambda: NOW):
            action = self.subscription.with_user(user or self.user_accountant).action_change()
        return self.env[action["res_model"]].with_user(user or self.user_accountant).browse(action["res_id"])

    def test_it_shows_what_is_then_billed(self):
        self.bill_march()
        wizard = self.open_wizard()
        self.assertEqual(wizard.date_from, date(2026, 3, 10))
        with Form(wizard) as form:
            form.when = "day"
            form.date_from = FROM
            with form.line_ids.edit(0) as line:
                line.quantity = "5"
        with patch.object(fields.Datetime, "now", lambda: NOW):
            wizard.action_preview()
        # As it is April 93.00; after it 42.00 + 155.00 = 197.00: 104.00 more.
        for text in ("93.00", "197.00", "104.00"):
            self.assertIn(text, wizard.html)
        self.assertFalse(self.server.quantity_ids, "nothing of the preview stays")
        wizard.action_apply()
        self.assertEqual(sum(amount for _name, amount in self.bill_april()), 197.0)

    def test_what_was_not_shown_is_not_applied(self):
        wizard = self.open_wizard()
        with Form(wizard) as form, form.line_ids.edit(0) as line:
            line.quantity = "5"
        with self.assertRaisesRegex(UserError, "not what was shown"):
            wizard.action_apply()
        with patch.object(fields.Datetime, "now", lambda: NOW):
            wizard.action_preview()
        wizard.line_ids[0].quantity = D(6)
        with self.assertRaisesRegex(UserError, "not what was shown"):
            wizard.action_apply()

    def test_the_products_say_what_happens_to_billed_days(self):
        self.assertEqual(self.open_wizard().policy, "credit")
        self.small.product_tmpl_id.cloud_unused = "nothing"
        self.assertEqual(self.open_wizard().policy, "nothing")

    def test_a_refund_opens_the_run_with_its_credit_note(self):
        self.bill_march()
        wizard = self.open_wizard()
        wizard.policy = "refund"
        wizard.line_ids[0].is_ended = True
        with patch.object(fields.Datetime, "now", lambda: NOW):
            wizard.action_preview()
            action = wizard.action_apply()
        run = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(run._name, "cloud.bill.run")
        # 3 x 31.00 x 22/31 from 10 March on.
        self.assertEqual(run.bill_ids.amount, D("-66.00"))

    def test_an_end_and_a_pause_show_the_next_invoice_too(self):
        self.bill_march()
        windows = [
            ("cloud.subscription.end", {"kind": "cancelled", "date_wanted": "2026-03-11", "reason": "No use"}),
            ("cloud.subscription.pausing", {"date_wanted": "2026-03-11"}),
        ]
        for model, vals in windows:
            wizard = self.env[model].create({"subscription_id": self.subscription.id, "unused": "credit", **vals})
            with self.subTest(model), patch.object(fields.Datetime, "now", lambda: NOW):
                wizard.action_preview()
                # 3 x 31.00 x 21/31 come back.
                self.assertIn("63.00", wizard.html)
        self.assertEqual((self.subscription.state, self.subscription.date_end), ("active", False))
        self.assertFalse(self.subscription.pause_ids)

    def test_a_line_is_added_in_the_window(self):
        wizard = self.open_wizard()
        with Form(wizard) as form:
            form.when = "period"
            with form.line_ids.new() as line:
                line.product_id = self.large
                line.quantity = "2"
        self.assertEqual(wizard.date_from, date(2026, 4, 1))
        with patch.object(fields.Datetime, "now", lambda: NOW):
            wizard.action_preview()
        wizard.action_apply()
        added = self.subscription.line_ids - self.server - self.storage
        self.assertEqual((added.product_id, added.quantity, added.date_start), (self.large, 2, date(2026, 4, 1)))

    def test_a_viewer_may_not_change(self):
        with self.assertRaises(AccessError):
            self.open_wizard(self.user_viewer)
