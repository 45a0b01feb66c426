"""What repeats a hidden field: names that tell it, texts that are made of it, searches by name."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .billing_common import BillingCase

NUMBER = "BE71 0961 2345 6769"
PERSONAL = {
    "email": "Zzmail@Example.com",
    "phone": "+32 470 99 88 77",
    "street": "Zzstreet 1",
    "street2": "Zzdoor",
    "zip": "ZZ99",
    "city": "Zzcity",
    "vat": "BE0477472701",
    "comment": "Zzcomment",
}
# As other fields would spell it.
MARKS = ("zz", "470998877", "0477472701")
TOLD = {"show_email": True, "show_vat": True, "show_address": True}


@tagged("post_install", "-at_install")
class TestWhatRepeatsAHiddenField(BillingCase):
    """Personal data and accounts of Acme's contact are hidden from viewers and accountants."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.partner = cls.customer.partner_id
        cls.partner.write(PERSONAL)
        cls.account = cls.env["res.partner.bank"].create({"acc_number": NUMBER, "partner_id": cls.partner.id})
        cls.user_viewer.partner_id.email = "Zzviewer@example.com"
        classes = cls.env.ref("cloud_billing.field_class_personal") | cls.env.ref("cloud_billing.field_class_bank")
        roles = cls.env.ref("cloud_billing.group_viewer") | cls.env.ref("cloud_billing.group_accountant")
        classes.level_ids.filtered(lambda line: line.group_id in roles).level = "none"
        cls.env.flush_all()
        cls.env.invalidate_all()

    def assert_untold(self, told, marks=MARKS):
        text = repr(told).lower().replace(" ", "")
        self.assertFalse([mark for mark in marks if mark in text], told)

    def test_no_field_of_the_contact_tells_it(self):
        partner, read = self.partner.with_user(self.user_viewer), 0
        for name, field in partner._fields.items():
            if field.type in ("binary", "image"):
                continue
            self.env.invalidate_all()
            with self.subTest(field=name):
                try:
                    told = partner.read([name])
                except AccessError:
                    continue
                read += 1
                self.assert_untold(told)
        # Most fields of a contact are no secret.
        self.assertGreater(read, 50)

    def test_nor_of_the_account(self):
        account = self.account.with_user(self.user_accountant)
        for name in account._fields:
            self.env.invalidate_all()
            with self.subTest(field=name):
                try:
                    told = account.read([name])
                except AccessError:
                    continue
                self.assert_untold(told, ["71096123456769"])

    def test_nor_the_name_of_the_contact_of_a_document_that_the_context_asks_for(self):
        customer = self.customer.with_user(self.user_viewer)
        for context in [*({key: value} for key, value in TOLD.items()), TOLD]:
            spec = {"partner_id": {"fields": {"display_name": {}}, "context": context}}
            for told in (customer.web_read(spec), customer.with_context(**context).read(["partner_id"])):
                with self.subTest(context=context):
                    self.assertIn("Acme", repr(told))
                    self.assert_untold(told)
            # Whoever may, still reads it.
            told = self.customer.with_user(self.user_price_manager).web_read(spec)
            self.assertTrue([mark for mark in MARKS if mark in repr(told).lower()])

    def test_nor_the_name_of_an_account(self):
        move = self.env["account.move"].create({"move_type": "in_invoice", "partner_id": self.partner.id})
        move.partner_bank_id = self.account
        move = move.with_user(self.user_accountant)
        told = move.web_read({"partner_bank_id": {"fields": {"display_name": {}}}})
        self.assertEqual(told[0]["partner_bank_id"]["display_name"], "...6769")
        self.assertIn(NUMBER, self.account.display_name)

    def test_a_contact_is_found_by_name_and_not_by_what_is_hidden(self):
        partners = self.env["res.partner"]
        for user, finds in ((self.user_viewer, False), (self.user_price_manager, True)):
            seen = partners.with_user(user)
            with self.subTest(user=user.login):
                self.assertIn(self.partner.id, [found[0] for found in seen.name_search("Acme")])
                for text in (PERSONAL["email"], PERSONAL["vat"]):
                    found = [one[0] for one in seen.name_search(text)]
                    self.assertEqual(self.partner.id in found, finds, text)
        accounts = self.env["res.partner.bank"].with_user(self.user_accountant)
        self.assertFalse(accounts.name_search(NUMBER))
