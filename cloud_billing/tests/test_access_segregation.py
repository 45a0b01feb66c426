from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .billing_common import BillingCase
from .common import CloudBillingCase


@tagged("post_install", "-at_install")
class TestWhoHoldsTwoRoles(CloudBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        cls.person = cls.env["cloud.person"].create({"name": "Pat Person"})

    def login(self, name, *roles, person=None):
        groups = ",".join(["base.group_user", *(f"cloud_billing.group_{role}" for role in roles)])
        user = new_test_user(self.env, f"two_{name}", groups=groups, company_id=self.company.id)
        user.company_ids = self.company
        user.cloud_person_id = person
        return user

    def lines(self, person):
        return self.env["cloud.segregation.line"].search([("person_id", "=", person.id)])

    def test_one_login_with_both(self):
        self.login("both", "accountant", "approver", person=self.person)
        line = self.lines(self.person)
        self.assertEqual((line.conflict, line.logins, line.company_id), ("bills", "two_both", self.company))
        self.assertEqual(line.maker_path, "two_both: Accountant")
        self.assertEqual(line.checker_path, "two_both: Approver")
        self.assertFalse(line.last_vote_at or line.is_accepted)

    def test_two_logins_of_one_person(self):
        self.login("maker", "price_manager", person=self.person)
        checker = self.login("checker", "approver", person=self.person)
        self.assertEqual(
            [(line.conflict, line.logins) for line in self.lines(self.person)], [("prices", "two_checker, two_maker")]
        )
        checker.cloud_person_id = self.person_checker
        self.assertFalse(self.lines(self.person))

    def test_roles_that_another_group_brings_along_say_by_which(self):
        team = self.env["res.groups"].create(
            {"name": "Finance", "implied_ids": [Command.link(self.env.ref("cloud_billing.group_administrator").id)]}
        )
        user = self.login("team", "approver", person=self.person)
        user.group_ids |= team
        found = {line.conflict: line.maker_path for line in self.lines(self.person)}
        self.assertEqual(
            found,
            {
                "bills": "two_team: Finance → Billing administrator → Accountant",
                "prices": "two_team: Finance → Billing administrator → Price manager",
                "administration": "two_team: Finance → Billing administrator",
            },
        )

    def test_by_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.login("maker", "accountant", person=self.person).company_ids |= other
        self.login("checker", "approver", person=self.person)
        lines = self.env["cloud.segregation.line"].sudo().search([("person_id", "=", self.person.id)])
        self.assertEqual(lines.company_id, self.company)

    def test_a_login_that_is_nobody_counts_as_one_of_its_own(self):
        user = self.login("nobody", "accountant", "auditor")
        line = self.env["cloud.segregation.line"].search([("logins", "=", user.login)])
        self.assertEqual((line.owner, line.person_id.id, line.conflict), (-user.id, False, "bills_audited"))

    def test_makers_and_checkers_apart_are_no_line(self):
        for person in self.person_maker | self.person_checker | self.person_administrator:
            self.assertFalse(self.lines(person), person.name)

    def test_who_left_is_no_line(self):
        user = self.login("gone", "accountant", "approver", person=self.person)
        user.active = False
        self.assertFalse(self.lines(self.person))

    def test_who_reads_it(self):
        for role in ("viewer", "operator", "accountant", "price_manager", "approver", "integration"):
            self.assertFalse(
                self.env["cloud.segregation.line"].with_user(getattr(self, f"user_{role}")).has_access("read")
            )
        for role in ("auditor", "administrator"):
            self.assertTrue(
                self.env["cloud.segregation.line"].with_user(getattr(self, f"user_{role}")).has_access("read")
            )

    # ---- acceptance ----

    def accept(self, line, user=None, **values):
        line = line.with_user(user or self.user_administrator)
        context = line.action_accept()["context"]
        form = Form(self.env["cloud.segregation.acceptance"].with_user(line.env.user).with_context(**context))
        for name, value in {"reason": "Small team", **values}.items():
            form[name] = value
        return form.save()

    def test_an_acceptance_is_a_record_with_a_reason_until_a_day(self):
        self.login("both", "accountant", "approver", person=self.person)
        accepted = self.accept(self.lines(self.person), date_end=date(2099, 1, 1))
        line = self.lines(self.person)
        self.assertEqual((line.is_accepted, line.reason), (True, "Small team"))
        self.assertEqual((accepted.logins, accepted.accepted_by), ("two_both", "cloud_administrator (Ada Admin)"))
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "segregation_accepted")], limit=1)
        self.assertEqual(
            (event.reason, event.detail["logins"], event.detail["until"]), ("Small team", "two_both", "2099-01-01")
        )
        self.accept(line, reason="Not any more", date_end=date(2020, 1, 1))
        self.assertFalse(self.lines(self.person).is_accepted)

    def test_nobody_accepts_his_own_and_what_was_accepted_stays(self):
        self.user_administrator.group_ids |= self.env.ref("cloud_billing.group_approver")
        line = self.lines(self.person_administrator)[:1]
        with self.assertRaisesRegex(UserError, "your own roles"):
            self.accept(line)
        other = self.login("admin", "administrator")
        accepted = self.accept(line, user=other)
        with self.assertRaisesRegex(UserError, "stays as it was"):
            accepted.sudo().reason = "Better"
        with self.assertRaisesRegex(UserError, "stays as it was"):
            accepted.sudo().unlink()
        with self.assertRaises(AccessError):
            self.accept(line, user=self.user_auditor)

    def insert(self, owner, user):
        """An acceptance by raw SQL."""
        self.env.flush_all()
        self.cr.execute(
            """
            INSERT INTO cloud_segregation_acceptance (owner, logins, company_id, conflict, reason, date_end, user_id,
                                                      accepted_by)
            VALUES (%s, 'x', %s, 'bills', 'x', '2099-01-01', %s, 'x')
            """,
            [owner, self.company.id, user.id],
        )

    def assert_refused(self, attempt):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            attempt()

    def test_the_database_refuses_ones_own_with_whatever_login(self):
        owner = self.person_administrator.id
        second = self.login("second", person=self.person_administrator)
        nobody = self.login("nobody", "accountant", "approver")
        for own, user in (
            (owner, self.user_administrator),
            (owner, second),
            (-nobody.id, nobody),
            # Of a login that is known by now.
            (-second.id, self.user_administrator),
        ):
            with self.subTest(own=own, user=user.login):
                self.assert_refused(lambda own=own, user=user: self.insert(own, user))
        self.insert(owner, nobody)
        self.insert(-nobody.id, second)
        self.set_company_state("solo")
        self.insert(owner, self.user_administrator)

    def test_the_database_keeps_what_was_accepted(self):
        self.insert(self.person.id, self.user_administrator)
        for statement in ("UPDATE {} SET reason = 'y'", "UPDATE {} SET date_end = '2100-01-01'", "DELETE FROM {}"):
            with self.subTest(statement):
                self.assert_refused(lambda text=statement: self.cr.execute(text.format("cloud_segregation_acceptance")))

    def test_what_nobody_holds_is_not_accepted(self):
        user = self.login("both", "accountant", "approver", person=self.person)
        line = self.lines(self.person)
        context = line.with_user(self.user_administrator).action_accept()["context"]
        user.group_ids -= self.env.ref("cloud_billing.group_approver")
        with self.assertRaisesRegex(UserError, "Nobody holds these two roles"):
            self.env["cloud.segregation.acceptance"].with_user(self.user_administrator).with_context(**context).create(
                {"reason": "Late"}
            )


@tagged("post_install", "-at_install")
class TestAPersonIsSetUp(CloudBillingCase):
    stays_in_setup = "in a live company it is proposed: TestAPersonIsSetUpInALiveCompany"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_administrator.sudo().group_ids |= cls.env.ref("base.group_erp_manager")
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})

    def set_up(self, user=None, **values):
        env = self.env(user=user or self.user_administrator)
        form = Form(env["cloud.person.setup"])
        for name, value in values.items():
            form[name] = value
        action = form.save().action_confirm()
        return env[action["res_model"]].browse(action["res_id"])

    def test_login_person_roles_companies_in_one_step(self):
        person = self.set_up(name="Nina New", login="nina@example.com", is_accountant=True)
        user = person.user_ids
        self.assertEqual(
            (person.name, user.login, user.email, user.name),
            ("Nina New", "nina@example.com", "nina@example.com", "Nina New"),
        )
        self.assertTrue(user.has_group("cloud_billing.group_accountant"))
        self.assertTrue(user.has_group("account.group_account_invoice"))
        self.assertFalse(user.has_group("cloud_billing.group_approver"))
        self.assertEqual(user.company_ids, self.company)
        actions = (
            self.env["cloud.audit.event"].sudo().search([("res_model", "=", "res.users"), ("res_id", "=", user.id)])
        )
        self.assertEqual(
            set(actions.mapped("action")) & {"role_changed", "person_enrolled"}, {"role_changed", "person_enrolled"}
        )

    def test_a_sharing_group_and_a_second_login_of_a_known_person(self):
        customer = self.env["cloud.customer"].create(
            {"partner_id": self.env["res.partner"].create({"name": "Acme"}).id}
        )
        group = self.env["cloud.sharing.group"].create({"name": "Some", "customer_ids": [Command.set(customer.ids)]})
        env = self.env(user=self.user_administrator)
        wizard = env["cloud.person.setup"].create(
            {"person_id": self.person_checker.id, "login": "second", "sharing_group_ids": [Command.set(group.ids)]}
        )
        wizard.action_confirm()
        user = self.env["res.users"].search([("login", "=", "second")])
        self.assertEqual((user.cloud_person_id, group.user_ids), (self.person_checker, user))

    def test_an_existing_login_gains_and_loses_nothing(self):
        user = new_test_user(self.env, "known", groups="base.group_user,base.group_partner_manager")
        self.set_up(name="Known", user_id=user, is_operator=True)
        self.assertTrue(user.has_group("base.group_partner_manager") and user.has_group("cloud_billing.group_operator"))

    def test_what_is_worth_a_thought_is_said_before(self):
        form = Form(self.env(user=self.user_administrator)["cloud.person.setup"])
        self.assertFalse(form.warning)
        form.is_accountant, form.is_approver = True, True
        self.assertIn("never his or her own", form.warning)
        self.assertIn("second factor", form.warning)
        form.is_auditor = True
        self.assertIn("an auditor changes nothing", form.warning)

    def test_all_that_is_missing_is_said_at_once(self):
        wizard = self.env(user=self.user_administrator)["cloud.person.setup"].create(
            {"is_viewer": False, "company_ids": False}
        )
        with self.assertRaisesRegex(UserError, "(?s)full name.*new login.*one role.*one company"):
            wizard.action_confirm()

    def test_only_a_billing_administrator_who_may_edit_logins(self):
        admin_of_odoo = new_test_user(self.env, "erp", groups="base.group_user,base.group_erp_manager")
        with self.assertRaises(AccessError):
            self.set_up(user=admin_of_odoo, name="Nina", login="nina")
        self.user_administrator.sudo().group_ids -= self.env.ref("base.group_erp_manager")
        with self.assertRaisesRegex(AccessError, "may edit logins"):
            self.set_up(name="Nina", login="nina")


@tagged("post_install", "-at_install")
class TestAPersonIsSetUpInALiveCompany(BillingCase):
    protects_fields = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user_administrator.sudo().group_ids |= cls.env.ref("base.group_erp_manager")
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.acme = cls.make_customer("Acme")
        cls.group = cls.env["cloud.sharing.group"].create({"name": "Some", "customer_ids": [Command.set(cls.acme.ids)]})
        cls.set_company_state("live")

    def propose(self, **values):
        """The draft that the billing administrator's set-up ends with."""
        env = self.env(user=self.user_administrator)
        action = (
            env["cloud.person.setup"]
            .create({"company_ids": [Command.set(self.company.ids)], **values})
            .action_confirm()
        )
        self.assertEqual(action["res_model"], "cloud.change.proposal")
        return env["cloud.change.proposal"].browse(action["res_id"])

    def test_roles_and_sharing_groups_are_proposed_and_come_by_a_second_person(self):
        draft = self.propose(
            name="Nina New", login="nina", is_accountant=True, sharing_group_ids=[Command.set(self.group.ids)]
        )
        user = self.env["res.users"].search([("login", "=", "nina")])
        self.assertFalse(user.has_group("cloud_billing.group_accountant"))
        self.assertFalse(self.group.user_ids or user.cloud_person_id)
        self.assertEqual(set(draft.mapped("item_ids.field_name")), {"cloud_person_id", "user_ids", "group_ids"})
        draft.reason = "A new colleague"
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertTrue(user.has_group("cloud_billing.group_accountant"))
        self.assertEqual((self.group.user_ids, user.cloud_person_id.name), (user, "Nina New"))

    def test_nobody_makes_a_second_person_of_himself(self):
        with self.assertRaisesRegex(UserError, "nobody makes a second person of himself"):
            self.propose(name="Ada Again", user_id=self.user_administrator.id, is_approver=True)
