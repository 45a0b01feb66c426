import json

from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from ..models.access.role_lines import get_ladders
from .common import ROLES, CloudBillingCase


@tagged("post_install", "-at_install")
class TestLaddersOfRoles(TransactionCase):
    def test_each_step_implies_the_one_below_and_the_longest_ladder_comes_first(self):
        implied = {"clerk": {"reader"}, "reader": set(), "chief": {"clerk", "reader"}, "guest": {"reader"}}
        self.assertEqual(get_ladders([*implied], implied), [["reader", "clerk", "chief"], ["guest"]])

    def test_what_implies_two_that_are_apart_stands_on_one_ladder(self):
        implied = {"left": set(), "right": set(), "both": {"left", "right"}}
        self.assertEqual(get_ladders([*implied], implied), [["left", "both"], ["right"]])

    def test_roles_that_imply_nothing_stand_alone_in_their_order(self):
        self.assertEqual(get_ladders(["b", "a"], {"a": {"a"}, "b": {"b"}}), [["b"], ["a"]])

    def test_no_role_no_ladder(self):
        self.assertEqual(get_ladders([], {}), [])


@tagged("post_install", "-at_install")
class TestRolesOnTheScreenOfAUser(CloudBillingCase):
    LINES = [
        ("Cloud Billing", ["Viewer", "Operator", "Accountant", "Billing administrator"]),
        ("Price manager", ["Price manager"]),
        ("Approver", ["Approver"]),
        ("Auditor", ["Auditor"]),
        ("Integration user", ["Integration user"]),
    ]

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.privilege = cls.env.ref("cloud_billing.privilege_cloud_billing")

    def get_lines(self):
        """What the widget makes of our category: [(label, [role])], as its JavaScript reads it."""
        # The widget gets JSON, whose keys are texts.
        told = json.loads(json.dumps(self.env["res.groups"]._get_view_group_hierarchy()))
        privileges, groups = told["privileges"], told["groups"]
        category = next(one for one in told["categories"] if one["id"] == self.privilege.category_id.id)
        lines = [privileges[str(one)] for one in category["privilege_ids"]]
        for line in lines:
            self.assertEqual({groups[str(one)]["privilege_id"] for one in line["group_ids"]}, {line["id"]})
        return [(line["name"], [groups[str(one)]["name"] for one in line["group_ids"]]) for line in lines]

    def test_every_role_is_of_one_privilege(self):
        roles = self.env["res.groups"].union(*(self.env.ref(f"cloud_billing.group_{role}") for role in ROLES))
        self.assertEqual(self.privilege.group_ids, roles)
        others = self.env["res.groups.privilege"].search([("category_id", "=", self.privilege.category_id.id)])
        self.assertEqual(others, self.privilege)

    def test_a_ladder_and_a_line_for_each_role_that_stands_alone(self):
        self.assertEqual(self.get_lines(), self.LINES)

    def test_a_role_of_ones_own_takes_its_place_by_what_it_implies(self):
        groups = self.env["res.groups"].create(
            [
                {
                    "name": "Chief accountant",
                    "privilege_id": self.privilege.id,
                    "sequence": 35,
                    "implied_ids": [Command.link(self.env.ref("cloud_billing.group_accountant").id)],
                },
                {"name": "Guest", "privilege_id": self.privilege.id, "sequence": 90},
            ]
        )
        alone = [("Chief accountant", ["Chief accountant"]), ("Guest", ["Guest"])]
        self.assertCountEqual(self.get_lines(), [*self.LINES, *alone])
        self.env.ref("cloud_billing.group_administrator").implied_ids |= groups[0]
        ladder = ["Viewer", "Operator", "Accountant", "Chief accountant", "Billing administrator"]
        self.assertCountEqual(self.get_lines(), [("Cloud Billing", ladder), *self.LINES[1:], alone[1]])

    def test_the_lines_of_others_are_as_odoo_tells_them(self):
        told = self.env["res.groups"]._get_view_group_hierarchy()
        group = self.env.ref("account.group_account_manager")
        other = told["privileges"][group.privilege_id.id]
        self.assertIn(group.id, other["group_ids"])
        self.assertEqual(told["groups"][group.id]["privilege_id"], other["id"])

    def test_names_are_in_the_language_of_who_looks(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        approver = self.env.ref("cloud_billing.group_approver")
        approver.with_context(lang="fr_FR").name = "Approbateur"
        told = self.env["res.groups"].with_context(lang="fr_FR")._get_view_group_hierarchy()
        self.assertEqual(told["groups"][approver.id]["name"], "Approbateur")
        self.assertIn("Approbateur", [one["name"] for one in told["privileges"].values()])
        self.assertEqual(self.get_lines(), self.LINES)
