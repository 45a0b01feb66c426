import psycopg2
from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..models.invoicing.text_template import TemplateError, fill_template, read_template
from .invoicing_common import InvoicingCase


@tagged("post_install", "-at_install")
class TestTemplates(InvoicingCase):
    def make_template(self, text, place="line", **vals):
        return self.env["cloud.text.template"].create(
            {"place": place, "text": text, "company_id": self.company.id, **vals}
        )

    def printed(self, run=None):
        bill = (run or self.make_run()).bill_ids
        vals = bill._prepare_move_vals()
        return [line["name"] for _command, _id, line in vals["invoice_line_ids"]], str(vals.get("narration", ""))

    def test_a_line_says_what_its_template_says(self):
        self.make_template("{product} of {subscription}: {quantity} x {unit_price}\n{service_from} - {service_to}")
        name = self.subscription.name
        self.assertEqual(self.printed()[0], [f"Support of {name}: 1 x 100.00\n03/01/2026 - 03/31/2026"])

    def test_details_are_how_the_amount_came_about(self):
        self.make_template("{product}\n{details}")
        line = self.printed()[0][0]
        self.assertTrue(line.startswith("Support\n1 "), line)
        self.assertIn("100.00", line)

    def test_above_and_below_the_lines(self):
        self.acme.order_reference = "PO-7"
        self.make_template("Services of {service_from} to {service_to}", "header")
        self.make_template("Your order {order}.\nCost centre: {cost_centre}", "footer")
        account = self.env["account.analytic.account"].create(
            {"name": "Sales", "plan_id": self.env["account.analytic.plan"].create({"name": "Centres"}).id}
        )
        self.subscription.line_ids.analytic_distribution = {str(account.id): 100}
        lines, below = self.printed()
        self.assertEqual(lines[0], "Services of 03/01/2026 to 03/31/2026")
        self.assertIn("Your order PO-7.", below)
        self.assertIn("Cost centre: Sales", below)

    def test_the_narrowest_text_holds_a_brand_before_a_language(self):
        brand = self.env["cloud.brand"].create(
            {"name": "North", "journal_id": self.company_data["default_journal_sale"].id, "company_id": self.company.id}
        )
        self.make_template("everybody")
        self.assertEqual(self.printed()[0], ["everybody"])
        run = self.env["cloud.bill.run"].search([("company_id", "=", self.company.id)])
        self.env["res.lang"]._activate_lang("fr_FR")
        self.make_template("français", lang="fr_FR")
        run.bill_ids.invalidate_recordset()
        self.assertEqual(self.printed(run)[0], ["everybody"])
        self.acme.partner_id.lang = "fr_FR"
        run.bill_ids.invalidate_recordset()
        self.assertEqual(self.printed(run)[0], ["français"])
        self.make_template("north", brand_id=brand.id)
        self.acme.brand_id = brand
        run.bill_ids.invalidate_recordset()
        self.assertEqual(self.printed(run)[0], ["north"])

    def test_what_a_person_wrote_for_the_bill_goes_before(self):
        self.make_template("Template", "header")
        run = self.make_run()
        self.env["cloud.bill.text"]._put(run.bill_ids, {("header", ""): "By hand"})
        self.assertEqual(self.printed(run)[0][0], "By hand")

    def test_a_template_that_changes_after_the_approval_is_not_posted(self):
        template = self.make_template("Before", "header")
        run = self.make_run()
        self.approve(run)
        template.text = "After"
        run.with_user(self.user_accountant).action_post()
        self.assertEqual(run.bill_ids.state, "parked")

    def test_a_bad_placeholder_is_refused_with_those_that_are(self):
        for place, text, told in (
            ("line", "{cost}", "{cost} is no placeholder here.*{product}"),
            ("header", "{unit_price}", "{unit_price} is no placeholder here"),
            ("line", "{product.standard_price}", "belongs to no placeholder"),
            ("line", "{{ 7 * 7 }}", "belongs to no placeholder"),
            ("line", "{}", "is no placeholder here"),
            ("line", "open {product", "belongs to no placeholder"),
            ("line", "x" * 2001, "2001 characters"),
            ("line", "{product}" * 41, "41 placeholders"),
        ):
            with self.subTest(text[:30]), self.assertRaisesRegex(ValidationError, told), self.env.cr.savepoint():
                self.make_template(text, place)

    def test_one_text_for_a_place(self):
        self.make_template("One")
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.make_template("Two")
            self.env.flush_all()

    def test_values_are_texts_and_never_read_as_templates(self):
        self.assertEqual(fill_template("{a} {b}", {"a": "{b}", "b": "x"}), "{b} x")
        self.assertEqual(fill_template("{a}\n\nkept", {"a": ""}), "kept")
        with self.assertRaises(TemplateError):
            read_template("{a!r}", {"a"})

    def test_the_form_is_saved_by_an_accountant_and_lists_what_may_stand(self):
        form = Form(self.env["cloud.text.template"].with_user(self.user_accountant))
        form.place, form.text = "footer", "{order}"
        self.assertIn("{service_from}", form.placeholders)
        self.assertNotIn("{unit_price}", form.placeholders)
        form.save()
