from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import SQL, config

from ..models.record import audit_schema
from ..models.vault import key_store
from .common import ROLES, CloudBillingCase
from .vault_common import VaultCase


class StatusCase(CloudBillingCase):
    def read_page(self, user=None):
        """{key: (state, text)} as the page shows it to somebody, the billing administrator unless told otherwise."""
        status = self.env["cloud.security.status"].with_user(user or self.user_administrator)
        action = status.action_open()
        return {line.key: (line.state, line.text) for line in status.env[action["res_model"]].search(action["domain"])}

    def state(self, key):
        return self.read_page()[key][0]

    def text(self, key):
        return self.read_page()[key][1]


class TestWhoReadsTheSecurityStatus(StatusCase):
    def test_billing_administrators_and_auditors_read_it_and_nobody_else(self):
        for role in ROLES:
            user = getattr(self, f"user_{role}")
            if role in ("administrator", "auditor"):
                self.assertIn("live", self.read_page(user))
            else:
                with self.assertRaises(AccessError):
                    self.read_page(user)

    def test_nobody_else_searches_what_was_shown(self):
        self.read_page()
        for role in set(ROLES) - {"administrator", "auditor"}:
            with self.assertRaises(AccessError):
                self.env["cloud.security.check"].with_user(getattr(self, f"user_{role}")).search([])

    def test_the_menu_is_there_for_those_who_read_it(self):
        menu = self.env.ref("cloud_billing.cloud_security_status_menu").id
        for role in ROLES:
            visible = self.env["ir.ui.menu"].with_user(getattr(self, f"user_{role}"))._visible_menu_ids()
            self.assertEqual(menu in visible, role in ("administrator", "auditor"), role)

    def test_what_is_off_stands_first(self):
        order = ["off", "warning", "ok"]
        states = [state for state, _text in self.read_page().values()]
        self.assertEqual(states, sorted(states, key=order.index))

    def test_a_button_goes_to_a_place_that_exists(self):
        self.read_page()
        lines = self.env["cloud.security.check"].with_user(self.user_administrator).search([("button", "!=", False)])
        self.assertTrue(lines)
        for line in lines:
            action = line.action_open()
            self.assertIn(action["type"], ("ir.actions.act_window", "ir.actions.client"), line.key)
            self.assertIn(action.get("res_model"), self.env, line.key)

    def test_no_button_goes_to_a_place_that_does_not_open_for_the_reader(self):
        # An auditor reads the page, and neither Odoo's settings nor ours, where votes take a second factor.
        self.set_company_state("live")
        self.company.cloud_second_factor = False
        for user, opens in ((self.user_auditor, False), (self.user_administrator, True)):
            self.read_page(user)
            lines = self.env["cloud.security.check"].with_user(user).search([("create_uid", "=", user.id)])
            for line in lines.filtered("button"):
                model = line.action_open().get("res_model")
                self.assertTrue(not model or self.env[model].with_user(user).has_access("read"), line.key)
            settings = lines.filtered(lambda line: line.action_open().get("res_model") == "cloud.settings")
            self.assertEqual(bool(settings), opens)
        self.assertFalse(self.env["res.config.settings"].with_user(self.user_administrator).has_access("read"))

    def test_each_line_that_is_off_has_a_button_to_where_it_is_put_right(self):
        """Of every check that there is, made to be off: the window of the screen, or of who does it."""
        Status = self.registry["cloud.security.status"]
        made = []

        def make_off(status, key, area, title, state, text, button=None, action=None, place=None):
            made.append(key)
            return plain_make(status, key, area, title, "off", text, button, action, place)

        plain_make = Status._make_check
        for user in (self.user_administrator, self.user_auditor):
            with patch.object(Status, "_make_check", make_off):
                self.read_page(user)
            lines = self.env["cloud.security.check"].with_user(user).search([("create_uid", "=", user.id)])
            self.assertEqual(sorted(lines.mapped("key")), sorted(set(made)))
            for line in lines:
                with self.subTest(key=line.key, user=user.login):
                    self.assertTrue(line.button)
                    self.assert_opens(line, user)

    def assert_opens(self, line, user):
        """A screen that opens for the reader, and one that tells more where it is the line's own."""
        action = line.action_open()
        if action["type"] == "ir.actions.client":
            return
        self.assertTrue(self.env[action["res_model"]].with_user(user).has_access("read"))
        if action["res_model"] == line._name:
            self.assertEqual(action["res_id"], line.id)
            self.assertTrue(line.place)

    def test_what_is_set_on_the_server_tells_who_sets_it_in_which_file(self):
        with patch.dict(config.options, {"list_db": True}):
            self.read_page()
        line = self.env["cloud.security.check"].search([("key", "=", "list_db")], order="id desc", limit=1)
        self.assertIn("list_db = False", line.text)
        self.assertIn("below [options]", line.place)
        self.assertIn("place", line.get_view(view_type="form")["arch"])

    def test_another_module_adds_a_check(self):
        Status = self.registry["cloud.security.status"]
        plain = Status._get_security_checks

        def with_one_more(status):
            return [*plain(status), status._make_check("moon", "server", "Moon", "warning", "It is full: wait.")]

        with patch.object(Status, "_get_security_checks", with_one_more):
            self.assertEqual(self.read_page()["moon"], ("warning", "It is full: wait."))


class TestFourEyes(StatusCase):
    def test_a_company_that_is_being_set_up_or_works_alone_is_told(self):
        for state, expected in (("setup", "off"), ("solo", "off"), ("live", "ok")):
            self.set_company_state(state)
            self.assertEqual(self.state("live"), expected, state)

    def test_a_live_company_without_anybody_who_checks_is_told(self):
        self.set_company_state("live")
        self.env.ref("cloud_billing.group_approver").all_user_ids.group_ids -= self.env.ref(
            "cloud_billing.group_approver"
        )
        self.assertEqual(self.state("live"), "warning")

    def test_who_makes_and_checks_is_named_also_with_two_logins(self):
        self.assertNotIn("Mara Maker", self.text("both_roles"))
        approver = self.env.ref("cloud_billing.group_approver")
        second = self.make_user("mara_again", "cloud_billing.group_approver")
        second.with_env(self.env(su=True)).cloud_person_id = self.person_maker
        self.assertIn("Mara Maker", self.text("both_roles"))
        second.group_ids -= approver
        self.assertNotIn("Mara Maker", self.text("both_roles"))
        self.user_accountant.group_ids += approver
        self.assertIn("Mara Maker", self.text("both_roles"))

    def test_an_administrator_of_odoo_who_is_nobody_is_told(self):
        self.make_user("root_two", "base.group_system")
        self.assertIn("root_two", self.text("enrolled"))

    def test_demo_data_in_a_live_company_is_off(self):
        module = self.env.ref("base.module_cloud_billing")
        for demo, company_state, expected in ((False, "live", "ok"), (True, "live", "off")):
            module.demo = demo
            self.set_company_state(company_state)
            self.assertEqual(self.state("demo"), expected)

    def make_user(self, login, group):
        return new_test_user(self.env, login=login, groups=f"base.group_user,{group}")


class TestLoggingIn(StatusCase):
    def test_who_lacks_a_second_factor_is_named_until_it_is_enrolled(self):
        self.assertIn(self.user_approver.name, self.text("second_factor"))
        self.user_approver.totp_secret = "A" * 32
        self.assertNotIn(self.user_approver.name, self.text("second_factor"))
        self.assertIn(self.user_accountant.name, self.text("second_factor"))
        self.env["auth.passkey.key"].with_user(self.user_accountant).sudo().create(
            {"name": "Key", "credential_identifier": "key"}
        )
        self.assertNotIn(self.user_accountant.name, self.text("second_factor"))

    def test_a_viewer_needs_none(self):
        self.assertNotIn(self.user_viewer.name, self.text("second_factor"))

    def test_the_add_on_for_sessions_is_missed_until_it_is_installed(self):
        module = self.env["ir.module.module"].search([("name", "=", "cloud_billing_auth_timeout")])
        for state, expected in (("uninstalled", "off"), ("installed", "ok")):
            module.state = state
            self.assertEqual(self.state("sessions"), expected)

    def test_the_length_of_passwords(self):
        for length, expected in (("0", "off"), ("8", "warning"), ("12", "ok")):
            self.env["ir.config_parameter"].set_param("auth_password_policy.minlength", length)
            self.assertEqual(self.state("password_length"), expected)

    def test_the_login_that_everybody_tries(self):
        admin = self.env.ref("base.user_admin")
        self.assertEqual(self.state("admin_login"), "warning")
        admin.login = "somebody"
        self.assertEqual(self.state("admin_login"), "ok")
        admin.login = "admin"
        admin.totp_secret = "A" * 32
        self.assertEqual(self.state("admin_login"), "ok")


class TestKeys(StatusCase):
    def test_keys_without_an_end_and_keys_that_end_soon_are_named(self):
        now = fields.Datetime.now()
        generate = self.env["res.users.apikeys"].with_user(self.user_integration).sudo()._generate
        generate(None, "endless", None)
        generate(None, "tomorrow", now + timedelta(days=1))
        generate(None, "later", now + timedelta(days=15))
        text = self.text("api_keys")
        self.assertIn("endless (cloud_integration)", text.splitlines()[0])
        self.assertIn("tomorrow (cloud_integration)", text.splitlines()[1])
        self.assertNotIn("later", text)

    def test_keys_that_end_later_are_fine(self):
        self.make_only_key()
        self.assertEqual(self.state("api_keys"), "ok")

    def test_a_key_that_nobody_has_used_for_90_days_is_named(self):
        key = self.make_only_key()
        self.assertEqual(self.state("api_keys"), "ok")
        # As if the record and the key had begun 100 days ago.
        self.env.cr.execute("UPDATE res_users_apikeys SET create_date = create_date - interval '100 days'")
        self.insert_event("settings", key, 100)
        self.assertIn("Not used for 90 days: later", self.text("api_keys"))
        self.insert_event("api_key_used", key, 91)
        self.assertIn("Not used for 90 days: later", self.text("api_keys"))
        self.insert_event("api_key_used", key, 89)
        self.assertEqual(self.state("api_keys"), "ok")

    def make_only_key(self):
        keys = self.env["res.users.apikeys"]
        keys.search([])._remove()
        keys.with_user(self.user_integration).sudo()._generate(
            None, "later", fields.Datetime.now() + timedelta(days=15)
        )
        return keys.search([])

    def insert_event(self, action, key, days):
        """An event of so many days ago, as the owner of the table could write it."""
        self.env.execute_query(
            SQL(
                """
                INSERT INTO %(table)s (occurred_at, company_id, user_id, user_login, action, res_model, res_id)
                     VALUES (%(moment)s, %(company)s, %(user)s, 'cloud_integration', %(action)s, %(model)s, %(id)s)
                  RETURNING id
                """,
                table=SQL(audit_schema.EVENT_TABLE),
                moment=fields.Datetime.now() - timedelta(days=days),
                company=self.company.id,
                user=self.user_integration.id,
                action=action,
                model=key._name,
                id=key.id,
            )
        )


class TestServer(StatusCase):
    def test_each_option_of_the_server_is_told_with_the_line_to_set(self):
        self.set_base("https://billing.example.com")
        for key, options, expected, line in (
            ("list_db", {"list_db": True}, "off", "list_db = False"),
            ("list_db", {"list_db": False}, "ok", ""),
            ("master_password", {"admin_passwd": "admin", "list_db": True}, "off", "admin_passwd ="),
            ("master_password", {"admin_passwd": "admin", "list_db": False}, "warning", "admin_passwd ="),
            ("master_password", {"admin_passwd": "sea-otter-lamp-9", "list_db": True}, "ok", ""),
            ("https", {"proxy_mode": False}, "warning", "proxy_mode = True"),
            ("https", {"proxy_mode": True}, "ok", ""),
            ("logging", {"log_level": "debug_sql"}, "warning", "log_level = info"),
            ("logging", {"log_level": "info", "log_handler": [":INFO", "odoo.sql_db:DEBUG"]}, "warning", "log_level"),
            ("logging", {"log_level": "info", "log_handler": [":INFO"], "dev_mode": []}, "ok", ""),
            ("logging", {"log_level": "info", "log_handler": [":INFO"], "dev_mode": ["xml"]}, "warning", "--dev"),
        ):
            with self.subTest(key=key, options=options), patch.dict(config.options, options):
                state, text = self.read_page()[key]
                self.assertEqual(state, expected)
                self.assertIn(line, text)

    def test_an_address_that_is_not_encrypted(self):
        for base, expected in (("http://billing.example.com", "off"), ("http://localhost:8069", "warning")):
            self.set_base(base)
            self.assertEqual(self.state("https"), expected)

    def set_base(self, base):
        self.env["ir.config_parameter"].set_param("web.base.url", base)


class TestTheRecord(StatusCase):
    def setUp(self):
        super().setUp()
        self.now = fields.Datetime.now()

    def test_an_overdue_review_is_named(self):
        self.assertEqual(self.state("reviewed"), "ok")
        today = self.now.date()
        dates = {name: today - timedelta(days=days) for name, days in (("start", 60), ("end", 30), ("due", 1))}
        vals = {f"date_{name}": day for name, day in dates.items()}
        self.env["cloud.audit.review"].create({"company_id": self.company.id, **vals})
        self.assertEqual(self.state("reviewed"), "warning")

    def test_a_backup_was_restored_within_half_a_year(self):
        self.assertEqual(self.state("drilled"), "off")
        for days, expected in ((181, "warning"), (179, "ok")):
            vals = {"backup": "nightly", "restored": "database", "checks": "balance", "result": "passed"}
            self.env["cloud.backup.drill"].create({**vals, "done_at": self.now - timedelta(days=days)})
            self.assertEqual(self.state("drilled"), expected)


class TestSchedule(StatusCase):
    def test_an_action_of_ours_that_is_switched_off_is_named(self):
        crons = self.env["cloud.schedule.watch"]._get_crons()
        crons.write({"active": True, "failure_count": 0, "nextcall": fields.Datetime.now() + timedelta(hours=1)})
        self.assertEqual(self.state("schedule"), "ok")
        crons[0].active = False
        self.assertIn(crons[0].cron_name, self.text("schedule"))


class TestKeyOfTheSecrets(VaultCase):
    def read_page(self):
        status = self.env["cloud.security.status"].with_user(self.user_auditor)
        lines = status.env["cloud.security.check"].search(status.action_open()["domain"])
        return {line.key: (line.state, line.text) for line in lines}

    def test_the_backup_copy_the_file_and_the_age_of_secrets(self):
        store = key_store.get_store(self.env.cr.dbname)
        self.assertEqual([self.read_page()[key][0] for key in ("key_copy", "key_file", "old_secrets")], ["ok"] * 3)
        self.env["cloud.secret"]._put(self.source, "password", "canary", "Password")
        self.assertEqual(self.read_page()["key_copy"][0], "off")
        self.assertEqual(self.read_page()["key_file"][0], "ok")
        store.path.chmod(0o640)
        self.assertEqual(self.read_page()["key_file"][0], "off")
        self.assertIn(f"chmod 600 {store.path}", self.read_page()["key_file"][1])
        self.env.cr.execute("UPDATE cloud_billing_vault.secret SET set_at = set_at - interval '366 days'")
        self.assertEqual(self.read_page()["old_secrets"][0], "warning")


class TestStatementsOfTheSecurityStatus(StatusCase):
    def test_a_page_of_many_people_and_keys_takes_as_many_statements_as_one_of_few(self):
        self.make_people(3)
        few = self.count_statements()
        self.make_people(30)
        self.assertEqual(self.count_statements(), few)

    def make_people(self, count):
        group = self.env.ref("cloud_billing.group_accountant")
        values = [
            {"name": f"{number} of {count}", "login": f"{number}_of_{count}", "group_ids": [(4, group.id)]}
            for number in range(count)
        ]
        for user in self.env["res.users"].create(values):
            self.env["res.users.apikeys"].with_user(user).sudo()._generate(None, f"key of {user.login}", None)

    def count_statements(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        before = self.env.cr.sql_log_count
        self.read_page()
        return self.env.cr.sql_log_count - before
