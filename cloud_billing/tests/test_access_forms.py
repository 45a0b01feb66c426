"""A form tells nothing of what its person could not open; and what a contact owes is what one sees of it."""

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from .access_common import OWNERS, MonthOfTwoCase, get_own_models, make_member

RULES = "odoo.addons.base.models.ir_rule"
CHOSEN = (*OWNERS, "cloud.bill.run", "cloud.usage.stream", "account.move")


@tagged("post_install", "-at_install")
class TestAFormTellsNothingOfOthers(MonthOfTwoCase):
    """Acme's account manager types numbers of what is Bolt's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestAFormTellsNothingOfOthers.begin)

    def begin(self):
        self.acme_move, self.bolt_move = self.bill_march()
        make_member(self.viewer)
        self.viewer.group_ids |= self.env.ref("cloud_billing.group_administrator")
        self.share(self.viewer, customer_ids=self.acme)
        self.env.flush_all()

    def as_viewer(self, model):
        return self.env[model].with_user(self.viewer)

    def assert_untold(self, records, values, **context):
        spec = {name: {} for name, field in records._fields.items() if field.type in ("char", "date", "monetary")}
        with self.assertRaises(AccessError), mute_logger(RULES), self.cr.savepoint():
            records.with_context(**context).onchange(values, list(values), spec)

    def find_foreign(self, *types):
        """(model as the viewer, field of one of the types, a record that it may not choose), of each of our forms."""
        for model in get_own_models(self.env):
            seen = model.with_user(self.viewer)
            if not seen.has_access("create"):
                continue
            for name, field in model._fields.items():
                if field.type not in types or field.comodel_name not in CHOSEN:
                    continue
                chosen = self.as_viewer(field.comodel_name)
                foreign = (chosen.sudo().search([]) - chosen.search([]).sudo())[:1]
                if foreign and chosen.has_access("read"):
                    yield seen, name, foreign

    def test_by_no_link_of_no_form(self):
        tried = 0
        for seen, name, foreign in self.find_foreign("many2one"):
            with self.subTest(model=seen._name, field=name):
                self.assert_untold(seen, {name: foreign.id})
                self.assert_untold(seen, {}, **{f"default_{name}": foreign.id})
                tried += 1
        self.assertGreater(tried, 30)

    def test_nor_by_any_list_of_a_form(self):
        """A line that is linked, put in place of all others, or changed is chosen as by its own form."""
        tried = 0
        for seen, name, foreign in self.find_foreign("one2many", "many2many"):
            for command in (Command.link(foreign.id), Command.set(foreign.ids), Command.update(foreign.id, {})):
                with self.subTest(model=seen._name, field=name, command=command[0]):
                    self.assert_untold(seen, {name: [command]})
            tried += 1
        self.assertGreater(tried, 10)

    def test_nor_by_what_lines_and_forms_are_filled_in_with(self):
        """By the context, for a new line; by a default of one's own, for a form."""
        line = [0, "virtual_1", {"product_id": self.disk.id}]
        version = self.version.with_user(self.viewer)
        self.assert_untold(version, {"rule_ids": [line]}, default_customer_id=self.bolt.id)
        self.env["ir.default"].with_user(self.viewer).set("cloud.write.off", "move_id", self.bolt_move.id, user_id=True)
        self.assert_untold(self.as_viewer("cloud.write.off"), {})

    def test_nor_by_a_line_of_a_form(self):
        rule = {"product_id": self.disk.id, "customer_id": self.bolt.id}
        for command in ([0, "virtual_1", rule], Command.update(self.version.rule_ids[:1].id, rule)):
            self.assert_untold(self.version.with_user(self.viewer), {"rule_ids": [command]})

    def test_nor_by_the_form_around_a_line(self):
        lines = self.as_viewer("cloud.subscription.line")
        self.assert_untold(lines, {"subscription_id": {"customer_id": self.bolt.id}})
        told = lines.onchange(
            {"subscription_id": {"customer_id": self.acme.id}}, ["subscription_id"], {"customer_id": {"fields": {}}}
        )
        self.assertEqual(told["value"]["customer_id"]["id"], self.acme.id)

    @property
    def version(self):
        return self.env["cloud.price.plan.version"].search([("plan_id", "=", self.plan.id)], limit=1)

    def test_nor_to_somebody_of_another_company(self):
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        stranger = self.user_accountant
        stranger.sudo().write({"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id})
        writing_off = self.env["cloud.write.off"].with_user(stranger).with_context(allowed_company_ids=elsewhere.ids)
        self.assert_untold(writing_off, {"move_id": self.bolt_move.id})
        orders = self.env["cloud.customer.order"].with_user(stranger).with_context(allowed_company_ids=elsewhere.ids)
        foreign = self.bolt_subscription
        for command in (Command.link(foreign.id), Command.set(foreign.ids), Command.update(foreign.id, {})):
            self.assert_untold(orders, {"subscription_ids": [command]})

    def test_ones_own_is_told_as_ever(self):
        told = self.as_viewer("cloud.write.off").onchange(
            {"move_id": self.acme_move.id}, ["move_id"], {"amount": {}, "customer_id": {"fields": {"display_name": {}}}}
        )
        self.assertEqual(told["value"]["customer_id"]["id"], self.acme.id)

    def test_what_a_contact_owes_is_what_is_seen_of_it(self):
        # 100 GB at 0.10; 70 GB at 0.10, and support for 5 a month three times.
        for user, acme, bolt in ((self.user_accountant, 10, 22), (self.viewer, 10, 0)):
            with self.subTest(user=user.login):
                self.env.invalidate_all()
                credit = [one.partner_id.with_user(user).credit for one in (self.acme, self.bolt)]
                self.assertEqual(credit, [acme, bolt])
        partners = self.env["res.partner"]
        self.assertIn(self.bolt.partner_id, partners.with_user(self.user_accountant).search([("credit", ">", 20)]))
        with self.assertRaises(AccessError):
            partners.with_user(self.viewer).search([("credit", ">", 20)])
