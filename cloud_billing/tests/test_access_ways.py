"""Every model whose rows a sharing group limits, by each filter and each way in: the registry says which models."""

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.access.sharing_table import WHOLE
from .access_common import MonthOfTwoCase, make_member
from .access_rows import RowMaker, get_limited_models

LOGGERS = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.models")
# Seen by rules of their own, whatever the roles: one's own requests, until they are submitted.
BY_OWN_RULES = {"cloud.change.item", "cloud.change.proposal"}
SOME_SEARCHES = ("search", "grouped", "name_search")
PRODUCTS = ("product.product", "product.template")
# What a filter is about: a model without a path to it is hidden as a whole.
ANCHORS = {
    "customer_ids": "customer",
    "rate_class_ids": "customer",
    "country_ids": "customer",
    "brand_ids": "customer",
    "categ_ids": "product",
    "tag_ids": "subscription",
}


def get_name(model):
    """A stored field that tells something: a name that is made of the number alone tells nothing."""
    return next(
        field.name
        for field in model._fields.values()
        if field.store
        and not field.groups
        and field.type in ("many2one", "char", "date", "selection")
        and model._has_field_access(field, "read")
    )


def get_searches(model, number):
    """{way: what it finds of one row, nothing for nothing}: functions of a model as somebody."""
    here, name = [("id", "in", [number])], get_name(model)
    group = f"{name}:month" if model._fields[name].type == "date" else name
    return {
        "search": lambda: model.search(here),
        "search_count": lambda: model.search_count(here),
        "search_read": lambda: model.search_read(here, [name]),
        "web_search_read": lambda: model.web_search_read(here, {name: {}})["records"],
        "counted": lambda: model.formatted_read_group(here, [], ["__count"])[0]["__count"],
        "grouped": lambda: model.formatted_read_group(here, [group], ["__count"]),
        "web_read_group": lambda: model.web_read_group(here, [group], ["__count"])["groups"],
        "name_search": lambda: model.name_search("", here),
    }


def get_readings(model, number):
    record, name = model.browse(number), get_name(model)
    return {
        "read": lambda: record.read([name]),
        "field": lambda: [record[name]],
        "web_read": lambda: record.web_read({name: {}}),
        "export_data": lambda: record.export_data([name])["datas"],
        "check_access": lambda: not record.check_access("read"),
    }


class WaysCase(MonthOfTwoCase):
    """Acme and Bolt differ in all that a filter is about; both have a row of each model that groups limit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_member(cls.viewer)
        cls.set_company_state("setup")
        cls.gold = cls.env["cloud.rate.class"].create({"name": "Gold", "company_id": cls.company.id})
        cls.env["cloud.rate.class.member"].create(
            {"customer_id": cls.acme.id, "class_id": cls.gold.id, "date_start": "2026-01-01"}
        ).action_submit()
        journal = cls.company_data["default_journal_sale"]
        cls.brand = cls.env["cloud.brand"].create(
            {"name": "North Cloud", "company_id": cls.company.id, "journal_id": journal.id}
        )
        cls.acme.brand_id = cls.brand
        cls.elsewhere = cls.setup_other_company(name="Elsewhere")["company"]
        cls.viewer.sudo().company_ids |= cls.elsewhere
        cls.filters = {
            "customer_ids": cls.acme,
            "rate_class_ids": cls.gold,
            "country_ids": cls.env.ref("base.be"),
            "brand_ids": cls.brand,
            "categ_ids": cls.disk.categ_id,
            "tag_ids": cls.north,
        }
        cls.models = get_limited_models(cls.env)
        cls.begin_once(WaysCase.begin)

    def begin(self):
        self.moves = self.bill_march()
        # Before rows are looked for: reports number theirs by what there is.
        self.hold_one_row_of_each()
        self.parties = {"acme": self.get_known(self.acme, 0), "bolt": self.get_known(self.bolt, 1)}
        maker = RowMaker(self.env, self.parties)
        maker.complete(self.models)
        maker.work()
        # What the database makes of those rows.
        for party, customer in (("acme", self.acme), ("bolt", self.bolt)):
            missing = [model for model in self.models if model._name not in self.parties[party]]
            self.parties[party].update(self.find_rows(customer, missing))
            self.parties[party].update(self.find_rows_of_all(missing))

    @classmethod
    def make_version(cls, *rules, **vals):
        cls.other_categ = cls.env["product.category"].create({"name": "Other"})
        cls.tape = cls.make_product("Tape", "metered", cls.meter, categ_id=cls.other_categ.id)
        return super().make_version(*rules, {"product_id": cls.tape.id, "unit_price": "0.20"}, **vals)

    @classmethod
    def make_party(cls, name, country, *products, **vals):
        # What Bolt has is all of another category.
        if name == "Bolt":
            cls.support.categ_id = cls.other_categ
            products = (cls.tape, cls.support)
        return super().make_party(name, country, *products, **vals)

    def get_known(self, customer, number):
        """{model: id} of what a customer has: rows of the month, and what paid them."""
        move, partner = self.moves[number], customer.partner_id
        assert move.partner_id == partner
        context = {"active_model": "account.move", "active_ids": move.ids}
        payment = self.env["account.payment.register"].with_context(**context).create({})._create_payments()
        claim = move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        bank = self.company_data["default_journal_bank"]
        statement_line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": bank.id,
                "date": "2026-04-20",
                "payment_ref": "Paid",
                "amount": 3,
                "partner_id": partner.id,
            }
        )
        stream = getattr(self, f"{customer.name.lower()}_stream")
        subscription = customer.subscription_ids
        records = [
            self.company, partner, customer, subscription, subscription.line_ids[0],
            subscription.line_ids[0].product_id, subscription.line_ids[0].product_id.product_tmpl_id,
            self.viewer if customer == self.acme else self.env.ref("base.user_root"),
            stream, self.env["cloud.usage.record"].search([("stream_id", "=", stream.id)], limit=1),
            self.env["cloud.usage.mapping"].search([("stream_id", "=", stream.id)], limit=1),
            move, claim, payment, statement_line, claim.matched_credit_ids, claim.full_reconcile_id,
        ]  # fmt: skip
        assert all(len(record) == 1 for record in records)
        known = {record._name: record.id for record in records}
        analysis = self.env["account.invoice.report"].search([("move_id", "=", move.id)], limit=1)
        return {**self.find_rows(customer, self.models), **known, analysis._name: analysis.id}

    def hold_one_row_of_each(self):
        """Usage of April, which waits for somebody to look at it."""
        streams = self.acme_stream | self.bolt_stream
        self.deliver(*({"stream": stream, "quantity": "1"} for stream in streams), month="2026-04-01")
        rows = self.env["cloud.usage.record"].search(
            [("stream_id", "in", streams.ids), ("billing_month", "=", "2026-04-01")]
        )
        assert self.env["cloud.usage.store"]._hold_rows(self.company, rows.ids, "Looks odd") == 2

    def find_rows_of_all(self, models):
        """{model: id} of any row of the company, of models whose rows are of all its customers."""
        mine = [("company_id", "=", self.company.id)]
        found = {model._name: model.sudo().search(mine, limit=1).id for model in models if model._name in WHOLE}
        return {name: number for name, number in found.items() if number}

    def find_rows(self, customer, models):
        """{model: id} of a row that is of this customer alone, of models that have one."""
        found = {}
        for model in models:
            for row in model.sudo().with_context(active_test=False).search([], limit=40):
                if self.get_owners(row) == {customer.id}:
                    found[model._name] = row.id
                    break
        return found

    def as_member(self, model):
        companies = self.company | self.elsewhere
        return model.with_user(self.viewer).with_context(allowed_company_ids=companies.ids, active_test=False)

    def get_asked(self):
        """(model as the member, number of a row of Bolt's) of each model that the roles let the member read."""
        for model in self.models:
            mine, number = self.as_member(model), self.parties["bolt"].get(model._name)
            if number and model._name not in BY_OWN_RULES:
                yield mine, number

    def reaches(self, way):
        self.env.invalidate_all()
        try:
            with mute_logger(*LOGGERS):
                return bool(way())
        except UserError:
            return False


@tagged("post_install", "-at_install")
class TestEveryWay(WaysCase):
    def test_each_model_has_a_row_to_ask_for(self):
        for party, rows in self.parties.items():
            with self.subTest(party=party):
                self.assertEqual({model._name for model in self.models} - set(rows), set())

    def test_no_way_leads_to_a_row_outside(self):
        ways = [
            (mine, name, way)
            for mine, number in self.get_asked()
            for name, way in {**get_searches(mine, number), **get_readings(mine, number)}.items()
        ]
        blind = {(mine._name, name) for mine, name, way in ways if not self.reaches(way)}
        # Odoo exports these as nothing where the field is a link without a name.
        self.assertLessEqual({name for _model, name in blind}, {"export_data"}, "without a group each way leads there")
        self.share(self.viewer, customer_ids=self.acme)
        self.assertFalse([(mine._name, name) for mine, name, way in ways if self.reaches(way)])
        # A full reconcile is nothing but its number, and its lines.
        copied = [
            mine._name
            for mine, number in self.get_asked()
            if mine._name != "account.full.reconcile" and self.reaches(mine.browse(number).copy)
        ]
        self.assertFalse(copied)

    def test_each_filter_limits_every_model(self):
        seen = {mine._name for mine, _number in self.get_asked() if mine.search(self.get_row(mine, "acme"))}
        for name, values in self.filters.items():
            group = self.share(self.viewer, **{name: values})
            reached, lost = [], []
            for mine, number in self.get_asked():
                searches, readings = get_searches(mine, number), get_readings(mine, number)
                ways = {**{way: searches[way] for way in SOME_SEARCHES}, "read": readings["read"]}
                reached += [(mine._name, way) for way, call in ways.items() if self.reaches(call)]
                if mine._name in seen and getattr(mine._get_sharing_paths(), ANCHORS[name]):
                    lost += [] if mine.search(self.get_row(mine, "acme")) else [mine._name]
            with self.subTest(filter=name):
                self.assertFalse(reached)
                self.assertFalse(lost, "what is inside is seen")
            group.unlink()
        self.share(self.viewer, company_ids=self.elsewhere)
        self.assertFalse([mine._name for mine, number in self.get_asked() if mine.search([("id", "=", number)])])

    def get_row(self, model, party):
        return [("id", "=", self.parties[party].get(model._name, 0))]

    def test_activities_messages_and_filters_beside_a_list_follow(self):
        self.share(self.viewer, customer_ids=self.acme)
        asked = 0
        for mine, number in self.get_asked():
            here = [("res_model", "=", mine._name), ("res_id", "=", number)]
            if "activity_ids" in mine._fields and hasattr(mine, "message_notify"):
                asked += 1
                activity = (
                    self.env["mail.activity"]
                    .sudo()
                    .create(
                        {
                            "res_model_id": self.env["ir.model"]._get_id(mine._name),
                            "res_id": number,
                            "summary": "A secret of Bolt's",
                            "user_id": self.env.user.id,
                        }
                    )
                )
                theirs = self.as_member(activity)
                with self.subTest(model=mine._name, way="mail.activity"):
                    self.assertFalse(self.reaches(lambda theirs=theirs, here=here: theirs.search(here)))
                    self.assertFalse(self.reaches(lambda theirs=theirs: theirs.read(["summary"])))
                    data = (mine._name, [("id", "=", number)])
                    told = lambda theirs=theirs, data=data: theirs.get_activity_data(*data)["activity_res_ids"]  # noqa: E731
                    self.assertFalse(self.reaches(told))
            for name, field in mine._fields.items():
                if field.type == "many2one" and field.store and field.comodel_name == "cloud.customer":
                    with self.subTest(model=mine._name, way="search panel", field=name):
                        self.assertNotIn(self.bolt.id, self.get_panel(mine, name))
        self.assertGreater(asked, 3)

    def get_panel(self, model, name):
        """Numbers of the values that stand beside a list, by both ways of Odoo's."""
        options = {"enable_counters": True, "expand": True, "limit": 100}
        values = [
            *model.search_panel_select_range(name, **options)["values"],
            *model.search_panel_select_multi_range(name, **options)["values"],
        ]
        return {value["id"] for value in values}

    def test_no_search_by_a_link_tells_of_a_row_outside(self):
        """Which plan a guessed subscription has, which contact an invoice: Odoo compares these numbers as superuser."""
        links = self.get_links()
        found = {(model._name, name) for model, name, number in links if model.search([(name, "in", [number])])}
        self.assertGreaterEqual(
            found,
            {("cloud.price.plan", "subscription_ids"), ("res.partner", "invoice_ids"), ("cloud.bill", "charge_ids")},
        )
        self.share(self.viewer, customer_ids=self.acme)
        told = []
        for model, name, number in links:
            every = model.search_count([])
            asked = [("in", [number]), ("=", number), ("any", [("id", "in", [number])])]
            comodel = self.env[model._fields[name].comodel_name]
            if comodel._parent_name in comodel._fields:
                asked.append(("child_of", [number]))
            for operator, value in asked:
                told += [(model._name, name, operator)] if model.search([(name, operator, value)]) else []
            for operator, value in (("not in", [number]), ("!=", number)):
                told += (
                    [(model._name, name, operator)] if model.search_count([(name, operator, value)]) != every else []
                )
        self.assertFalse(told)

    def get_links(self):
        """(model, one of its fields, number of a row of Bolt's) of each field that leads to rows that are limited."""
        limited = {model._name for model in self.models} - BY_OWN_RULES
        return [
            (self.as_member(model), field.name, self.parties["bolt"][field.comodel_name])
            for model in (self.env[name] for name in sorted(self.env))
            if not (model._abstract or model._transient) and model.with_user(self.viewer).has_access("read")
            for field in model._fields.values()
            if field.type in ("one2many", "many2many")
            and field.store
            and field.comodel_name in limited & set(self.parties["bolt"])
            and (field.type == "many2many" or self.env[field.comodel_name]._fields[field.inverse_name].store)
            and model.with_user(self.viewer)._has_field_access(field, "read")
        ]

    def test_a_link_to_what_one_sees_is_found_still(self):
        self.share(self.viewer, customer_ids=self.acme)
        plans, mine = self.as_member(self.env["cloud.price.plan"]), self.acme_subscription.id
        foreign = self.bolt_subscription.id
        for operator, value in (("in", [mine]), ("in", [mine, foreign]), ("=", mine), ("in", [False, mine])):
            self.assertIn(self.plan, plans.search([("subscription_ids", operator, value)]))
        self.assertNotIn(self.plan, plans.search([("subscription_ids", "not in", [mine, foreign])]))
        # Behind a link that Odoo joins without asking for rights.
        lines = self.as_member(self.env["account.move.line"])
        self.assertTrue(lines.search([("move_id.line_ids", "in", self.moves[0].line_ids.ids)]))
        self.assertFalse(lines.search([("move_id.line_ids", "in", self.moves[1].line_ids.ids)]))


@tagged("post_install", "-at_install")
class TestReportsByAddress(WaysCase, HttpCase):
    def test_no_report_of_a_row_outside_is_made(self):
        self.viewer.sudo().password = "a long word of the viewer"
        self.share(self.viewer, customer_ids=self.acme)
        self.authenticate(self.viewer.login, "a long word of the viewer")
        shown = set()
        for report in self.env["ir.actions.report"].search([("model", "in", [model._name for model in self.models])]):
            for party, rows in self.parties.items():
                address = f"/report/html/{report.report_name}/{rows[report.model]}"
                with self.subTest(report=report.report_name, party=party), mute_logger("odoo.http", *LOGGERS):
                    answer = self.url_open(address)
                    # A report that prints files alone is an empty page of either.
                    self.assertNotIn("Bolt", answer.text)
                    if "Acme" in answer.text:
                        self.assertEqual(party, "acme")
                        shown.add(report.model)
        self.assertGreaterEqual(shown, {"account.move", "account.payment"})
