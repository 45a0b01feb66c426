"""Customers that a connector brings wait until somebody has looked, are imported once, and never behind newer ones."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..models.delivered import cloud_sheet_delivery_look
from .delivered_common import VAT_BE, VAT_NL, DeliveredCase, company, rows_of


class TestWaiting(DeliveredCase):
    def test_what_comes_waits_and_is_no_usage(self):
        [table] = self.bring(company("7", "Newco", vat=VAT_NL, email="it@newco.example"), company("8", "Other"))
        self.assertEqual((table.state, table.kind, table.source_id), ("look", "cloud.sheet.customer", self.events))
        self.assertEqual((table.new_count, table.changed_count, table.refused_count), (2, 0, 0))
        self.assertFalse(self.events.import_ids)
        self.assertFalse(self.customer("7"))
        self.assertEqual(self.told(table)[1][0], "new")
        self.assertIn(f"vat: – → {VAT_NL}", self.told(table)[1][1])

    def test_the_file_is_kept_as_it_came(self):
        content = rows_of(company("7", "Newco"))
        [table] = self.bring(company("7", "Newco"))
        self.assertEqual(table.with_context(bin_size=False).content, base64.b64encode(content))
        self.assertEqual((table.size, len(table.sha256)), (len(content), 64))

    def test_who_is_responsible_is_asked_once_and_no_more_when_it_is_decided(self):
        [table] = self.bring(company("7", "Newco"))
        self.assertEqual(table.activity_ids.user_id, self.user_operator)
        self.assertIn("Customers: 1 new", table.activity_ids.note)
        self.by(table).action_look()
        self.assertEqual(len(table.activity_ids), 1)
        self.by(table).action_import()
        self.assertFalse(table.activity_ids)

    def test_an_import_makes_customers_with_the_key_of_the_source(self):
        [table] = self.bring(company("7", "Newco", vat=VAT_NL))
        self.by(table).action_import()
        made = self.customer("7")
        self.assertEqual((made.name, made.partner_id.vat, made.company_id), ("Newco", VAT_NL, self.company))
        self.assertEqual((table.state, table.decided_by_id), ("imported", self.user_accountant))
        self.assertEqual(made.create_uid, self.user_accountant)

    def test_the_same_again_is_nothing_new_and_a_change_is_told_old_and_new(self):
        [table] = self.bring(company("7", "Newco", email="it@newco.example"))
        self.by(table).action_import()
        [same] = self.bring(company("7", "Newco", email="it@newco.example"), version="3")
        self.assertEqual((same.state, same.same_count), ("same", 1))
        self.assertFalse(same.activity_ids)
        [changed] = self.bring(company("7", "Newco", email="new@newco.example"), version="4")
        self.assertEqual(self.told(changed), {1: ("changed", "email: it@newco.example → new@newco.example")})
        self.by(changed).action_import()
        self.assertEqual(self.customer("7").partner_id.email, "new@newco.example")

    def test_what_was_taken_is_not_taken_again(self):
        self.bring(company("7", "Newco"))
        self.assertFalse(self.bring(company("7", "Newco")))

    def test_a_customer_is_found_by_its_vat_number_and_then_by_its_key(self):
        self.acme.partner_id.vat = VAT_BE
        [table] = self.bring(company("7", "Acme", vat="BE 0403.019.261", order="PO 1"))
        self.assertEqual((table.new_count, table.changed_count), (0, 1))
        self.by(table).action_import()
        self.assertEqual(self.customer("7"), self.acme)
        [table] = self.bring(company("7", "Acme", order="PO 2"), version="2")
        self.assertEqual(self.told(table), {1: ("changed", "order_reference: PO 1 → PO 2")})

    def test_the_same_key_of_another_source_is_another_customer(self):
        self.acme.external_key_ids = [(0, 0, {"key": "7", "source_id": self.bills.id})]
        [table] = self.bring(company("7", "Newco"))
        self.assertEqual(table.new_count, 1)
        self.by(table).action_import()
        self.assertNotEqual(self.customer("7"), self.acme)

    def test_a_key_of_any_system_is_found_and_not_written_twice(self):
        self.acme.external_key_ids = [(0, 0, {"key": "7"})]
        [table] = self.bring(company("7", "Acme", order="PO 1"))
        self.assertEqual(self.told(table), {1: ("changed", "order_reference: – → PO 1")})
        self.by(table).action_import()
        self.assertEqual(len(self.acme.external_key_ids), 1)

    def test_rows_beyond_the_first_thousand_are_read_by_their_names_too(self):
        rows = [{"id": str(n), "properties.name": f"New {n}"} for n in range(1001)]
        rows.append({"id": "last", "properties.name": "Last", "properties.order": "PO 9"})
        [table] = self.bring(*rows)
        self.assertEqual((table.new_count, len(table.row_ids)), (1002, 500))
        self.by(table).action_import()
        self.assertEqual(self.customer("last").order_reference, "PO 9")


class TestRefusing(DeliveredCase):
    def test_a_refused_row_is_told_with_column_and_remedy_and_holds_all(self):
        [table] = self.bring(
            company("7", "Newco"), company("8", "Bad", vat="NL123456790B90"), company("9", "X", currency="QQQ")
        )
        self.assertEqual((table.state, table.refused_count, table.new_count), ("refused", 2, 1))
        self.assertIn("vat: NL123456790B90 is no VAT number of NL", self.told(table)[2][1])
        self.assertIn("currency: QQQ is no currency", self.told(table)[3][1])
        self.assertTrue(table.activity_ids)
        with self.assertRaisesRegex(UserError, "is now: Refused"):
            self.by(table).action_import()
        self.assertFalse(self.customer("7"))

    def test_the_other_rows_are_imported_where_a_person_says_so(self):
        [table] = self.bring(company("7", "Newco"), company("8", "Bad", vat="NL123456790B90"))
        self.by(table).action_import_rest()
        self.assertTrue(self.customer("7"))
        self.assertFalse(self.customer("8"))
        self.assertEqual((table.state, table.new_count, table.refused_count), ("imported", 1, 1))

    def test_what_was_corrected_here_is_seen_by_looking_again(self):
        currency = self.env["res.currency"].with_context(active_test=False).search([("active", "=", False)], limit=1)
        [table] = self.bring(company("7", "Newco", currency=currency.name))
        self.assertEqual(table.state, "refused")
        currency.active = True
        self.by(table).action_look()
        self.assertEqual((table.state, table.refused_count), ("look", 0))
        self.by(table).action_import()
        self.assertEqual(self.customer("7").currency_id, currency)

    def test_what_the_form_refuses_is_refused_on_its_row(self):
        with patch.object(type(self.env["cloud.customer"]), "create", side_effect=UserError("Not so.")):
            [table] = self.bring(company("7", "Newco"))
        self.assertEqual(self.told(table), {1: ("refused", "Not so.")})

    def test_a_file_that_cannot_be_read_is_refused_with_the_reason(self):
        [table] = self.bring({"id": "7", "title": "No name"})
        self.assertEqual(table.state, "refused")
        self.assertIn("no column for name", table.error)

    def test_an_error_of_ours_is_told_and_holds_up_nobody(self):
        with (
            patch.object(type(self.tables), "_show", side_effect=ZeroDivisionError),
            self.assertLogs(cloud_sheet_delivery_look.__name__, "ERROR"),
        ):
            [table] = self.bring(company("7", "Newco"))
        self.assertEqual(table.state, "refused")
        self.assertIn("ZeroDivisionError", table.error)

    def test_what_changed_since_the_look_is_not_imported_unseen(self):
        [table] = self.bring(company("7", "Acme", order="PO 1"))
        self.acme.external_key_ids = [(0, 0, {"key": "7"})]
        with self.assertRaisesRegex(UserError, "not what was shown any more"):
            self.by(table).action_import()
        self.by(table).action_look()
        self.by(table).action_import()
        self.assertEqual(self.acme.order_reference, "PO 1")


class TestOrder(DeliveredCase):
    def test_a_newer_version_takes_the_place_of_one_that_waits(self):
        [first] = self.bring(company("7", "Newco"))
        [second] = self.bring(company("7", "Newco"), company("8", "Other"), version="2")
        self.assertEqual((first.state, second.state), ("superseded", "look"))
        self.assertFalse(first.activity_ids)
        with self.assertRaisesRegex(UserError, "is now: Superseded"):
            self.by(first).action_import()

    def test_an_imported_one_is_not_superseded(self):
        [first] = self.bring(company("7", "Newco"))
        self.by(first).action_import()
        self.bring(company("7", "Newco"), company("8", "Other"), version="2")
        self.assertEqual(first.state, "imported")

    def test_what_came_before_is_imported_before(self):
        [monday] = self.bring(company("7", "Newco", order="PO 1"), name="monday")
        [tuesday] = self.bring(company("7", "Newco", order="PO 2"), name="tuesday")
        with self.assertRaisesRegex(UserError, "monday.csv came before tuesday.csv"):
            self.by(tuesday).action_import()
        self.by(monday).action_import()
        # What it comes to now is another thing: it is read again.
        self.assertEqual(tuesday.state, "waiting")
        self.tables._cron_read_tables()
        self.assertEqual(self.told(tuesday), {1: ("changed", "order_reference: PO 1 → PO 2")})

    def test_a_dismissed_one_stands_in_nobodys_way(self):
        [monday] = self.bring(company("7", "Newco", order="PO 1"), name="monday")
        [tuesday] = self.bring(company("7", "Newco", order="PO 2"), name="tuesday")
        self.by(monday).action_dismiss()
        self.assertEqual((monday.state, monday.decided_by_id), ("dismissed", self.user_accountant))
        self.tables._cron_read_tables()
        self.by(tuesday).action_import()
        self.assertEqual(self.customer("7").order_reference, "PO 2")

    def test_statements_do_not_grow_with_rows(self):
        def count(first, rows):
            before = self.cr.sql_log_count
            [table] = self.bring(*(company(str(n), f"New {n}") for n in range(first, first + rows)), version=str(first))
            self.by(table).action_import()
            return self.cr.sql_log_count - before

        count(0, 3)
        count(50, 3)
        few, many = count(100, 3), count(200, 30)
        self.assertLessEqual(many, few + 3)


class TestRights(DeliveredCase):
    def test_an_operator_looks_and_decides_nothing(self):
        [table] = self.bring(company("7", "Newco"))
        self.assertEqual(table.with_user(self.user_operator).new_count, 1)
        for method in ("action_look", "action_import", "action_import_rest", "action_dismiss"):
            with self.assertRaises(AccessError):
                getattr(table.with_user(self.user_operator), method)()

    def test_nobody_writes_a_table_by_hand(self):
        [table] = self.bring(company("7", "Newco"))
        for user in (self.user_accountant, self.user_administrator):
            with self.assertRaises(AccessError):
                table.with_user(user).write({"state": "imported"})
            with self.assertRaises(AccessError):
                table.with_user(user).unlink()

    def test_a_person_of_another_company_sees_nothing_of_it(self):
        [table] = self.bring(company("7", "Newco"))
        other = self.env["res.company"].create({"name": "Other"})
        self.user_accountant.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        with self.assertRaises(AccessError):
            self.by(table).with_context(allowed_company_ids=other.ids).read(["file_name"])
        with self.assertRaises(AccessError):
            self.by(table).with_context(allowed_company_ids=other.ids).action_import()

    def test_what_the_person_may_not_write_is_refused(self):
        [table] = self.bring(company("7", "Newco"))
        rules = self.env["ir.rule"].create(
            {"name": "No keys", "model_id": self.env["ir.model"]._get_id("cloud.external.key"),
             "domain_force": "[(0, '=', 1)]", "groups": [(4, self.env.ref("cloud_billing.group_accountant").id)]}
        )  # fmt: skip
        self.assertTrue(rules)
        with self.assertRaises(AccessError):
            self.by(table).action_import()
        self.by(table).action_look()
        self.assertEqual(table.state, "refused")


class TestSubscriptions(DeliveredCase):
    COLUMNS = {"subscription": "deal", "customer": "company", "product": "item", "quantity": "amount", "start": "day",
               "plan": "plan"}  # fmt: skip
    DEAL = {"deal": "D-1", "company": "7", "item": "SUP", "amount": "3", "day": "2026-05-01", "plan": "Public prices"}

    def setUp(self):
        super().setUp()
        self.connector.sudo().active = False
        self.connector = self.make_table_connector(delivers="cloud.sheet.subscription", name="Deals")
        self.acme.external_key_ids = [(0, 0, {"key": "7", "source_id": self.events.id})]
        self.recurring.default_code = "SUP"
        self.one_time.default_code = "SETUP"

    def subscription(self, key):
        domain = [("key", "=", key), ("source_id", "=", self.events.id), ("subscription_id", "!=", False)]
        return self.env["cloud.external.key"].search(domain).subscription_id

    def test_a_deal_of_the_source_becomes_a_draft_of_its_customer(self):
        deal = self.DEAL
        [table] = self.bring(deal, {**deal, "item": "SETUP", "amount": "1"})
        self.assertEqual((table.state, table.new_count), ("look", 2))
        self.by(table).action_import()
        made = self.subscription("D-1")
        self.assertEqual((made.customer_id, made.state, len(made.line_ids)), (self.acme, "draft", 2))
        [again] = self.bring({**deal, "amount": "5"}, version="2")
        self.assertEqual(self.told(again), {1: ("changed", "quantity: 3 → 5")})

    def test_of_a_subscription_with_a_refused_row_nothing_is_imported(self):
        deal = self.DEAL
        [table] = self.bring(deal, {**deal, "item": "Unknown"}, {**deal, "deal": "D-2"})
        self.assertEqual((table.state, table.refused_count), ("refused", 1))
        self.by(table).action_import_rest()
        self.assertFalse(self.subscription("D-1"))
        self.assertTrue(self.subscription("D-2"))

    def test_what_the_database_refuses_is_refused_on_its_row(self):
        with mute_logger("odoo.sql_db"):
            [table] = self.bring(self.DEAL, {**self.DEAL, "deal": "D-2", "plan": ""})
        self.assertEqual((table.state, table.new_count, table.refused_count), ("refused", 1, 1))
        self.assertEqual(self.told(table)[2][0], "refused")
        self.assertIn("Missing required value", self.told(table)[2][1])
