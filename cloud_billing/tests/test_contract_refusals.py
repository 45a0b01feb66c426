from decimal import Decimal

import psycopg2
from odoo.exceptions import RedirectWarning, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .billing_common import BillingCase

D = Decimal


class RefusalsCase(BillingCase):
    """10 seats at 12.00 a month from 1 March 2026 on, billed up to 1 April."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "12"})
        cls.customer = cls.make_customer("Acme")
        line = {"product_id": cls.support.id, "name": "Seat", "quantity": "10", "timing": "advance"}
        cls.subscription = cls.make_subscription(cls.customer, line, date_start="2026-03-01")
        cls.line = cls.subscription.line_ids

    def bill(self):
        self.post(self.make_run("2026-03-01"))
        self.env.flush_all()

    def tell(self, change):
        """What a person is told who tries a change: (sentence, label of the button or None, its window or None)."""
        try:
            with mute_logger("odoo.sql_db"), self.cr.savepoint():
                change()
                self.env.flush_all()
        except RedirectWarning as warning:
            sentence, action_id, label, context = warning.args
            action = self.env["ir.actions.server"].browse(action_id).with_context(**context).run()
            return sentence.replace(self.subscription.name, "S1"), label.replace(self.subscription.name, "S1"), action
        except UserError as error:
            return str(error).replace(self.subscription.name, "S1"), None, None
        except psycopg2.IntegrityError as error:
            model = self.env[error.diag.table_name.replace("_", ".")]
            return model._sql_error_to_message(error), None, None
        finally:
            self.env.invalidate_all()
        return None, None, None


@tagged("post_install", "-at_install")
class TestChangesOfBilledDays(RefusalsCase):
    """Each is refused with its sentence, and has a button to the window that asks what becomes of the billed days."""

    def check(self, window, expected, change):
        label, model = {
            "change": ("Change S1", "cloud.subscription.change.wizard"),
            "end": ("End S1", "cloud.subscription.end"),
            "pause": ("Pause S1", "cloud.subscription.pausing"),
        }[window]
        sentence, button, action = self.tell(change)
        self.assertEqual((sentence, button), (expected, label))
        self.assertEqual(action["res_model"], model)
        return action

    def test_all_of_them(self):
        self.bill()
        line, subscription, quantity = self.line, self.subscription, self.env["cloud.subscription.quantity"]
        for window, expected, change in (
            (
                "change",
                (
                    "S1: Seat is charged up to 2026-04-01 with the quantity it started with. Change the quantity from"
                    " a day on: add it with its day to the quantities of the line."
                ),
                lambda: line.write({"quantity": 14}),
            ),
            (
                "change",
                (
                    "S1: Seat is charged up to 2026-04-01. Let the quantity hold from that day on, or choose"
                    " what happens to the days that are charged already: credit the difference, or give nothing back."
                ),
                lambda: quantity.create({"line_id": line.id, "date_start": "2026-03-11", "quantity": 14}),
            ),
            (
                "change",
                (
                    "S1: Seat is charged up to 2026-04-01. End it on that day or later, or choose what happens to"
                    " the days that are charged already: credit them, or give nothing back."
                ),
                lambda: line.write({"date_end": "2026-03-16"}),
            ),
            (
                "end",
                (
                    "S1 is charged up to 2026-04-01. End it on that day or later, or choose what happens to the"
                    " days that are charged already: credit them, or give nothing back."
                ),
                lambda: subscription.write({"date_end": "2026-03-16"}),
            ),
        ):
            with self.subTest(expected):
                self.check(window, expected, change)

    def test_two_lines_at_once_are_both_named(self):
        self.bill()
        both = self.line + self.line.copy()
        self.post(self.make_run("2026-03-01"))
        sentence, _label, _action = self.tell(lambda: both.write({"date_end": "2026-03-16"}))
        self.assertEqual(sentence.count("is charged up to 2026-04-01"), 2)

    def test_a_dated_quantity_that_was_billed_stays(self):
        dated = self.line._apply_quantity(self.day("2026-03-11"), D(14))
        self.bill()
        for change in (lambda: dated.write({"quantity": 15}), dated.unlink):
            self.check(
                "change",
                (
                    "Seat: 14 from 2026-03-11 was charged already, so it stays. Change the quantity again from a day"
                    " on, and choose what happens to the days that are charged."
                ),
                change,
            )

    def test_a_pause(self):
        self.bill()
        pauses = self.env["cloud.subscription.pause"]
        sentence, label, action = self.tell(
            lambda: pauses.create({"subscription_id": self.subscription.id, "date_start": "2026-03-11"})
        )
        self.assertRegex(sentence, "Choose what happens with them, or pause it later.$")
        self.assertEqual((label, action["res_model"]), ("Pause S1", "cloud.subscription.pausing"))

    def test_the_window_behind_the_button_is_that_of_the_subscription(self):
        self.bill()
        _sentence, _label, action = self.tell(lambda: self.line.write({"quantity": 14}))
        wizard = self.env["cloud.subscription.change.wizard"].search([], order="id desc", limit=1)
        self.assertEqual((action["res_id"], wizard.subscription_id), (wizard.id, self.subscription))
        _sentence, _label, action = self.tell(lambda: self.subscription.write({"date_end": "2026-03-16"}))
        self.assertEqual(action["context"]["default_subscription_id"], self.subscription.id)

    def test_rows_of_an_imported_file_are_refused_by_the_sentence_alone(self):
        self.bill()
        messages = (
            self.env["cloud.subscription.quantity"]
            .with_context(import_file=True)
            .load(["line_id/.id", "date_start", "quantity"], [[str(self.line.id), "2026-03-11", "14"]])["messages"]
        )
        self.assertRegex(messages[0]["message"], "is charged up to 2026-04-01. Let the quantity hold from that day on")


@tagged("post_install", "-at_install")
class TestWhatIsNotAgreed(RefusalsCase):
    def test_all_of_it(self):
        line, subscription, quantity = self.line, self.subscription, self.env["cloud.subscription.quantity"]
        line.write({"quantity_ids": [(0, 0, {"date_start": "2026-05-01", "quantity": 14})]})
        yen, own = self.make_plan("Yen", currency=self.env.ref("base.JPY")), self.currency.name
        for expected, change in (
            (
                "S1: Seat has a quantity from 2026-05-01 already. Change that one, or choose another day.",
                lambda: quantity.create({"line_id": line.id, "date_start": "2026-05-01", "quantity": 15}),
            ),
            (
                "S1: Seat runs from 2026-03-01 until open: the day 2026-02-28 lies outside. Choose a day within.",
                lambda: line._apply_quantity(self.day("2026-02-28"), D(14)),
            ),
            (
                "A quantity is 0 or more. End the line to stop it.",
                lambda: line._apply_quantity(self.day("2026-06-01"), D(-1)),
            ),
            (
                "S1: Seat: enter the quantity that was agreed, 0 or more.",
                lambda: line.write({"quantity": -1}),
            ),
            (
                (
                    "A subscription ends after it starts. Choose a later end; one that should never "
                    "have held is cancelled."
                ),
                lambda: subscription.write({"date_end": "2026-02-01"}),
            ),
            (
                "A line ends after it starts. Choose a later end, or delete the line.",
                lambda: line.write({"date_start": "2026-04-01", "date_end": "2026-04-01"}),
            ),
            (
                (
                    "S1: Seat: its dates are not within those of the subscription, 2026-03-01 to open. "
                    "Change the line or the subscription."
                ),
                lambda: line.write({"date_end": "2026-02-01"}),
            ),
            (
                (
                    f"S1: the plan Yen is in JPY and Acme pays in {own}. Choose a plan in {own}, or one that is billed"
                    " in the customer's currency."
                ),
                lambda: subscription.write({"plan_id": yen.id}),
            ),
        ):
            with self.subTest(expected):
                self.assertEqual(self.tell(change)[0], expected)
