"""Who sees which field: the classes, the levels of roles, and every way to a field that keeps them."""

import csv
from pathlib import Path

from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..models.field_access.hidden_fields import hide_fields
from .billing_common import BillingCase

MATRIX = Path(__file__).parent / "field_matrix.csv"
ROLES = ("viewer", "operator", "accountant", "price_manager", "approver", "auditor", "integration", "administrator")
# What a person types to ask for a price, and no cost of anybody.
NO_COSTS = {
    ("cloud.price.calculation", "cost"),
    ("cloud.price.question.mixin", "cost"),
    ("cloud.price.sample", "cost"),
}


class FieldAccessCase(BillingCase):
    """Acme resells for 120 what costs 100."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.resale.id, "charge_model": "cost_plus", "percent": "20"})
        cls.acme = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.acme, cls.resale, date_start="2026-03-01")
        cls.stream = cls.make_stream("vm", currency=cls.currency.name)
        cls.map_stream(cls.stream, cls.subscription.line_ids)
        cls.deliver({"stream": cls.stream, "quantity": "1", "cost": "100"})
        cls.cost = cls.env.ref("cloud_billing.field_class_cost")
        cls.personal = cls.env.ref("cloud_billing.field_class_personal")
        cls.begin_once(FieldAccessCase.begin)

    def begin(self):
        self.rated_run = self.make_run()
        self.bill = self.rated_run.bill_ids
        self.env.flush_all()

    def set_level(self, field_class, role, level):
        """Give a role a level in a class; the cache of the test knows no rights, so it is emptied."""
        group = self.env.ref(f"cloud_billing.group_{role}")
        line = field_class.level_ids.filtered(lambda line: line.group_id == group)
        line.level = level
        self.env.invalidate_all()

    def as_user(self, role, records):
        return records.with_user(getattr(self, f"user_{role}"))


@tagged("post_install", "-at_install")
class TestLevels(FieldAccessCase):
    def test_what_is_hidden_comes_by_no_way(self):
        self.user_viewer.group_ids |= self.env.ref("base.group_allow_export")
        self.set_level(self.cost, "viewer", "none")
        bill = self.as_user("viewer", self.bill)
        Bill = bill.browse()
        ways = {
            "attribute": lambda: bill.cost_amount,
            "read": lambda: bill.read(["cost_amount"]),
            "web_read": lambda: bill.web_read({"cost_amount": {}}),
            "search_read": lambda: Bill.search_read([], ["cost_amount"]),
            "search": lambda: Bill.search([("cost_amount", ">", 0)]),
            "count": lambda: Bill.search_count([("cost_amount", ">", 0)]),
            "order": lambda: Bill.search([], order="cost_amount"),
            "sum": lambda: Bill._read_group([], ["state"], ["cost_amount:sum"]),
            "group": lambda: Bill._read_group([], ["cost_amount"], ["__count"]),
            "web_read_group": lambda: Bill.web_read_group([], ["state"], ["cost_amount:sum"]),
            "having": lambda: Bill._read_group([], ["state"], [], having=[("cost_amount:sum", ">", 0)]),
            "export": lambda: bill.export_data(["cost_amount"]),
            "rpc": lambda: call_kw(Bill, "read", [bill.ids, ["cost_amount"]], {}),
            "filtered": lambda: bill.filtered_domain([("cost_amount", ">", 0)]),
            "mapped": lambda: bill.mapped("cost_amount"),
            "over a relation": lambda: self.as_user("viewer", self.rated_run).search(
                [("bill_ids.cost_amount", ">", 0)]
            ),
            "any of a relation": lambda: self.as_user("viewer", self.rated_run).search(
                [("bill_ids", "any", [("cost_amount", ">", 0)])]
            ),
            "read over a relation": lambda: self.as_user("viewer", self.rated_run).web_read(
                {"bill_ids": {"fields": {"cost_amount": {}}}}
            ),
            "order over a relation": lambda: self.as_user("viewer", self.rated_run).web_read(
                {"bill_ids": {"fields": {}, "order": "cost_amount"}}
            ),
            "export over a relation": lambda: self.as_user("viewer", self.rated_run).export_data(
                ["bill_ids/cost_amount"]
            ),
            "onchange": lambda: bill.onchange({}, [], {"cost_amount": {}}),
            "onchange of a new one": lambda: Bill.onchange({"run_id": self.rated_run.id}, [], {"cost_amount": {}}),
            "web_search_read": lambda: Bill.web_search_read([("cost_amount", ">", 0)], {"id": {}}),
            "name_search": lambda: Bill.name_search("", domain=[("cost_amount", ">", 0)]),
            "web_name_search": lambda: Bill.web_name_search("", {"cost_amount": {}}),
            "formatted_read_group": lambda: Bill.formatted_read_group([], ["state"], ["cost_amount:sum"]),
            "grouping sets": lambda: Bill.formatted_read_grouping_sets([], [["state"]], ["cost_amount:sum"]),
            "progress bar": lambda: Bill.read_progress_bar([], "state", {"field": "cost_amount", "colors": {}}),
            "template": lambda: self.env(user=self.user_viewer)["ir.qweb"]._render(
                etree.fromstring('<t><t t-out="bill.cost_amount"/></t>'), {"bill": bill}
            ),
            "mail template": lambda: (
                self.env["mail.render.mixin"]
                .with_user(self.user_viewer)
                ._render_template_inline_template("{{ object.cost_amount }}", "cloud.bill", bill.ids)
            ),
        }
        for name, way in ways.items():
            with self.subTest(way=name), self.assertRaises(Exception) as caught:
                way()
            self.assertTrue(_is_denial(caught.exception), f"{name}: {caught.exception!r}")
        self.assertNotIn("cost_amount", bill.fields_get())
        self.assertNotIn("cost_amount", bill.read()[0])

    def test_what_is_read_only_is_not_written(self):
        self.set_level(self.personal, "accountant", "read")
        partner = self.as_user("accountant", self.acme.partner_id)
        self.assertEqual(partner.comment, self.acme.partner_id.comment)
        self.assertTrue(partner.fields_get(["comment"])["comment"]["readonly"])
        with self.assertRaises(AccessError):
            partner.comment = "x"
        with self.assertRaises(AccessError):
            partner.create({"name": "New", "comment": "x"})
        with self.assertRaises(AccessError):
            partner.web_save({"comment": "x"}, {})
        messages = partner.load(["name", "comment"], [["New", "x"]])["messages"]
        self.assertIn("comment", messages[0]["message"])
        partner.name = "Acme Inc."

    def test_a_field_that_is_related_to_a_hidden_one_is_hidden(self):
        self.set_level(self.personal, "viewer", "none")
        other = self.as_user("viewer", self.user_operator)
        for read in (lambda: other.email, lambda: other.partner_id.email):
            with self.assertRaises(AccessError):
                read()
        # A company's own address is on every document.
        self.assertTrue(self.as_user("viewer", self.company)._has_field_access(self.company._fields["email"], "read"))

    def test_a_role_decides_for_those_that_it_brings_along(self):
        self.set_level(self.cost, "viewer", "none")
        # An accountant is a viewer too.
        self.assertEqual(str(self.as_user("accountant", self.bill).cost_amount), "100")
        self.set_level(self.cost, "viewer", "write")
        self.set_level(self.cost, "accountant", "none")
        with self.assertRaises(AccessError):
            self.as_user("accountant", self.bill).read(["cost_amount"])

    def test_several_roles_have_the_most_that_one_allows(self):
        self.set_level(self.cost, "viewer", "none")
        self.user_viewer.group_ids |= self.env.ref("cloud_billing.group_auditor")
        self.assertEqual(str(self.as_user("viewer", self.bill).cost_amount), "100")

    def test_two_classes_restrict_as_the_stricter_one(self):
        own = self.env["cloud.field.class"].create({"name": "Own"})
        field = self.env["ir.model.fields"]._get("cloud.bill", "cost_amount")
        own.item_ids = [(0, 0, {"field_id": field.id})]
        own.level_ids = [(0, 0, {"group_id": self.env.ref("cloud_billing.group_accountant").id, "level": "none"})]
        with self.assertRaises(AccessError):
            self.as_user("accountant", self.bill).read(["cost_amount"])
        own.active = False
        self.assertEqual(str(self.as_user("accountant", self.bill).cost_amount), "100")

    def test_everybody_else_has_the_level_of_the_class(self):
        own = self.env["cloud.field.class"].create({"name": "Own", "others_level": "read"})
        own.item_ids = [(0, 0, {"field_id": self.env["ir.model.fields"]._get("res.partner", "ref").id})]
        partner = self.acme.partner_id.with_user(self.user_accountant)
        with self.assertRaises(AccessError):
            partner.ref = "x"
        own.others_level = "write"
        partner.ref = "x"

    def test_the_module_itself_goes_on(self):
        for role in ("viewer", "operator", "accountant", "approver"):
            self.set_level(self.cost, role, "none")
        self.approve(self.rated_run)
        self.rated_run.with_user(self.user_accountant).action_post()
        self.assertEqual(self.rated_run.bill_ids.move_id.mapped("amount_untaxed"), [120.0])

    def get_events(self, record):
        events = self.env["cloud.audit.event"].sudo()
        return events.search([("res_model", "=", record._name), ("res_id", "in", record.ids)])

    def test_a_change_of_it_is_recorded(self):
        self.set_level(self.cost, "viewer", "none")
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "field_access")], limit=1)
        self.assertEqual((event.detail["old"]["level"], event.detail["new"]["level"]), ("read", "none"))
        self.cost.others_level = "read"
        self.cost.active = False
        told = {"class": "Cost and Margin", "note": self.cost.note or None, "others": "write", "active": True}
        self.assertEqual(
            [(event.action, event.detail["old"], event.detail["new"]) for event in self.get_events(self.cost)[:2]],
            [
                ("field_access", {**told, "others": "read"}, {**told, "others": "read", "active": False}),
                ("field_access", told, {**told, "others": "read"}),
            ],
        )

    def test_a_change_is_one_event(self):
        """In the form of its class, and also where an auditor tracks the model besides."""
        model = self.env["ir.model"]._get_id("cloud.field.level")
        self.env["cloud.audit.tracker"].with_user(self.user_auditor).create({"model_id": model})
        level = self.cost.level_ids[:1]
        before, of_class = self.get_events(level), self.get_events(self.cost)
        self.cost.level_ids = [Command.update(level.id, {"level": "none"})]
        self.env.flush_all()
        events = self.get_events(level) - before
        self.assertEqual([(event.action, event.detail["what"]) for event in events], [("field_access", "changed")])
        self.assertEqual(self.get_events(self.cost), of_class)
        level.unlink()
        events = self.get_events(level) - before - events
        self.assertEqual([(event.action, event.detail["what"]) for event in events], [("field_access", "removed")])

    def test_what_it_comes_to_does_not_depend_on_who_asks_first(self):
        """What a caller's context says of archived records and of languages is kept for nobody."""
        self.env["res.lang"]._activate_lang("fr_FR")
        field = self.env["ir.model.fields"]._get("cloud.bill", "amount")
        archived = self.env["cloud.field.class"].create(
            {
                "name": "Once",
                "active": False,
                "others_level": "none",
                "item_ids": [Command.create({"field_id": field.id})],
            }
        )
        access = self.env["cloud.field.access"].with_user(self.user_viewer)
        answers = []
        for context in ({}, {"active_test": False}, {"lang": "fr_FR"}, {}):
            self.env.registry.clear_cache()
            asked = access.with_context(**context)
            answers.append((asked._get_denied_to_me(), asked._get_classes()))
            # The next one gets what was kept.
            self.assertEqual((access._get_denied_to_me(), access._get_classes()), answers[-1])
        self.assertEqual(answers, answers[:1] * 4)
        self.assertNotIn(("cloud.bill", "amount"), answers[0][1])
        archived.active = True
        self.assertIn(("cloud.bill", "amount"), access._get_denied_to_me()["read"])

    def test_only_an_administrator_sets_it(self):
        for role in ("viewer", "operator", "accountant", "price_manager", "approver", "auditor"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.as_user(role, self.cost).name = "x"
        self.as_user("administrator", self.cost.level_ids[:1]).level = "none"

    def test_what_came_with_the_module_stays(self):
        with self.assertRaises(UserError):
            self.cost.item_ids[:1].unlink()

    def test_another_process_loads_its_list_anew(self):
        field = self.env["ir.model.fields"]._get("res.partner", "website")
        registry = self.env.registry
        before, registry.registry_invalidated = registry.registry_invalidated, False
        self.personal.item_ids = [(0, 0, {"field_id": field.id})]
        self.assertTrue(registry.registry_invalidated)
        registry.registry_invalidated = before

    def test_a_process_without_the_list_asks_in_full(self):
        self.set_level(self.cost, "viewer", "none")
        listed = self.env.registry.cloud_listed_fields
        del self.env.registry.cloud_listed_fields
        try:
            with self.assertRaises(AccessError):
                self.as_user("viewer", self.bill).read(["cost_amount"])
        finally:
            self.env.registry.cloud_listed_fields = listed

    def test_reading_issues_no_statement_more(self):
        bill = self.as_user("accountant", self.bill)
        bill.read(["amount", "cost_amount"])
        counts = []
        for names in (["amount"], ["amount", "cost_amount"]):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            bill.read(names)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestTexts(FieldAccessCase):
    def test_an_explanation_without_its_workings(self):
        line = self.as_user("viewer", self.bill.rated_line_ids)
        seen = self.env["cloud.explanation"].with_user(self.user_viewer)._open(line)
        window = self.env["cloud.explanation"].with_user(self.user_viewer).browse(seen["res_id"])
        self.assertIn("cost", window.workings_html)
        self.set_level(self.cost, "viewer", "none")
        seen = self.env["cloud.explanation"].with_user(self.user_viewer)._open(line)
        window = self.env["cloud.explanation"].with_user(self.user_viewer).browse(seen["res_id"])
        self.assertIn("120", window.statement_html)
        with self.assertRaises(AccessError):
            window.read(["workings_html"])
        self.assertEqual(window.sudo().row_ids.mapped("cost_billed"), [None])
        _name, content = self.env["cloud.explanation.csv"].with_user(self.user_viewer)._make(line, False)
        self.assertNotIn("Billed Cost", content)

    def test_an_effect_without_its_margin(self):
        self.set_company_state("live")
        self.release_all(self.rated_run)
        self.rated_run.with_user(self.user_accountant).action_submit()
        request = self.rated_run.request_id
        self.assertIn("Margin", self.as_user("viewer", request).effect_html)
        self.set_level(self.cost, "viewer", "none")
        self.assertNotIn("Margin", self.as_user("viewer", request).effect_html)
        self.assertIn("This run", self.as_user("viewer", request).effect_html)
        self.assertNotIn("Margin", self.as_user("viewer", self.rated_run).page_html)
        self.assertIn("This run", self.as_user("viewer", self.rated_run).page_html)
        reports = self.env["ir.actions.report"].with_user(self.user_viewer)
        document, _kind = reports._render_qweb_html("cloud_billing.cloud_bill_run_page_report", self.rated_run.ids)
        self.assertNotIn("Margin", document.decode())
        self.assertIn("This run", document.decode())
        with self.assertRaises(AccessError):
            self.as_user("viewer", request).read(["effect"])
        vote = self.env["cloud.change.decide"].with_user(self.user_approver)
        vote = vote.create({"request_id": request.id, "decision": "approve"})
        self.assertIn("Margin", vote.effect_html)
        self.set_level(self.cost, "approver", "none")
        self.assertNotIn("Margin", vote.effect_html)
        self.assertIn("This run", vote.effect_html)

    def test_a_proof_holds_costs(self):
        self.set_level(self.cost, "approver", "none")
        with self.assertRaises(AccessError):
            self.env["cloud.proof"].with_user(self.user_approver)._save(self.bill.rated_line_ids)


@tagged("post_install", "-at_install")
class TestViews(FieldAccessCase):
    def test_the_field_is_in_no_view(self):
        Bill = self.env["cloud.bill"].with_user(self.user_viewer)
        self.assertIn("cost_amount", Bill.get_view(view_type="form")["arch"])
        self.set_level(self.cost, "viewer", "none")
        for view_type in ("form", "list", "search"):
            self.assertNotIn('name="cost_amount"', Bill.get_view(view_type=view_type)["arch"])

    def test_what_a_view_says_with_it(self):
        arch = (
            '<form><label for="cost_amount"/><b/>text<field name="cost_amount"/> tail'
            '<field name="amount" invisible="cost_amount &gt; 3 and state == \'x\'" decoration-danger="cost_amount"/>'
            '<field name="rated_line_ids"><list default_order="cost_amount desc"><field name="cost_amount"/>'
            '<field name="amount" column_invisible="parent.cost_amount"/></list></field>'
            "<filter domain=\"[('cost_amount', '=', 0)]\"/><t t-if=\"record.cost_amount.raw_value\"/></form>"
        )
        denied = {("cloud.bill", "cost_amount"), ("cloud.rated.line", "cost_amount")}
        self.assertEqual(
            hide_fields(self.env.registry, "cloud.bill", arch, denied),
            '<form><b/>text tail<field name="amount" invisible="False &gt; 3 and state == \'x\'" '
            'decoration-danger="False"/><field name="rated_line_ids"><list>'
            '<field name="amount" column_invisible="False"/></list></field></form>',
        )
        # The same name in another model is another field.
        other = '<form><field name="cost_amount"/></form>'
        self.assertEqual(hide_fields(self.env.registry, "cloud.bill.x", other, denied), other)

    def test_every_screen_opens_with_everything_hidden(self):
        """Each view of ours, for each role with every class hidden: it opens, and reads what it shows."""
        classes = self.cost | self.personal | self.env.ref("cloud_billing.field_class_bank")
        classes.level_ids.write({"level": "none"})
        for role in ("viewer", "operator", "accountant", "price_manager", "approver", "auditor"):
            env = self.env(user=getattr(self, f"user_{role}"))
            env.invalidate_all()
            for model in sorted(name for name in env if name.startswith("cloud.") and not env[name]._abstract):
                Model = env[model]
                if not Model.has_access("read"):
                    continue
                for view_type in self.get_view_types(model):
                    with self.subTest(role=role, model=model, view=view_type):
                        views = Model.get_views([(False, view_type)])
                        spec = _get_spec(views, model, views["views"][view_type]["arch"])
                        Model.web_search_read([], spec, limit=1 if view_type == "form" else 3)

    def get_view_types(self, model):
        found = self.env["ir.ui.view"].search([("model", "=", model), ("type", "in", ("form", "list", "kanban"))])
        return sorted(set(found.mapped("type")))


@tagged("post_install", "-at_install")
class TestMatrix(FieldAccessCase):
    def test_the_shipped_levels_are_the_reviewed_ones(self):
        """`field_matrix.csv` was read by people: a field or a level that is new, or gone, is told by name."""
        with MATRIX.open() as file:
            reviewed = [tuple(row) for row in csv.reader(file)][1:]
        self.assertEqual(self.get_matrix(), reviewed)

    def get_matrix(self):
        rows = []
        classes = self.env["cloud.field.class"].search([])
        needed = self.env["ir.module.module"].search([("name", "=", "cloud_billing")])
        needed = {"base", "cloud_billing", *needed.upstream_dependencies(exclude_states=("",)).mapped("name")}
        for (model, name), ids in sorted(self.env["cloud.field.access"]._get_classes().items()):
            # What is related to it in other modules depends on which are there.
            if not model.startswith(("cloud.", "res.", "account.")):
                continue
            told = self.env["ir.model.fields"]._get(model, name).modules or ""
            if needed.isdisjoint(told.split(", ")):
                continue
            levels = []
            for role in ROLES:
                group = self.env.ref(f"cloud_billing.group_{role}")
                of_class = [classes.browse(one)._get_level(group.all_implied_ids.ids) for one in ids]
                levels.append(min(of_class, key=("none", "read", "write").index))
            rows.append((model, name, *levels))
        return rows

    def test_a_field_that_tells_a_cost_is_in_the_class(self):
        listed = self.env["cloud.field.access"]._get_classes()
        missing = {
            (model, name)
            for model in self.env
            if model.startswith("cloud.")
            for name, field in self.env[model]._fields.items()
            if ("cost" in name or "margin" in name) and field.type in ("float", "monetary", "html", "json")
        } - set(listed)
        self.assertEqual(missing, NO_COSTS)


def _is_denial(error):
    """Templates wrap what went wrong in them."""
    while error is not None:
        if isinstance(error, AccessError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _get_spec(views, model, arch):
    """What the web client asks for to show a view, without what is inside lists of it."""
    known = views["models"][model]["fields"]
    return {
        node.get("name"): {"fields": {"display_name": {}}} if known[node.get("name")]["type"] == "many2one" else {}
        for node in etree.fromstring(arch).iter("field")
        if not any(above.tag == "field" for above in node.iterancestors())
    }
