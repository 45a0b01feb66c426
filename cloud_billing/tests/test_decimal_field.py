import ast
import re
from datetime import timedelta
from decimal import Decimal
from itertools import count

import psycopg2
from lxml import etree
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..fields import DecimalField, format_decimal
from .common import CloudBillingCase

BIG = "999999999999999.123456789012"
SMALL = "0.000000123456"
TINY = "0.000000000000000001"


class DecimalCase(CloudBillingCase):
    """Price rules of a draft version: unit_price and percent are exact numbers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.days = count()
        cls.rules = cls.env["cloud.price.rule"]
        cls.version = (
            cls.env["cloud.price.plan"]
            .create({"name": "Exact", "version_ids": [Command.create({"name": "1", "date_start": "2026-01-01"})]})
            .version_ids
        )

    @classmethod
    def own_day(cls):
        """Dates of a day that no other price of the version has: equal prices on one day are refused."""
        day = cls.version.date_start + timedelta(days=next(cls.days))
        return {"date_start": day, "date_end": day + timedelta(days=1)}

    def rule(self, name="rule", **values):
        values.setdefault("unit_price", "1")
        return self.rules.create({"name": name, "version_id": self.version.id, **self.own_day(), **values})

    def reread(self, record, name="unit_price"):
        """The value as it comes back from the database."""
        record.flush_recordset()
        record.invalidate_recordset()
        return record[name]


@tagged("post_install", "-at_install")
class TestANumberIsStored(DecimalCase):
    def test_every_digit_comes_back_as_a_decimal(self):
        for text in (BIG, "-" + BIG, SMALL, TINY, "0", "1.50", "100"):
            value = self.reread(self.rule(unit_price=text))
            self.assertIsInstance(value, Decimal)
            self.assertEqual(format(value, "f"), text)

    def test_the_cache_holds_a_decimal_after_a_fetch(self):
        rule = self.rule(unit_price=SMALL)
        self.reread(rule)
        self.assertIsInstance(rule._fields["unit_price"]._get_cache(self.env)[rule.id], Decimal)

    def test_an_exponent_is_read_and_written_out(self):
        self.assertEqual(self.rule(unit_price="1e-18").read(["unit_price"])[0]["unit_price"], TINY)

    def test_empty_stays_empty_and_zero_stays_zero(self):
        empty, zero = self.rule(percent=None), self.rule(percent=0)
        self.assertIsNone(self.reread(empty, "percent"))
        self.assertEqual(self.reread(zero, "percent"), Decimal(0))
        self.assertEqual(
            (empty + zero).read(["percent"]),
            [
                {"id": empty.id, "percent": False},
                {"id": zero.id, "percent": "0"},
            ],
        )
        zero.percent = False
        self.assertIsNone(self.reread(zero, "percent"))

    def test_a_value_can_be_written_copied_and_assigned(self):
        rule = self.rule()
        rule.write({"unit_price": BIG})
        self.assertEqual(self.reread(rule), Decimal(BIG))
        self.assertEqual(self.reread(rule.copy(self.own_day())), Decimal(BIG))
        rule.unit_price = Decimal(SMALL)
        self.assertEqual(self.reread(rule), Decimal(SMALL))
        rule.unit_price = 7
        self.assertEqual(self.reread(rule), Decimal(7))

    def test_the_same_number_written_again_touches_nothing(self):
        rule = self.rule(unit_price="1.50")
        self.reread(rule)
        # What the check of a price reads besides is no matter of the number.
        rule._check_terms()
        with self.assertQueryCount(0):
            rule.unit_price = "1.5"
            rule.flush_recordset()

    def test_a_default_is_exact(self):
        field = DecimalField(default="0.1")
        self.assertEqual(field._to_decimal(field._args__["default"], self.env), Decimal("0.1"))
        line = self.env["cloud.subscription.line"].new({})
        self.assertEqual(line.quantity, Decimal(1))

    def test_a_float_that_kept_its_digits_is_taken_and_one_that_lost_some_is_refused(self):
        self.assertEqual(self.reread(self.rule(unit_price=0.1)), Decimal("0.1"))
        for lossy in (0.1 + 0.2, 999999999999999.123456789012, float("nan"), float("inf")):
            with self.assertRaises(ValidationError):
                self.rule(unit_price=lossy)

    def test_garbage_is_refused_with_the_name_of_the_field(self):
        for garbage in ("abc", "1,5", "1 000", "NaN", "Infinity", "--1", "9" * 70, [1], True):
            with self.assertRaisesRegex(ValidationError, "Unit Price"):
                self.rule(unit_price=garbage)

    def test_a_required_number_may_be_zero_but_not_empty(self):
        field = self.env["cloud.rated.line"]._fields["amount"]
        self.assertTrue(field.required)
        self.assertEqual(field.convert_to_column(0, self.env["cloud.rated.line"]), Decimal(0))
        column = "SELECT is_nullable FROM information_schema.columns WHERE table_name = %s AND column_name = %s"
        self.env.cr.execute(column, ("cloud_rated_line", "amount"))
        self.assertEqual(self.env.cr.fetchone(), ("NO",))

    def test_the_database_refuses_what_is_no_number_also_for_raw_sql(self):
        rule = self.rule()
        rule.flush_recordset()
        for value in ("NaN", "Infinity", "-Infinity"):
            with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.cr.execute("UPDATE cloud_price_rule SET unit_price = %s WHERE id = %s", (value, rule.id))

    def test_every_stored_decimal_field_of_every_model_has_its_check(self):
        self.cr.execute("SELECT conname FROM pg_constraint WHERE contype = 'c'")
        checks = {name for (name,) in self.cr.fetchall()}
        for model in self.env.registry.models.values():
            for field in model._fields.values():
                if isinstance(field, DecimalField) and field.store and model._auto and not model._abstract:
                    self.assertIn(f"{model._table}_{field.name}_finite"[:63], checks)

    def test_an_upgrade_puts_a_lost_check_back(self):
        self.cr.execute("ALTER TABLE cloud_price_rule DROP CONSTRAINT cloud_price_rule_unit_price_finite")
        self.rules._fields["unit_price"].update_db_column(self.rules, {"udt_name": "numeric"})
        self.cr.execute("SELECT 1 FROM pg_constraint WHERE conname = 'cloud_price_rule_unit_price_finite'")
        self.assertTrue(self.cr.fetchone())


@tagged("post_install", "-at_install")
class TestNumbersAreSearched(DecimalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make = cls.rules.create
        cls.empty, cls.zero, cls.tiny, cls.small, cls.big = make(
            [
                {"name": name, "version_id": cls.version.id, "unit_price": "1", "percent": value, **cls.own_day()}
                for name, value in (("empty", None), ("zero", 0), ("tiny", TINY), ("small", SMALL), ("big", BIG))
            ]
        )
        cls.all = cls.empty + cls.zero + cls.tiny + cls.small + cls.big

    def check(self, condition, expected):
        """The database and `filtered_domain` agree."""
        domain = Domain([condition]) & Domain("version_id", "=", self.version.id)
        self.assertEqual(self.rules.search(domain), expected, condition)
        self.assertEqual(self.all.filtered_domain([condition]), expected, condition)

    def test_equal_means_equal_to_the_last_digit(self):
        self.check(("percent", "=", BIG), self.big)
        self.check(("percent", "=", "999999999999999.123456789012000001"), self.rules)
        self.check(("percent", "=", TINY), self.tiny)
        self.check(("percent", "in", [BIG, SMALL]), self.small + self.big)
        self.check(("percent", "not in", [BIG, SMALL]), self.empty + self.zero + self.tiny)
        self.check(("percent", "!=", TINY), self.all - self.tiny)

    def test_zero_is_not_empty(self):
        self.check(("percent", "=", 0), self.zero)
        self.check(("percent", "=", "0.00"), self.zero)
        self.check(("percent", "=", False), self.empty)
        self.check(("percent", "!=", False), self.all - self.empty)
        self.check(("percent", "!=", 0), self.all - self.zero)

    def test_ranges_compare_digits_and_never_include_empty(self):
        self.check(("percent", ">", 0), self.tiny + self.small + self.big)
        self.check(("percent", ">=", "0"), self.all - self.empty)
        self.check(("percent", "<", SMALL), self.zero + self.tiny)
        self.check(("percent", "<=", SMALL), self.zero + self.tiny + self.small)
        self.check(("percent", "<", BIG), self.zero + self.tiny + self.small)
        self.check(("percent", ">", 0.0000001), self.small + self.big)

    def test_the_order_is_by_size(self):
        domain = [("version_id", "=", self.version.id), ("percent", "!=", False)]
        self.assertEqual(self.rules.search(domain, order="percent desc"), self.big + self.small + self.tiny + self.zero)
        self.assertEqual(self.rules.search_fetch(domain, ["percent"], order="percent", limit=2), self.zero + self.tiny)
        self.assertEqual(
            (self.all - self.empty).sorted("percent", reverse=True), self.big + self.small + self.tiny + self.zero
        )

    def test_a_search_that_is_no_number_is_refused(self):
        with self.assertRaises(ValidationError):
            self.rules.search([("percent", "=", "abc")])


@tagged("post_install", "-at_install")
class TestNumbersAreAddedUp(DecimalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules.create(
            [
                {"name": name, "version_id": cls.version.id, "unit_price": "1", "percent": value, **cls.own_day()}
                for name, value in (("a", BIG), ("a", SMALL), ("b", "0.10"), ("b", "0.2"), ("c", None))
            ]
        )
        cls.domain = [("version_id", "=", cls.version.id)]

    def test_sum_max_min_are_exact(self):
        # 999999999999999.123456789012 + 0.000000123456 = 999999999999999.123456912468 ; 0.10 + 0.2 = 0.30
        groups = self.rules._read_group(self.domain, ["name"], ["percent:sum", "percent:max", "percent:min", "__count"])
        self.assertEqual(
            groups,
            [
                ("a", Decimal("999999999999999.123456912468"), Decimal(BIG), Decimal(SMALL), 2),
                ("b", Decimal("0.30"), Decimal("0.2"), Decimal("0.10"), 2),
                ("c", False, False, False, 1),
            ],
        )
        [(total,)] = self.rules._read_group(self.domain, [], ["percent:sum"])
        self.assertEqual(total, Decimal("999999999999999.423456912468"))

    def test_having_and_order_compare_numbers_not_texts(self):
        self.rule(name="d", percent="9")
        groups = self.rules._read_group(
            self.domain, ["name"], ["percent:sum"], having=[("percent:sum", ">", 0.5)], order="percent:sum desc"
        )
        # As texts "9" would come before "9999...".
        self.assertEqual([name for name, _sum in groups], ["a", "d"])

    def test_arrays_and_counts(self):
        [(name, numbers, count)] = self.rules._read_group(
            [*self.domain, ("name", "=", "a")], ["name"], ["percent:array_agg", "percent:count_distinct"]
        )
        self.assertEqual((name, numbers, count), ("a", [Decimal(BIG), Decimal(SMALL)], 2))

    def test_a_group_by_number_joins_equal_numbers_and_sorts_by_size(self):
        self.rule(name="e", percent="0.200")
        self.rule(name="f", percent="10")
        groups = self.rules._read_group(self.domain, ["percent"], ["__count"], order="percent")
        self.assertEqual(
            groups,
            [
                (Decimal(SMALL), 1),
                (Decimal("0.1"), 1),
                (Decimal("0.2"), 2),
                (Decimal(10), 1),
                (Decimal(BIG), 1),
                (False, 1),
            ],
        )

    def test_grouping_sets_are_exact(self):
        by_name, total = self.rules._read_grouping_sets(self.domain, [["name"], []], ["percent:sum"], order="name")
        self.assertEqual(by_name[1], ("b", Decimal("0.30")))
        self.assertEqual(total, [(Decimal("999999999999999.423456912468"),)])

    def test_the_web_client_gets_texts(self):
        groups = self.rules.formatted_read_group(self.domain, ["name"], ["percent:sum", "percent:array_agg"])
        self.assertEqual(groups[0]["percent:sum"], "999999999999999.123456912468")
        self.assertEqual(groups[0]["percent:array_agg"], [BIG, SMALL])
        self.assertEqual(groups[2]["percent:sum"], False)
        sets = self.rules.formatted_read_grouping_sets(self.domain, [["name"], []], ["percent:sum"])
        self.assertEqual(sets[1][0]["percent:sum"], "999999999999999.423456912468")
        listed = self.rules.web_read_group(self.domain, ["name"], ["percent:sum"])
        self.assertEqual(listed["groups"][1]["percent:sum"], "0.30")

    def test_a_stock_number_beside_it_stays_a_float(self):
        [(sequence,)] = self.rules._read_group(self.domain, [], ["sequence:max"])
        self.assertIsInstance(sequence, int)
        rate = self.env["res.currency.rate"]
        self.assertIsInstance(rate._read_group([], [], ["rate:sum"])[0][0], (float, bool))

    def test_amounts_of_several_currencies_have_no_sum(self):
        dollar, euro = self.env.ref("base.USD"), self.env.ref("base.EUR")
        (dollar + euro).active = True
        run = self.env["cloud.bill.run"].create({"cutoff_date": "2026-02-01"})
        partners = self.env["res.partner"].create([{"name": "One"}, {"name": "Two"}])
        one, two = self.env["cloud.customer"].create(
            [{"name": partner.name, "partner_id": partner.id} for partner in partners]
        )
        bills = self.env["cloud.bill"].create(
            [
                {
                    "name": name,
                    "run_id": run.id,
                    "customer_id": customer.id,
                    "currency_id": currency.id,
                    "tax_basis": "net",
                    "amount": amount,
                }
                for name, customer, currency, amount in (
                    ("1", one, dollar, "1.10"),
                    ("2", one, euro, "2.20"),
                    ("3", two, euro, "3.30"),
                )
            ]
        )
        domain = [("id", "in", bills.ids)]
        # 1.10 USD + 2.20 EUR is no number; 3.30 EUR is.
        self.assertEqual(
            bills._read_group(domain, ["customer_id"], ["amount:sum"]), [(one, False), (two, Decimal("3.30"))]
        )
        groups = bills.formatted_read_group(
            domain, ["customer_id"], ["amount:sum", "amount:sum_currency", "currency_id:array_agg_distinct"]
        )
        self.assertEqual([group["amount:sum_currency"] for group in groups], [False, False])
        self.assertEqual(sorted(groups[0]["currency_id:array_agg_distinct"]), sorted((dollar + euro).ids))
        self.assertEqual(bills.fields_get(["amount"])["amount"]["currency_field"], "currency_id")


@tagged("post_install", "-at_install")
class TestNumbersComeAndGo(DecimalCase):
    def test_export_gives_every_digit_and_load_takes_it_back(self):
        rule = self.rule(unit_price=BIG, percent=TINY)
        rows = rule.export_data(["name", "unit_price", "percent", "version_id/.id"])["datas"]
        self.assertEqual(rows[0][1:3], [BIG, TINY])
        empty = self.rule(percent=None).export_data(["percent"])["datas"]
        self.assertEqual(empty, [[""]])
        self.version.rule_ids.unlink()
        result = self.rules.load(["name", "unit_price", "percent", "version_id/.id"], rows)
        self.assertFalse(result["messages"])
        loaded = self.rules.browse(result["ids"])
        self.assertEqual((self.reread(loaded), loaded.percent), (Decimal(BIG), Decimal(TINY)))

    def test_load_names_the_cell_that_is_no_number(self):
        result = self.rules.load(["name", "unit_price", "version_id/.id"], [["x", "12,5", str(self.version.id)]])
        self.assertFalse(result["ids"])
        self.assertIn("12,5", result["messages"][0]["message"])

    def test_the_web_client_reads_and_saves_texts(self):
        rule = self.rule(unit_price=BIG)
        self.assertEqual(
            rule.web_read({"unit_price": {}, "percent": {}}), [{"id": rule.id, "unit_price": BIG, "percent": False}]
        )
        saved = rule.web_save({"unit_price": SMALL}, {"unit_price": {}})
        self.assertEqual(saved[0]["unit_price"], SMALL)
        self.assertEqual(self.rules.search_read([("id", "=", rule.id)], ["unit_price"])[0]["unit_price"], SMALL)

    def test_onchange_answers_with_texts(self):
        answer = self.version.onchange(
            {"rule_ids": [(0, "virtual", {"name": "x", "unit_price": BIG})]},
            ["rule_ids"],
            {"rule_ids": {"fields": {"name": {}, "unit_price": {}}}},
        )
        self.assertNotIn("warning", answer)
        line = self.env["cloud.subscription.line"].onchange({}, [], {"quantity": {}})
        self.assertEqual(line["value"]["quantity"], "1")

    def test_a_form_takes_and_gives_texts(self):
        view = self.env["ir.ui.view"].create(
            {
                "name": "rule form of a test",
                "model": "cloud.price.rule",
                "arch": """<form><field name="name"/><field name="version_id"/>
                           <field name="unit_price" widget="exact_number"/></form>""",
            }
        )
        with Form(self.rules, view=view) as form:
            form.name, form.version_id, form.unit_price = "typed", self.version, BIG
        self.assertEqual(self.reread(form.record), Decimal(BIG))

    def test_related_and_computed_fields_pass_the_decimal_through(self):
        # A transient model with a related and a computed exact number would be one more table; the ORM's own calls
        # for them are these.
        field = self.rules._fields["unit_price"]
        rule = self.rule(unit_price=SMALL)
        other = self.rules.new({"unit_price": rule.unit_price})
        self.assertEqual(other.unit_price, Decimal(SMALL))
        self.assertEqual(field.convert_to_write(rule.unit_price, rule), SMALL)
        self.assertEqual(self.rules.new(origin=rule).unit_price, Decimal(SMALL))

    def test_the_chatter_keeps_every_digit(self):
        rule = self.rule(unit_price=SMALL)
        tracking = self.env["mail.tracking.value"]
        info = rule.fields_get(["unit_price"])["unit_price"]
        values = tracking._create_tracking_values(Decimal(SMALL), Decimal(BIG), "unit_price", info, rule)
        self.assertEqual(values["old_value_char"], SMALL)
        self.assertEqual(values["new_value_char"], "999,999,999,999,999.123456789012")
        message = self.version.message_post(body="x")
        record = tracking.create({**values, "mail_message_id": message.id})
        [entry] = record._tracking_value_format_model("cloud.price.rule")
        self.assertEqual((entry["fieldInfo"]["fieldType"], entry["oldValue"]), ("char", SMALL))

    def test_a_report_prints_every_digit(self):
        rule = self.rule(unit_price=SMALL)
        html = self.env["ir.qweb.field.float"].record_to_html(rule, "unit_price", {})
        self.assertEqual(html, SMALL)

    def test_a_person_reads_numbers_in_his_own_language(self):
        german = self.env["res.lang"]._activate_lang("de_DE") or self.env.ref("base.lang_de")
        env = self.env(context={**self.env.context, "lang": german.code})
        self.assertEqual(format_decimal(env, Decimal(BIG)), "999.999.999.999.999,123456789012")
        self.assertEqual(format_decimal(env, Decimal("-1234.5"), 2), "-1.234,50")
        self.assertEqual(format_decimal(env, None), "")
        self.assertEqual(format_decimal(env, Decimal(0)), "0")


@tagged("post_install", "-at_install")
class TestViewsShowExactNumbers(CloudBillingCase):
    """Odoo's own number widgets round, and its expressions would compare our texts with numbers."""

    def fields_in_views(self):
        """(view, model, node, DecimalField) of each exact number in a view of ours or an extension of ours."""
        views = self.env["ir.ui.view"].search([("model", "!=", False)])
        for view in views.filtered(lambda view: (view.xml_id or "").startswith("cloud_billing.")):
            arch = etree.fromstring(view.with_context(lang=None).arch_db)
            yield from self._fields_below(view, arch, self.env.get(view.model))

    def _fields_below(self, view, node, model):
        for child in node.iterchildren(tag=etree.Element):
            below = self._model_at(child, model)
            if child.tag == "field" and model is not None and child.get("name") in model._fields:
                field = model._fields[child.get("name")]
                if isinstance(field, DecimalField):
                    yield view, model, child, field
                if field.comodel_name:
                    below = self.env[field.comodel_name]
            yield from self._fields_below(view, child, below)

    def _model_at(self, node, model):
        """An extension reaches into a list of lines by its xpath: //field[@name='invoice_line_ids']/list."""
        for name in re.findall(r"field\[@name=['\"](\w+)['\"]", node.get("expr") or ""):
            field = model._fields.get(name) if model is not None else None
            if field is not None and field.type in ("one2many", "many2many"):
                model = self.env[field.comodel_name]
        return model

    def test_every_exact_number_in_a_view_has_its_widget(self):
        without_widgets = {"search", "graph"}
        for view, model, node, field in self.fields_in_views():
            if view.type in without_widgets or node.get("column_invisible") == "1" or node.get("invisible") == "1":
                continue
            # An extension names a field to change it where it stands; it shows nothing itself.
            if node.get("position"):
                continue
            self.assertEqual(
                node.get("widget"), "exact_number", f"{view.xml_id}: {model._name}.{field.name} has no exact_number"
            )

    def test_a_total_below_a_list_knows_its_currency(self):
        for view, model, node, field in self.fields_in_views():
            if node.get("sum") and field.currency_field:
                options = ast.literal_eval(node.get("options") or "{}")
                self.assertEqual(
                    options.get("currency_field"),
                    field.currency_field,
                    f"{view.xml_id}: the total of {model._name}.{field.name} may mix currencies",
                )

    def test_no_expression_of_a_view_computes_with_an_exact_number(self):
        conditions = ("invisible", "readonly", "required", "column_invisible")
        for view in self.env["ir.ui.view"].search([("model", "!=", False)]):
            model = self.env.get(view.model)
            if model is None or not (view.xml_id or "").startswith("cloud_billing."):
                continue
            exact = {field.name for field in model._fields.values() if isinstance(field, DecimalField)}
            for node in etree.fromstring(view.arch_db).iter(tag=etree.Element):
                for name, expression in node.attrib.items():
                    if name in conditions or name.startswith("decoration-"):
                        parts = ast.walk(ast.parse(expression.strip()))
                        used = {part.id for part in parts if isinstance(part, ast.Name)}
                        self.assertFalse(
                            exact & used, f"{view.xml_id}: {name}={expression!r} reads an exact number, which is a text"
                        )
