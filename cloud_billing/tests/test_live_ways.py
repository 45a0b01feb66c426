"""What people do each day in a live company stays possible while protection holds: nothing of it needs a request."""

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .billing_common import BillingCase, D


class LiveCase(BillingCase):
    """Acme, a company with a VAT number, pays 100.00 a month for support; its usage is billed too."""

    protects_fields = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.position = cls.env["account.fiscal.position"].create({"name": "Abroad", "company_id": cls.company.id})
        cls.partner = cls.env["res.partner"].create(
            {
                "name": "Acme",
                "is_company": True,
                "vat": "NL123456782B90",
                "country_id": cls.env.ref("base.nl").id,
                "property_account_position_id": cls.position.id,
            }
        )
        cls.bank = cls.env["res.partner.bank"].create(
            {"acc_number": "AT48 3200 0000 1234 5864", "partner_id": cls.partner.id}
        )
        cls.acme = cls.make_customer("Acme", partner=cls.partner)
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "100.00"}, {"product_id": cls.disk.id, "unit_price": "0.10"}
        )
        cls.subscription = cls.make_subscription(cls.acme, cls.support, cls.disk)
        cls.set_company_state("live")
        cls.user_accountant.sudo().group_ids |= cls.env.ref("base.group_partner_manager") | cls.env.ref(
            "account.group_account_manager"
        )
        cls.env.flush_all()

    def post_january(self):
        run = self.make_run("2026-02-01")
        self.approve(run)
        run.with_user(self.user_accountant).action_post()
        return run.bill_ids.move_id


@tagged("post_install", "-at_install")
class TestContactsOfCustomers(LiveCase):
    def test_a_colleague_of_the_customer_is_added(self):
        partners = self.env["res.partner"].with_user(self.user_accountant)
        made = partners.create({"name": "Ann", "parent_id": self.partner.id})
        self.assertEqual((made.vat, made.property_account_position_id), (self.partner.vat, self.position))
        moved = partners.create({"name": "Ben"})
        moved.parent_id = self.partner
        self.assertEqual(moved.vat, self.partner.vat)
        with Form(partners.browse(self.partner.id)) as form, form.child_ids.new() as child:
            child.name = "Cleo"
        self.assertEqual(self.partner.child_ids.filtered(lambda one: one.name == "Cleo").vat, self.partner.vat)

    def test_an_address_of_the_customer_changes_and_the_data_for_tax_stay(self):
        self.partner.with_user(self.user_accountant).write({"street": "Main Street 1", "city": "Delft"})
        self.assertEqual(self.partner.city, "Delft")

    def test_who_leaves_the_customer_is_a_contact_by_himself(self):
        ann = self.env["res.partner"].create({"name": "Ann", "parent_id": self.partner.id})
        ann.with_user(self.user_accountant).parent_id = False
        self.assertFalse(ann.parent_id)

    def test_a_customer_gets_no_other_number_by_being_put_under_a_company(self):
        dora = self.env["res.partner"].create({"name": "Dora", "vat": "BE0477472701"})
        self.make_customer("Dora", partner=dora)
        with self.assertRaisesRegex(UserError, "approval of a second person"), self.env.cr.savepoint():
            dora.with_user(self.user_accountant).parent_id = self.partner
            self.env.flush_all()

    def test_a_contact_with_tax_data_becomes_a_customer(self):
        partner = self.env["res.partner"].with_user(self.user_accountant).create({"name": "New", "vat": "BE0477472701"})
        self.env["res.partner.bank"].with_user(self.user_accountant).create(
            {"acc_number": "BE71096123456769", "partner_id": partner.id}
        )
        customer = (
            self.env["cloud.customer"]
            .with_user(self.user_accountant)
            .create({"partner_id": partner.id, "company_id": self.company.id, "tz": "UTC"})
        )
        subscription = self.make_subscription(customer.with_env(self.env), self.support, activate=False)
        subscription.with_user(self.user_accountant).action_activate()
        self.assertEqual(subscription.state, "active")

    def test_the_customer_itself_is_told_on_the_portal_that_its_number_stays(self):
        self.assertFalse(self.partner.can_edit_vat())


@tagged("post_install", "-at_install")
class TestContractsOfALiveCompany(LiveCase):
    def test_from_the_quotation_to_the_end(self):
        subscription = self.subscription.with_user(self.user_accountant)
        line = subscription.line_ids[0]
        line._apply_quantity(self.day("2026-02-10"), D(4), "credit")
        subscription._apply_pause(self.day("2026-03-10"), self.day("2026-03-20"))
        renewed = subscription.copy()
        renewed.action_activate()
        subscription.action_end(self.day("2026-06-01"))
        subscription.action_reopen()
        subscription.action_cancel(self.day("2026-07-01"))
        self.assertEqual(str(subscription.date_end), "2026-07-01")

    def test_fields_on_the_forms_are_saved_by_whoever_keeps_contracts(self):
        with Form(self.subscription.with_user(self.user_accountant)) as form:
            form.order_reference = "PO 7"
        with Form(self.acme.with_user(self.user_accountant)) as form:
            form.code = "A-7"
        self.assertEqual((self.subscription.order_reference, self.acme.code), ("PO 7", "A-7"))


@tagged("post_install", "-at_install")
class TestInvoicesOfALiveCompany(LiveCase):
    def test_an_invoice_is_posted_sent_and_paid(self):
        invoice = self.post_january().with_user(self.user_accountant)
        self.assertEqual(invoice.state, "posted")
        wizard = (
            self.env["account.move.send.wizard"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({})
        )
        self.assertEqual(wizard.move_id, invoice)
        self.pay(invoice)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))

    def pay(self, invoice, **vals):
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.user_accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"payment_date": "2026-02-10", **vals})
        )
        wizard.action_create_payments()

    def test_what_a_payment_leaves_open_is_not_written_off_on_the_way(self):
        invoice = self.post_january()
        written_off = {
            "payment_difference_handling": "reconcile",
            "writeoff_account_id": self.company_data["default_account_expense"].id,
            "writeoff_label": "Small difference",
        }
        with self.assertRaisesRegex(UserError, "another person agrees to what is written off"), self.env.cr.savepoint():
            self.pay(invoice, amount=99, **written_off)
        # Too much is no claim that is given up, and an open rest is none either.
        with self.env.cr.savepoint() as savepoint:
            self.pay(invoice, amount=101, **written_off)
            self.assertIn(invoice.payment_state, ("paid", "in_payment"))
            savepoint.rollback()
        self.env.invalidate_all()
        self.pay(invoice, amount=99)
        self.assertEqual((invoice.payment_state, invoice.amount_residual), ("partial", 1.0))


@tagged("post_install", "-at_install")
class TestProductsAndPeopleOfALiveCompany(LiveCase):
    def test_products_are_made_copied_renamed_and_put_on_contracts(self):
        products = self.env["product.product"].with_user(self.user_administrator)
        made = products.create(
            {
                "name": "Backup",
                "type": "service",
                "cloud_billing_model": "metered",
                "cloud_meter_id": self.meter.id,
                "categ_id": self.categ.id,
            }
        )
        copied = self.support.with_user(self.user_administrator).copy()
        copied.taxes_id = [Command.clear()]
        self.support.with_user(self.user_administrator).write({"name": "Care", "list_price": 7, "active": True})
        self.assertEqual((made.cloud_meter_id, self.support.name), (self.meter, "Care"))
        self.assertFalse(copied.taxes_id)

    def test_people_change_what_is_theirs_and_leave(self):
        user = self.user_accountant
        user.with_user(user).write({"signature": "Ann", "email": "ann@example.com"})
        user.sudo().active = False
        self.assertFalse(user.active)

    def test_an_invoice_of_odoos_own_has_new_accounts_taxes_and_rates_of_other_days(self):
        accountant = self.user_accountant
        self.env["account.tax"].with_user(accountant).create({"name": "New 7", "amount": 7, "type_tax_use": "sale"})
        self.env["account.account"].with_user(accountant).create(
            {"name": "Cloud", "code": "400999", "account_type": "income"}
        )

    def test_a_plan_of_cost_centres_is_made(self):
        self.user_accountant.sudo().group_ids |= self.env.ref("analytic.group_analytic_accounting")
        plan = self.env["account.analytic.plan"].with_user(self.user_accountant).create({"name": "Departments"})
        self.assertIn(plan._column_name(), self.env["account.analytic.line"]._fields)

    def test_settings_are_saved_with_what_is_protected_as_it_is(self):
        settings = self.env["res.config.settings"].with_user(self.env.ref("base.user_admin")).create({})
        settings.execute()
        self.assertEqual(self.company.cloud_billing_state, "live")


@tagged("post_install", "-at_install")
class TestUsageOfALiveCompany(LiveCase):
    def test_streams_get_owners_and_lose_them_for_days_to_come(self):
        stream = self.make_stream("disk", source=self.own_source)
        mapping = (
            self.env["cloud.usage.mapping"]
            .with_user(self.user_operator)
            .create({"stream_id": stream.id, "subscription_line_id": self.subscription.line_ids[1].id})
        )
        mapping.date_end = fields.Date.add(fields.Date.today(), days=30)
        mapping.unlink()
        self.assertFalse(stream.mapping_ids)

    def test_a_source_is_made_and_set_up(self):
        source = self.env["cloud.usage.source"].with_user(self.user_administrator).create(
            {"name": "New", "company_id": self.company.id, "reader": "csv", "shape": "append", "tz": "UTC"}
        )  # fmt: skip
        source.name = "Newer"
        self.assertEqual(source.name, "Newer")
