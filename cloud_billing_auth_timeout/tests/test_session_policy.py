from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged

from ..hooks import post_init_hook
from .common import IdentityUsers


@tagged("post_install", "-at_install")
class TestSessionsOfRoles(IdentityUsers, TransactionCase):
    def setUp(self):
        super().setUp()
        self.administrator = self.make_user("ada", "administrator")
        self.approver = self.env.ref("cloud_billing.group_approver")
        self.assertFalse(self.administrator.has_group("base.group_system"))

    def find(self, group, user=None):
        return self.env["cloud.session.policy"].with_user(user or self.administrator).browse(group.id)

    def test_installing_sets_what_nobody_has_set(self):
        viewer, operator = (self.env.ref(f"cloud_billing.group_{name}") for name in ("viewer", "operator"))
        viewer.write({"lock_timeout": 0, "lock_timeout_inactivity": 30, "lock_timeout_inactivity_mfa": False})
        operator.write({"lock_timeout": 60, "lock_timeout_mfa": True, "lock_timeout_inactivity": 0})
        self.env["ir.config_parameter"].set_param("auth_password_policy.minlength", 16)
        post_init_hook(self.env)
        self.assertEqual((viewer.lock_timeout, viewer.lock_timeout_inactivity), (720, 30))
        self.assertEqual(
            (operator.lock_timeout, operator.lock_timeout_mfa, operator.lock_timeout_inactivity), (60, True, 15)
        )
        self.assertEqual(self.env["ir.config_parameter"].get_param("auth_password_policy.minlength"), "16")

    def test_each_role_is_locked_after_15_minutes_and_ended_after_12_hours(self):
        for group, role in self.env["res.groups"]._get_cloud_roles().items():
            with_factor = role in ("approver", "auditor", "administrator")
            policy = self.find(group)
            self.assertEqual(
                (policy.inactivity_minutes, policy.inactivity_mfa, policy.absolute_hours, policy.absolute_mfa),
                (15, with_factor, 12.0, with_factor),
                role,
            )
        self.assertEqual(self.env["ir.config_parameter"].get_param("auth_password_policy.minlength"), "12")

    def test_odoo_asks_the_figures_of_the_role(self):
        # 15 minutes = 900 s; 12 hours = 43,200 s.
        self.assertEqual(
            self.administrator._get_lock_timeouts(),
            {"lock_timeout": [(43200, True)], "lock_timeout_inactivity": [(900, True)]},
        )
        self.assertEqual(
            self.make_user("victor", "viewer")._get_lock_timeouts(),
            {"lock_timeout": [(43200, False)], "lock_timeout_inactivity": [(900, False)]},
        )

    def test_a_billing_administrator_changes_them_and_each_change_is_recorded(self):
        with Form(self.find(self.approver)) as form:
            form.inactivity_minutes = 10
            form.absolute_hours = 8.5
            form.mfa_required = True
            form.grace_days = 7
        group = self.approver
        self.assertEqual((group.lock_timeout_inactivity, group.lock_timeout, group.cloud_mfa_grace_days), (10, 510, 7))
        event = self.find_events("settings", group)[:1]
        self.assertEqual(event.user_login, "ada")
        self.assertEqual(event.detail["old"]["lock_timeout"], 720)
        self.assertEqual(event.detail["new"]["lock_timeout"], 510)

    def test_a_change_on_odoos_own_form_of_the_group_is_recorded_too(self):
        self.approver.lock_timeout = 60
        self.assertEqual(self.find_events("settings", self.approver)[:1].detail["new"], {"lock_timeout": 60})
        self.approver.lock_timeout = 60
        self.assertEqual(len(self.find_events("settings", self.approver).filtered("detail")), 1 + self.before)

    def test_odoos_administrator_may_and_others_may_not(self):
        system = self.make_user("sys", "base.group_system")
        self.find(self.approver, system).inactivity_minutes = 20
        self.assertEqual(self.approver.lock_timeout_inactivity, 20)
        for role in ("viewer", "operator", "accountant", "price_manager", "approver", "auditor", "integration"):
            with self.assertRaises(AccessError):
                self.find(self.approver, self.make_user(f"user_{role}", role)).write({"inactivity_minutes": 60})

    def test_nothing_else_of_a_group_is_changed_here(self):
        for vals in ({"group_id": 1}, {"sequence": 1}, {"user_count": 1}, {"user_ids": []}):
            with self.assertRaises(UserError):
                self.find(self.approver).write(vals)
        for method in ("create", "unlink"):
            with self.assertRaises(UserError):
                getattr(self.find(self.approver), method)(*([{}] if method == "create" else []))

    def test_a_time_with_which_nobody_could_work_is_refused(self):
        for vals in ({"inactivity_minutes": 4}, {"absolute_hours": 0.05}, {"inactivity_minutes": -1}):
            with self.assertRaisesRegex(UserError, "Nobody can work"):
                self.find(self.approver).write(vals)
        self.find(self.approver).write({"inactivity_minutes": 0, "absolute_hours": 0})
        self.assertEqual((self.approver.lock_timeout_inactivity, self.approver.lock_timeout), (0, 0))

    def test_it_counts_people_and_those_without_a_factor(self):
        policy = self.find(self.approver)
        before = (policy.user_count, policy.lacking_count)
        one = self.make_user("one", "approver")
        self.make_user("two", "approver")
        one.totp_secret = "A" * 32
        policy.invalidate_recordset()
        self.assertEqual((policy.user_count - before[0], policy.lacking_count - before[1]), (2, 1))

    @property
    def before(self):
        """Events that the installation wrote of this role."""
        return len(
            self.find_events("settings", self.approver).filtered(
                lambda event: event.detail["new"] != {"lock_timeout": 60}
            )
        )
