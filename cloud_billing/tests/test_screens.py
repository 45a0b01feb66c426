from collections import Counter

from odoo.tests import tagged

from .invoicing_common import InvoicingCase


@tagged("post_install", "-at_install")
class TestScreens(InvoicingCase):
    """What holds for every screen: something can be chosen in it, it has a name, and its menu has one place."""

    def test_what_gives_a_record_its_company_can_be_chosen(self):
        """The web client offers records of the record's company only: there is none before this one is chosen."""
        for model in self.env.values():
            company = model._fields.get("company_id")
            if not model._name.startswith("cloud.") or not company or not company.related:
                continue
            giver = model._fields[company.related.split(".")[0]]
            with self.subTest(model=model._name, field=giver.name):
                self.assertFalse(not giver.readonly and getattr(giver, "check_company", False))

    def test_the_customer_and_the_invoice_of_a_new_one_are_not_filtered_by_a_company(self):
        # As the accountant opens New: the company is still empty.
        for model, name in (
            ("cloud.adjustment", "customer_id"),
            ("cloud.goodwill", "customer_id"),
            ("cloud.write.off", "move_id"),
        ):
            described = self.env[model].with_user(self.user_accountant).fields_get([name], ["domain"])
            with self.subTest(model=model):
                self.assertNotIn("company_id", str(described[name].get("domain", "")))

    def test_no_button_leads_to_invoices_that_somebody_may_not_read(self):
        readers = {self.user_viewer: False, self.user_accountant: True, self.user_auditor: True}
        for user, may in readers.items():
            self.assertEqual(self.env["account.move"].with_user(user).has_access("read"), may)
            for model, view_type, button in (
                ("cloud.bill", "form", "action_view_invoice"),
                ("cloud.bill.run", "form", "action_view_invoices"),
                ("cloud.subscription", "form", "action_view_invoices"),
                ("cloud.undo.line", "list", "action_view_invoice"),
            ):
                with self.subTest(model=model, user=user.login):
                    arch = self.env[model].with_user(user).get_view(view_type=view_type)["arch"]
                    self.assertEqual(f'"{button}"' in arch, may)

    def test_new_ones_have_a_name(self):
        accountant = self.env(user=self.user_accountant)
        self.assertEqual(accountant["cloud.goodwill"].new().display_name, "New goodwill credit")
        self.assertEqual(accountant["cloud.write.off"].new().display_name, "New write-off")

    def test_an_exact_cost_is_told_without_the_zeros_of_the_database(self):
        told = {"1772.460401243000": "1,772.460401243", "78.000000000000": "78.00", "0.5": "0.50"}
        for text, shown in told.items():
            self.assertEqual(self.env["cloud.bill"]._format_amount(text, self.company.currency_id), shown)

    def test_sections_stand_in_the_order_of_the_work_and_no_two_entries_share_a_place(self):
        Menu = self.env["ir.ui.menu"]
        root = self.env.ref("cloud_billing.menu_cloud_billing")
        sections = Menu.search([("parent_id", "=", root.id)])
        self.assertEqual(
            sections.mapped("name"), ["Month", "Usage", "Contracts", "Prices", "Control", "Reporting", "Settings"]
        )
        for section in Menu.search([("id", "child_of", root.id), ("child_id", "!=", False)]):
            with self.subTest(section=section.complete_name):
                entries = section.child_id
                for shared in (Counter(entries.mapped("sequence")), Counter(entries.mapped("name"))):
                    self.assertEqual([value for value, count in shared.items() if count > 1], [])
