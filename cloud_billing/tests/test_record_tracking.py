import base64

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ROLES, CloudBillingCase


class TrackingCase(CloudBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env["cloud.audit.event"]
        cls.trackers = cls.env["cloud.audit.tracker"]

    def track(self, model, field=None, user=None):
        """Track a field, or everything of a model, as an auditor; returns the line."""
        field = field and self.env["ir.model.fields"]._get(model, field).id
        trackers = self.trackers.with_user(user or self.user_auditor)
        return trackers.create({"model_id": self.env["ir.model"]._get_id(model), "field_id": field})

    def get_events(self, records, action="changed"):
        self.env.flush_all()
        return self.events.search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids), ("action", "=", action)], order="id"
        )

    def get_changes(self, record, action="changed"):
        """{field: (old, new)} of the last event about a record."""
        return {
            change["field"]: (change["old"], change["new"])
            for change in self.get_events(record, action)[-1:].changes or []
        }


@tagged("post_install", "-at_install")
class TestWhatIsRecorded(TrackingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.meter = cls.env["cloud.meter"].create({"name": "Disk", "code": "disk_tracked", "unit": "GB"})

    def test_a_new_record_tells_what_was_filled_in(self):
        changes = self.get_changes(self.meter, "created")
        self.assertEqual(changes["unit"], (None, "GB"))
        self.assertEqual(changes["name"], (None, "Disk"))
        self.assertNotIn("value_tag", changes)

    def test_a_change_tells_old_and_new_as_people_read_them(self):
        self.meter.with_user(self.user_price_manager).write({"aggregation": "max", "active": False, "unit": "TB"})
        event = self.get_events(self.meter)
        self.assertEqual(event.user_login, "cloud_price_manager")
        self.assertEqual(event.person_name, "Mara Maker")
        changes = {change["field"]: change for change in event.changes}
        labels = dict(self.meter._fields["aggregation"].selection)
        self.assertEqual((changes["aggregation"]["old"], changes["aggregation"]["new"]), (labels["sum"], labels["max"]))
        self.assertEqual(changes["aggregation"]["label"], self.meter._fields["aggregation"].string)
        self.assertEqual((changes["active"]["old"], changes["active"]["new"]), ("Yes", "No"))
        self.assertEqual((changes["unit"]["old"], changes["unit"]["new"]), ("GB", "TB"))

    def test_what_stays_as_it_was_is_no_event(self):
        self.meter.write({"unit": "GB", "active": True})
        self.meter.unit = "TB"
        self.meter.unit = "GB"
        self.assertFalse(self.get_events(self.meter))

    def test_a_record_is_told_by_name_and_id(self):
        customer = self.env["cloud.customer"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Acme"}).id,
                "currency_id": self.company.currency_id.id,
                "tz": "Europe/Amsterdam",
            }
        )
        term = self.env["account.payment.term"].create({"name": "Ten days"})
        customer.payment_term_id = term
        self.assertEqual(self.get_changes(customer)["payment_term_id"], (None, f"Ten days (#{term.id})"))

    def test_a_deleted_record_tells_what_it_was(self):
        name, meter_id = self.meter.display_name, self.meter.id
        self.meter.unlink()
        event = self.events.search([("res_model", "=", "cloud.meter"), ("res_id", "=", meter_id)], limit=1)
        self.assertEqual((event.action, event.res_name), ("deleted", name))
        self.assertIn({"field": "unit", "label": "Unit", "old": "GB", "new": None}, event.changes)

    def test_a_refused_deletion_leaves_no_event_of_a_deletion(self):
        unit = self.env["uom.uom"].create({"name": "Block", "relative_factor": 1})
        self.env["product.template"].create({"name": "By the block", "uom_id": unit.id})
        with self.assertRaises(Exception), self.cr.savepoint():  # noqa: B017 - which one is the database's affair
            unit.unlink()
        self.assertFalse(self.get_events(unit, "deleted"))

    def test_what_is_rolled_back_is_not_recorded(self):
        with self.assertRaises(ZeroDivisionError), self.cr.savepoint():
            self.meter.unit = "TB"
            self.env.flush_all()
            raise ZeroDivisionError
        self.assertFalse(self.get_events(self.meter))

    def test_many_records_take_as_many_statements_as_few(self):
        meters = self.env["cloud.meter"].create(
            [{"name": f"Meter {n}", "code": f"tracked_{n}", "unit": "GB"} for n in range(100)]
        )
        self.env.flush_all()

        def count(records, unit):
            before = self.cr.sql_log_count
            records.write({"unit": unit})
            records.flush_recordset()
            return self.cr.sql_log_count - before

        count(meters[:1], "MB")
        self.assertEqual(count(meters[:10], "TB"), count(meters, "PB"))
        self.assertEqual(len(self.get_events(meters)), 1 + 10 + 100)

    def test_what_is_not_tracked_costs_nothing(self):
        tags = self.env["res.partner.category"].create([{"name": "One"}, {"name": "Two"}])
        self.env.flush_all()

        def count(name):
            before = self.cr.sql_log_count
            tags.write({"name": name})
            self.env["res.partner.category"].create({"name": name})
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count("warm")
        without = count("Without")
        events = self.events.search_count([])
        self.track("res.bank", "name")
        self.trackers._get_tracked()
        count("warm")
        self.assertEqual(count("With other models tracked"), without)
        self.assertEqual(self.events.search_count([("res_model", "=", "res.partner.category")]), 0)
        self.assertEqual(self.events.search_count([]), events + 1)


@tagged("post_install", "-at_install")
class TestKindsOfValues(TrackingCase):
    def test_translations_are_told_per_language(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        product = self.env["product.template"].create({"name": "Storage"})
        product.with_context(lang="nl_NL").name = "Opslag"
        event = self.get_events(product)[-1:]
        self.assertIn(("Name (nl_NL)", "Opslag"), [(change["label"], change["new"]) for change in event.changes])

    def test_translations_of_the_dialog_are_one_event_too(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        product = self.env["product.template"].create({"name": "Storage"})
        self.env.flush_all()
        before = self.get_events(product)
        product.update_field_translations("name", {"nl_NL": "Opslag"})
        self.env.flush_all()
        changes = [change for event in self.get_events(product) - before for change in event.changes]
        self.assertEqual(
            [(change["label"], change["old"], change["new"]) for change in changes], [("Name (nl_NL)", None, "Opslag")]
        )

    def test_values_of_a_company_are_told_with_it(self):
        product = self.env["product.template"].create({"name": "Storage"})
        account = self.env["account.account"].search([("account_type", "=", "income")], limit=1)
        product.with_company(self.company).property_account_income_id = account
        change = self.get_events(product)[-1:].changes[0]
        self.assertEqual(change["label"], f"Income Account ({self.company.name})")
        self.assertEqual(change["new"], f"{account.display_name} (#{account.id})")

    def test_values_of_a_company_of_many_records_take_as_many_statements_as_those_of_few(self):
        products = self.env["product.template"].create([{"name": f"Storage {n}"} for n in range(60)])
        accounts = self.env["account.account"].search([("account_type", "=", "income")], limit=3)
        # Where there are other companies Odoo gives new products their taxes, which is a change too.
        made = self.get_events(products)

        def count(records, account):
            before = self.cr.sql_log_count
            records.with_company(self.company).property_account_income_id = account
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(products[:1], accounts[0])
        self.assertEqual(count(products[:10], accounts[1]), count(products, accounts[2]))
        self.assertEqual(len(self.get_events(products) - made), 1 + 10 + 60)

    def test_lists_tell_what_came_and_what_went(self):
        self.track("res.partner", "category_id")
        one, two, three = self.env["res.partner.category"].create([{"name": n} for n in ("One", "Two", "Three")])
        partner = self.env["res.partner"].create({"name": "Tagged", "category_id": [Command.set([one.id, two.id])]})
        self.assertEqual(
            self.get_changes(partner, "created")["category_id"], (None, f"One (#{one.id}), Two (#{two.id})")
        )
        partner.category_id = [Command.set([two.id, three.id])]
        self.assertEqual(self.get_changes(partner)["category_id"], (f"One (#{one.id})", f"Three (#{three.id})"))

    def test_a_list_is_seen_from_its_other_side_too(self):
        self.track("res.partner", "category_id")
        partner = self.env["res.partner"].create({"name": "Tagged"})
        tag = self.env["res.partner.category"].create({"name": "One"})
        tag.partner_ids = [Command.link(partner.id)]
        self.assertEqual(self.get_changes(tag)["partner_ids"], (None, f"Tagged (#{partner.id})"))

    def test_secrets_are_fingerprints_that_only_tell_a_difference(self):
        self.track("ir.mail_server", "smtp_pass")
        server = self.env["ir.mail_server"].create({"name": "Out", "smtp_host": "localhost", "smtp_pass": "hunter2"})
        first = self.get_changes(server, "created")["smtp_pass"][1]
        server.smtp_pass = "hunter3"
        old, new = self.get_changes(server)["smtp_pass"]
        self.assertEqual(old, first)
        self.assertNotEqual(old, new)
        self.assertRegex(new, r"^fingerprint [0-9a-f]{16}$")
        self.cr.execute("SELECT count(*) FROM cloud_audit_event WHERE changes::text LIKE '%hunter%'")
        self.assertEqual(self.cr.fetchone(), (0,))

    def test_files_are_told_by_size_and_digest(self):
        self.track("res.partner", "image_1920")
        pixel = base64.b64encode(
            base64.b64decode(
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
            )
        )
        partner = self.env["res.partner"].create({"name": "Pictured"})
        partner.image_1920 = pixel
        old, new = self.get_changes(partner)["image_1920"]
        self.assertIsNone(old)
        self.assertRegex(new, r"^\d+ bytes, SHA-1 [0-9a-f]{40}$")

    def test_a_long_text_is_cut_and_keeps_its_digest(self):
        self.track("res.partner", "comment")
        partner = self.env["res.partner"].create({"name": "Noted"})
        partner.comment = "<p>" + "x" * 5000 + "</p>"
        new = self.get_changes(partner)["comment"][1]
        self.assertLess(len(new), 1200)
        self.assertRegex(new, r"\(5007 characters, SHA-256 [0-9a-f]{64}\)$")

    def test_a_stored_value_that_odoo_works_out_is_seen_when_it_was_worked_out(self):
        self.track("res.partner", "commercial_partner_id")
        parent, child = self.env["res.partner"].create([{"name": "Parent", "is_company": True}, {"name": "Child"}])
        self.env.flush_all()
        child.parent_id = parent
        self.assertEqual(
            self.get_changes(child)["commercial_partner_id"],
            # Both as they are called now, the child with its parent.
            (f"Parent, Child (#{child.id})", f"Parent (#{parent.id})"),
        )

    def test_a_value_written_through_a_related_field_is_seen_where_it_is_kept(self):
        product = self.env["product.product"].create({"name": "Storage"})
        product.list_price = 12.5
        self.assertEqual(self.get_changes(product.product_tmpl_id)["list_price"], ("1.0", "12.5"))


@tagged("post_install", "-at_install")
class TestEventsWithAName(TrackingCase):
    def test_lock_dates(self):
        self.company.sale_lock_date = "2020-01-31"
        self.assertEqual(self.get_changes(self.company, "lock_dates")["sale_lock_date"], (None, "2020-01-31"))

    def test_a_scheduled_action_switched_off_and_on(self):
        cron = self.env.ref("cloud_billing.cron_import_usage", raise_if_not_found=False) or self.env["ir.cron"].search(
            [], limit=1
        )
        cron.active = False
        self.assertEqual(self.get_changes(cron, "schedule_off")["active"], ("Yes", "No"))
        cron.active = True
        self.assertEqual(self.get_changes(cron, "schedule_on")["active"], ("No", "Yes"))
        cron_id = cron.id
        cron.unlink()
        self.assertTrue(
            self.events.search(
                [("res_model", "=", "ir.cron"), ("res_id", "=", cron_id), ("action", "=", "schedule_off")], limit=1
            ).changes[0]["old"]
        )

    def test_rights_of_a_login_and_of_a_role(self):
        group = self.env["res.groups"].create({"name": "Odd"})
        self.user_viewer.group_ids = [Command.link(group.id)]
        self.assertIn("Odd", self.get_changes(self.user_viewer, "rights_changed")["group_ids"][1])
        group.user_ids = [Command.link(self.user_operator.id)]
        self.assertIn(self.user_operator.name, self.get_changes(group, "rights_changed")["user_ids"][1])


@tagged("post_install", "-at_install")
class TestWhoSaysWhatIsTracked(TrackingCase):
    def test_an_auditor_adds_any_stored_field_and_that_is_an_event(self):
        tag = self.env["res.partner.category"].create({"name": "Before"})
        line = self.track("res.partner.category", "name")
        tag.name = "After"
        self.assertEqual(self.get_changes(tag)["name"], ("Before", "After"))
        self.assertEqual(self.get_events(line, "tracking_added").user_login, "cloud_auditor")

    def test_taking_away_is_an_event_and_ends_it(self):
        tag = self.env["res.partner.category"].create({"name": "Before"})
        line = self.track("res.partner.category")
        line_id = line.id
        line.unlink()
        tag.name = "After"
        self.assertFalse(self.get_events(tag))
        event = self.events.search([("action", "=", "tracking_removed"), ("res_id", "=", line_id)])
        self.assertEqual(event.detail["model"], "res.partner.category")

    def test_nobody_but_an_auditor_adds_takes_away_or_changes(self):
        line = self.track("res.partner.category")
        users = [getattr(self, f"user_{role}") for role in ROLES if role != "auditor"]
        for user in [*users, self.env.ref("base.user_root"), self.env.ref("base.user_admin")]:
            for su in (False, True):
                trackers = self.env(user=user, su=su)["cloud.audit.tracker"]
                for attempt in (
                    lambda trackers=trackers: trackers.create({"model_id": self.env["ir.model"]._get_id("res.bank")}),
                    lambda trackers=trackers: trackers.browse(line.id).unlink(),
                    lambda trackers=trackers: trackers.browse(line.id).write({"reason": "none"}),
                ):
                    with self.subTest(user=user.login, su=su), self.assertRaises(AccessError), self.cr.savepoint():
                        attempt()

    def test_what_comes_with_the_software_stays(self):
        ready = self.trackers.search([("is_ready", "=", True), ("model_name", "=", "cloud.meter")])
        self.assertTrue(ready)
        with self.assertRaisesRegex(UserError, "always tracked"):
            ready.with_user(self.user_auditor).unlink()
        # Past the ORM the line is gone, and nothing else.
        self.cr.execute("DELETE FROM cloud_audit_tracker")
        self.env.invalidate_all()
        self.trackers._forget_tracked()
        meter = self.env["cloud.meter"].create({"name": "Disk", "code": "disk_still", "unit": "GB"})
        self.assertTrue(self.get_events(meter, "created"))
        self.trackers._make_ready_lines()
        self.assertTrue(self.trackers.search([("is_ready", "=", True), ("model_name", "=", "cloud.meter")]))

    def test_nobody_claims_that_a_line_comes_with_the_software(self):
        trackers = self.trackers.with_user(self.user_auditor)
        line = trackers.create({"model_id": self.env["ir.model"]._get_id("res.bank"), "is_ready": True})
        self.assertFalse(line.is_ready)
        with self.assertRaises(UserError):
            line.is_ready = True

    def test_what_has_no_history_is_refused(self):
        for model, field in (
            ("res.partner", "display_name"),
            ("res.partner", "child_ids"),
            ("res.partner", "write_date"),
            ("cloud.go.live", None),
            ("cloud.audit.event", None),
        ):
            with self.subTest(model=model, field=field), self.assertRaises(UserError), self.cr.savepoint():
                self.track(model, field)

    def test_every_field_of_the_ready_list_exists(self):
        for model, names in self.trackers._get_ready_fields().items():
            if model in self.env and names != "*":
                self.assertEqual(set(names) - self.trackers._get_names(model, names), set(), model)
