from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import new_test_user, tagged

from ..models.control.cloud_protected_mixin import TOKEN
from ..models.protection import agreed_writes
from .change_common import ChangeCase

REFUSED = "only with the approval of a second person"


@tagged("post_install", "-at_install")
class TestWaysIn(ChangeCase):
    """No way in writes a protected value of a live company."""

    def assert_refused(self):
        return self.assertRaisesRegex(UserError, REFUSED)

    def test_not_by_the_orm(self):
        with self.assert_refused():
            self.template.with_user(self.user_price_manager).cloud_timing = "advance"
        self.assertEqual(self.template.cloud_timing, "arrears")

    def test_not_with_sudo_and_not_as_superuser(self):
        with self.assert_refused():
            self.template.with_user(self.user_viewer).sudo().write({"cloud_timing": "advance"})
        with self.assert_refused():
            self.template.with_user(SUPERUSER_ID).write({"cloud_timing": "advance"})

    def test_not_by_the_product_that_the_template_is_behind(self):
        with self.assert_refused():
            self.product.cloud_timing = "advance"

    def test_not_by_a_call_from_outside(self):
        with self.assert_refused():
            call_kw(
                self.template.with_user(self.user_price_manager),
                "write",
                [self.template.ids, {"cloud_timing": "advance"}],
                {},
            )

    def test_not_by_a_call_of_what_stands_below_the_guard(self):
        """Code on the server reaches it, as it reaches SQL; no call from outside does."""
        values = {"cloud_timing": "advance"}
        for method, arguments in (
            ("_write", [values]),
            ("_write_multi", [[values]]),
            ("_update_field_translations", ["name", {"en_US": "Support"}]),
        ):
            with self.subTest(method), self.assertRaises(AccessError):
                call_kw(self.template, method, [self.template.ids, *arguments], {})

    def test_not_by_the_web_client(self):
        with self.assert_refused():
            self.template.with_user(self.user_price_manager).web_save({"cloud_timing": "advance"}, {})
        with self.assert_refused():
            self.template.with_user(self.user_price_manager).web_save_multi([{"cloud_timing": "advance"}], {})

    def test_not_by_an_import(self):
        self.env["ir.model.data"].create(
            {"module": "test", "name": "support", "model": "product.template", "res_id": self.template.id}
        )
        result = self.env["product.template"].load(["id", "cloud_timing"], [["test.support", "advance"]])
        self.assertIn(REFUSED, result["messages"][0]["message"])
        self.assertEqual(self.template.cloud_timing, "arrears")

    def test_not_by_a_server_action_or_a_scheduled_one(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Change",
                "model_id": self.env["ir.model"]._get_id("product.template"),
                "state": "code",
                "code": f"model.browse({self.template.id}).sudo().write({{'cloud_timing': 'advance'}})",
            }
        )
        with self.assert_refused():
            action.with_user(SUPERUSER_ID).run()
        cron = self.env["ir.cron"].create(
            {
                "name": "Change",
                "model_id": self.env["ir.model"]._get_id("product.template"),
                "state": "code",
                "code": f"model.browse({self.template.id}).write({{'cloud_timing': 'advance'}})",
                "interval_type": "days",
            }
        )
        with self.assert_refused():
            cron.ir_actions_server_id.with_user(SUPERUSER_ID).run()

    def test_not_by_a_key_in_the_context(self):
        for key in ("cloud_propose_view_ref", "install_mode", "token", "TOKEN", "module"):
            with self.assert_refused():
                self.template.with_context(**{key: True}).write({"cloud_timing": "advance"})

    def test_not_by_translating_it(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env["mail.template"].create(
            {"name": "Ours", "model_id": self.env["ir.model"]._get_id("account.move")}
        )
        template.invalidate_recordset()
        for lang in ("fr_FR", "en_US"):
            with self.assert_refused():
                template.update_field_translations("subject", {lang: "Pay to another account"})
        template.update_field_translations("name", {"fr_FR": "La notre"})
        self.set_company_state("solo")
        template.update_field_translations("subject", {"fr_FR": "Facture"})
        event = self.get_events(template, "approved_alone")
        self.assertEqual((event.detail["old"], event.detail["new"]), ({"subject": ""}, {"subject": "Facture"}))

    def test_not_by_what_the_field_falls_back_to(self):
        """For every contact without a fiscal position of its own."""
        position = self.env["account.fiscal.position"].search([("company_id", "=", self.company.id)], limit=1)
        defaults, place = self.env["ir.default"], ("res.partner", "property_account_position_id")
        for company in (False, self.company.id):
            with self.assert_refused():
                defaults.set(*place, position.id, company_id=company)
        # Of one's own, of another field and of another company it is Odoo's business.
        defaults.with_user(self.user_viewer).set(*place, position.id, user_id=True)
        defaults.set("res.partner", "property_payment_term_id", False)
        defaults.set(*place, False, company_id=self.env["res.company"].create({"name": "Set Up"}).id)
        mine = defaults.search([("field_id.name", "=", place[1]), ("user_id", "=", self.user_viewer.id)])
        with self.assert_refused():
            mine.user_id = False
        with self.assert_refused():
            mine.field_id = self.env["ir.model.fields"]._get("product.category", "property_account_income_categ_id")
        mine.json_value = "false"
        self.set_company_state("setup")
        defaults.set(*place, position.id, company_id=self.company.id)
        self.user_administrator.group_ids |= self.env.ref("base.group_system")
        self.set_company_state("live")
        everybodys = defaults.search([("field_id.name", "=", place[1]), ("company_id", "=", self.company.id)])
        with self.assert_refused():
            everybodys.json_value = "false"
        with self.assert_refused():
            everybodys.unlink()
        self.vote(self.submit(everybodys, {"json_value": "false"}, self.user_administrator))
        self.assertEqual(everybodys.json_value, "false")

    def test_not_by_merging_a_customer_with_another_contact(self):
        merge = self.env["base.partner.merge.automatic.wizard"]._merge
        other = self.env["res.partner"].create({"name": "Acme", "vat": "ATU12345675"})
        with self.assert_refused():
            merge((self.partner | other).ids, self.partner)
        other.vat = False
        other.bank_ids = [Command.create({"acc_number": "AT61 1904 3002 3457 3201"})]
        with self.assert_refused():
            merge((self.partner | other).ids, self.partner)
        same = self.env["res.partner"].create({"name": "Acme"})
        merge((self.partner | same).ids, self.partner)
        self.assertFalse(same.exists())

    def test_not_by_archiving_the_company(self):
        self.cr.execute("UPDATE res_company SET active = FALSE WHERE id = %s", [self.company.id])
        self.env.invalidate_all()
        with self.assert_refused():
            self.template.cloud_timing = "advance"
        approver = self.env.ref("cloud_billing.group_approver")
        with self.assert_refused():
            self.user_price_manager.group_ids = [Command.link(approver.id)]
        with self.assert_refused():
            approver.user_ids = [Command.link(self.user_price_manager.id)]

    def test_not_by_a_list_on_another_record(self):
        with self.assert_refused():
            self.partner.write({"bank_ids": [Command.update(self.bank.id, {"acc_number": "AT61 1904 3002 3457 3201"})]})

    def test_the_gate_opens_with_the_token_only_and_for_what_was_agreed(self):
        keys = [("product.template", self.template.id, "cloud_timing")]
        with self.assertRaisesRegex(UserError, "that was agreed"), agreed_writes.opened(self.env, keys, object()):
            pass
        with agreed_writes.opened(self.env, keys, TOKEN):
            self.template.cloud_timing = "advance"
            with self.assert_refused():
                self.other_template.cloud_timing = "advance"
            with self.assert_refused():
                self.template.cloud_unused = "nothing"
        with self.assert_refused():
            self.template.cloud_timing = "arrears"

    def test_the_same_value_again_is_no_change(self):
        self.template.write({"cloud_timing": "arrears", "taxes_id": [Command.set(self.template.taxes_id.ids)]})

    def test_what_is_not_listed_is_free(self):
        self.template.with_user(self.user_price_manager).sudo().name = "Support, gold"
        self.partner.email = "office@acme.example"


@tagged("post_install", "-at_install")
class TestWhatIsProtected(ChangeCase):
    def assert_protected(self, record, vals):
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            record.write(vals)

    def test_bank_and_tax_data_of_customers(self):
        self.assert_protected(self.partner, {"vat": "ATU12345675"})
        self.assert_protected(self.bank, {"acc_number": "AT61 1904 3002 3457 3201"})
        with self.assertRaisesRegex(UserError, REFUSED):
            self.bank.unlink()
        with self.assertRaisesRegex(UserError, REFUSED):
            self.bank.copy({"acc_number": "AT61 1904 3002 3457 3201"})

    def test_who_is_refused_is_told_where_it_is_proposed(self):
        with self.assertRaisesRegex(UserError, f"changed {REFUSED}. Use Propose a Change."):
            self.partner.vat = "ATU12345675"
        with self.assertRaisesRegex(UserError, f"made {REFUSED}.*Propose a New Record"):
            self.bank.copy({"acc_number": "AT61 1904 3002 3457 3201"})
        with self.assertRaisesRegex(UserError, f"deleted {REFUSED}.*Propose to Delete It"):
            self.env["cloud.field.level"].search([], limit=1).unlink()

    def test_contacts_follow_what_was_agreed_for_their_company(self):
        contact = self.env["res.partner"].create({"name": "Cleo", "parent_id": self.partner.id})
        self.assert_protected(contact, {"vat": "ATU12345675"})
        request = self.submit(self.partner, {"vat": "ATU12345675"}, self.user_accountant)
        self.vote(request)
        self.assertEqual((request.state, self.partner.vat, contact.vat), ("applied", "ATU12345675", "ATU12345675"))
        self.assert_protected(contact, {"vat": False})

    def test_a_payment_from_an_account_that_is_not_known_is_taken_without_it(self):
        vals = {
            "journal_id": self.company_data["default_journal_bank"].id,
            "payment_ref": "Paid",
            "amount": 10,
            "date": "2026-03-01",
        }
        lines = self.env["account.bank.statement.line"].create(
            [
                {**vals, "partner_id": self.partner.id, "account_number": "AT611904300234573201"},
                {**vals, "partner_id": self.partner.id, "account_number": self.bank.acc_number},
                {**vals, "partner_id": self.partner_a.id, "account_number": "AT611904300234573201"},
            ]
        )
        accounts = [line._find_or_create_bank_account() for line in lines]
        self.assertEqual((accounts[0], accounts[1]), (self.bank.browse(), self.bank))
        self.assertEqual(accounts[2].partner_id, self.partner_a)

    def test_not_those_of_others(self):
        partner = self.env["res.partner"].create({"name": "A supplier", "vat": "ATU12345675"})
        partner.vat = False
        self.env["res.partner.bank"].create(
            {"acc_number": "AT61 1904 3002 3457 3201", "partner_id": partner.id}
        ).unlink()

    def test_a_product_that_nobody_has_is_free(self):
        product = self.make_product("New", "recurring")
        product.cloud_timing = "advance"
        self.assertEqual(product.cloud_timing, "advance")

    def test_taxes_and_fiscal_positions(self):
        tax = self.company_data["default_tax_sale"].copy({"name": "Another one"})
        tax.amount = 21
        self.set_company_state("setup")
        self.template.taxes_id = tax
        self.set_company_state("live")
        self.assert_protected(tax, {"amount": 19})
        self.assert_protected(tax.invoice_repartition_line_ids[0], {"factor_percent": 50})
        with self.assertRaisesRegex(UserError, REFUSED):
            self.env["account.fiscal.position"].create({"name": "Abroad", "company_id": self.company.id})

    def test_rates_of_currencies_by_hand(self):
        with self.assertRaisesRegex(UserError, REFUSED):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": self.env.ref("base.CHF").id,
                    "rate": 1.1,
                    "company_id": self.company.id,
                    "name": "2026-01-05",
                }
            )

    def test_income_accounts(self):
        account = self.company_data["default_account_revenue"].copy({"code": "400999"})
        self.assert_protected(self.template.with_company(self.company), {"property_account_income_id": account.id})
        self.assert_protected(self.categ.with_company(self.company), {"property_account_income_categ_id": account.id})

    def test_units_and_what_they_are_reckoned_in(self):
        self.set_company_state("setup")
        dozen = self.env.ref("uom.product_uom_dozen")
        self.template.uom_id = dozen
        self.set_company_state("live")
        self.assert_protected(dozen, {"relative_factor": 13})

    def test_fields_and_models_that_an_administrator_makes(self):
        with self.assertRaisesRegex(UserError, REFUSED):
            self.env["ir.model"].create({"name": "Mine", "model": "x_mine"})
        with self.assertRaisesRegex(UserError, REFUSED):
            self.env["ir.model.fields"].create(
                {"model_id": self.env["ir.model"]._get_id("res.partner"), "name": "x_mine", "ttype": "char"}
            )

    def test_what_a_field_that_an_administrator_made_says(self):
        partner = self.env["ir.model"]._get_id("res.partner")
        # By SQL: a field that the ORM makes stays in the registry of the other tests.
        self.env.cr.execute(
            """
            INSERT INTO ir_model_fields (name, model, model_id, ttype, state, field_description, store)
            VALUES ('x_mine', 'res.partner', %s, 'integer', 'manual', '{"en_US": "Mine"}', false)
         RETURNING id
            """,
            [partner],
        )
        mine = self.env["ir.model.fields"].browse(self.env.cr.fetchone()[0])
        self.assert_protected(mine, {"compute": "for record in self: record['x_mine'] = 1"})
        self.assert_protected(mine, {"related": "color"})

    def test_invoice_templates_and_limits(self):
        template = self.env["mail.template"].create(
            {"name": "Ours", "model_id": self.env["ir.model"]._get_id("account.move")}
        )
        self.assert_protected(template, {"subject": "Pay to another account"})
        self.assert_protected(self.company, {"cloud_credit_limit": "1000000"})

    def test_what_invoices_are_printed_with(self):
        """The template, what it is made of and its layout; by whatever way into the text of a view."""
        document = self.env.ref("account.report_invoice_document")
        other = "<t t-name='x'><p>Pay to another account</p></t>"
        for name in ("arch", "arch_db", "arch_base"):
            self.assert_protected(document, {name: other})
        for vals in ({"arch_fs": "base/x.xml"}, {"priority": 1}, {"active": False}, {"key": "x.gone"}):
            self.assert_protected(document, vals)
        for called in ("account.document_tax_totals", "web.external_layout_standard", "web.address_layout"):
            self.assert_protected(self.env.ref(called), {"arch": other})
        self.assert_protected(self.env.ref("cloud_billing.cloud_indexation_letter"), {"arch": other})
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            document._update_field_translations("arch_db", {"en_US": {"Invoice": "Pay to another account"}})

    def test_what_would_be_printed_in_its_place_or_with_it(self):
        views = self.env["ir.ui.view"]
        document = self.env.ref("account.report_invoice_document")
        arch = "<xpath expr='//div' position='inside'><p>Pay to another account</p></xpath>"
        extending = {"name": "More", "type": "qweb", "inherit_id": document.id, "arch": arch}
        second = {"name": "Second", "type": "qweb", "key": document.key, "priority": 1, "arch": "<p/>"}
        for vals in (extending, second):
            with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
                views.create(vals)
        page = views.create({"name": "A page", "type": "qweb", "key": "x.page", "arch": "<div><p/></div>"})
        page.arch = "<div><b/></div>"
        self.assert_protected(page, {"key": document.key})
        self.assert_protected(page, {"inherit_id": document.id})
        self.set_company_state("setup")
        extending = views.create(extending)
        self.set_company_state("live")
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            extending.unlink()
        self.assert_protected(extending, {"active": False})

    def test_the_dialog_of_the_document_layout_says_where_it_is_proposed(self):
        footer = "<p>Pay to another account</p>"
        with self.assertRaisesRegex(UserError, "is live, and .*Settings, Settings, Propose Other Values"):
            self.env["base.document.layout"].create({"company_id": self.company.id, "report_footer": footer})
        action = self.env["cloud.settings"].with_user(self.user_administrator).create({}).action_cloud_propose_limits()
        company = self.env["res.company"].with_user(self.user_administrator).with_context(**action["context"])
        form = company.get_view(view_type="form")["arch"]
        for name in ("external_report_layout_id", "report_footer", "company_details"):
            self.assertIn(f'name="{name}"', form)

    def test_which_template_a_report_prints_and_the_text_of_the_layout(self):
        report = self.env.ref("account.account_invoices")
        self.assert_protected(report, {"report_name": "x.page"})
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            report.copy()
        other = self.env["ir.actions.report"].create(
            {"name": "Labels", "model": "res.partner", "report_name": "x.page", "report_type": "qweb-pdf"}
        )
        other.report_name = "x.other"
        self.assert_protected(other, {"model": "account.move"})
        self.assert_protected(self.company, {"report_footer": "<p>Pay to another account</p>"})

    def test_a_template_is_changed_by_a_request(self):
        document = self.env.ref("account.report_invoice_document")
        user = self.user_administrator
        user.sudo().group_ids = [Command.link(self.env.ref("base.group_system").id)]
        arch = document.arch_db.replace("<t ", "<t data-note='agreed' ", 1)
        request = self.submit(document, {"arch_db": arch}, user)
        self.vote(request)
        self.assertIn("agreed", document.arch_db)

    def test_roles_from_either_side_and_at_a_new_login(self):
        approver = self.env.ref("cloud_billing.group_approver")
        self.assert_protected(self.user_price_manager, {"group_ids": [Command.link(approver.id)]})
        self.assert_protected(approver, {"user_ids": [Command.link(self.user_price_manager.id)]})
        group = self.env["res.groups"].create(
            {"name": "Harmless", "user_ids": [Command.link(self.user_price_manager.id)]}
        )
        self.assert_protected(group, {"implied_ids": [Command.link(approver.id)]})
        self.assert_protected(approver, {"implied_by_ids": [Command.link(group.id)]})
        with self.assertRaisesRegex(UserError, f"made {REFUSED}.*Set Up a Person"):
            self.env["res.users"].create(
                {
                    "name": "Eve",
                    "login": "eve",
                    "group_ids": [Command.link(approver.id)],
                    "company_ids": [Command.set(self.company.ids)],
                    "company_id": self.company.id,
                }
            )
        # An empty list of commands takes nobody out of a company, and no value takes all roles.
        role = [Command.link(approver.id)]
        self.assert_protected(self.user_price_manager, {"group_ids": role, "company_ids": []})
        self.assert_protected(self.user_price_manager, {"group_ids": False})
        # Groups that are no roles of ours are Odoo's business.
        self.user_price_manager.group_ids = [Command.link(self.env.ref("base.group_allow_export").id)]

    def test_who_left_comes_back_by_two_people(self):
        # That somebody goes waits for nobody.
        (self.user_approver | self.user_viewer).active = False
        self.person_checker.active = False
        plain = new_test_user(self.env, "cloud_plain", groups="base.group_user", company_id=self.company.id)
        plain.active = False
        self.assert_protected(self.user_approver, {"active": True})
        self.assert_protected(self.user_viewer, {"active": True})
        self.assert_protected(self.person_checker, {"active": True})
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            (self.user_approver | plain).action_unarchive()
        self.user_administrator.group_ids += self.env.ref("base.group_erp_manager")
        # Whoever has no role of ours is Odoo's business.
        plain.action_unarchive()
        self.assertTrue(plain.active)
        self.vote(self.submit(self.user_approver, {"active": True}, self.user_administrator), self.second_checker)
        self.assertTrue(self.user_approver.active)

    def test_what_a_brand_sends_and_books_by(self):
        journal = self.company_data["default_journal_sale"]
        brand = self.env["cloud.brand"].create({"name": "North", "journal_id": journal.id})
        self.assert_protected(brand, {"email_from": "me@example.com"})
        brand.name = "North Cloud"

    def test_the_list_protects_itself(self):
        listed = self.env["cloud.protected.field"].search(
            [("model_name", "=", "res.partner"), ("field_name", "=", "vat")]
        )
        self.assert_protected(listed, {"active": False})
        with self.assertRaisesRegex(UserError, REFUSED):
            listed.unlink()
        with self.assertRaisesRegex(UserError, REFUSED):
            self.env["cloud.protected.field"].create({"model_id": self.env["ir.model"]._get_id("res.partner")})

    def test_switched_off_by_a_request_it_is_free(self):
        listed = self.env["cloud.protected.field"].search(
            [("model_name", "=", "res.partner"), ("field_name", "=", "vat")]
        )
        self.vote(self.submit(listed, {"active": False}, self.user_administrator))
        self.assertFalse(listed.active)
        self.partner.vat = "ATU12345675"

    def test_proposing_to_switch_it_off_changes_nothing_yet(self):
        """It is tried and rolled back: what the server has remembered meanwhile is forgotten."""
        listed = self.env["cloud.protected.field"].search(
            [("model_name", "=", "res.partner"), ("field_name", "=", "vat")]
        )
        self.submit(listed, {"active": False}, self.user_administrator)
        self.assert_protected(self.partner, {"vat": "ATU12345675"})

    def test_the_list_is_the_same_whoever_asks_first(self):
        self.set_company_state("setup")
        listed = self.env["cloud.protected.field"].search(
            [("model_name", "=", "res.partner"), ("field_name", "=", "vat")]
        )
        listed.active = False
        self.set_company_state("live")
        for context in ({"active_test": False}, {}):
            self.env.registry.clear_cache()
            names = self.env["cloud.protected.field"].with_context(**context)._get_names("res.partner")
            self.assertNotIn("vat", names)
            self.assertIn("property_account_position_id", names)

    def test_any_field_of_any_model_can_be_added(self):
        self.set_company_state("setup")
        get = self.env["ir.model.fields"]._get
        self.env["cloud.protected.field"].create(
            {"model_id": self.env["ir.model"]._get_id("res.partner"), "field_id": get("res.partner", "phone").id}
        )
        self.set_company_state("live")
        self.assert_protected(self.partner, {"phone": "1"})

    def test_what_has_no_value_to_compare_is_not_added(self):
        self.set_company_state("setup")
        get = self.env["ir.model.fields"]._get
        for name in ("image_1920", "display_name"):
            with self.assertRaisesRegex(ValidationError, "no stored value"):
                self.env["cloud.protected.field"].create(
                    {"model_id": self.env["ir.model"]._get_id("res.partner"), "field_id": get("res.partner", name).id}
                )

    def test_while_the_company_is_set_up_everything_is_free(self):
        self.set_company_state("setup")
        self.template.cloud_timing = "advance"
        self.partner.vat = "ATU12345675"

    def test_one_person_alone_is_logged(self):
        self.set_company_state("solo")
        self.template.cloud_timing = "advance"
        event = self.get_events(self.template, "approved_alone")
        self.assertEqual(event.detail["old"], {"cloud_timing": "In arrears"})
        self.assertEqual(event.detail["new"], {"cloud_timing": "In advance"})

    def test_what_is_not_listed_costs_no_statement(self):
        partner = self.env["res.partner"].create({"name": "Somebody"})
        self.count(partner, "What is read the first time")
        guarded = self.count(partner, "A note")
        with patch.object(type(partner), "_get_guarded_names", lambda model: frozenset()):
            free = self.count(partner, "Another note")
        self.assertEqual(guarded, free)

    def count(self, partner, text):
        self.env.flush_all()
        before = self.cr.sql_log_count
        partner.comment = text
        self.env.flush_all()
        return self.cr.sql_log_count - before


@tagged("post_install", "-at_install")
class TestAPersonIsSetUp(ChangeCase):
    def test_in_a_live_company_a_second_person_agrees_to_the_roles(self):
        self.user_administrator.sudo().group_ids = [Command.link(self.env.ref("base.group_erp_manager").id)]
        wizard = self.env(user=self.user_administrator)["cloud.person.setup"].create(
            {"name": "Nora New", "login": "nora", "company_ids": [Command.set(self.company.ids)], "is_approver": True}
        )
        draft = self.proposals.with_user(self.user_administrator).browse(wizard.action_confirm()["res_id"])
        user = self.env["res.users"].search([("login", "=", "nora")])
        self.assertFalse(user._get_cloud_roles()[user.id])
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertIn("approver", user._get_cloud_roles()[user.id])
        self.assertEqual(user.cloud_person_id.name, "Nora New")

    def test_in_a_live_company_a_second_person_agrees_to_who_is_behind_a_login(self):
        """Without the right to edit logins, which an administrator of billing seldom has."""
        enrol = self.env(user=self.user_administrator)["cloud.person.enrol"]
        wizard = enrol.create({"name": "Vera Viewer", "user_ids": [Command.set(self.user_viewer.ids)]})
        draft = self.proposals.with_user(self.user_administrator).browse(wizard.action_confirm()["res_id"])
        self.assertFalse(self.user_viewer.cloud_person_id)
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertEqual(self.user_viewer.cloud_person_id.name, "Vera Viewer")

    def test_who_is_no_administrator_does_not_propose_it(self):
        self.user_accountant.sudo().group_ids = [Command.link(self.env.ref("base.group_erp_manager").id)]
        with self.assertRaisesRegex(AccessError, "Only a billing administrator"):
            self.propose(self.user_viewer, {"cloud_person_id": self.person_checker.id}, self.user_accountant)
