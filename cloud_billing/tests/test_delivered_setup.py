"""How a connector of tables is set up: columns, whose rights, when it asks; and what it says of itself."""

from unittest.mock import patch

from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from ..engine.connectors import CONNECTORS
from .delivered_common import VAT_NL, DeliveredCase, company, rows_of
from .usage_common import focus_csv, hour


class TestByItself(DeliveredCase):
    def setUp(self):
        super().setUp()
        self.connector.write({"imports": "itself", "import_user_id": self.user_accountant.id})

    def test_what_nothing_speaks_against_is_imported_with_the_rights_of_who_is_named(self):
        [table] = self.bring(company("7", "Newco", vat=VAT_NL))
        self.assertEqual((table.state, table.decided_by_id), ("imported", self.user_accountant))
        self.assertEqual((self.customer("7").create_uid, table.new_count), (self.user_accountant, 1))
        self.assertFalse(table.activity_ids)

    def test_where_a_row_is_refused_a_person_looks(self):
        [table] = self.bring(company("7", "Newco"), company("8", "Bad", vat="NL123456790B90"))
        self.assertEqual(table.state, "refused")
        self.assertTrue(table.activity_ids)
        self.assertFalse(self.customer("7"))

    def test_what_the_named_user_may_not_do_is_refused(self):
        self.connector.import_user_id = self.user_operator
        [table] = self.bring(company("7", "Newco"))
        self.assertEqual(table.state, "refused")
        self.assertFalse(self.customer("7"))

    def test_nothing_is_imported_behind_what_waits(self):
        [bad] = self.bring(company("7", "Newco", vat="NL123456790B90"), name="monday")
        [good] = self.bring(company("8", "Other"), name="tuesday")
        self.assertEqual((bad.state, good.state), ("refused", "look"))
        self.by(bad).action_dismiss()
        self.tables._cron_read_tables()
        self.assertEqual(good.state, "imported")

    def test_who_has_left_lends_no_rights(self):
        self.user_accountant.active = False
        [table] = self.bring(company("7", "Newco"))
        self.assertEqual(table.state, "look")
        self.assertIn("does not work in", table.error)

    def test_nobody_uses_the_rights_of_somebody_else(self):
        connector = self.connector.with_user(self.user_administrator)
        for vals in (
            {"options": {"address": "https://other.example.com/x"}},
            {"delivers": "cloud.sheet.subscription"},
            {"import_user_id": self.user_administrator.id},
        ):
            with self.refused("imports with the rights of"):
                connector.write(vals)
        with self.assertRaisesRegex(AccessError, "imports with the rights of"):
            connector.column_ids[0].file_column = "other"
        with self.assertRaisesRegex(AccessError, "imports with the rights of"):
            connector.set_secret("key", "other")
        # To use nobody's rights any more takes no leave; to use them again does.
        connector.write({"imports": "person"})
        with self.refused("imports with the rights of"):
            connector.write({"imports": "itself", "import_user_id": self.user_accountant.id})
        connector.write({"imports": "itself", "import_user_id": self.user_administrator.id})

    def test_rights_that_are_used_are_those_of_somebody(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.connector.import_user_id = False
            self.env.flush_all()


class TestLiveCompany(DeliveredCase):
    protects_fields = True

    def test_a_protected_field_stays_and_the_row_says_why(self):
        self.acme.external_key_ids = [(0, 0, {"key": "7", "source_id": self.events.id})]
        self.acme.partner_id.vat = VAT_NL
        self.set_company_state("live")
        [table] = self.bring(company("7", "Acme", vat="BE0403019261"), company("8", "Newco"))
        self.assertEqual((table.state, table.refused_count, table.new_count), ("refused", 1, 1))
        self.assertIn("is changed only with the approval of a second person", self.told(table)[1][1])
        self.by(table).action_import_rest()
        self.assertEqual(self.acme.partner_id.vat, VAT_NL)
        self.assertTrue(self.customer("8"))


class TestSettingUp(DeliveredCase):
    def test_the_columns_are_those_of_the_table(self):
        connector = self.make_table_connector(self.bills, state="setup")
        self.assertEqual(connector.column_ids.mapped("name"), self.env["cloud.sheet.customer"]._get_column_names())
        connector.delivers = "cloud.sheet.subscription"
        self.assertEqual(connector.column_ids.mapped("name"), self.env["cloud.sheet.subscription"]._get_column_names())
        # By our own names, so that a file that was exported here comes in as it is.
        self.assertEqual(connector.column_ids.mapped("file_column"), connector.column_ids.mapped("name"))
        connector.delivers = "usage"
        self.assertFalse(connector.column_ids)

    def test_companies_of_a_system_are_customers_and_their_columns_are_proposed(self):
        for kind, engine in CONNECTORS.items():
            for thing, (_table, columns) in engine.get_tables().items():
                with self.subTest(kind=kind):
                    connector = self.env["cloud.connector"].create(
                        {"name": kind, "source_id": self.events.id, "kind": kind, "options": {"thing": thing}}
                    )
                    self.assertEqual(connector.delivers, "cloud.sheet.customer")
                    # Of customers all are wanted, and not those that changed this month.
                    self.assertEqual(str(connector.fetch_from), "2000-01-01")
                    found = {column.name: column.file_column for column in connector.column_ids if column.file_column}
                    self.assertEqual(found, columns)
                    other = connector.new({"kind": kind, "options": {}, "source_id": self.events.id})
                    self.assertEqual(other.delivers, "usage")

    def test_settings_say_which_table_it_is_when_they_are_saved(self):
        form = Form(self.env["cloud.connector"].with_user(self.user_administrator))
        form.name, form.source_id, form.kind = "By its thing", self.events, "hubspot"
        form.options = {"thing": "companies"}
        connector = form.save()
        self.assertEqual((connector.delivers, connector.may_bring_tables), ("cloud.sheet.customer", True))
        self.assertEqual(str(connector.fetch_from), "2000-01-01")
        # Whether the source could read deals is not what is asked here.
        self.startPatcher(patch.object(CONNECTORS["hubspot"], "readers", ()))
        connector.options = {"thing": "deals"}
        self.assertEqual((connector.delivers, connector.may_bring_tables), ("usage", False))
        self.assertFalse(connector.column_ids)
        connector.fetch_from = fields.Date.context_today(connector).replace(day=1)
        connector.options = {"thing": "companies"}
        self.assertEqual((connector.delivers, str(connector.fetch_from)), ("cloud.sheet.customer", "2000-01-01"))
        self.assertTrue(connector.column_ids)

    def test_a_setting_that_is_typed_asks_nothing_of_the_server(self):
        # The answer would draw all settings anew, over the next one that is being typed.
        arch = etree.fromstring(self.env["cloud.connector"].get_view(view_type="form")["arch"])
        self.assertTrue(arch.xpath("//field[@name='options']"))
        self.assertFalse(arch.xpath("//field[@name='options'][@on_change]"))
        self.assertTrue(arch.xpath("//field[@name='kind'][@on_change]"))

    def test_what_brings_no_tables_brings_usage(self):
        self.provider.brings_tables = False
        connector = self.make_connector(self.bills, state="setup", name="No tables")
        self.assertEqual((connector.delivers, connector.may_bring_tables), ("usage", False))

    def test_an_administrator_sets_it_up_on_the_form(self):
        form = Form(self.env["cloud.connector"].with_user(self.user_administrator))
        form.name, form.source_id, form.kind = "By hand", self.events, "rest"
        with freeze_time("2026-03-02"):
            form.delivers = "cloud.sheet.customer"
        connector = form.save()
        with Form(connector) as form, form.column_ids.edit(0) as line:
            line.file_column = "number"
        self.assertEqual(connector.column_ids[0].file_column, "number")
        self.assertEqual(connector.import_user_id, self.user_administrator)

    def test_how_usage_of_the_source_is_read_does_not_matter(self):
        self.provider.readers = ("focus",)
        self.make_table_connector(self.events, state="setup", name="Another")
        with self.assertRaises(ValidationError):
            self.make_connector(self.events, state="setup", name="Usage")

    def test_it_asks_for_all_in_one_and_not_by_months(self):
        self.provider.has_windows = True
        connector = self.make_table_connector(self.bills, fetch_from="2000-01-01")
        with self.at(self.NOW) as now:
            [(start, end)] = connector._get_due_windows(now)
        self.assertEqual((f"{start:%Y}", f"{end:%Y-%m-%d}"), ("2000", "2026-03-02"))

    def test_json_within_json_is_read_at_its_path(self):
        self.connector.table_row_path = "data.customers[*]"
        self.connector.column_ids.filtered(lambda one: one.name == "name").file_column = "who.name"
        [table] = self.bring(b'{"data": {"customers": [{"id": 7, "who": {"name": "Newco"}}]}}')
        self.assertEqual(table.row_ids.name, "Newco")


class TestTelling(DeliveredCase):
    def test_the_activity_tells_what_came_and_what_became_of_it(self):
        [table] = self.bring(company("7", "Newco"), company("8", "Other"))
        run = self.connector.run_ids[0]
        self.assertIn("Customers: 2 new, 0 changed, 0 unchanged, 0 refused. It waits for a look.", run.story)
        health, message = self.tell("2026-03-02 05:00:00")
        self.assertEqual((health, message), ("yellow", "A delivered table waits for a look."))
        self.by(table).action_import()
        self.env.invalidate_all()
        self.assertIn("It is imported.", run.story)
        self.assertEqual(self.tell("2026-03-02 05:00:00")[0], "green")
        self.assertEqual(self.connector.action_open_imports()["res_model"], "cloud.sheet.delivery")

    def test_a_refused_table_is_a_connector_that_does_not_come_in(self):
        self.bring(company("8", "Bad", vat="NL123456790B90"))
        self.assertEqual(self.tell("2026-03-02 05:00:00")[0], "red")

    def test_a_test_and_a_dry_run_tell_of_customers_and_keep_nothing(self):
        self.provider.put("customers", rows_of(company("7", "Newco"), company("8", "Bad", vat="NL123456790B90")))
        for action in ("action_test", "action_dry_run"):
            with self.subTest(action=action), freeze_time(self.NOW):
                run = self.env["cloud.connector.run"].browse(
                    getattr(self.connector.with_user(self.user_operator), action)()["res_id"]
                )
                self.assertEqual(run.outcome, "yellow")
                self.assertIn("Customers: 1 would be new, 0 changed, 0 stay as they are, 1 are refused.", run.story)
                self.assertIn("Row 2, Bad: vat: NL123456790B90 is no VAT number of NL", run.story)
        self.assertFalse(self.tables.search([("connector_id", "=", self.connector.id)]))

    def test_a_file_that_a_test_cannot_read_is_told(self):
        self.provider.put("customers", rows_of({"id": "7", "title": "?"}))
        with freeze_time(self.NOW):
            self.connector.with_user(self.user_operator).action_test()
        self.assertIn("no column for name", self.connector.run_ids[0].story)

    def test_a_file_that_is_too_large_is_refused_and_not_kept(self):
        limits = "odoo.addons.cloud_billing.models.delivered.cloud_sheet_delivery.LIMITS"
        with patch(limits) as few:
            few.max_bytes = 10
            [table] = self.bring(company("7", "Newco"))
        self.assertEqual((table.state, table.content), ("refused", False))
        self.assertTrue(table.activity_ids)
        with self.assertRaises(UserError):
            self.by(table).action_import()

    def test_a_connector_of_usage_still_brings_usage(self):
        connector = self.make_connector(self.bills, name="Bills again")
        self.provider.put("march", focus_csv(hour(1)))
        self.connector.sudo().active = False
        self.fetch()
        self.assertEqual(connector.delivery_ids.import_id.state, "imported")
        self.assertFalse(connector.table_ids)
