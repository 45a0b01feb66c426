from datetime import date, timedelta

from freezegun import freeze_time
from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from .common import SECRET, IdentityUsers

# Days of grace are 14: asked on the 1st, the last day is the 15th.
FIRST, LAST, AFTER = "2026-06-01", date(2026, 6, 15), "2026-06-16"


class FactorCase(IdentityUsers, TransactionCase):
    def setUp(self):
        super().setUp()
        self.approver = self.env.ref("cloud_billing.group_approver")
        with freeze_time(FIRST):
            self.user = self.make_user("quentin", "approver")

    def make_passkey(self, user):
        vals = {"name": "Key", "credential_identifier": f"key of {user.login}"}
        return self.env["auth.passkey.key"].with_user(user).sudo().create(vals)

    def read_type(self, user, day):
        with freeze_time(day):
            return user.with_user(user)._mfa_type()

    def ask(self, day):
        self.env["res.users"]._ask_second_factor(date.fromisoformat(day))


@tagged("post_install", "-at_install")
class TestWhoIsAsked(FactorCase):
    def test_roles_that_decide_require_it_from_the_installation_on(self):
        roles = self.env["res.groups"]._get_cloud_roles()
        required = {role for group, role in roles.items() if group.cloud_mfa_required}
        self.assertEqual(required, {"approver", "auditor", "administrator"})

    def test_the_last_day_is_set_when_the_role_is_given(self):
        self.assertEqual(self.user.cloud_mfa_due_on, LAST)
        self.assertEqual(self.find_events("factor_asked", self.user).detail["by"], "2026-06-15")
        viewer = self.make_user("victor", "viewer")
        self.assertFalse(viewer.cloud_mfa_due_on)
        with freeze_time(FIRST):
            viewer.group_ids += self.approver
        self.assertEqual(viewer.cloud_mfa_due_on, LAST)

    def test_also_where_the_role_is_given_by_its_group_or_by_another_group(self):
        one, other = self.make_user("one", "viewer"), self.make_user("other", "viewer")
        with freeze_time(FIRST):
            self.approver.user_ids += one
            group = self.env["res.groups"].create({"name": "Brings it along", "user_ids": [(4, other.id)]})
            group.implied_ids += self.approver
        self.assertEqual([one.cloud_mfa_due_on, other.cloud_mfa_due_on], [LAST, LAST])

    def test_of_several_roles_the_shortest_grace_counts(self):
        self.env.ref("cloud_billing.group_auditor").cloud_mfa_grace_days = 3
        with freeze_time(FIRST):
            user = self.make_user("zoe", "approver", "auditor")
        self.assertEqual(user.cloud_mfa_due_on, date(2026, 6, 4))

    def test_a_role_that_requires_it_from_now_on_asks_at_once(self):
        viewer = self.make_user("victor", "viewer")
        with freeze_time(FIRST):
            self.env.ref("cloud_billing.group_viewer").cloud_mfa_required = True
        self.assertEqual(viewer.cloud_mfa_due_on, LAST)

    def test_more_days_of_grace_do_not_lengthen_what_was_asked_and_fewer_shorten_it(self):
        with freeze_time(FIRST):
            self.approver.cloud_mfa_grace_days = 30
            self.assertEqual(self.user.cloud_mfa_due_on, LAST)
            self.approver.cloud_mfa_grace_days = 2
            self.assertEqual(self.user.cloud_mfa_due_on, date(2026, 6, 3))

    def test_portal_the_system_and_archived_logins_are_not_asked(self):
        portal = self.env["res.users"].create(
            {"name": "Portal", "login": "portal_9", "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)]}
        )
        archived = self.make_user("archie", "approver", active=False)
        self.ask(FIRST)
        system = self.env["res.users"].browse(SUPERUSER_ID)
        self.assertFalse((portal | archived | system).filtered("cloud_mfa_due_on"))
        with freeze_time(FIRST):
            archived.active = True
        self.assertEqual(archived.cloud_mfa_due_on, LAST)

    def test_the_nightly_action_asks_whom_nothing_else_has_asked(self):
        self.env.cr.execute("UPDATE res_users SET cloud_mfa_due_on = NULL WHERE id = %s", [self.user.id])
        self.env.invalidate_all()
        with freeze_time(FIRST):
            self.env["res.users"]._cron_ask_second_factor()
        self.assertEqual(self.user.cloud_mfa_due_on, LAST)

    def test_many_are_asked_in_as_many_statements_as_few(self):
        few, many = self.make_many(3), self.make_many(30)
        self.assertEqual(self.count_statements(few), self.count_statements(many))

    def make_many(self, count):
        users = self.env["res.users"].union(*(self.make_user(f"u{count}_{number}") for number in range(count)))
        self.env.cr.execute(
            "INSERT INTO res_groups_users_rel (gid, uid) SELECT %s, unnest(%s)", [self.approver.id, users.ids]
        )
        return users

    def count_statements(self, users):
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        before = self.env.cr.sql_log_count
        users._refresh_cloud_mfa(date.fromisoformat(FIRST))
        count = self.env.cr.sql_log_count - before
        self.assertEqual(set(users.mapped("cloud_mfa_due_on")), {LAST})
        return count


@tagged("post_install", "-at_install")
class TestEnrolling(FactorCase):
    def test_an_authenticator_app_or_a_passkey_takes_the_day_away(self):
        with freeze_time(FIRST):
            other = self.make_user("zoe", "approver")
        self.user.totp_secret = SECRET
        self.make_passkey(other)
        self.assertEqual([self.user.cloud_mfa_due_on, other.cloud_mfa_due_on], [False, False])
        self.assertTrue(self.find_events("factor_enrolled", self.user))

    def test_who_takes_the_last_factor_away_is_asked_without_grace(self):
        self.user.totp_secret = SECRET
        passkey = self.make_passkey(self.user)
        with freeze_time(AFTER):
            self.user.totp_secret = False
            self.assertFalse(self.user.cloud_mfa_due_on)
            passkey.unlink()
            self.assertEqual(self.user.cloud_mfa_due_on, LAST)
        self.assertEqual(self.read_type(self.user, AFTER), "totp_mail")
        self.assertTrue(self.find_events("factor_lost", self.user))

    def test_nobody_sets_or_clears_the_day(self):
        system = self.make_user("sys", "base.group_system", "administrator")
        for env in (self.env(user=self.user), self.env(user=system), self.env(user=SUPERUSER_ID), self.env(su=True)):
            for name in ("cloud_mfa_due_on", "cloud_mfa_reminded_on", "cloud_password_set_at"):
                with self.assertRaises(Exception) as refused:
                    self.user.with_env(env).write({name: False})
                self.assertIn(type(refused.exception).__name__, ("UserError", "AccessError"))
        with self.assertRaises(UserError):
            self.make_user("late", "approver", cloud_mfa_due_on="2099-01-01")
        self.assertEqual(self.user.cloud_mfa_due_on, LAST)

    def test_a_day_far_away_that_came_by_a_default_is_brought_near(self):
        late = {"default_cloud_mfa_due_on": "2099-01-01"}
        with freeze_time(FIRST):
            user = self.make_user("late", "viewer")
            self.env["res.users"].with_context(**late).browse(user.id).group_ids += self.approver
        self.assertEqual(user.cloud_mfa_due_on, LAST)

    def test_a_role_that_goes_and_comes_back_begins_no_new_grace(self):
        with freeze_time("2026-06-10"):
            self.user.group_ids -= self.approver
        self.assertIsNone(self.read_type(self.user, AFTER))
        with freeze_time("2026-06-12"):
            self.user.group_ids += self.approver
        self.assertEqual(self.user.cloud_mfa_due_on, LAST)
        self.assertEqual(self.read_type(self.user, AFTER), "totp_mail")

    def test_who_is_asked_does_not_take_the_question_away(self):
        system = self.make_user("sys", "base.group_system", "administrator")
        group = self.env.ref("cloud_billing.group_administrator").with_user(system)
        for vals in ({"cloud_mfa_required": False}, {"cloud_mfa_grace_days": 90}):
            with self.assertRaisesRegex(UserError, "Enrol it first"):
                group.write(vals)
        # Of a role that is not one's own, or to ask for more, is another matter.
        group.write({"cloud_mfa_grace_days": 10})
        self.approver.with_user(system).write({"cloud_mfa_required": False})
        system.totp_secret = SECRET
        group.write({"cloud_mfa_required": False})
        self.assertFalse(group.cloud_mfa_required)


@tagged("post_install", "-at_install")
class TestAfterTheLastDay(FactorCase):
    def test_a_code_is_asked_for_after_it_and_not_on_it(self):
        self.assertIsNone(self.read_type(self.user, str(LAST)))
        self.assertEqual(self.read_type(self.user, AFTER), "totp_mail")
        with freeze_time(AFTER):
            self.assertTrue(self.user.with_user(self.user)._rpc_api_keys_only())

    def test_an_authenticator_app_is_asked_for_instead_once_it_is_enrolled(self):
        self.user.totp_secret = SECRET
        self.assertEqual(self.read_type(self.user, AFTER), "totp")

    def test_a_requirement_that_is_taken_away_asks_nobody(self):
        self.approver.cloud_mfa_required = False
        self.assertIsNone(self.read_type(self.user, AFTER))

    def test_a_password_alone_does_not_go_past_a_passkey(self):
        self.make_passkey(self.user)
        self.assertEqual(self.read_type(self.user, FIRST), "totp_mail")
        viewer = self.make_user("victor", "viewer")
        self.make_passkey(viewer)
        self.assertIsNone(self.read_type(viewer, FIRST))

    def test_who_has_no_mail_address_is_named_on_the_status_page(self):
        text = self.read_check("factor_mail")
        self.assertNotIn("quentin", text)
        self.user.email = False
        self.assertIn("quentin (06/15/2026)", self.read_check("factor_mail"))

    def test_who_is_late_is_named_on_the_status_page(self):
        with freeze_time(LAST):
            self.assertNotIn("quentin", self.read_check("factor_late"))
        with freeze_time(AFTER):
            self.assertIn("quentin", self.read_check("factor_late"))

    def test_the_status_page_tells_of_roles_without_timeouts_and_without_the_requirement(self):
        self.assertIn("every role", self.read_check("timeouts"))
        self.env.ref("cloud_billing.group_viewer").lock_timeout = 0
        self.assertIn("Viewer", self.read_check("timeouts"))
        self.approver.cloud_mfa_required = False
        self.assertIn("Approver", self.read_check("factor_required"))

    def read_check(self, key):
        checks = self.env["cloud.security.status"].with_context(lang="en_US").sudo()._get_security_checks()
        return {check["key"]: check["text"] for check in checks}[key]


@tagged("post_install", "-at_install")
class TestReminders(FactorCase):
    def test_the_invitation_is_mailed_seven_days_and_one_day_before_once_each(self):
        mailed = {}
        for number in range(16):
            day = date.fromisoformat(FIRST) + timedelta(days=number)
            before = self.count()
            self.ask(str(day))
            if self.count() > before:
                mailed[day.day] = self.count() - before
        self.assertEqual(mailed, {8: 1, 14: 1})

    def test_a_night_on_which_the_server_was_off_is_made_good(self):
        self.ask("2026-06-07")
        self.assertEqual(self.count(), 0)
        self.ask("2026-06-10")
        self.ask("2026-06-11")
        self.assertEqual(self.count(), 1)
        self.ask("2026-06-15")
        self.assertEqual(self.count(), 2)
        self.ask("2026-06-16")
        self.assertEqual(self.count(), 2)

    def test_who_has_enrolled_or_has_no_address_is_not_reminded(self):
        self.user.email = False
        self.ask("2026-06-08")
        self.user.email = "quentin@example.com"
        self.user.totp_secret = SECRET
        self.ask("2026-06-09")
        self.assertEqual(self.count(), 0)

    def test_the_web_client_tells_of_the_day(self):
        me = self.user.with_user(self.user).with_context(lang="en_US")
        with freeze_time(FIRST):
            [notice] = me._get_cloud_notices()
        self.assertIn("by 06/15/2026", notice["text"])
        self.assertEqual(notice["action"]["res_id"], self.user.id)
        self.user.email = False
        with freeze_time(FIRST):
            self.assertIn("cannot log in", me._get_cloud_notices()[0]["text"])
        with freeze_time(AFTER):
            self.assertIn("at each login", me._get_cloud_notices()[0]["text"])
        self.user.totp_secret = SECRET
        self.assertEqual(me._get_cloud_notices(), [])

    def count(self):
        return (
            self.env["mail.message"]
            .sudo()
            .search_count(
                [("model", "=", "res.users"), ("res_id", "=", self.user.id), ("subject", "like", "two-factor")]
            )
        )
