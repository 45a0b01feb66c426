from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Domain
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.access.sharing_table import FREE, PATHS, WHOLE
from .access_common import MonthOfTwoCase, get_own_models, make_member

RULES = "odoo.addons.base.models.ir_rule"
MODELS = "odoo.addons.base.models.ir_model"


@tagged("post_install", "-at_install")
class TestEveryModelIsDecided(MonthOfTwoCase):
    def test_each_model_of_ours_has_a_path_or_is_known_to_need_none(self):
        undecided = [
            model._name
            for model in get_own_models(self.env)
            if sum(model._name in place for place in (PATHS, WHOLE, FREE)) != 1
            and type(model)._get_sharing_paths is type(self.env["res.partner"])._get_sharing_paths
        ]
        self.assertFalse(undecided, "say in models/access/sharing_table.py where these keep their customer")

    def test_the_table_names_no_model_and_no_field_that_is_not_there(self):
        absent = {name for name in (*PATHS, *WHOLE, *FREE) if name not in self.env}
        # Odoo's online payments, a module of their own.
        self.assertLessEqual(absent, {"payment.transaction"})
        for name in {*PATHS, *WHOLE} - absent:
            for path in self.env[name]._get_sharing_paths().get_all():
                model = self.env[name]
                for step in path.split("."):
                    self.assertIn(step, model._fields, f"{name}: {path}")
                    model = (
                        self.env[model._fields[step].comodel_name]
                        if step != "id" and model._fields[step].comodel_name
                        else model
                    )

    def test_who_is_free_names_no_customer(self):
        for name in FREE:
            named = [
                field.name
                for field in self.env[name]._fields.values()
                if field.type == "many2one"
                and field.comodel_name in ("cloud.customer", "cloud.subscription", "cloud.bill")
            ]
            self.assertFalse(named, name)


@tagged("post_install", "-at_install")
class TestAMemberSeesAPart(MonthOfTwoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        make_member(cls.viewer)
        cls.begin_once(TestAMemberSeesAPart.begin)

    def begin(self):
        self.acme_move, self.bolt_move = self.bill_march()
        self.env.flush_all()
        self.env.invalidate_all()

    def names(self, model, field="customer_id"):
        return sorted(set(self.env[model].with_user(self.viewer).search([]).mapped(f"{field}.name")))

    def test_by_customer_no_model_shows_a_row_of_another_one(self):
        self.share(self.viewer, customer_ids=self.acme)
        seen = set()
        for model in get_own_models(self.env):
            records = model.with_user(self.viewer)
            if model._name in FREE or not records.has_access("read"):
                continue
            for record in records.search([]):
                self.assertLessEqual(self.get_owners(record), set(self.acme.ids), record)
                seen.add(model._name)
        self.assertGreaterEqual(
            seen,
            {
                "cloud.customer", "cloud.subscription", "cloud.subscription.line",
                "cloud.billing.period", "cloud.charge", "cloud.charge.component", "cloud.rated.line", "cloud.bill",
                "cloud.usage.stream", "cloud.usage.record", "cloud.usage.mapping", "cloud.usage.cost.report",
                "cloud.price.rule",
            },
        )  # fmt: skip

    def test_no_way_leads_to_a_row_that_is_not_shared(self):
        """Of each model that holds something of Bolt, or of a whole company: asked of fields, not of the paths."""
        self.share(self.viewer, customer_ids=self.acme)
        asked = 0
        for model in get_own_models(self.env):
            mine = model.with_user(self.viewer).with_context(active_test=False)
            if model._name in FREE or not mine.has_access("read"):
                continue
            rows = model.sudo().with_context(active_test=False).search([], limit=200)
            foreign = rows.filtered(lambda row: row._name in WHOLE or self.bolt.id in self.get_owners(row))
            if not foreign:
                continue
            asked += 1
            here = Domain("id", "in", foreign.ids)
            with self.subTest(model=model._name):
                self.assertFalse(mine.search(here))
                self.assertEqual(mine.search_count(here), 0)
                self.assertEqual(mine._read_group(here, [], ["__count"]), [(0,)])
                self.assertFalse({found[0] for found in mine.name_search(limit=None)} & set(foreign.ids))
            for attempt in self.get_attempts(mine):
                self.env.invalidate_all()
                with self.subTest(model=model._name), mute_logger(RULES, MODELS), self.assertRaises(AccessError):
                    attempt(foreign[:1].with_env(mine.env))
        self.assertGreater(asked, 12)

    def get_attempts(self, model):
        """Ways to a record by its id, as far as the roles go."""
        # A name that is made of the number alone tells nothing.
        name = next(
            one.name
            for one in model._fields.values()
            if one.store and not one.groups and one.type in ("many2one", "char", "date", "selection")
        )
        attempts = [
            lambda record: record.read([name]),
            lambda record: record[name],
            lambda record: record.export_data([name]),
            lambda record: record.web_read({name: {}}),
        ]
        may = [operation for operation in ("write", "unlink") if model.has_access(operation)]
        return attempts + [lambda record, operation=one: record.check_access(operation) for one in may]

    def test_a_member_reads_all_fields_of_what_he_sees(self):
        self.share(self.viewer, customer_ids=self.acme)
        for name in [*PATHS, *FREE]:
            if not name.startswith("cloud."):
                continue
            records = self.env[name].with_user(self.viewer)
            if records.has_access("read"):
                with self.subTest(model=name):
                    for record in records.search([], limit=5):
                        record.read()

    def test_every_way_to_ask_gives_the_same_answer(self):
        self.share(self.viewer, customer_ids=self.acme)
        for model, field in (
            ("cloud.bill", "customer_id"),
            ("cloud.charge", "customer_id"),
            ("cloud.rated.line", "customer_id"),
            ("cloud.subscription", "customer_id"),
            ("cloud.usage.cost.report", "customer_id"),
        ):
            every, mine = self.env[model].sudo(), self.env[model].with_user(self.viewer)
            company = Domain("company_id", "=", self.company.id)
            foreign = every.search(company & Domain(field, "=", self.bolt.id))
            own = every.search(company & Domain(field, "=", self.acme.id))
            self.assertTrue(foreign and own, model)
            self.assertEqual(mine.search(company), own)
            self.assertEqual(mine.search_count(company), len(own))
            self.assertEqual(
                [(group.id, count) for group, count in mine._read_group(company, [field], ["__count"])],
                [(self.acme.id, len(own))],
            )
            self.assertEqual({found[0] for found in mine.name_search(limit=None)} & set(foreign.ids), set())
            self.assertFalse(mine.search([(f"{field}.name", "=", "Bolt")]))
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                foreign.with_user(self.viewer).read([field])
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                foreign.with_user(self.viewer).export_data([f"{field}/.id"])
            self.assertEqual(len(own.with_user(self.viewer).export_data([f"{field}/.id"])["datas"]), len(own))

    def test_what_is_archived_limits_on_and_an_archived_group_does_not(self):
        """Whatever the context of whoever asks first says of archived records: the answer is kept for all."""
        self.share(self.viewer, customer_ids=self.acme, tag_ids=self.north)
        wide = self.share(self.viewer, name="Everything", customer_ids=self.acme | self.bolt)
        wide.active = False
        self.north.active = False
        self.cr.execute("UPDATE cloud_customer SET active = FALSE WHERE id = %s", [self.acme.id])
        self.env.invalidate_all()
        bills = self.env["cloud.bill"].with_user(self.viewer)
        for context in ({}, {"active_test": False}):
            self.env.registry.clear_cache()
            self.assertEqual(bills.with_context(**context).search([]).customer_id.sudo(), self.acme)
            self.assertEqual(bills.search([]).customer_id.sudo(), self.acme)

    def test_writing_deleting_and_making_stop_at_the_same_line(self):
        self.share(self.viewer, customer_ids=self.acme)
        mine = self.env["cloud.customer"].with_user(self.viewer)
        self.acme.with_user(self.viewer).order_reference = "PO 1"
        for forbidden in (
            lambda: self.bolt.with_user(self.viewer).write({"order_reference": "PO 2"}),
            lambda: self.bolt.with_user(self.viewer).unlink(),
            lambda: mine.create({"partner_id": self.partner_a.id, "company_id": self.company.id}),
            lambda: self.bolt_subscription.with_user(self.viewer).copy(),
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"), self.cr.savepoint():
                forbidden()

    def test_who_is_refused_learns_no_name(self):
        """Odoo's own sentence names the records to whoever works in developer mode, and which rule refused."""
        self.share(self.viewer, customer_ids=self.acme)
        told = "not yours to see or change. You see a part of the customers."
        bolt = self.bolt.with_user(self.viewer)
        for forbidden in (lambda: bolt.read(["name"]), lambda: bolt.write({"order_reference": "PO 2"})):
            with (
                self.assertRaisesRegex(AccessError, told) as caught,
                mute_logger("odoo.addons.base.models.ir_rule"),
                self.cr.savepoint(),
            ):
                forbidden()
            self.assertNotIn(self.bolt.name, str(caught.exception))

    def test_invoices_their_lines_and_reports_of_them(self):
        self.share(self.viewer, customer_ids=self.acme)
        by_hand = self.init_invoice("out_invoice", partner=self.partner_a, amounts=[7], post=True)
        moves = self.env["account.move"].with_user(self.viewer)
        ours = [("id", "in", (self.acme_move | self.bolt_move | by_hand).ids)]
        self.assertEqual(moves.search(ours), self.acme_move | by_hand, "other invoices are seen as Odoo's roles say")
        for model in ("account.move.line", "account.invoice.report"):
            shown = (
                self.env[model]
                .with_user(self.viewer)
                .search([("move_id", "in", (self.acme_move | self.bolt_move).ids)])
            )
            self.assertEqual(shown.move_id, self.acme_move, model)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            self.env["ir.actions.report"].with_user(self.viewer)._render_qweb_html(
                "account.report_invoice", self.bolt_move.ids
            )

    def test_odoos_dashboard_of_journals_opens_for_a_member(self):
        self.share(self.viewer, customer_ids=self.acme)
        self.viewer.group_ids |= self.env.ref("account.group_account_manager")
        journal = self.acme_move.journal_id.with_user(self.viewer)
        self.assertIn("number_to_check", journal.read(["kanban_dashboard"])[0]["kanban_dashboard"])

    def test_attachments_and_messages_follow_their_document(self):
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": "secret.txt",
                    "raw": b"secret",
                    "res_model": "cloud.bill",
                    "res_id": self.bolt_move.cloud_bill_id.id,
                }
            )
        )
        self.bolt.message_post(body="A secret of Bolt's")
        self.share(self.viewer, customer_ids=self.acme)
        self.assertFalse(self.env["ir.attachment"].with_user(self.viewer).search([("id", "=", attachment.id)]))
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
            attachment.with_user(self.viewer).read(["raw"])
        messages = self.env["mail.message"].with_user(self.viewer)
        self.assertFalse(messages.search([("body", "like", "secret of Bolt"), ("model", "=", "cloud.customer")]))

    def test_what_belongs_to_the_whole_company_is_hidden(self):
        self.share(self.viewer, customer_ids=self.acme)
        for name in WHOLE:
            records = self.env[name].with_user(self.viewer)
            if records.has_access("read"):
                self.assertFalse(records.search([]), name)

    def test_sums_over_all_customers_are_refused(self):
        home = self.env["cloud.home"].with_user(self.viewer)
        calendar = self.env["cloud.usage.calendar"].with_user(self.viewer)
        self.assertTrue(home.get_month("2026-03-01")["steps"])
        group = self.share(self.viewer, company_ids=self.company)
        self.assertTrue(home.get_month("2026-03-01")["steps"])
        self.assertTrue(calendar.get_calendar()["sources"])
        group.customer_ids = self.acme
        month = home.get_month("2026-03-01")
        self.assertFalse(month["steps"])
        self.assertIn("you are in a sharing group", month["notes"][0])
        with self.assertRaisesRegex(AccessError, "you are in a sharing group"):
            calendar.get_calendar()

    def test_usage_that_nobody_owns_or_that_changed_hands_is_hidden(self):
        self.env["cloud.usage.mapping"].search([("stream_id", "=", self.bolt_stream.id)]).date_start = "2026-03-20"
        self.map_stream(self.bolt_stream, self.acme_subscription.line_ids, date_end="2026-03-20")
        self.share(self.viewer, customer_ids=self.acme)
        streams = self.env["cloud.usage.stream"].with_user(self.viewer)
        self.assertEqual(streams.search([("company_id", "=", self.company.id)]), self.acme_stream)
        rows = self.env["cloud.usage.record"].with_user(self.viewer)
        self.assertEqual([str(row.quantity) for row in rows.search([("company_id", "=", self.company.id)])], ["100"])

    def test_a_price_for_another_customer_is_hidden_and_one_for_everybody_is_not(self):
        version = self.plan.version_ids
        self.set_company_state("setup")
        version = self.env["cloud.price.plan.version"].create(
            {"name": "Next", "plan_id": self.plan.id, "date_start": "2027-01-01"}
        )
        rules = self.env["cloud.price.rule"].create(
            [
                {"version_id": version.id, "product_id": self.disk.id, "unit_price": "1", **scope}
                for scope in (
                    {},
                    {"customer_id": self.acme.id},
                    {"customer_id": self.bolt.id},
                    {"subscription_id": self.bolt_subscription.id},
                )
            ]
        )
        self.share(self.viewer, customer_ids=self.acme)
        self.assertEqual(version.rule_ids.with_user(self.viewer).search([("version_id", "=", version.id)]), rules[:2])


@tagged("post_install", "-at_install")
class TestWhatAGroupSays(MonthOfTwoCase):
    def seen(self, model="cloud.customer"):
        found = self.env[model].with_user(self.viewer).search([("company_id", "=", self.company.id)])
        return sorted(found.mapped("name"))

    def test_nobody_is_limited_who_is_in_no_group(self):
        self.share(self.user_accountant, customer_ids=self.acme)
        self.assertEqual(self.seen(), ["Acme", "Bolt"])

    def test_each_filter(self):
        gold = self.env["cloud.rate.class"].create({"name": "Gold", "company_id": self.company.id})
        inner = self.env["cloud.rate.class"].create(
            {"name": "Inner", "parent_id": gold.id, "company_id": self.company.id}
        )
        self.set_company_state("setup")
        self.env["cloud.rate.class.member"].create(
            {"customer_id": self.bolt.id, "class_id": inner.id, "date_start": "2026-01-01"}
        ).action_submit()
        brand = self.env["cloud.brand"].create(
            {
                "name": "North Cloud",
                "company_id": self.company.id,
                "journal_id": self.company_data["default_journal_sale"].id,
            }
        )
        self.bolt.brand_id = brand
        other = self.setup_other_company(name="Elsewhere")["company"]
        self.support.categ_id = self.env["product.category"].create(
            {"name": "Help", "parent_id": self.env["product.category"].create({"name": "Services"}).id}
        )
        for filters, expected in (
            ({"customer_ids": self.acme}, ["Acme"]),
            ({"rate_class_ids": gold}, ["Bolt"]),
            ({"country_ids": self.env.ref("base.be")}, ["Acme"]),
            ({"brand_ids": brand}, ["Bolt"]),
            ({"tag_ids": self.north}, ["Acme"]),
            ({"categ_ids": self.support.categ_id.parent_id}, ["Bolt"]),
            ({"categ_ids": self.categ}, ["Acme", "Bolt"]),
            ({"company_ids": self.company}, ["Acme", "Bolt"]),
            ({"company_ids": other}, []),
        ):
            group = self.share(self.viewer, **filters)
            self.assertEqual(self.seen(), expected, filters)
            # The same for records that are asked one by one.
            both = (self.acme | self.bolt).with_user(self.viewer)
            self.assertEqual(sorted(both._filtered_access("read").mapped("name")), expected, filters)
            group.unlink()
        self.assertEqual(self.seen(), ["Acme", "Bolt"])

    def test_values_are_alternatives_filters_hold_together_and_groups_add_up(self):
        belgium, netherlands = self.env.ref("base.be"), self.env.ref("base.nl")
        group = self.share(self.viewer, country_ids=belgium | netherlands)
        self.assertEqual(self.seen(), ["Acme", "Bolt"])
        group.tag_ids = self.north
        self.assertEqual(self.seen(), ["Acme"])
        group.country_ids = netherlands
        self.assertEqual(self.seen(), [])
        self.share(self.viewer, name="Another", customer_ids=self.bolt)
        self.assertEqual(self.seen(), ["Bolt"])

    def test_a_customer_comes_with_those_it_pays_for(self):
        self.bolt.parent_id = self.acme
        self.share(self.viewer, customer_ids=self.acme)
        self.assertEqual(self.seen(), ["Acme", "Bolt"])

    def test_a_document_is_hidden_when_a_part_of_it_lies_outside(self):
        bills = self.make_run().bill_ids
        help_category = self.env["product.category"].create({"name": "Help"})
        # Acme has disk alone, Bolt disk and support.
        self.support.categ_id = help_category
        self.share(self.viewer, categ_ids=self.categ)
        shown = self.env["cloud.bill"].with_user(self.viewer).search([("id", "in", bills.ids)])
        self.assertEqual(shown.customer_id, self.acme)
        charges = self.env["cloud.charge"].with_user(self.viewer).search([("bill_id", "in", bills.ids)])
        self.assertEqual(set(charges.product_id.mapped("name")), {"Disk"})
        self.assertEqual(charges.customer_id, self.acme | self.bolt)

    def test_companies_alone_leave_what_belongs_to_a_company(self):
        run = self.make_run()
        group = self.share(self.viewer, company_ids=self.company)
        self.assertIn(run, self.env["cloud.bill.run"].with_user(self.viewer).search([]))
        group.country_ids = self.env.ref("base.be")
        self.assertNotIn(run, self.env["cloud.bill.run"].with_user(self.viewer).search([]))

    def test_whoever_is_taken_out_or_put_in_is_so_at_once(self):
        group = self.share(self.viewer, customer_ids=self.acme)
        self.assertEqual(self.seen(), ["Acme"])
        group.user_ids = [Command.clear()]
        self.assertEqual(self.seen(), ["Acme", "Bolt"])
        group.user_ids = self.viewer
        group.active = False
        self.assertEqual(self.seen(), ["Acme", "Bolt"])

    def test_a_member_changes_from_the_side_of_the_login_too(self):
        group = self.share(self.user_accountant, customer_ids=self.acme)
        self.assertEqual(self.seen(), ["Acme", "Bolt"])
        group.user_ids |= self.viewer
        self.assertEqual(self.seen(), ["Acme"])
        self.assertNotIn(
            "cloud.sharing.group", [field.comodel_name for field in self.env["res.users"]._fields.values()]
        )

    def test_scheduled_work_sees_all(self):
        self.share(self.viewer, customer_ids=self.acme)
        everybody = (
            self.env["cloud.customer"].with_user(self.viewer).sudo().search([("company_id", "=", self.company.id)])
        )
        self.assertEqual(everybody, self.acme | self.bolt)

    def test_a_group_says_something_and_is_for_colleagues(self):
        with self.assertRaisesRegex(ValidationError, "at least one customer"), self.cr.savepoint():
            self.share(self.viewer)
        group = self.share(self.viewer, customer_ids=self.acme)
        with self.assertRaisesRegex(ValidationError, "at least one customer"), self.cr.savepoint():
            group.customer_ids = False
        portal = self.env["res.users"].create(
            {"name": "P", "login": "sharing_portal", "group_ids": [Command.set(self.env.ref("base.group_portal").ids)]}
        )
        with self.assertRaisesRegex(ValidationError, "see what is their own"):
            group.user_ids |= portal

    def test_what_a_group_names_cannot_be_deleted_under_it(self):
        tag = self.env["cloud.subscription.tag"].create({"name": "Gone"})
        self.share(self.viewer, tag_ids=tag)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.cr.savepoint():
            tag.unlink()
            self.env.flush_all()

    def test_only_a_billing_administrator_sets_groups_up_and_an_auditor_reads_them(self):
        group = self.share(self.viewer, customer_ids=self.acme)
        for role in ("viewer", "operator", "accountant", "price_manager", "approver", "auditor", "integration"):
            user = getattr(self, f"user_{role}")
            self.assertEqual(group.with_user(user).has_access("read"), role == "auditor", role)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(group.with_user(user).has_access(operation), role)
        self.assertTrue(group.with_user(self.user_administrator).has_access("write"))

    def test_every_change_is_an_event_with_old_and_new(self):
        group = self.share(self.viewer, customer_ids=self.acme)
        group.with_user(self.user_administrator).customer_ids = self.bolt
        group.with_user(self.user_administrator).note = "No event: it limits nobody"
        events = (
            self.env["cloud.audit.event"].sudo().search([("action", "=", "sharing_changed"), ("res_id", "=", group.id)])
        )
        self.assertEqual(
            [
                ((event.detail["old"] or {}).get("customer_ids"), event.detail["new"]["customer_ids"])
                for event in events
            ],
            [(["Acme"], ["Bolt"]), (None, ["Acme"])],
        )
        group.unlink()
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "sharing_changed")], limit=1)
        self.assertEqual((event.detail["old"]["customer_ids"], event.detail["new"]), (["Bolt"], None))

    def test_a_search_asks_as_often_for_ten_times_the_rows(self):
        self.share(self.viewer, country_ids=self.env.ref("base.be"), tag_ids=self.north)

        def count(number):
            customers = self.env["cloud.customer"].union(
                *(self.make_customer(f"C{number} {i}", partner=self.acme.partner_id.copy()) for i in range(number))
            )
            for customer in customers:
                self.make_subscription(customer, self.disk, activate=False, tag_ids=[Command.link(self.north.id)])
            self.env.flush_all()
            self.env.invalidate_all()
            self.env["cloud.sharing.group"]._get_user_filters(self.viewer.id)
            before = self.cr.sql_log_count
            found = self.env["cloud.customer"].with_user(self.viewer).search([("id", "in", customers.ids)])
            found.mapped("name")
            self.assertEqual(len(found), number)
            found._filtered_access("read")
            return self.cr.sql_log_count - before

        count(1)
        self.assertEqual(count(2), count(20))
