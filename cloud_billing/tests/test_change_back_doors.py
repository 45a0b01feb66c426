"""Ways around the list of protected fields: by what Odoo works out of them, by whose they are, by what names them."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from .access_common import get_own_models
from .change_common import ChangeCase

REFUSED = "only with the approval of a second person"
WORKED_OUT = "is worked out from other values"


class BackDoorCase(ChangeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_up = cls.env["res.company"].create({"name": "Being Set Up"})

    def assert_refused(self, record, vals, sentence=REFUSED):
        """Not by the ORM with sudo, and not by a call from outside as the web client makes it."""
        before = record.sudo().read(list(vals))
        for method, arguments in (("write", [vals]), ("web_save", [vals, {}])):
            with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
                call_kw(record.sudo(), method, [record.ids, *arguments], {})
        self.env.invalidate_all()
        self.assertEqual(record.sudo().read(list(vals)), before)


@tagged("post_install", "-at_install")
class TestWhatIsWorkedOut(BackDoorCase):
    """Odoo lets whoever writes a record write into the columns that it works out of others."""

    def test_each_column_of_ours_is_looked_at(self):
        found, asked = 0, self.env["cloud.protected.field"]
        for model in get_own_models(self.env):
            results = {
                name
                for name, field in model._fields.items()
                if field.store and field.column_type and field.compute and field.readonly and not field.inverse
            }
            self.assertLessEqual(results, asked._get_written(model._name), model._name)
            found += len(results)
        self.assertGreater(found, 100)

    def test_not_the_field_that_a_line_of_the_list_means(self):
        listed = self.env["cloud.protected.field"].search(
            [("model_name", "=", "res.partner"), ("field_name", "=", "vat")]
        )
        for vals in ({"field_name": "comment"}, {"model_name": "res.country"}, {"is_existence": True}):
            self.assert_refused(listed, vals, WORKED_OUT)
        with self.assertRaisesRegex(UserError, REFUSED):
            self.partner.vat = "ATU12345675"

    def test_not_the_field_that_a_class_hides(self):
        item = self.env["cloud.field.item"].search([("model", "=", "cloud.bill")], limit=1)
        self.assert_refused(item, {"model": "res.country"}, WORKED_OUT)

    def test_not_the_factor_of_a_unit_and_of_a_meter(self):
        self.set_company_state("setup")
        dozen = self.env.ref("uom.product_uom_dozen")
        self.template.uom_id = dozen
        self.set_company_state("live")
        self.assert_refused(dozen, {"factor": 13})
        self.assert_refused(self.meter, {"conversion_denominator": "1000000"}, WORKED_OUT)

    def test_not_the_company_of_prices_waiting_or_approved(self):
        version = self.make_version({"product_id": self.product.id, "unit_price": "5"})
        draft = self.env["cloud.price.plan.version"].create({"plan_id": self.plan.id, "date_start": "2026-06-01"})
        for record in (version, draft, version.rule_ids, self.subscription):
            self.assert_refused(record, {"company_id": self.set_up.id}, WORKED_OUT)

    def test_not_the_company_of_prices_by_raw_sql(self):
        version = self.make_version({"product_id": self.product.id, "unit_price": "5"})
        self.env.flush_all()
        with self.assertRaisesRegex(Exception, "What was approved is not changed"), self.cr.savepoint():
            self.cr.execute(
                "UPDATE cloud_price_plan_version SET company_id = %s WHERE id = %s", [self.set_up.id, version.id]
            )

    def test_nor_when_it_is_made(self):
        rate = self.env["cloud.contract.rate"].create(
            {
                "subscription_id": self.subscription.id,
                "line_id": self.subscription.line_ids[0].id,
                "unit_price": "5",
                "company_id": self.set_up.id,
            }
        )
        self.assertEqual(rate.company_id, self.company)

    def test_what_says_the_same_is_no_change(self):
        self.subscription.write({"company_id": self.company.id, "name": "Renamed"})
        self.assertEqual(self.subscription.name, "Renamed")

    def test_what_it_comes_of_still_changes_it(self):
        self.set_company_state("setup")
        dozen = self.env.ref("uom.product_uom_dozen")
        dozen.relative_factor = 13
        self.assertEqual(dozen.factor, 13)


@tagged("post_install", "-at_install")
class TestWhoseItIs(BackDoorCase):
    def test_not_by_giving_it_to_a_company_that_is_being_set_up(self):
        tax = self.company_data["default_tax_sale"].copy({"name": "Another one"})
        self.set_company_state("setup")
        self.template.taxes_id = tax
        self.set_company_state("live")
        self.assert_refused(tax, {"company_id": self.set_up.id})
        self.assert_refused(self.template, {"company_id": self.set_up.id})
        # For more companies than before, or for the live one alone, it counts as much as it did.
        self.template.company_id = self.company
        self.template.company_id = False

    def test_not_by_making_another_rate_or_part_of_a_tax_of_it(self):
        self.set_company_state("setup")
        rate = self.env["res.currency.rate"].create(
            {
                "currency_id": self.env.ref("base.CHF").id,
                "rate": 1.1,
                "company_id": self.company.id,
                "name": "2026-01-05",
            }
        )
        tax = self.company_data["default_tax_sale"].copy({"name": "Another one"})
        self.template.taxes_id = tax
        self.set_company_state("live")
        self.assert_refused(rate, {"currency_id": self.env.ref("base.GBP").id})
        self.assert_refused(rate, {"company_id": False})
        part = tax.invoice_repartition_line_ids.filtered(lambda line: line.repartition_type == "tax")[:1]
        other = tax.copy({"name": "Nobody's"})
        self.assert_refused(part, {"tax_id": other.id})
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            tax.invoice_repartition_line_ids = [Command.create({"factor_percent": 0, "repartition_type": "tax"})]
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            part.unlink()
        self.assert_refused(tax, {"children_tax_ids": [Command.link(other.id)]})

    def test_not_by_another_category_of_a_product_or_a_place_of_it(self):
        other = self.env["product.category"].create({"name": "Other"})
        self.assert_refused(self.template, {"categ_id": other.id})
        self.assert_refused(self.categ, {"parent_id": other.id})

    def test_not_by_who_pays_for_a_customer_or_another_contact_of_it(self):
        """Prices that were agreed with a customer hold for those it pays for; taxes are those of the contact."""
        big = self.make_customer("Big One")
        self.assert_refused(self.customer, {"parent_id": big.id})
        self.assert_refused(self.customer, {"partner_id": self.env["res.partner"].create({"name": "Else"}).id})
        new = self.make_customer("New One", parent_id=big.id)
        new.parent_id = False
        self.vote(self.submit(self.customer, {"parent_id": big.id}, self.user_accountant))
        self.assertEqual(self.customer.parent_id, big)
        # What is paid for somebody else counts for who pays it.
        self.assert_refused(big, {"parent_id": new.id})

    def test_not_by_the_order_of_fiscal_positions(self):
        position = self.env["account.fiscal.position"].search([("company_id", "=", self.company.id)], limit=1)
        self.assert_refused(position, {"sequence": 99})

    def test_not_by_making_a_template_one_of_something_else(self):
        template = self.env["mail.template"].create(
            {"name": "Ours", "model_id": self.env["ir.model"]._get_id("account.move")}
        )
        self.assert_refused(template, {"model_id": self.env["ir.model"]._get_id("res.country")})
        self.assert_refused(template, {"model": "res.country"})

    def test_not_by_whom_else_an_invoice_is_sent_to_and_with_what(self):
        template = self.env["mail.template"].create(
            {"name": "Ours", "model_id": self.env["ir.model"]._get_id("account.move")}
        )
        server = self.env["ir.mail_server"].create({"name": "Elsewhere", "smtp_host": "mail.example"})
        file = self.env["ir.attachment"].create({"name": "note.txt", "raw": b"Pay to another account"})
        report = self.env.ref("account.account_invoices")
        for vals in (
            {"email_cc": "eve@example.com"},
            {"email_to": "eve@example.com"},
            {"partner_to": "1"},
            {"use_default_to": not template.use_default_to},
            {"email_from": "eve@example.com"},
            {"reply_to": "eve@example.com"},
            {"lang": "fr_FR"},
            {"email_layout_xmlid": "mail.mail_notification_light"},
            {"attachment_ids": [Command.link(file.id)]},
            {"report_template_ids": [Command.link(report.id)]},
            {"mail_server_id": server.id},
        ):
            self.assert_refused(template, vals)
        template.description = "For everybody"


@tagged("post_install", "-at_install")
class TestWhatNamesIt(BackDoorCase):
    def test_not_by_pointing_the_name_of_a_role_at_another_group(self):
        """Whoever is in the other group would have the role: an administrator, with the right to edit external IDs."""
        names = self.env["ir.model.data"]
        approver = names.search([("module", "=", "cloud_billing"), ("name", "=", "group_approver")])
        for vals in (
            {"res_id": self.env.ref("base.group_user").id},
            {"name": "nobody"},
            {"module": "other"},
            {"model": "res.country"},
        ):
            self.assert_refused(approver, vals)
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            approver.unlink()
        # What names anything else is Odoo's business.
        country = names.create({"module": "test", "name": "somewhere", "model": "res.country", "res_id": 1})
        country.res_id = 2
        country.unlink()


@tagged("post_install", "-at_install")
class TestRightsAndRules(BackDoorCase):
    """What Odoo's own screens say of who may do what with our records is as good as a role."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rights, cls.rules = cls.env["ir.model.access"], cls.env["ir.rule"]
        cls.ours = cls.env["ir.model"]._get_id("cloud.write.off")
        cls.theirs = cls.env["ir.model"]._get_id("res.country")
        cls.viewer = cls.env.ref("cloud_billing.group_viewer")

    def test_not_by_what_a_role_may_do_with_our_records(self):
        right = self.rights.search([("model_id", "=", self.ours), ("perm_create", "=", False)], limit=1)
        for vals in ({"perm_create": True}, {"active": False}, {"group_id": self.env.ref("base.group_user").id}):
            self.assert_refused(right, vals)
        self.assert_refused(right, {"model_id": self.theirs})
        every = {"perm_read": True, "perm_write": True, "perm_create": True, "perm_unlink": True}
        new = {"name": "All", "model_id": self.ours, "group_id": self.viewer.id, **every}
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            self.rights.create(new)
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            self.viewer.model_access = [Command.create({**new, "group_id": False})]
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            right.unlink()
        other = self.rights.create({**new, "model_id": self.theirs})
        self.assert_refused(other, {"model_id": self.ours})
        other.perm_unlink = False
        other.unlink()

    def test_not_by_which_of_our_records_a_person_reaches(self):
        rule = self.env.ref("cloud_billing.cloud_write_off_rule_company")
        for vals in (
            {"domain_force": "[(1, '=', 1)]"},
            {"active": False},
            {"groups": [Command.link(self.viewer.id)]},
            {"perm_read": False},
            {"model_id": self.theirs},
        ):
            self.assert_refused(rule, vals)
        new = {"name": "All", "model_id": self.ours, "groups": [Command.link(self.viewer.id)]}
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            self.rules.create(new)
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            rule.unlink()
        other = self.rules.create({**new, "model_id": self.theirs})
        self.assert_refused(other, {"model_id": self.ours})
        other.domain_force = "[]"
        other.unlink()

    def test_not_by_a_group_that_a_rule_would_count_for(self):
        """A rule without groups counts for everybody; with one it would count for its members alone."""
        rule = self.env.ref("cloud_billing.cloud_write_off_rule_company")
        groups = self.env["res.groups"]
        nobodys = groups.create({"name": "Nobody's"})
        self.assert_refused(nobodys, {"rule_groups": [Command.link(rule.id)]})
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            groups.create({"name": "With a rule", "rule_groups": [Command.link(rule.id)]})
        nobodys.rule_groups = [Command.create({"name": "Theirs", "model_id": self.theirs})]

    def test_two_people_change_them_and_free_while_set_up(self):
        self.user_administrator.group_ids |= self.env.ref("base.group_system")
        right = self.rights.search([("model_id", "=", self.ours), ("perm_create", "=", False)], limit=1)
        self.vote(self.submit(right, {"perm_create": True}, self.user_administrator))
        self.assertTrue(right.perm_create)
        self.set_company_state("setup")
        right.perm_create = False


@tagged("post_install", "-at_install")
class TestWhereMoneyGoes(BackDoorCase):
    def test_not_by_the_accounts_of_a_journal(self):
        sales, bank = self.company_data["default_journal_sale"], self.company_data["default_journal_bank"]
        expense = self.company_data["default_account_expense"].id
        other = self.company_data["default_account_assets"].id
        self.assert_refused(sales, {"default_account_id": expense})
        line = bank.inbound_payment_method_line_ids[:1]
        # Before the first entry too: whoever set it up alone would use it next.
        self.assertFalse(self.env["account.move"].search_count([("journal_id", "=", bank.id)]))
        for name in ("default_account_id", "suspense_account_id", "profit_account_id", "loss_account_id"):
            self.assert_refused(bank, {name: expense})
        self.assert_refused(line, {"payment_account_id": other})
        bank.name = "Bank of ours"

    def test_not_by_the_accounts_of_the_company(self):
        """They are taken by new journals, payments, exchange differences, discounts and taxes due on payment."""
        expense, journal = self.company_data["default_account_expense"].id, self.make_journal("general").id
        for name in (
            "account_journal_suspense_account_id",
            "transfer_account_id",
            "income_currency_exchange_account_id",
            "expense_currency_exchange_account_id",
            "default_cash_difference_income_account_id",
            "default_cash_difference_expense_account_id",
            "account_journal_early_pay_discount_gain_account_id",
            "account_journal_early_pay_discount_loss_account_id",
            "account_discount_income_allocation_id",
            "account_discount_expense_allocation_id",
            "account_cash_basis_base_account_id",
        ):
            with self.subTest(name):
                # What the chart of accounts has there already would be no change.
                self.assertNotEqual(self.company[name].id, expense)
                self.assert_refused(self.company, {name: expense})
        for name in ("currency_exchange_journal_id", "tax_cash_basis_journal_id"):
            self.assert_refused(self.company, {name: journal})
        # A setting that Odoo's own page of settings writes.
        settings = self.env["res.config.settings"].create({})
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            settings.transfer_account_id = expense
            self.env.flush_all()
        # A company that is being set up has them as ever, and of a live one two people change them.
        self.set_up.transfer_account_id = False
        other = self.make_account("101951", "Between banks", "asset_current")
        self.user_administrator.group_ids |= self.env.ref("account.group_account_manager")
        self.vote(self.submit(self.company, {"transfer_account_id": other.id}, self.user_administrator))
        self.assertEqual(self.company.transfer_account_id, other)

    def test_not_by_the_account_for_what_a_customer_owes(self):
        other = self.make_account("121951", "Nobody asks for this", "asset_receivable")
        self.assert_refused(self.partner, {"property_account_receivable_id": other.id})
        defaults = self.env["ir.default"]
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            defaults.set("res.partner", "property_account_receivable_id", other.id, company_id=self.company.id)
        self.env["res.partner"].create({"name": "Nobody's"}).property_account_receivable_id = other

    def test_a_new_journal_has_the_accounts_of_its_company(self):
        expense = self.company_data["default_account_expense"].id
        cash = self.make_account("101952", "Another bank", "asset_cash").id
        refused = [
            ("sale", {"default_account_id": expense}),
            *(
                (kind, {name: expense})
                for kind in ("bank", "cash", "credit")
                for name in ("default_account_id", "suspense_account_id", "profit_account_id", "loss_account_id")
            ),
        ]
        for kind, vals in refused:
            told = self.assertRaisesRegex(UserError, f"{REFUSED}. Make it with the accounts")
            with self.subTest(kind, names=list(vals)), told, self.cr.savepoint():
                self.make_journal(kind, **vals)
        for kind in ("sale", "bank", "cash", "credit", "general", "purchase"):
            self.make_journal(kind)
        self.make_journal("sale", default_account_id=self.company.income_account_id.id)
        self.make_journal("bank", default_account_id=cash)
        # Nor by one of another kind that becomes one.
        general = self.make_journal("general", default_account_id=expense)
        self.assert_refused(general, {"type": "sale"})
        general.type = "purchase"
        # What has nothing gets what its company gives, as loading a chart of accounts does; and nothing else.
        sales = self.make_journal("sale")
        self.assert_refused(sales, {"default_account_id": expense})
        sales.default_account_id = self.company.income_account_id
        self.assert_refused(sales, {"default_account_id": expense})
        self.make_journal("sale", company_id=self.set_up.id).unlink()

    def test_a_new_method_of_payment_waits_where_the_others_do(self):
        bank = self.company_data["default_journal_bank"]
        line = bank.inbound_payment_method_line_ids[:1]
        other = self.make_account("101953", "Waiting for ever", "asset_current")
        vals = {"name": "Another", "payment_method_id": line.payment_method_id.id, "journal_id": bank.id}
        lines = self.env["account.payment.method.line"]
        for journal_id in (bank.id, False):
            with self.assertRaisesRegex(UserError, f"{REFUSED}. Make it without"), self.cr.savepoint():
                lines.create({**vals, "journal_id": journal_id, "payment_account_id": other.id})
        # Two at once do not vouch for each other.
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            lines.create([{**vals, "name": name, "payment_account_id": other.id} for name in ("A", "B")])
        lines.create(vals).unlink()
        loose = lines.create({**vals, "journal_id": False})
        self.assert_refused(loose, {"payment_account_id": other.id})
        # One of before, whose account no other one of the company has, is given to no journal of it.
        self.set_company_state("setup")
        loose.payment_account_id = other
        self.set_company_state("live")
        self.assert_refused(loose, {"journal_id": bank.id})
        self.set_company_state("setup")
        line.payment_account_id = other
        self.set_company_state("live")
        loose.journal_id = bank
        # An online provider has one made like the others of its company.
        lines.create({**vals, "name": "Like the others", "payment_account_id": other.id})
        # Two people say another one.
        waiting = self.make_account("101954", "On its way", "asset_current")
        self.user_administrator.group_ids |= self.env.ref("account.group_account_manager")
        self.vote(self.submit(line, {"payment_account_id": waiting.id}, self.user_administrator))
        self.assertEqual(line.payment_account_id, waiting)

    def make_account(self, code, name, account_type):
        return self.env["account.account"].create(
            {"code": code, "name": name, "account_type": account_type, "company_ids": self.company.ids}
        )

    def make_journal(self, kind, **vals):
        number = self.env["account.journal"].search_count([]) + 1
        vals = {"name": f"Made {number}", "code": f"M{number}", "type": kind, "company_id": self.company.id, **vals}
        return self.env["account.journal"].create(vals)


@tagged("post_install", "-at_install")
class TestWhatTaxesAndDiscountsRestOn(BackDoorCase):
    def test_not_by_the_order_of_taxes_and_when_they_are_due(self):
        """With a tax that counts into the base of the next one the order decides on the amount."""
        tax = self.company_data["default_tax_sale"].copy({"name": "Another one"})
        self.set_company_state("setup")
        self.template.taxes_id = tax
        self.set_company_state("live")
        self.assert_refused(tax, {"sequence": 99})
        self.assert_refused(tax, {"tax_exigibility": "on_payment"})

    def test_not_by_who_is_in_the_countries_of_a_fiscal_position(self):
        self.set_company_state("setup")
        europe = self.env["res.country.group"].create(
            {"name": "Ours", "country_ids": [Command.link(self.env.ref("base.nl").id)]}
        )
        other = europe.copy({"name": "Nobody's"})
        positions = self.env["account.fiscal.position"].create(
            [
                {"name": name, "company_id": self.company.id, "auto_apply": True, "country_group_id": group}
                for name, group in (("Within", europe.id), ("Elsewhere", False))
            ]
        )
        revenue, expense = self.company_data["default_account_revenue"], self.company_data["default_account_expense"]
        line = self.env["account.fiscal.position.account"].create(
            {"position_id": positions[0].id, "account_src_id": revenue.id, "account_dest_id": expense.id}
        )
        self.set_company_state("live")
        self.assert_refused(europe, {"country_ids": [Command.clear()]})
        self.assert_refused(self.env.ref("base.nl"), {"country_group_ids": [Command.unlink(europe.id)]})
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            europe.unlink()
        other.country_ids = [Command.clear()]
        other.unlink()
        # Nor by giving what one position says to another one.
        self.assert_refused(line, {"position_id": positions[1].id})

    def test_not_by_what_a_company_has_for_all_products(self):
        self.assert_refused(self.company, {"income_account_id": self.company_data["default_account_expense"].id})
        self.assert_refused(self.company, {"tax_calculation_rounding_method": "round_per_line"})
        self.assert_refused(self.company, {"account_fiscal_country_id": self.env.ref("base.fr").id})

    def test_not_by_the_discount_of_terms_of_payment(self):
        terms = self.env["account.payment.term"]
        plain = terms.create({"name": "In 30 days"})
        plain.line_ids.nb_days = 60
        self.assert_refused(plain, {"early_discount": True, "discount_percentage": 99})
        discount = {"name": "99 percent", "early_discount": True, "discount_percentage": 99, "discount_days": 30}
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            terms.create(discount)
        self.set_company_state("setup")
        ready = terms.create({**discount, "discount_percentage": 2})
        self.set_company_state("live")
        self.assert_refused(ready, {"discount_percentage": 99})
        self.assert_refused(ready, {"discount_days": 365})
        plain.unlink()
