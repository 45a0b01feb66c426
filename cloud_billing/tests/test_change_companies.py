from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .change_common import ChangeCase

REFUSED = "only with the approval of a second person"


@tagged("post_install", "-at_install")
class TestOtherCompanies(ChangeCase):
    """A live company protects what is its own: companies that are being set up beside it are free."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.env(user=SUPERUSER_ID)
        cls.tax = cls.company_data["default_tax_sale"]
        cls.set_company_state("setup")
        # Odoo gives a branch the tax of the company above it on products that have none of it.
        (cls.template | cls.other_template).sudo().taxes_id = cls.tax
        cls.template.sudo().company_id = False
        cls.set_company_state("live")

    def make_company(self, name, **vals):
        """A company as an administrator makes it, with the chart of accounts that Odoo gives it."""
        company = self.root["res.company"].create({"name": name, "country_id": self.company.country_id.id, **vals})
        # A branch gets the chart of its parent when the transaction ends.
        self.env.cr.precommit.run()
        if not company.parent_id:
            self.root["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        self.assertTrue(company.chart_template)
        return company

    def taxes_of(self, company):
        # Read without the rules, which show a person the taxes of his or her own companies only.
        return self.template.with_user(SUPERUSER_ID).taxes_id.filtered(lambda tax: tax.company_id == company)

    def assert_refused(self, record, vals):
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            record.write(vals)

    def test_a_new_company_gets_its_chart_and_its_taxes_on_shared_products(self):
        other = self.make_company("New Company")
        self.assertEqual(self.taxes_of(other), other.account_sale_tax_id)
        self.assertEqual(self.taxes_of(self.company), self.tax)
        category = self.root["product.category"].with_company(other).create({"name": "Of all"})
        self.assertEqual(category.property_account_income_categ_id, other.income_account_id)

    def test_a_branch_of_the_live_company_gets_its_chart(self):
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.assertEqual(branch.account_sale_tax_id.company_id, self.company)
        self.assertEqual(self.taxes_of(self.company), self.tax)

    def test_a_branch_puts_no_tax_of_the_live_company_on_what_is_billed_without_it(self):
        """Two companies share a product; that it has the tax of the other one alone was decided while setting up."""
        other = self.make_company("New Company")
        self.set_company_state("setup")
        template = self.template.with_user(SUPERUSER_ID)
        template.taxes_id = other.account_sale_tax_id
        unsold = self.root["product.template"].create({"name": "Unsold", "taxes_id": other.account_sale_tax_id.ids})
        self.set_company_state("live")
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.assertEqual(branch.account_sale_tax_id.company_id, self.company)
        self.assertEqual(template.taxes_id, other.account_sale_tax_id)
        # Of what nothing is billed by yet Odoo decides as ever.
        self.assertEqual(unsold.taxes_id, other.account_sale_tax_id | branch.account_sale_tax_id)

    def test_a_branch_of_a_company_that_is_set_up_gets_its_chart(self):
        other = self.make_company("New Company")
        branch = self.make_company("Branch", parent_id=other.id)
        self.assertEqual(self.taxes_of(other), other.account_sale_tax_id)
        self.assertFalse(self.taxes_of(branch))

    def test_default_taxes_of_a_new_company_are_put_on_products_by_hand(self):
        other = self.make_company("New Company")
        new = other.account_sale_tax_id
        self.template.with_user(SUPERUSER_ID).taxes_id = [Command.unlink(new.id)]
        self.template.with_user(SUPERUSER_ID).taxes_id = [Command.link(new.id)]
        self.assertEqual(self.taxes_of(other), new)

    def test_taxes_of_the_live_company_stay_also_in_one_write_with_others(self):
        other = self.make_company("New Company")
        new, template = other.account_sale_tax_id, self.template.with_user(SUPERUSER_ID)
        extra = self.tax.with_user(SUPERUSER_ID).copy({"name": "Another one"})
        for commands in (
            [Command.link(extra.id)],
            [Command.unlink(self.tax.id)],
            [Command.unlink(self.tax.id), Command.unlink(new.id)],
            [Command.link(extra.id), Command.unlink(new.id)],
            [Command.set(new.ids)],
            [Command.clear()],
            False,
        ):
            with self.subTest(commands=commands):
                self.assert_refused(template, {"taxes_id": commands})
                self.assert_refused(template.with_company(other), {"taxes_id": commands})
        self.assert_refused(template, {"taxes_id": [Command.unlink(new.id)], "cloud_timing": "advance"})
        self.assertEqual((self.taxes_of(self.company), self.taxes_of(other)), (self.tax, new))

    def test_taxes_of_a_company_above_a_live_one_are_its_own(self):
        """Only the branch is live: it bills with the taxes of the company above it where it has none."""
        branch = self.make_company("Branch", parent_id=self.company.id)
        self.set_company_state("live", branch)
        self.set_company_state("setup")
        self.assert_refused(self.template.with_user(SUPERUSER_ID), {"taxes_id": [Command.unlink(self.tax.id)]})

    def test_a_person_of_another_company_replaces_what_he_or_she_sees_of_the_list(self):
        other = self.make_company("New Company")
        new = other.account_sale_tax_id
        second = new.copy({"name": "Another one"})
        user = new_test_user(
            self.env,
            "cloud_other",
            groups="base.group_user,account.group_account_manager,product.group_product_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        template = self.template.with_user(user).with_context(allowed_company_ids=other.ids)
        template.write({"taxes_id": [Command.set(second.ids)]})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self.taxes_of(self.company), self.taxes_of(other)), (self.tax, second))
        # What he or she does not see stays, whatever names it.
        template.write({"taxes_id": [Command.unlink(self.tax.id), Command.clear()]})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual((self.taxes_of(self.company), self.taxes_of(other)), (self.tax, new.browse()))
        extra = self.tax.with_user(SUPERUSER_ID).copy({"name": "One more"})
        self.assert_refused(template, {"taxes_id": [Command.link(extra.id)]})

    def test_accounts_of_another_company_are_its_own_business(self):
        other = self.make_company("New Company")
        account = other.income_account_id
        field, category_field = "property_account_income_id", "property_account_income_categ_id"
        template, category = self.template.with_user(SUPERUSER_ID), self.template.categ_id.with_user(SUPERUSER_ID)
        before = template.with_company(self.company)[field]
        template.with_company(other)[field] = account
        category.with_company(other)[category_field] = account
        self.partner.with_user(SUPERUSER_ID).with_company(other).property_account_position_id = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(template.with_company(other)[field], account)
        self.assertEqual(template.with_company(self.company)[field], before)
        mine = self.company_data["default_account_revenue"].with_user(SUPERUSER_ID).copy({"code": "400998"})
        self.assert_refused(template.with_company(self.company), {field: mine.id})
        self.assert_refused(category.with_company(self.company), {category_field: mine.id})

    def test_what_a_company_alone_changes_of_another_one_is_not_told_as_its_own(self):
        other = self.make_company("New Company")
        self.set_company_state("solo")
        self.template.with_user(SUPERUSER_ID).taxes_id = [Command.unlink(other.account_sale_tax_id.id)]
        self.assertFalse(self.get_events(self.template, "approved_alone"))
        self.template.with_user(SUPERUSER_ID).taxes_id = [Command.unlink(self.tax.id)]
        self.assertTrue(self.get_events(self.template, "approved_alone"))


@tagged("post_install", "-at_install")
class TestWhoseRequestItIs(ChangeCase):
    """What a live company protects is agreed by its own people: not by a company that asks nobody, or somebody else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Beside It"})
        cls.set_company_state("setup")
        cls.user_administrator.company_ids |= cls.other
        cls.user_administrator.group_ids |= cls.env.ref("base.group_erp_manager") | cls.env.ref(
            "base.group_partner_manager"
        )
        cls.set_company_state("live")
        cls.mine = cls.env(user=cls.user_administrator, context={"allowed_company_ids": [cls.other.id, cls.company.id]})

    def draft(self, records, vals):
        return self.mine["cloud.change.proposal"]._propose(records.with_env(self.mine), vals)

    def test_not_by_a_company_that_asks_nobody_or_others(self):
        approver = self.env.ref("cloud_billing.group_approver")
        off = self.env["cloud.protected.field"].search([("model_name", "=", "res.partner"), ("field_name", "=", "vat")])
        for state in ("setup", "solo", "live"):
            self.set_company_state(state, self.other)
            for record, vals in (
                (self.partner, {"vat": "ATU12345675"}),
                (self.user_administrator, {"group_ids": [Command.link(approver.id)]}),
                (approver, {"user_ids": [Command.link(self.user_administrator.id)]}),
                (off, {"active": False}),
            ):
                with self.subTest(record=record._name, state=state):
                    before = record.sudo().read(list(vals))
                    if record != self.partner and state == "live":
                        # The login works in both and the list is everybody's, so each of the two has a say.
                        continue
                    draft = self.draft(record, vals)
                    self.assertEqual(draft.company_id, self.other)
                    with self.assertRaisesRegex(UserError, "people of that company agree to it"), self.cr.savepoint():
                        draft.action_submit()
                    self.assertEqual(record.sudo().read(list(vals)), before)
                    draft.unlink()

    def test_nor_is_a_record_made_or_deleted(self):
        self.set_company_state("solo", self.other)
        draft = self.mine["cloud.change.proposal"]._propose_creation(
            self.mine["res.partner.bank"], {"acc_number": "AT61 1904 3002 3457 3201", "partner_id": self.partner.id}
        )
        with self.assertRaisesRegex(UserError, REFUSED), self.cr.savepoint():
            draft.action_submit()
        draft.unlink()
        removal = self.mine["cloud.change.proposal"]._propose_removal(self.bank.with_env(self.mine))
        with self.assertRaisesRegex(UserError, "people of that company agree to it"), self.cr.savepoint():
            removal.action_submit()
        self.assertEqual(self.partner.bank_ids, self.bank)

    def test_its_own_people_agree(self):
        draft = self.proposals.with_env(
            self.mine(context={"allowed_company_ids": [self.company.id, self.other.id]})
        )._propose(self.partner.with_env(self.mine), {"vat": "ATU12345675"}, company_id=self.company.id)
        draft.action_submit()
        self.assertFalse(self.partner.vat)
        self.vote(draft.request_id.with_env(self.env))
        self.assertEqual(self.partner.vat, "ATU12345675")
