"""What an auditor adds is any stored field of any model of any add-on: whatever its kind, old and new are exact."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_record_tracking import TrackingCase


@tagged("post_install", "-at_install")
class TestAnyField(TrackingCase):
    def test_a_text_of_html_in_each_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.track("res.company", "invoice_terms_html")
        self.company.invoice_terms_html = "<p>Ten days</p>"
        self.assertEqual(self.get_changes(self.company)["invoice_terms_html"][1], "<p>Ten days</p>")
        self.env.flush_all()
        self.company.with_context(lang="nl_NL").invoice_terms_html = "<p>Tien dagen</p>"
        told = {change["label"][-7:]: change["new"] for change in self.get_events(self.company)[-1:].changes}
        self.assertEqual(told["(nl_NL)"], "<p>Tien dagen</p>", told)

    def test_properties_and_their_definition(self):
        self.track("product.template", "product_properties")
        self.track("product.category", "product_properties_definition")
        colour = {"name": "colour", "string": "Colour", "type": "char"}
        category = self.env["product.category"].create({"name": "Painted"})
        category.product_properties_definition = [colour]
        self.assertIn("Colour", self.get_changes(category)["product_properties_definition"][1])
        product = self.env["product.template"].create({"name": "Rack", "categ_id": category.id})
        product.product_properties = {"colour": "red"}
        self.assertIn("red", self.get_changes(product)["product_properties"][1])

    def test_amounts_to_the_last_digit(self):
        partner = self.env["res.partner"].create({"name": "Limited"})
        partner.with_company(self.company).credit_limit = 1234567.89
        change = self.get_events(partner)[-1:].changes[0]
        self.assertEqual((change["label"], change["new"]), (f"Credit Limit ({self.company.name})", "1234567.89"))
        meter = self.env["cloud.meter"].create({"name": "Disk", "code": "disk_exact", "unit": "GB"})
        plan = self.env["cloud.price.plan"].create({"name": "Plan", "company_id": self.company.id})
        version = self.env["cloud.price.plan.version"].create({"plan_id": plan.id, "date_start": "2030-01-01"})
        rule = self.env["cloud.price.rule"].create(
            {"version_id": version.id, "name": meter.name, "unit_price": "0.000000001234567890123"}
        )
        self.assertEqual(self.get_changes(rule, "created")["unit_price"][1], "0.000000001234567890123")

    def test_a_list_of_another_add_on(self):
        self.track("account.reconcile.model", "match_journal_ids")
        journal = self.env["account.journal"].search([("company_id", "=", self.company.id)], limit=1)
        model = self.env["account.reconcile.model"].create({"name": "Fees", "company_id": self.company.id})
        model.match_journal_ids = [Command.link(journal.id)]
        self.assertIn(f"(#{journal.id})", self.get_changes(model)["match_journal_ids"][1])

    def test_a_whole_model_of_another_add_on(self):
        self.track("res.bank")
        bank = self.env["res.bank"].create({"name": "Bank", "bic": "GEBABEBB"})
        bank.bic = "BBRUBEBB"
        self.assertEqual(self.get_changes(bank)["bic"], ("GEBABEBB", "BBRUBEBB"))


@tagged("post_install", "-at_install")
class TestWhoReads(TrackingCase):
    def test_a_right_that_somebody_gives_on_a_screen_opens_nothing(self):
        """An administrator writes a line of rights for everybody, and takes the rule of companies away."""
        self.events._record("settings", self.company, reason="for auditors")
        self.env["ir.model.access"].create(
            {
                "name": "everybody",
                "model_id": self.env["ir.model"]._get_id("cloud.audit.event"),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        events = self.events.with_user(self.user_viewer)
        for attempt in (
            lambda: events.search([]),
            lambda: events.search_count([]),
            lambda: events.formatted_read_group([], ["action"], ["__count"]),
            lambda: events.browse(self.events.search([], limit=1).id).read(["reason"]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertTrue(self.events.with_user(self.user_auditor).search([("reason", "=", "for auditors")]))
