from datetime import datetime

from freezegun import freeze_time
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from .common import PASSWORD, IdentityUsers

DAYS = "cloud_billing_auth_timeout.password_days"


@tagged("post_install", "-at_install")
class TestPasswordsThatAreGuessed(IdentityUsers, TransactionCase):
    def setUp(self):
        super().setUp()
        self.user = self.make_user("waltraud", "viewer", name="Waltraud Grünspecht")

    def refuse(self, password, pattern):
        with self.assertRaisesRegex(UserError, pattern):
            self.user.password = password

    def test_short_ones_are_refused_by_odoo(self):
        self.refuse("Xk3!vq9Lm2", "at least 12 characters")

    def test_common_ones_are_refused_with_what_to_do(self):
        self.refuse("password1234", "tried first.*four or more words")
        self.refuse("qwertyuiop123", "Take four or more words")
        self.refuse("abcdefghijklmn", "pattern|tried first")

    def test_ones_made_of_who_one_is_are_refused(self):
        self.refuse("Waltraud2026!", "your name, your login or your company")
        self.refuse("grünspecht-2026", "your name, your login or your company")
        self.user.company_id.name = "Obelixware"
        self.refuse("Obelixware1234", "your name, your login or your company")

    def test_words_that_have_nothing_to_do_with_each_other_are_taken(self):
        self.user.password = PASSWORD
        self.assertEqual(
            self.user.with_user(self.user)._check_credentials(
                {"type": "password", "login": "waltraud", "password": PASSWORD}, {"interactive": True}
            )["uid"],
            self.user.id,
        )

    def test_very_long_ones_are_looked_at_as_far_as_it_matters(self):
        self.refuse("a" * 500, "Take four or more words")
        self.user.password = PASSWORD + " and much more of it" * 20

    def test_a_new_login_is_asked_too_and_one_without_a_password_is_not(self):
        with self.assertRaises(UserError):
            self.make_user("new", "viewer", password="iloveyou2026")
        self.assertTrue(self.make_user("none", "viewer"))

    def test_change_password_of_ones_own_is_asked_too(self):
        self.user.password = PASSWORD
        with self.assertRaises(UserError):
            self.env["res.users"].with_user(self.user).change_password(PASSWORD, "password12345")


@tagged("post_install", "-at_install")
class TestAgeOfAPassword(IdentityUsers, TransactionCase):
    def setUp(self):
        super().setUp()
        self.user = self.make_user("waltraud", "viewer")
        with freeze_time("2026-01-01 10:00:00"):
            self.user.password = PASSWORD

    def read_notices(self, day):
        with freeze_time(day):
            return [notice["text"] for notice in self.user.with_user(self.user)._get_cloud_notices()]

    def test_it_is_known_when_a_password_was_set(self):
        self.assertEqual(self.user.cloud_password_set_at, datetime(2026, 1, 1, 10))

    def test_nobody_is_asked_unless_somebody_has_chosen_it(self):
        self.assertEqual(self.read_notices("2036-01-01"), [])

    def test_the_notice_comes_after_so_many_days_and_goes_with_a_new_password(self):
        self.env["ir.config_parameter"].set_param(DAYS, 180)
        self.assertEqual(self.read_notices("2026-06-29 10:00:00"), [])
        # 180 days after January 1st at ten.
        [text] = self.read_notices("2026-06-30 10:00:00")
        self.assertIn("180 days old", text)
        with freeze_time("2026-06-30 11:00:00"):
            self.user.password = PASSWORD + " again"
        self.assertEqual(self.read_notices("2026-06-30 12:00:00"), [])

    def test_the_setting_is_recorded(self):
        self.env["res.config.settings"].create({"cloud_password_days": 365}).execute()
        self.assertEqual(self.env["ir.config_parameter"].get_param(DAYS), "365")
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "settings")], limit=1)
        self.assertEqual(event.detail, {"password_days": {"old": 0, "new": 365}})
