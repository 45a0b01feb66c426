from odoo.exceptions import UserError
from odoo.tests import tagged

from .change_common import ChangeCase

REFUSED = "only with the approval of a second person"


@tagged("post_install", "-at_install")
class TestFieldAccessOfALiveCompany(ChangeCase):
    """Who sees costs, banks and personal data is changed by two people, on the screens there are."""

    def setUp(self):
        super().setUp()
        self.env = self.env(user=self.user_administrator)
        self.cost = self.env.ref("cloud_billing.field_class_cost")
        self.viewer = self.cost.level_ids.filtered(
            lambda level: level.group_id == self.env.ref("cloud_billing.group_viewer")
        )
        self.line = self.env["cloud.rated.line"]

    def assert_refused(self, act):
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            act()

    def sees_costs(self, user):
        line = self.line.with_user(user)
        return line._has_field_access(line._fields["cost_amount"], "read")

    def read_screen(self, records):
        """What the dialog shows, and the records as it saves them."""
        action = records.action_cloud_propose()
        records = records.with_context(**action["context"])
        view = action["views"][0][1]
        return records.get_views([(False, view)])["views"][view]["arch"], records

    def test_one_person_changes_none_of_it(self):
        item = self.cost.item_ids[0]
        values = {"class_id": self.cost.id, "group_id": self.env.ref("base.group_user").id, "level": "write"}
        field = self.env["ir.model.fields"]._get("res.partner", "phone")
        for act in (
            lambda: self.viewer.write({"level": "none"}),
            lambda: self.cost.write({"level_ids": [(1, self.viewer.id, {"level": "none"})]}),
            lambda: self.cost.write({"others_level": "none"}),
            lambda: self.cost.write({"active": False}),
            lambda: self.viewer.create(values),
            self.viewer.unlink,
            lambda: item.create({"class_id": self.cost.id, "field_id": field.id}),
            lambda: item.write({"class_id": self.env.ref("cloud_billing.field_class_bank").id}),
            lambda: self.cost.create({"name": "Another"}),
            self.cost.unlink,
        ):
            self.assert_refused(act)
        self.assertTrue(self.sees_costs(self.user_viewer))

    def test_a_level_is_proposed_on_its_screen_and_counts_when_it_is_approved(self):
        arch, level = self.read_screen(self.viewer)
        self.assertIn('name="level"', arch)
        level.web_save({"level": "none"}, {"level": {}})
        draft = self.proposals.with_user(self.user_administrator).browse(level.action_cloud_proposed()["res_id"])
        self.assertEqual(draft.item_ids.record_name, "Cost and Margin: Cloud Billing / Viewer")
        draft.reason = "Viewers need no costs"
        draft.action_submit()
        # Tried and rolled back: nobody lost or gained anything yet.
        self.assertTrue(self.sees_costs(self.user_viewer))
        self.vote(draft.request_id)
        self.assertEqual(draft.outcome, "applied")
        self.assertFalse(self.sees_costs(self.user_viewer))

    def test_several_levels_are_proposed_in_the_list(self):
        arch, levels = self.read_screen(self.cost.level_ids)
        self.assertIn('name="level"', arch)
        levels.web_save({"level": "none"}, {"level": {}})
        draft = self.proposals.with_user(self.user_administrator)._get_newest_draft()
        self.assertGreater(len(draft.item_ids), 1)

    def test_a_field_and_a_role_are_added_and_a_role_is_taken_out_by_a_request(self):
        phone = self.env["ir.model.fields"]._get("res.partner", "phone")
        group = self.env.ref("base.group_partner_manager")
        for kind, values in (
            ("cloud.field.item", {"class_id": self.cost.id, "field_id": phone.id}),
            ("cloud.field.level", {"class_id": self.cost.id, "group_id": group.id, "level": "write"}),
        ):
            wizard = self.env["cloud.change.creation"].create({"kind": kind})
            model = self.env[kind].with_context(**wizard.action_continue()["context"])
            arch = model.get_views([(False, "form")])["views"]["form"]["arch"]
            for name in values:
                self.assertIn(f'name="{name}"', arch)
            model.web_save(values, {"class_id": {}})
        draft = self.proposals.with_user(self.user_administrator).browse(
            self.viewer.action_cloud_propose_removal()["res_id"]
        )
        draft.action_submit()
        partner = self.partner.with_user(self.user_viewer)
        self.assertTrue(partner._has_field_access(partner._fields["phone"], "read"))
        self.vote(draft.request_id)
        self.assertEqual(draft.outcome, "applied")
        self.assertIn(phone, self.cost.item_ids.field_id)
        self.assertIn(group, self.cost.level_ids.group_id)
        self.assertFalse(self.viewer.exists())

    def test_the_form_of_a_class_leads_to_its_roles_and_fields(self):
        arch = self.cost.get_views([(False, "form")])["views"]["form"]["arch"]
        for name in ("cloud_field_level_action", "cloud_field_item_action"):
            self.assertIn(f'name="{self.env.ref(f"cloud_billing.{name}").id}"', arch)

    def test_what_is_proposed_of_a_field_counts_for_nobody_before_it_is_approved(self):
        """The server remembers what it has read while it tried: that is forgotten when the try is rolled back."""
        self.set_company_state("setup")
        self.viewer.level = "none"
        self.set_company_state("live")
        self.assertFalse(self.sees_costs(self.user_viewer))
        items = self.cost.item_ids.filtered(lambda item: item.model == self.line._name)
        draft = self.propose(
            items, {"class_id": self.env.ref("cloud_billing.field_class_bank").id}, self.user_administrator
        )
        draft.action_submit()
        self.env.invalidate_all()
        self.assertFalse(self.sees_costs(self.user_viewer))
        self.vote(draft.request_id)
        self.assertTrue(self.sees_costs(self.user_viewer))

    def test_their_order_on_the_screen_is_nobody_s_secret(self):
        self.cost.sequence = 99
        self.assertEqual(self.cost.sequence, 99)
