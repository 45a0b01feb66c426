"""What was imported stays as it was imported, also for raw SQL; and what people decide on it is on record."""

import psycopg2.errors
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from . import month_guards_before as before
from .guard_common import GuardCase
from .usage_common import UsageOwnerCase, events_csv, focus_csv, hour
from .usage_guards import ROWS, SCHEMA, TRIALS, TRIGGERS

ROOMS = ("usage", "arrival", "connection", "delivered", "masterdata", "intake", "matching", "push")
DIALOGS = ("cloud_push_key_wizard", "cloud_usage_map_wizard")


@tagged("post_install", "-at_install")
class TestUsageGuards(GuardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = cls.find_tables(ROOMS)
        cls.env.cr.execute(
            "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'", [SCHEMA]
        )
        cls.tables += [table for (table,) in cls.env.cr.fetchall()]
        cls.guards = cls.find_guards({*cls.tables, *DIALOGS}.difference(before.TABLES))

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        self.try_guards(self.guards, TRIALS)

    def test_each_trigger_has_a_test(self):
        self.assert_tested(TRIGGERS, SQL("t.oid::regclass::text = ANY(%s)", self.tables))


@tagged("post_install", "-at_install")
class TestWrittenOnce(GuardCase, UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.deliver(cls.bills, focus_csv(hour(1)))
        cls.stream_a = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])
        cls.assign(cls.stream_a, cls.acme_line)

    def assert_refused(self, statement, *parameters):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.RestrictViolation):
            self.env.cr.execute(statement, parameters)

    def test_rows_are_kept_each_by_its_own_guard(self):
        self.env.cr.execute(
            """
            SELECT t.relname, guard.name
              FROM (SELECT tgrelid AS relation, tgname AS name FROM pg_trigger WHERE NOT tgisinternal
                     UNION
                    SELECT conrelid, conname FROM pg_constraint WHERE contype = 'f') guard
              JOIN pg_class t ON t.oid = guard.relation
             WHERE t.relnamespace = %s::regnamespace
            """,
            [SCHEMA],
        )
        guards = {" ".join(guard): guard for guard in self.env.cr.fetchall()}
        self.assertEqual(sorted(guards), sorted(ROWS))
        for name, (taken, *refused) in ROWS.items():
            table, guard = guards[name]
            self.try_statements(f"{SCHEMA}.{table}", guard, taken, refused)

    def test_rows_are_neither_changed_nor_deleted(self):
        self.assert_refused(f"UPDATE {SCHEMA}.usage_row SET quantity = 5 WHERE import_id = %s", self.first.id)
        self.assert_refused(f"DELETE FROM {SCHEMA}.usage_row WHERE import_id = %s", self.first.id)
        self.assert_refused(f"TRUNCATE {SCHEMA}.usage_row CASCADE")

    def test_summaries_are_neither_changed_nor_deleted(self):
        self.assert_refused(f"UPDATE {SCHEMA}.delivery_stream SET row_count = 5")
        self.assert_refused(f"DELETE FROM {SCHEMA}.delivery_stream")

    def test_numbers_of_a_delivery_are_written_once(self):
        table, delivery = "cloud_usage_delivery", self.first.delivery_ids
        for change in ("import_number = 1000", "cost_billed = 1", "provider_account = 'x'", "import_number = 0"):
            with self.subTest(change=change):
                self.assert_refused(f"UPDATE {table} SET {change} WHERE id = %s", delivery.id)
        self.assert_refused(f"DELETE FROM {table} WHERE id = %s", delivery.id)
        self.first.action_undo()
        for number in (0, 10**6):
            self.assert_refused(f"UPDATE {table} SET superseded_number = %s WHERE id = %s", number, delivery.id)

    def test_assignments_end_once(self):
        table = f"{SCHEMA}.assignment"
        self.assert_refused(f"UPDATE {table} SET subscription_line_id = %s", self.bolt_line.id)
        self.assert_refused(f"DELETE FROM {table}")
        self.stream_a.mapping_ids.unlink()
        self.assert_refused(f"UPDATE {table} SET to_number = 0")

    def test_exceptions_stay(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        self.deliver(self.events, events_csv(("e1", 1, "acme", "6"))).reject_ids.action_accept()
        self.assert_refused(f"DELETE FROM {SCHEMA}.row_exception")
        self.assert_refused(f"UPDATE {SCHEMA}.row_exception SET from_number = 10000")

    def test_a_row_is_there_once(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env.cr.execute(
                f"""
                INSERT INTO {SCHEMA}.usage_row (
                    source_id, scope, row_key, ordinal, payload_hash, import_id, delivery_id,
                    stream_id, file_sequence, row_no, service_start, service_end
                )
                     SELECT source_id, scope, row_key, ordinal, payload_hash, import_id, delivery_id,
                            stream_id, file_sequence, row_no, service_start, service_end
                       FROM {SCHEMA}.usage_row
                      WHERE import_id = %s
                """,
                [self.first.id],
            )

    def test_no_number_that_is_none(self):
        for value in ("NaN", "Infinity"):
            with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.CheckViolation):
                self.env.cr.execute(
                    f"""
                    INSERT INTO {SCHEMA}.usage_row (source_id, scope, row_key, payload_hash, import_id, delivery_id,
                                                   stream_id, file_sequence, row_no, service_start, service_end,
                                                   quantity)
                         VALUES (0, 0, 'x', 'x', 0, 0, 0, 1, 1, now(), now(), %s)
                    """,
                    [value],
                )

    def test_a_month_is_delivered_once_at_a_time(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env["cloud.usage.delivery"].create(
                {
                    "import_id": self.env["cloud.usage.import"].create({"source_id": self.bills.id}).id,
                    "source_id": self.bills.id,
                    "company_id": self.company.id,
                    "is_snapshot": True,
                    "provider_account": "acct-1",
                    "billing_month": "2026-03-01",
                    "import_number": 10**6,
                }
            )

    def test_rows_read_are_what_became_of_them(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.CheckViolation):
            self.env.cr.execute("UPDATE cloud_usage_import SET rows_known = 1 WHERE id = %s", [self.first.id])

    def test_what_was_refused_may_go_with_its_file(self):
        refused = self.deliver(self.bills, b"a,b\n1,2\n")
        parts = refused.file_ids.part_ids
        self.assertTrue(parts)
        refused.with_user(self.user_operator).unlink()
        self.assertFalse(parts.exists())


@tagged("post_install", "-at_install")
class TestOnRecord(UsageOwnerCase):
    def recorded(self, action):
        return self.env["cloud.audit.event"].sudo().search([("action", "=", action)], order="id")

    def test_an_import_with_its_counts_and_files(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1)))
        event = self.recorded("usage_imported")[-1]
        self.assertEqual((event.res_id, event.detail["accepted"]), (usage_import.id, 1))
        self.assertEqual(event.detail["files"], [["usage.csv", usage_import.file_ids.sha256]])

    def test_who_agreed_that_usage_goes_away(self):
        self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="7.5")))
        second = self.deliver(self.bills, focus_csv(hour(1)))
        second.with_user(self.user_operator).action_allow_removal()
        event = self.recorded("usage_removal_agreed")[-1]
        self.assertEqual((event.user_id, event.res_id), (self.user_operator.id, second.id))
        self.assertEqual(event.detail["removals"][0]["removed_cost"], "7.5")

    def test_an_undo(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1)))
        usage_import.with_user(self.user_operator).action_undo()
        self.assertEqual(self.recorded("usage_undone")[-1].user_id, self.user_operator.id)

    def test_what_became_of_rows_that_waited(self):
        self.deliver(self.events, events_csv(("e1", 1, "acme", "5")))
        second = self.deliver(self.events, events_csv(("e1", 1, "acme", "6"), ("e2", 1, "acme", "x")))
        quarantined, rejected = second.reject_ids.sorted("kind")
        quarantined.with_user(self.user_operator).action_accept()
        rejected.with_user(self.user_operator).action_waive("Of no use")
        self.assertEqual(self.recorded("rows_accepted")[-1].detail["rows"], [["usage.csv", 2, "other_content"]])
        self.assertEqual(self.recorded("rows_waived")[-1].reason, "Of no use")

    def test_another_owner_of_billed_days(self):
        self.deliver(self.bills, focus_csv(hour(1)))
        mapping = self.assign(self.stream(self.bills), self.acme_line)
        self.bill(self.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")
        mapping.with_user(self.user_accountant).subscription_line_id = self.bolt_line
        event = self.recorded("billed_days_remapped")[-1]
        self.assertEqual((event.user_id, event.res_id), (self.user_accountant.id, mapping.id))

    def test_another_meaning_of_a_charge_kind(self):
        line = self.bills.policy_ids.filtered(lambda one: one.charge_kind == "purchase")
        line.with_user(self.user_administrator).policy = "bill"
        event = self.recorded("charge_kind_changed")[-1]
        self.assertEqual((event.detail["from"], event.detail["to"]), ("hold", "bill"))


@tagged("post_install", "-at_install")
class TestOtherCompanies(UsageOwnerCase):
    def test_their_usage_is_neither_seen_nor_touched(self):
        usage_import = self.deliver(self.bills, focus_csv(hour(1), hour(2, cost="x")))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.user_operator.copy(
            {"login": "stranger", "company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        env = self.env(user=stranger, context={"allowed_company_ids": other.ids})
        for model in ("import", "file", "delivery", "reject", "stream", "record", "source", "source.policy"):
            with self.subTest(model=model):
                self.assertFalse(env[f"cloud.usage.{model}"].search([]))
        for action in ("action_undo", "action_cancel", "action_retry"):
            with self.subTest(action=action), self.assertRaises(AccessError):
                getattr(usage_import.with_env(env), action)()
        with self.assertRaises(AccessError):
            usage_import.reject_ids.with_env(env).action_waive("x")
        with self.assertRaises(AccessError):
            env["cloud.usage.import"]._create_with_files(self.bills.with_env(env), [("a.csv", focus_csv(hour(1)))])


@tagged("post_install", "-at_install")
class TestProvidersNames(UsageOwnerCase):
    def test_a_renamed_sub_account_is_the_same_stream_under_its_new_name(self):
        self.deliver(self.bills, focus_csv(hour(1)))
        stream = self.stream(self.bills)
        self.deliver(self.bills, focus_csv(hour(1, SubAccountName="Alpha Ltd"), hour(2, SubAccountName="Alpha Ltd")))
        self.assertEqual(self.stream(self.bills), stream)
        self.assertEqual(stream.sub_account_name, "Alpha Ltd")


@tagged("post_install", "-at_install")
class TestUnexpectedErrors(UsageOwnerCase):
    def test_they_are_written_on_the_import_and_after_three_it_is_refused(self):
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("a.csv", focus_csv(hour(1)))])
        usage_import._enqueue()

        def fail(*_arguments):
            raise ZeroDivisionError("the disk of the moon is full")

        self.patch(type(self.store), "_summarise", fail)
        cron = self.env.ref("cloud_billing.cron_import_usage")
        with mute_logger("odoo.addons.cloud_billing.models.usage.usage_importer"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(usage_import.state, "refused")
        self.assertIn("the disk of the moon is full", usage_import.error)
        self.assertFalse(usage_import.delivery_ids)
