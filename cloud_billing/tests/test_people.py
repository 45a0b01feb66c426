from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import CloudBillingCase


class PeopleCase(CloudBillingCase):
    def last_event(self, action, record):
        domain = [("action", "=", action), ("res_model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["cloud.audit.event"].sudo().search(domain, limit=1)

    def new_login(self, name, role="accountant"):
        return new_test_user(self.env, f"cloud_{name}", groups=f"base.group_user,cloud_billing.group_{role}")


@tagged("post_install", "-at_install")
class TestALoginIsEnrolled(PeopleCase):
    stays_in_setup = "in a live company it is proposed: test_change_protection.py"

    def enrol(self, users, as_user=None, **values):
        wizard = self.env(user=as_user or self.user_administrator)["cloud.person.enrol"]
        action = wizard.create({"user_ids": users.ids, **values}).action_confirm()
        return self.env["cloud.person"].browse(action["res_id"])

    def test_a_billing_administrator_says_which_person_is_behind_several_logins(self):
        first, second = self.new_login("first"), self.new_login("second", "approver")
        person = self.enrol(first | second, name="Pat Person")
        self.assertEqual(person.name, "Pat Person")
        self.assertEqual((first | second).cloud_person_id, person)
        self.assertEqual(second._get_cloud_person(), person)

    def test_it_is_recorded_with_both_names(self):
        user = self.new_login("first")
        self.enrol(user, name="Pat Person")
        self.enrol(user, person_id=self.person_maker.id)
        event = self.last_event("person_enrolled", user)
        self.assertEqual(event.detail, {"login": user.login, "old": "Pat Person", "new": "Mara Maker"})
        self.assertEqual(event.person_name, "Ada Admin")

    def test_nobody_else_says_so(self):
        user = self.new_login("first")
        for other in (self.user_approver, self.user_accountant, self.user_auditor):
            with self.assertRaises(AccessError):
                self.enrol(user, as_user=other, person_id=self.person_checker.id)
        # Odoo's own administrator of access rights may edit logins, but is no billing administrator.
        manager = new_test_user(self.env, "cloud_manager", groups="base.group_user,base.group_erp_manager")
        with self.assertRaisesRegex(AccessError, "billing administrator"):
            user.with_user(manager).cloud_person_id = self.person_checker
        with self.assertRaisesRegex(AccessError, "billing administrator"):
            user.with_user(manager).sudo().cloud_person_id = self.person_checker

    def test_nobody_else_says_so_from_the_side_of_the_person(self):
        user = self.new_login("first")
        manager = new_test_user(self.env, "cloud_manager", groups="base.group_erp_manager,cloud_billing.group_viewer")
        for other in (self.user_approver, manager):
            with self.assertRaises(AccessError), self.cr.savepoint():
                self.person_checker.with_user(other).write({"user_ids": [Command.link(user.id)]})
            self.assertFalse(user.cloud_person_id)

    def test_a_new_login_comes_enrolled_only_from_a_billing_administrator(self):
        manager = new_test_user(self.env, "cloud_manager", groups="base.group_user,base.group_erp_manager")
        values = {"name": "New", "login": "cloud_new", "cloud_person_id": self.person_checker.id}
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.env(user=manager)["res.users"].create(values)
        self.assertEqual(self.env["res.users"].create(values).cloud_person_id, self.person_checker)

    def test_while_live_nobody_makes_a_second_person_of_himself(self):
        self.user_administrator.group_ids |= self.env.ref("base.group_erp_manager")
        own = self.user_administrator.with_user(self.user_administrator)
        own.cloud_person_id = self.person_checker
        own.cloud_person_id = self.person_administrator
        self.set_company_state("live")
        with self.assertRaisesRegex(UserError, "nobody makes a second person of himself"):
            own.cloud_person_id = self.person_checker
        other_login = self.new_login("other")
        other_login.cloud_person_id = self.person_administrator
        with self.assertRaisesRegex(UserError, "nobody makes a second person of himself"):
            self.enrol(other_login, name="Somebody Else")

    def test_customers_logins_and_the_scheduled_actions_are_no_people(self):
        portal = new_test_user(self.env, "cloud_portal", groups="base.group_portal")
        with self.assertRaisesRegex(UserError, "Logins of customers"):
            self.enrol(portal, name="Customer")
        system = self.env["cloud.person"].search([("is_system", "=", True)])
        self.assertEqual(self.env.ref("base.user_root").cloud_person_id, system)
        with self.assertRaisesRegex(UserError, "has no logins"):
            self.enrol(self.new_login("first"), person_id=system.id)
        with self.assertRaises(UserError):
            self.person_maker.is_system = True

    def test_a_copy_of_a_login_is_nobody_yet(self):
        self.assertFalse(self.user_approver.copy({"login": "cloud_copy"}).cloud_person_id)

    def test_somebody_who_left_is_nobody_but_stays_in_the_records(self):
        self.person_checker.active = False
        self.assertFalse(self.user_approver._get_cloud_person())
        self.assertEqual(self.last_event("person_changed", self.person_checker).detail["new"], {"active": False})
        with self.assertRaisesRegex(UserError, "not enrolled"):
            self.user_approver._require_cloud_person()

    def test_the_dialog_wants_a_person(self):
        with self.assertRaisesRegex(UserError, "Choose a person"):
            self.enrol(self.new_login("first"))


@tagged("post_install", "-at_install")
class TestRolesAreRecorded(PeopleCase):
    def roles(self, user):
        return self.last_event("role_changed", user).detail

    def test_a_role_that_is_given_and_taken(self):
        user = new_test_user(self.env, "cloud_new")
        group = self.env.ref("cloud_billing.group_approver")
        user.group_ids |= group
        self.assertEqual(self.roles(user), {"login": user.login, "gained": ["approver", "viewer"], "lost": []})
        user.group_ids -= group
        self.assertEqual(self.roles(user)["lost"], ["approver", "viewer"])

    def test_a_role_that_is_given_from_the_side_of_the_group(self):
        user = new_test_user(self.env, "cloud_new")
        self.env.ref("cloud_billing.group_auditor").user_ids |= user
        self.assertEqual(self.roles(user)["gained"], ["auditor", "viewer"])

    def test_a_role_that_another_group_brings_along(self):
        user = new_test_user(self.env, "cloud_new")
        team = self.env["res.groups"].create({"name": "Team", "user_ids": [(4, user.id)]})
        self.assertFalse(self.roles(user))
        team.implied_ids |= self.env.ref("cloud_billing.group_approver")
        self.assertEqual(self.roles(user)["gained"], ["approver", "viewer"])
        team.implied_ids = False
        self.assertEqual(self.roles(user)["lost"], ["approver", "viewer"])

    def test_a_new_login_with_a_role(self):
        user = self.new_login("new", "viewer")
        self.assertEqual(self.roles(user), {"login": user.login, "gained": ["viewer"], "lost": []})

    def test_other_groups_are_none_of_our_business(self):
        user = new_test_user(self.env, "cloud_new")
        user.group_ids |= self.env.ref("base.group_partner_manager")
        self.assertFalse(self.roles(user))
