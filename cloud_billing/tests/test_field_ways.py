"""Ways beside reading that could tell of a hidden field: values beside a list, copies, defaults, filters, relatives."""

from ast import literal_eval

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_field_access import FieldAccessCase, _is_denial


@tagged("post_install", "-at_install")
class TestWaysBesideReading(FieldAccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # What a search panel shows is a link or a selection: the brand of a customer is one.
        cls.brand = cls.env["cloud.brand"].create(
            {
                "name": "Secret Brand",
                "company_id": cls.company.id,
                "journal_id": cls.company_data["default_journal_sale"].id,
            }
        )
        cls.acme.brand_id = cls.brand
        cls.acme.partner_id.comment = "secret"

    def hide(self, role="viewer"):
        """The brand and the remarks of contacts, hidden from a role."""
        brand_id = self.env["ir.model.fields"]._get("cloud.customer", "brand_id")
        self.env["cloud.field.item"].create({"class_id": self.personal.id, "field_id": brand_id.id})
        self.set_level(self.personal, role, "none")

    def assert_refused(self, **ways):
        for name, way in ways.items():
            self.env.invalidate_all()
            with self.subTest(way=name), self.assertRaises(Exception) as caught:
                way()
            self.assertTrue(_is_denial(caught.exception), f"{name}: {caught.exception!r}")

    def test_values_beside_a_list(self):
        customers = self.env["cloud.customer"].with_user(self.user_viewer)
        seen = customers.search_panel_select_range("brand_id", enable_counters=True)["values"]
        self.assertIn(self.brand.id, [value["id"] for value in seen])
        self.hide()
        options = {"enable_counters": True, "expand": True, "limit": 100}
        hidden = [("brand_id", "=", self.brand.id)]
        self.assert_refused(
            one=lambda: customers.search_panel_select_range("brand_id", **options),
            several=lambda: customers.search_panel_select_multi_range("brand_id", **options),
            search=lambda: customers.search_panel_select_range("plan_id", search_domain=hidden, **options),
            category=lambda: customers.search_panel_select_multi_range("plan_id", category_domain=hidden, **options),
            filter=lambda: customers.search_panel_select_range("plan_id", filter_domain=hidden, **options),
        )

    def test_a_copy_is_not_made_of_what_is_hidden(self):
        self.hide("accountant")
        partner = self.as_user("accountant", self.acme.partner_id)
        self.assert_refused(copy=partner.copy, copy_data=partner.copy_data)

    def test_defaults_of_hidden_fields_are_not_told(self):
        self.env["ir.default"].set("res.partner", "comment", "secret by default")
        self.env["ir.default"].set("res.partner", "name", "New")
        partners = self.env["res.partner"].with_user(self.user_accountant)
        self.assertIn("comment", partners.default_get(["comment", "name"]))
        self.hide("accountant")
        self.assertEqual(partners.default_get(["comment", "name"]), {"name": "New"})
        made = partners.with_context(default_comment="typed in an address").default_get(["comment"])
        self.assertNotIn("comment", made)
        values = partners.onchange({}, [], {"name": {}})["value"]
        self.assertEqual(values["name"], "New")
        # What is made holds it all the same.
        self.assertIn("secret by default", partners.create({"name": "Made"}).sudo().comment)

    def test_a_saved_filter_finds_nothing_by_it(self):
        saved = self.env["ir.filters"].create(
            {
                "name": "By remark",
                "model_id": "res.partner",
                "domain": "[('comment', 'ilike', 'secret')]",
                "sort": '["comment"]',
                "context": "{'group_by': ['comment']}",
                "user_ids": False,
            }
        )
        self.hide()
        partners = self.env["res.partner"].with_user(self.user_viewer)
        shown = self.env["ir.filters"].with_user(self.user_viewer).get_filters("res.partner")
        mine = next(one for one in shown if one["id"] == saved.id)
        domain, context = literal_eval(mine["domain"]), literal_eval(mine["context"])
        self.assert_refused(
            domain=lambda: partners.search(domain),
            sort=lambda: partners.search([], order=literal_eval(mine["sort"])[0]),
            group=lambda: partners.web_read_group([], context["group_by"], ["__count"]),
        )

    def test_a_field_made_on_a_screen_that_repeats_a_hidden_one(self):
        self.hide()
        self.env["ir.model.fields"].create(
            [
                {
                    "name": name,
                    "model_id": self.env["ir.model"]._get_id(model),
                    "ttype": "html",
                    "related": path,
                    "store": False,
                    "readonly": True,
                }
                for name, model, path in (
                    ("x_remark", "cloud.customer", "partner_id.comment"),
                    ("x_remark_again", "cloud.subscription", "customer_id.x_remark"),
                )
            ]
        )
        for records, name in ((self.acme, "x_remark"), (self.subscription, "x_remark_again")):
            self.assertIn("secret", records[name])
            mine = self.as_user("viewer", records)
            with self.subTest(field=name):
                self.assertNotIn(name, mine.fields_get())
                with self.assertRaises(AccessError):
                    mine.read([name])
                with self.assertRaises(AccessError):
                    mine.search([(name, "ilike", "secret")])
