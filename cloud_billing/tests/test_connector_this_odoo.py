"""This database as a source: its records become usage once, with the rights of a named user, and by no typed domain."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..engine.connectors import CONNECTORS, Window
from ..models.connection import connector_messages, this_odoo
from .connection_common import ConnectionCase

TIMESHEETS = {
    "model": "account.analytic.line", "date": "date", "customer": "partner_id", "quantity": "unit_amount",
    "unit": "product_uom_id", "service_text": "Support", "text": "name",
}  # fmt: skip


class ThisOdooCase(ConnectionCase):
    """`self.connector` reads analytic lines with the rights of `self.reader`, a billing administrator who may."""

    NOW = "2026-03-02 04:00:00"

    def setUp(self):
        super().setUp()
        self.reader = self.user_administrator
        self.reader.group_ids |= self.env.ref("account.group_account_invoice") | self.env.ref(
            "analytic.group_analytic_accounting"
        )
        plan = self.env["account.analytic.plan"].search([], limit=1)
        self.project = self.env["account.analytic.account"].create({"name": "Support", "plan_id": plan.id})
        self.partner = self.env["res.partner"].create({"name": "Acme"})
        self.env["account.analytic.line"].search([]).unlink()
        self.connector = self.make_reading(TIMESHEETS, name="Hours")

    def make_reading(self, options, user=None, name="Other hours"):
        user = user or self.reader
        connector = self.env["cloud.connector"].with_user(user).create(
            {
                "name": name,
                "source_id": self.events.id,
                "kind": "this_odoo",
                "options": options,
                "tz": "UTC",
                "at_hour": 4,
                "fetch_from": "2026-03-01",
            }
        )  # fmt: skip
        with self.at(self.NOW):
            connector.action_turn_on()
        return connector.with_env(self.env)

    def work(self, hours, day=1, partner=None, written=None):
        """An analytic line of some hours on a day of March, written at 20:00 of it."""
        line = self.env["account.analytic.line"].create(
            {
                "name": "Firewall",
                "account_id": self.project.id,
                "partner_id": (self.partner if partner is None else partner).id,
                "date": f"2026-03-{day:02d}",
                "unit_amount": hours,
                "product_uom_id": self.env.ref("uom.product_uom_hour").id,
                "company_id": self.company.id,
            }
        )
        self.write_at(line, written or f"2026-03-{day:02d} 20:00:00")
        return line

    def write_at(self, line, moment, **vals):
        line.write(vals)
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_analytic_line SET write_date = %s WHERE id = %s", [moment, line.id])
        self.env.invalidate_all()

    def fetch(self, moment=None):
        self.connector.sudo().next_at = moment or self.NOW
        return super().fetch(moment)

    def rows(self):
        return [
            (row.external_id, str(row.service_start), row.stream_id.sub_account, str(row.quantity))
            for row in self.live_rows(self.events)
        ]


@tagged("post_install", "-at_install")
class TestRecordsBecomeUsage(ThisOdooCase):
    def test_hours_come_once_with_the_contact_and_unit(self):
        line = self.work(1.1)
        self.work(2, partner=self.env["res.partner"])
        run = self.fetch()
        self.assertEqual(run.outcome, "green", run.story)
        self.assertEqual(self.rows(), [
            (f"account.analytic.line,{line.id}", "2026-03-01 00:00:00", str(self.partner.id), "1.1"),
        ])  # fmt: skip
        stream = self.live_rows(self.events).stream_id
        self.assertEqual((stream.service, stream.unit, stream.sub_account_name), ("Support", "Hours", "Acme"))
        self.fetch("2026-03-02 04:30:00")
        self.assertEqual(len(self.rows()), 1)

    def test_what_is_entered_late_comes_with_the_day_on_which_it_is_written(self):
        self.fetch()
        self.work(3, day=1, written="2026-03-04 10:00:00")
        self.fetch("2026-03-05 04:00:00")
        self.assertEqual(
            [(start, quantity) for _id, start, _who, quantity in self.rows()], [("2026-03-01 00:00:00", "3")]
        )

    def test_a_record_that_was_changed_waits_for_a_person(self):
        line = self.work(1)
        self.fetch()
        self.write_at(line, "2026-03-02 10:00:00", unit_amount=9)
        self.fetch("2026-03-03 04:00:00")
        self.assertEqual([quantity for *_rest, quantity in self.rows()], ["1"])
        self.assertEqual(self.events.import_ids.sorted("id")[-1].rows_quarantined, 1)

    def test_many_come_page_by_page(self):
        for day in range(1, 6):
            self.work(day, day=1)
        with patch.object(this_odoo, "PAGE", 2):
            self.fetch()
        self.assertEqual(sorted(quantity for *_rest, quantity in self.rows()), ["1", "2", "3", "4", "5"])

    def test_statements_do_not_grow_with_records_and_customers(self):
        def count():
            self.env.flush_all()
            self.env.invalidate_all()
            options, speaker = self.connector._get_plain_options(), self.connector._get_speaker()
            window = Window(*self.connector._get_due_windows(fields.Datetime.to_datetime(self.NOW))[-1])
            before = self.env.cr.sql_log_count
            [delivery] = speaker.fetch(options, None, window, {})
            rows = b"".join(delivery.payloads[0].chunks).count(b"\n") - 1
            return rows, self.env.cr.sql_log_count - before

        def add(number):
            for _each in range(number):
                self.work(1, partner=self.env["res.partner"].create({"name": "One more"}))

        add(3)
        count()
        few = count()
        add(27)
        self.assertEqual((few[0], count()), (3, (30, few[1])))

    def test_a_test_shows_the_first_of_them(self):
        self.work(1.5)
        with self.at(self.NOW):
            self.connector.with_user(self.reader).action_test()
        run = self.connector.run_ids[:1]
        self.assertEqual((run.outcome, run.kind), ("green", "test"))
        self.assertIn("Records from 2026-01-31 to 2026-03-02: 1.", run.story)

    def test_every_text_can_be_translated(self):
        engine = CONNECTORS["this_odoo"]
        texts = {engine.title, engine.summary}
        for setting in engine.settings:
            texts |= {setting.label, setting.help, *(label for _value, label in setting.choices)}
        self.assertEqual(texts - {""} - set(connector_messages.TEXTS), set())


@tagged("post_install", "-at_install")
class TestTotalsThatGrow(ThisOdooCase):
    def setUp(self):
        super().setUp()
        self.connector.with_user(self.reader).options = {**TIMESHEETS, "is_total": "1"}

    def test_what_they_grew_since_the_last_time_is_counted(self):
        line = self.work(5)
        self.fetch()
        for day, total in ((2, 8), (3, 8), (4, 6)):
            self.write_at(line, f"2026-03-{day:02d} 20:00:00", unit_amount=total)
            self.fetch(f"2026-03-{day + 1:02d} 04:00:00")
        # 5, then 8 - 5 = 3, nothing, and 6 - 8 = -2: together 6, which is the total.
        self.assertEqual(sorted(quantity for *_rest, quantity in self.rows()), ["-2", "3", "5"])

    def test_nothing_is_asked_while_an_import_is_on_its_way(self):
        self.work(5)
        self.env["cloud.usage.import"]._create_with_files(self.events, [("a.csv", b"id,start\n")])
        self.env["cloud.usage.import"].search([("source_id", "=", self.events.id)]).write({"state": "draft"})
        with self.at(self.NOW):
            self.connector.sudo().next_at = self.NOW
            self.fetcher._cron_fetch_usage()
        run = self.connector.run_ids[:1]
        self.assertEqual((run.outcome, run.delivery_count), ("yellow", 0))
        self.assertIn("An import of this source is not finished", run.story)


@tagged("post_install", "-at_install")
class TestConditions(ThisOdooCase):
    def test_only_records_that_meet_them_come(self):
        self.work(1)
        self.work(4)
        self.work(8, partner=self.env["res.partner"].create({"name": "Bolt"}))
        for conditions, expected in (
            ({"filter_1": "unit_amount", "filter_1_is": ">", "filter_1_value": "3.5"}, ["4", "8"]),
            ({"filter_1": "partner_id", "filter_1_is": "=", "filter_1_value": "Acme"}, ["1", "4"]),
            ({"filter_1": "name", "filter_1_is": "ilike", "filter_1_value": "fire", "filter_2": "unit_amount",
              "filter_2_is": "<", "filter_2_value": "2"}, ["1"]),
            ({"filter_1": "partner_id", "filter_1_is": "unset"}, []),
        ):  # fmt: skip
            with self.subTest(conditions=conditions), self.at(self.NOW):
                speaker = self.connector._get_speaker()
                options = self.connector._get_plain_options() | conditions
                self.assertEqual(speaker.check(options), [])
                window = Window(*self.connector._get_due_windows(fields.Datetime.now())[-1])
                found = [b"".join(each.payloads[0].chunks) for each in speaker.fetch(options, None, window, {})]
                hours = [line.split(",")[-4] for content in found for line in content.decode().splitlines()[1:]]
                self.assertEqual(sorted(hours), expected)

    def test_a_value_that_a_field_cannot_have_is_told(self):
        self.connector.with_user(self.reader).options = {
            **TIMESHEETS, "filter_1": "unit_amount", "filter_1_is": ">", "filter_1_value": "many",
        }  # fmt: skip
        run = self.fetch()
        self.assertEqual(run.outcome, "red")
        self.assertIn("“many” is nothing that unit_amount can be", run.story)

    def test_a_comparison_without_a_value_is_not_turned_on(self):
        with self.assertRaisesRegex(UserError, "Value"):
            self.make_reading({**TIMESHEETS, "filter_1": "unit_amount", "filter_1_is": ">"})


@tagged("post_install", "-at_install")
class TestWhoseRights(ThisOdooCase):
    def choices(self, name, user=None):
        """{value: label} that a person can choose of a setting."""
        form = self.connector.with_user(user or self.reader).settings_form
        return dict(next(setting for setting in form if setting["name"] == name)["choices"])

    def test_only_what_is_installed_and_may_be_read_is_offered(self):
        models = self.choices("model")
        self.assertIn("account.analytic.line", models)
        self.assertIn("account.move", models)
        self.assertNotIn("project.task", models)
        # Not what has nobody's name on it.
        self.assertNotIn("ir.cron", models)
        viewer = self.choices("model", self.user_viewer)
        self.assertNotIn("account.analytic.line", viewer)

    def test_what_is_offered_follows_the_model_before_it_is_saved(self):
        connectors = self.env["cloud.connector"].with_user(self.reader)
        form = {one["name"]: one for one in connectors.get_settings_form("this_odoo", {"model": "account.move"})}
        self.assertIn("invoice_date", dict(form["date"]["choices"]))
        self.assertTrue(form["model"]["is_leading"])
        self.assertFalse(form["date"]["is_leading"])
        self.assertEqual(dict(form["user"]["choices"]), {str(self.reader.id): self.reader.name})
        with self.assertRaises(AccessError):
            self.env["cloud.connector"].with_user(self.user_integration).get_settings_form("this_odoo", {})

    def test_an_administrator_names_himself_and_nobody_else(self):
        self.assertEqual(self.choices("user"), {str(self.reader.id): self.reader.name})
        other = new_test_user(self.env, "other_admin", "base.group_user,cloud_billing.group_administrator",
                              company_id=self.company.id, company_ids=[(6, 0, self.company.ids)])  # fmt: skip
        with self.assertRaisesRegex(AccessError, "with the rights of"):
            self.make_reading({**TIMESHEETS, "user": str(self.reader.id)}, other)
        # Nor is what it reads changed under the rights of the person who is named there.
        with self.assertRaisesRegex(AccessError, "is changed by that person"):
            self.connector.with_user(other).options = {**TIMESHEETS, "model": "res.partner"}
        with self.assertRaisesRegex(AccessError, "is changed by that person"):
            self.connector.with_user(other).options = {**TIMESHEETS, "user": str(other.id)}
        self.connector.with_user(other).at_hour = 5

    def test_who_may_change_the_settings_of_odoo_names_anybody(self):
        system = new_test_user(self.env, "system_admin", "base.group_system,cloud_billing.group_administrator",
                               company_id=self.company.id, company_ids=[(6, 0, self.company.ids)])  # fmt: skip
        self.assertIn(str(self.user_viewer.id), self.choices("user", system))
        self.assertNotIn("1", self.choices("user", system))
        self.connector.with_user(system).options = {**TIMESHEETS, "user": str(self.reader.id)}

    def test_records_that_the_person_may_not_see_do_not_come(self):
        self.work(1)
        self.env["ir.rule"].create(
            {
                "name": "Nothing below two hours",
                "model_id": self.env["ir.model"]._get_id("account.analytic.line"),
                "domain_force": "[('unit_amount', '>=', 2)]",
            }
        )
        self.work(3)
        self.fetch()
        self.assertEqual([quantity for *_rest, quantity in self.rows()], ["3"])

    def test_a_person_without_the_right_is_told_and_nothing_comes(self):
        self.work(1)
        self.connector.sudo().options = {**TIMESHEETS, "user": str(self.user_viewer.id)}
        run = self.fetch()
        self.assertEqual(run.outcome, "red")
        self.assertIn("may not read account.analytic.line", run.story)
        self.assertEqual(self.rows(), [])

    def test_a_person_who_has_left_lends_nothing(self):
        self.work(1)
        self.reader.active = False
        run = self.fetch()
        self.assertIn("cannot lend his rights", run.story)

    def test_the_system_itself_lends_nothing(self):
        self.work(1)
        self.connector.sudo().options = {**TIMESHEETS, "user": "1"}
        run = self.fetch()
        self.assertEqual((run.outcome, self.rows()), ("red", []))

    def test_what_is_proposed_for_timesheets_needs_no_more_than_the_model(self):
        connector = self.make_reading({"model": "account.analytic.line"})
        self.assertEqual(connector._get_plain_options()["quantity"], "unit_amount")
        self.assertEqual(connector.options["user"], str(self.reader.id))
