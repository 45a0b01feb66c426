from odoo.tests import tagged

from .billing_common import BillingCase

# As the web client asks: the environment of a test leaves out what mail tells.
TELLING = {"tracking_disable": False, "mail_notrack": False}


@tagged("post_install", "-at_install")
class TestLogOfBills(BillingCase):
    """What a release changes is told on each bill, in as many statements for one bill as for many."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "31.00"})
        for number in range(12):
            cls.make_subscription(cls.make_customer(f"C{number}"), cls.support, date_start="2026-03-01")

    def make_bills(self):
        bills = self.make_run().bill_ids.filtered(lambda bill: bill.state == "look").with_context(**TELLING)
        self.assertEqual(len(bills), 12)
        self.tell()
        return bills

    def tell(self):
        """Let mail tell what changed; returns how many statements that takes."""
        self.env.flush_all()
        before = self.cr.sql_log_count
        self.cr.precommit.run()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def count_release(self, bills):
        bills.action_release("Seen")
        return self.tell()

    def read_notes(self, bill):
        """[(author, [(field, old, new)])] of what was told by changed values, the first one first."""
        return [
            (
                message.author_id,
                sorted(
                    (
                        value.field_id.name,
                        value.old_value_char or value.old_value_integer,
                        value.new_value_char or value.new_value_integer,
                    )
                    for value in message.tracking_value_ids
                ),
            )
            for message in bill.message_ids.sorted("id")
            if message.tracking_value_ids
        ]

    def test_each_bill_tells_who_released_it_and_what_changed(self):
        bills = self.make_bills()
        self.assertTrue(bills)
        told = {bill: len(self.read_notes(bill)) for bill in bills}
        bills.action_release("Seen")
        self.tell()
        released = [(self.env.user.partner_id, [("is_released", 0, 1), ("state", "Look", "Ready")])]
        for bill in bills:
            self.assertEqual(self.read_notes(bill)[told[bill] :], released)

    def test_an_author_of_his_own_and_words_of_a_bill_stay(self):
        one, other = self.make_bills()[:2]
        author = self.env["res.partner"].create({"name": "Robin"})
        (one + other).sudo().write({"is_held": True})
        one._track_set_author(author)
        other._track_set_log_message("Why <b>")
        self.tell()
        first, second = one.message_ids[:1], other.message_ids[:1]
        self.assertEqual(first.author_id, author)
        self.assertEqual(second.author_id, self.env.user.partner_id)
        self.assertEqual(second.body, "<span>Why &lt;b&gt;</span>")

    def test_as_many_statements_for_any_number_of_bills(self):
        bills = self.make_bills()
        self.count_release(bills[0])
        self.assertEqual(self.count_release(bills[1]), self.count_release(bills[2:]))
