"""What people do with the rest of Odoo while a company is live: a refusal there would stop work that bills nothing."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_live_ways import LiveCase

KNOWN = "AT483200000012345864"


@tagged("post_install", "-at_install")
class TestContactsThatAreMerged(LiveCase):
    def merge(self, kept, *others):
        partners = kept.browse([kept.id, *(other.id for other in others)])
        self.env["base.partner.merge.automatic.wizard"]._merge(partners.ids, kept)

    def test_a_double_without_tax_data_goes_up_in_its_customer(self):
        double = self.env["res.partner"].create({"name": "Acme BV", "phone": "+31 15 123"})
        self.merge(self.partner, double)
        self.assertFalse(double.exists())
        self.assertEqual(
            (self.partner.vat, self.partner.property_account_position_id, self.partner.phone),
            ("NL123456782B90", self.position, "+31 15 123"),
        )

    def test_so_does_one_with_another_number_and_the_same_account(self):
        double = self.env["res.partner"].create({"name": "Acme BV", "vat": "BE0477472701"})
        self.env["res.partner.bank"].create({"acc_number": KNOWN, "partner_id": double.id})
        self.merge(self.partner, double)
        self.assertEqual((self.partner.vat, self.partner.bank_ids), ("NL123456782B90", self.bank))

    def test_a_customer_does_not_get_what_the_double_says(self):
        bare = self.make_customer("Bare").partner_id
        for vals in ({"vat": "BE0477472701"}, {"property_account_position_id": self.position.id}):
            double = self.env["res.partner"].create({"name": "Bare", **vals})
            with self.subTest(vals), self.assertRaisesRegex(UserError, "approval of a second person"):
                self.merge(bare, double)
            with self.subTest(vals, kept="the double"), self.assertRaisesRegex(UserError, "approval of a second"):
                self.merge(double, bare)


@tagged("post_install", "-at_install")
class TestCostCentres(LiveCase):
    def test_plans_go_below_another_one_come_up_again_and_are_deleted(self):
        self.user_accountant.sudo().group_ids |= self.env.ref("analytic.group_analytic_accounting")
        plans = self.env["account.analytic.plan"].with_user(self.user_accountant)
        above, moved = plans.create([{"name": "Departments"}, {"name": "Regions"}])
        below = plans.create({"name": "Sales", "parent_id": above.id})
        self.assertIn(below._hierarchy_name()[1], self.env["account.analytic.line"]._fields)
        moved.parent_id = above
        moved.parent_id = False
        self.assertIn(moved._column_name(), self.env["account.analytic.line"]._fields)
        column = moved._column_name()
        (below | moved).unlink()
        self.assertNotIn(column, self.env["account.analytic.line"]._fields)

    def test_a_field_that_only_calls_itself_so_waits_for_two_people(self):
        model = self.env["ir.model"]._get("account.analytic.line")
        vals = {"model_id": model.id, "state": "manual", "field_description": "Level", "ttype": "many2one"}
        path = {"relation": "res.partner", "related": "partner_id.parent_id"}
        with self.assertRaisesRegex(UserError, "approval of a second person"):
            self.env["ir.model.fields"].create({**vals, **path, "name": "x_account_id_1", "store": False})


@tagged("post_install", "-at_install")
class TestLogins(LiveCase):
    def test_a_contact_of_a_customer_is_let_into_the_portal_and_signs_up_by_the_link(self):
        contacts = self.env["res.partner"].create(
            [{"name": name, "email": f"{name}@example.com", "parent_id": self.partner.id} for name in ("ann", "sue")]
        )
        wizard = self.env["portal.wizard"].with_context(active_ids=contacts[0].ids).create({})
        wizard.user_ids.action_grant_access()
        wizard.user_ids.action_revoke_access()
        wizard.user_ids.action_grant_access()
        self.assertTrue(contacts[0].user_ids._is_portal())
        contacts[1].signup_prepare()
        vals = {"login": "sue@example.com", "name": "sue", "password": "long enough 1"}
        self.env["res.users"].sudo().signup(vals, contacts[1]._generate_signup_token())
        self.assertEqual(contacts[1].user_ids.login, "sue@example.com")
