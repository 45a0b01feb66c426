from datetime import datetime, timedelta

from odoo.tests import TransactionCase, tagged

from .common import IdentityUsers

END = datetime(2026, 6, 30, 12)


@tagged("post_install", "-at_install")
class TestKeysThatEnd(IdentityUsers, TransactionCase):
    def setUp(self):
        super().setUp()
        self.administrator = self.make_user("ada", "administrator")
        self.integration = self.make_user("robot", "integration")
        self.keys = self.env["res.users.apikeys"]
        self.make_key(self.integration, "usage", END)

    def make_key(self, user, name, end):
        return self.keys.with_user(user).sudo()._generate(None, name, end)

    def warn(self, days_before, hours=0):
        """Mails of one run, so many days before the end."""
        before = self.find_mails("API key")
        self.keys._warn_of_end(END - timedelta(days=days_before, hours=hours))
        return self.find_mails("API key") - before

    def test_owner_and_billing_administrators_are_told_14_and_3_days_before_once_each(self):
        counts = [len(self.warn(day)) for day in range(20, 0, -1)]
        self.assertEqual(counts, [0] * 6 + [1] + [0] * 10 + [1] + [0] * 2)

    def test_the_mail_names_key_login_and_end(self):
        [mail] = self.warn(14)
        self.assertIn("robot@example.com", mail.email_to)
        self.assertIn("ada@example.com", mail.email_to)
        self.assertIn("usage of robot", mail.subject)
        self.assertIn("2026", mail.subject)

    def test_a_day_on_which_the_server_was_off_is_made_good(self):
        self.assertEqual(len(self.warn(15)), 0)
        self.assertEqual(len(self.warn(9)), 1)
        self.assertEqual(len(self.warn(2)), 1)
        self.assertEqual(len(self.warn(1)), 0)

    def test_an_owner_without_an_address_leaves_it_to_the_administrators(self):
        self.integration.email = False
        [mail] = self.warn(14)
        self.assertNotIn("robot", mail.email_to)
        self.assertIn("ada@example.com", mail.email_to)

    def test_keys_of_others_and_keys_that_have_ended_are_left_alone(self):
        self.make_key(self.make_user("stranger"), "other", END)
        [mail] = self.warn(14)
        self.assertIn("robot", mail.subject)
        self.assertEqual(len(self.warn(0, hours=-1)), 0)

    def test_keys_of_integrations_last_90_days_at_most(self):
        # In days, as Odoo counts.
        self.assertEqual(self.env.ref("cloud_billing.group_integration").api_key_duration, 90)

    def test_ten_keys_take_as_many_statements_to_find_as_one(self):
        now = END - timedelta(days=14)
        one = self.count(now)
        for number in range(10):
            self.make_key(self.integration, f"key {number}", END)
        self.assertEqual(self.count(now), one)

    def count(self, now):
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        before = self.env.cr.sql_log_count
        self.keys._get_ending(now)
        return self.env.cr.sql_log_count - before
