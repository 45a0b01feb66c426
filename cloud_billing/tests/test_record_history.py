import ast
from pathlib import Path

from lxml import etree
from odoo.tests import tagged

from ..models.record.tracked_fields import TELLING
from .change_common import ChangeCase
from .common import ROLES
from .test_record_tracking import TrackingCase

MODELS = Path(__file__).parents[1] / "models"
# What is written down here is about a record of another kind, or of none that has a form.
ABOUT_OTHERS = {
    "base", "cloud.proof", "cloud.usage.file", "cloud.usage.matcher", "cloud.usage.record", "cloud.usage.reject",
    "cloud.field.setting.mixin", "cloud.protected.mixin", "res.device", "res.users.apikeys",
}  # fmt: skip
# Whose history people ask for; the rest is worked out from the registry.
ASKED_FOR = {
    "res.partner", "res.partner.bank", "res.users", "res.company", "account.tax", "account.account", "account.journal",
    "account.fiscal.position", "account.move", "product.template", "product.product", "product.category", "uom.uom",
    "cloud.price.plan", "cloud.price.plan.version", "cloud.contract.rate", "cloud.rate.class", "cloud.meter",
    "cloud.customer", "cloud.subscription", "cloud.connector", "cloud.usage.source", "cloud.brand", "cloud.bill",
    "cloud.bill.run", "cloud.person", "cloud.sharing.group", "cloud.field.class", "cloud.approval.policy",
    "cloud.protected.field", "cloud.change.request", "cloud.change.proposal", "cloud.standing.approval",
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestHistoryButtons(TrackingCase):
    def get_buttons(self, model, user):
        arch = etree.fromstring(self.env[model].with_user(user).get_view(view_type="form")["arch"])
        # Of a form within a field the web client shows none.
        return arch.xpath("//div[@name='button_box'][not(ancestor::field)]//button[@string='History']")

    def get_models_with_history(self):
        return [name for name in self.env if self.env[name]._has_history()]

    def test_every_form_of_what_has_a_history_has_one_button(self):
        names = self.get_models_with_history()
        self.assertFalse(ASKED_FOR - set(names))
        action = str(self.env.ref("cloud_billing.cloud_audit_history_action").id)
        for name in names:
            if not self.env[name].with_user(self.user_auditor).has_access("read"):
                # What only whoever administers Odoo itself opens.
                self.assertTrue(name.startswith("ir."), name)
                continue
            with self.subTest(name):
                buttons = self.get_buttons(name, self.user_auditor)
                self.assertEqual([(one.get("name"), one.get("string")) for one in buttons], [(action, "History")])

    def test_auditors_read_what_people_ask_the_history_of(self):
        for name in sorted(ASKED_FOR):
            self.assertTrue(self.env[name].with_user(self.user_auditor).has_access("read"), name)

    def test_nobody_else_has_the_button(self):
        for role in set(ROLES) - {"auditor"}:
            user = getattr(self, f"user_{role}")
            for name in sorted(ASKED_FOR):
                if self.env[name].with_user(user).has_access("read"):
                    self.assertFalse(self.get_buttons(name, user), (role, name))

    def test_what_is_tracked_or_protected_has_a_history(self):
        names = set(self.get_models_with_history())
        tracked = {name for name in self.env["cloud.audit.tracker"]._get_tracked() if self.env[name]._auto}
        protected = {name for name in self.env["cloud.protected.field"]._get_map() if self.env[name]._auto}
        self.assertGreater(len(protected), 30)
        self.assertFalse((tracked | protected) - names)
        self.assertFalse(TELLING - names)

    def test_what_tells_of_itself_has_a_history(self):
        told = set()
        for path in MODELS.rglob("*.py"):
            for model in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(model, ast.ClassDef) and self.tells(model):
                    told.add(self.get_name(model))
        self.assertGreater(len(told), 30)
        self.assertFalse({name for name in told - ABOUT_OTHERS if not self.env[name]._has_history()})

    def tells(self, model):
        """Whether a method of the class puts an event about records on the record."""
        return any(
            isinstance(node, ast.Call)
            and ast.unparse(node.func).endswith("env['cloud.audit.event']._record")
            and len(node.args) > 1
            for node in ast.walk(model)
        )

    def get_name(self, model):
        values = {
            node.targets[0].id: node.value.value
            for node in model.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }
        return values.get("_name") or values["_inherit"]

    def test_a_model_that_an_auditor_adds_gets_the_button_at_once(self):
        self.assertFalse(self.get_buttons("res.partner.industry", self.user_auditor))
        self.track("res.partner.industry")
        self.assertEqual(len(self.get_buttons("res.partner.industry", self.user_auditor)), 1)

    def test_a_wizard_has_none(self):
        self.assertFalse(self.env["cloud.evidence.pack"]._has_history())


@tagged("post_install", "-at_install")
class TestHistoryOfARecord(TrackingCase):
    def find(self, record):
        self.env.flush_all()
        return self.events.with_user(self.user_auditor).search([("timeline_of", "in", [record._name, record.id])])

    def test_the_history_of_a_variant_has_its_product(self):
        product = self.env["product.product"].create({"name": "Disk"})
        product.product_tmpl_id.list_price = 3
        found = self.find(product)
        self.assertIn(("product.template", product.product_tmpl_id.id), {(one.res_model, one.res_id) for one in found})


@tagged("post_install", "-at_install")
class TestHistoryOfARequest(ChangeCase):
    def test_it_has_what_it_brought_about(self):
        request = self.submit(self.template, {"cloud_timing": "advance"}, reason="As agreed with Acme")
        self.vote(request)
        self.env.flush_all()
        events = self.env["cloud.audit.event"].with_user(self.user_auditor)
        found = events.search([("timeline_of", "in", [request._name, request.id])])
        changed = found.filtered(lambda event: event.res_model == "product.template")
        # Billing Timing: In arrears → In advance, by this request.
        self.assertIn(("cloud_timing", "In advance"), [(one["field"], one["new"]) for one in changed.changes])
        self.assertLessEqual({"submitted", "approved", "applied"}, set(found.mapped("action")))
