from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged

from ..models.masterdata.cloud_sheet_customer_find import find_problem, get_compact
from .test_sheet_mapping import SheetCase, csv_file

# Numbers whose check digits are right, as python-stdnum's own documentation gives them.
VAT_NL, VAT_BE = "NL004495445B01", "BE0403019261"


@tagged("post_install", "-at_install")
class TestVatNumbers(BaseCase):
    def test_numbers_are_checked_by_the_rules_of_their_country(self):
        self.assertIsNone(find_problem("NL 4495445B01"))
        self.assertIsNone(find_problem(VAT_BE))
        self.assertEqual(find_problem("NL123456790B90"), "NL")
        self.assertEqual(find_problem("BE 431150351"), "BE")
        # Without its prefix a number is checked by the country of the row, and else not at all.
        self.assertEqual(find_problem("431150351", "BE"), "BE")
        self.assertIsNone(find_problem("431150351"))
        self.assertIsNone(find_problem("ZZ1"))

    def test_a_number_is_the_same_however_it_is_written(self):
        self.assertEqual(get_compact("nl 4495.445-B01"), VAT_NL)
        self.assertEqual(get_compact("BE 403.019.261"), VAT_BE)
        self.assertEqual(get_compact("ZZ 1"), "ZZ1")


@tagged("post_install", "-at_install")
class TestCustomers(SheetCase):
    KIND = "cloud.sheet.customer"
    HEAD = "code,external_key,system,name,vat,email,country,currency,parent,order_reference"

    def setUp(self):
        super().setUp()
        self.acme.code = "A-1"
        self.env["res.currency"].search([("name", "in", ("EUR", "USD")), ("active", "in", (True, False))]).active = True

    def customer(self, code):
        return self.env["cloud.customer"].search([("code", "=", code), ("company_id", "=", self.company.id)])

    def test_new_customers_come_with_contact_and_key(self):
        self.take(csv_file(self.HEAD, f"N-1,77,CRM,Newco,{VAT_NL},it@newco.example,NL,EUR,A-1,PO 7"))
        made = self.customer("N-1")
        self.assertEqual((made.name, made.partner_id.vat, made.partner_id.email), ("Newco", VAT_NL, "it@newco.example"))
        self.assertEqual((made.currency_id.name, made.parent_id, made.order_reference), ("EUR", self.acme, "PO 7"))
        self.assertEqual(made.external_key_ids.mapped(lambda key: (key.key, key.system)), [("77", "CRM")])
        self.assertTrue(made.partner_id.is_company)

    def test_what_changes_is_shown_old_and_new_and_an_empty_cell_changes_nothing(self):
        self.acme.order_reference = "Old"
        content = csv_file(self.HEAD, "a-1,,,Acme,,new@acme.example,,,,New")
        changes = "code: A-1 → a-1\norder_reference: Old → New\nemail: – → new@acme.example"
        self.assertEqual(self.look(content)[2], ("changed", changes))
        self.take(content)
        self.assertEqual((self.acme.order_reference, self.acme.partner_id.email), ("New", "new@acme.example"))
        self.assertEqual(self.acme.tz, "Europe/Amsterdam")

    def test_a_customer_is_found_by_key_and_by_vat_number(self):
        self.acme.external_key_ids = [(0, 0, {"key": "77", "system": "CRM"})]
        self.bolt.partner_id.vat = VAT_BE
        seen = self.look(csv_file(self.HEAD, ",77,crm,Acme,,,,,,PO", ",,,Bolt,BE 0403.019.261,,,,,PO"))
        self.assertEqual([outcome for outcome, _text in seen.values()], ["changed", "changed"])

    def test_a_contact_with_the_number_becomes_the_customer(self):
        contact = self.env["res.partner"].create({"name": "Known", "vat": VAT_NL})
        self.take(csv_file(self.HEAD, f"K-1,,,Known,{VAT_NL},,,,,"))
        self.assertEqual(self.customer("K-1").partner_id, contact)

    def test_statements_do_not_grow_with_rows(self):
        def count(first, rows):
            numbers = range(first, first + rows)
            content = csv_file(self.HEAD, *(f"N-{n},{n},CRM,New {n},,n{n}@new.example,NL,EUR,," for n in numbers))
            return self.count_statements_of(lambda: self.take(content))

        # The first files of a process fill caches that the later ones find.
        count(0, 3)
        count(50, 3)
        few, many = count(100, 3), count(200, 30)
        self.assertEqual(few, many)

    def test_a_name_is_only_a_hint(self):
        seen = self.look(csv_file(self.HEAD, "X-9,,,Bolt,,,,,,", ",,,Bolt,,,,,,"))
        self.assertEqual(seen[2][0], "new")
        self.assertIn("A customer of this name is here already", seen[2][1])
        # With nothing but the name, no second customer is made of it.
        self.assertEqual(seen[3][0], "refused")

    def test_what_is_wrong_is_said_with_row_column_and_remedy(self):
        self.bolt.code = "B-1"
        self.bolt.external_key_ids = [(0, 0, {"key": "77"})]
        seen = self.look(
            csv_file(
                self.HEAD,
                "A-1,77,,Acme,,,,,,",
                "N-1,,,New,NL123456790B90,,,,,",
                "N-2,,,New,,,XX,,,",
                "N-3,,,New,,,,QQQ,,",
                "N-4,,,New,,,,,Z-9,",
                "B-1,,,Bolt,,,,,,PO",
                "b-1,,,Bolt,,,,,,PO",
                ",,,,,,,,,PO",
            )
        )
        for row, words in (
            (2, "names two customers"), (3, "vat: NL123456790B90 is no VAT number of NL"),
            (4, "country: XX is no country"),
            (5, "currency: QQQ is no currency"), (6, "parent: No customer has the code Z-9"),
            (8, "Row 7 is about the same customer"), (9, "name: Fill in this cell"),
        ):  # fmt: skip
            self.assertEqual(seen[row][0], "refused", row)
            self.assertIn(words, seen[row][1])

    def test_what_was_exported_changes_nothing_when_it_comes_back(self):
        self.bolt.write({"code": "B-1", "parent_id": self.acme.id, "plan_id": self.plan.id, "order_reference": "+1"})
        self.bolt.partner_id.write({"vat": VAT_BE, "country_id": self.env.ref("base.be").id, "street": "Rue 1"})
        self.bolt.external_key_ids = [(0, 0, {"key": "77", "system": "CRM"})]
        for customer in self.env["cloud.customer"].search([("company_id", "=", self.company.id), ("code", "=", False)]):
            customer.code = f"own-{customer.id}"
        for file_format in ("csv", "xlsx"):
            wizard = self.wizard(self.export(file_format), file_name=f"t.{file_format}")
            wizard.action_look()
            self.assertEqual(wizard.line_ids.mapped("text"), [])
            self.assertIn("0 new, 0 changed, 2 unchanged", wizard.summary)

    def test_again_changes_nothing(self):
        content = csv_file(self.HEAD, f"N-1,77,CRM,Newco,{VAT_NL},it@newco.example,NL,EUR,A-1,PO 7")
        self.take(content)
        wizard = self.wizard(content)
        wizard.action_look()
        self.assertIn("0 new, 0 changed, 1 unchanged", wizard.summary)

    def test_all_or_nothing(self):
        content = csv_file(self.HEAD, "N-1,,,New,,,,,,", "N-2,,,New,,,,QQQ,,")
        with self.assertRaises(UserError):
            self.take(content)
        self.assertFalse(self.customer("N-1"))

    def test_what_the_form_refuses_is_refused_here_in_the_same_words(self):
        self.make_version([{"product_id": self.metered.id, "unit_price": 1}])
        self.acme_line.subscription_id.action_activate()
        other = "USD" if self.acme.currency_id.name != "USD" else "EUR"
        seen = self.look(csv_file(self.HEAD, f"A-1,,,Acme,,,,{other},,", "N-1,,,New,,,,,,"))
        self.assertEqual(seen[2][0], "refused")
        self.assertIn("so its Currency stays", seen[2][1])
        self.assertEqual(seen[3][0], "new")

    def test_operators_make_no_customers(self):
        with self.assertRaises(AccessError):
            self.take(csv_file(self.HEAD, "N-1,,,New,,,,,,"), user=self.user_operator)


@tagged("post_install", "-at_install")
class TestSubscriptions(SheetCase):
    KIND = "cloud.sheet.subscription"
    HEAD = "subscription,system,customer,plan,start,end,product,description,quantity,line_start"

    def setUp(self):
        super().setUp()
        self.acme.code = "A-1"
        self.recurring.default_code = "SUP"

    def subscription(self, key):
        return self.env["cloud.external.key"].search([("key", "=", key)]).subscription_id

    def test_rows_of_one_key_are_one_subscription(self):
        self.take(csv_file(
            self.HEAD,
            "old-1,CRM,A-1,Public prices,2026-05-01,,SUP,Gold support,3,",
            "old-1,CRM,A-1,,,,Disk,,,2026-06-01",
        ))  # fmt: skip
        made = self.subscription("old-1")
        self.assertEqual((made.customer_id, made.plan_id, str(made.date_start), made.state),
                         (self.acme, self.plan, "2026-05-01", "draft"))  # fmt: skip
        support, disk = made.line_ids.sorted("id")
        self.assertEqual((support.product_id, support.name, support.quantity), (self.recurring, "Gold support", 3))
        self.assertEqual((disk.product_id, str(disk.date_start)), (self.metered, "2026-06-01"))

    def test_again_changes_nothing_and_what_differs_is_written(self):
        first = csv_file(self.HEAD, "old-1,,A-1,Public prices,2026-05-01,,SUP,Gold,3,")
        self.take(first)
        wizard = self.wizard(first)
        wizard.action_look()
        self.assertIn("0 new, 0 changed, 1 unchanged", wizard.summary)
        second = csv_file(self.HEAD, "old-1,,A-1,Public prices,2026-05-01,,SUP,Gold,5,", "old-1,,A-1,,,,Disk,,,")
        seen = self.look(second)
        self.assertEqual(seen[2], ("changed", "quantity: 3 → 5"))
        self.assertEqual(seen[3][0], "new")
        self.take(second)
        self.assertEqual(self.subscription("old-1").line_ids.sorted("id").mapped("quantity")[0], 5)
        self.assertEqual(len(self.subscription("old-1").line_ids), 2)

    def test_a_subscription_is_found_by_its_number(self):
        number = self.acme_line.subscription_id.name
        seen = self.look(csv_file(self.HEAD, f"{number},,A-1,,,,SUP,,2,"))
        self.assertEqual(seen[2][0], "new")
        self.take(csv_file(self.HEAD, f"{number},,A-1,,,,SUP,,2,"))
        self.assertEqual(len(self.acme_line.subscription_id.line_ids), 2)

    def test_what_is_wrong_is_said(self):
        self.bolt.code = "B-1"
        number = self.acme_line.subscription_id.name
        seen = self.look(csv_file(
            self.HEAD,
            "n-1,,Nobody,,,,SUP,,,",
            "n-2,,A-1,None,,,SUP,,,",
            "n-3,,A-1,,,,Nothing,,,",
            "n-4,,A-1,,,,SUP,,many,",
            f"{number},,B-1,,,,Disk,,,",
        ))  # fmt: skip
        for row, words in (
            (2, "customer: No customer has the code or key Nobody"), (3, "plan: The company has no price plan None"),
            (4, "product: No product that is billed here"), (5, "quantity: many is no number"),
            (6, "customer: The subscription is of Acme"),
        ):  # fmt: skip
            self.assertIn(words, seen[row][1])

    def test_what_was_exported_changes_nothing_when_it_comes_back(self):
        self.take(csv_file(self.HEAD, "old-1,CRM,A-1,Public prices,2026-05-01,,SUP,Gold,3,"))
        customers = self.env["cloud.customer"].search([("company_id", "=", self.company.id), ("code", "=", False)])
        for customer in customers:
            customer.code = f"own-{customer.id}"
        # Products of the demo may share a name: each gets a reference.
        lines = self.env["cloud.subscription.line"].search([("company_id", "=", self.company.id)])
        for product in lines.product_id.filtered(lambda product: not product.default_code):
            product.default_code = f"own-{product.id}"
        wizard = self.wizard(self.export())
        wizard.action_look()
        self.assertEqual(wizard.line_ids.mapped("text"), [])
        self.assertIn("0 new, 0 changed", wizard.summary)
