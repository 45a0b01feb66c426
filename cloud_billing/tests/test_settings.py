from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .billing_common import BillingCase


class SettingsCase(BillingCase):
    def setUp(self):
        super().setUp()
        self.assertFalse(self.user_administrator.has_group("base.group_system"))
        self.Settings = self.env["cloud.settings"].with_user(self.user_administrator).with_company(self.company)

    def make_account(self, name, account_type, code):
        return self.env["account.account"].create(
            {"name": name, "account_type": account_type, "code": code, "company_ids": [(6, 0, self.company.ids)]}
        )


@tagged("post_install", "-at_install")
class TestSettingsOfABillingAdministrator(SettingsCase):
    """Who administers billing, and not Odoo, sees and changes the billing settings, and nothing else of the company."""

    def test_they_are_shown_and_changed_on_the_form(self):
        self.company.cloud_look_percent = "25"
        with Form(self.Settings) as form:
            self.assertEqual(str(form.cloud_look_percent), "25")
            form.cloud_look_percent = "10"
            form.cloud_late_policy = "absorb"
            form.cloud_late_tolerance = "2.50"
            form.cloud_line_budget = 40
        self.assertEqual(
            (str(self.company.cloud_look_percent), self.company.cloud_late_policy, self.company.cloud_line_budget),
            ("10", "absorb", 40),
        )
        self.assertEqual(str(self.company.cloud_late_tolerance), "2.50")
        self.assertEqual(str(Form(self.Settings).cloud_look_percent), "10")

    def test_every_setting_of_odoos_screen_is_on_this_one(self):
        odoo = self.env["res.config.settings"]._get_cloud_settings()
        self.assertEqual(self.Settings._get_cloud_settings(), odoo)
        shown = set(Form(self.Settings)._view["fields"])
        self.assertEqual(set(odoo) - shown, set())

    def test_a_change_is_in_the_audit_trail_under_the_person(self):
        with Form(self.Settings) as form:
            form.cloud_look_amount = "70"
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "settings")], limit=1)
        self.assertEqual((event.user_login, event.res_id), (self.user_administrator.login, self.company.id))

    def test_others_neither_see_nor_change_them(self):
        for user in (self.user_accountant, self.user_approver, self.user_viewer):
            with self.assertRaises(AccessError):
                self.env["cloud.settings"].with_user(user).create({"cloud_look_percent": "1"})

    def test_of_a_company_that_is_not_theirs_nothing_is_changed(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaises(AccessError):
            self.Settings.create({"company_id": other.id, "cloud_look_percent": "1"})
        self.assertNotEqual(str(other.cloud_look_percent), "1")

    def test_nothing_but_settings_reaches_the_company(self):
        settings = self.Settings.create({})
        name, state = self.company.name, self.company.cloud_billing_state
        settings.write({"name": "Mine", "cloud_billing_state": "live", "currency_id": 1, "company_name": "Mine"})
        self.assertEqual((self.company.name, self.company.cloud_billing_state), (name, state))

    def test_an_account_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        account = self.env["account.account"].create(
            {"name": "Far", "code": "990001", "account_type": "asset_current", "company_ids": [(6, 0, other.ids)]}
        )
        with self.assertRaises(UserError):
            self.Settings.create({"cloud_accrued_income_account_id": account.id})


@tagged("post_install", "-at_install")
class TestProposedAccounts(SettingsCase):
    """Accounts for month ends: proposed from the chart, never set before a person says so."""

    def setUp(self):
        super().setUp()
        self.company.write(
            {
                "cloud_closing_journal_id": False,
                "cloud_accrued_income_account_id": False,
                "cloud_deferred_account_id": False,
                "cloud_accrued_cost_account_id": False,
            }
        )
        # Whatever else the chart has of these names comes after them.
        self.accrued = self.make_account("Accrued Income", "asset_current", "100001")
        self.deferred = self.make_account("Deferred Revenue", "liability_current", "200001")
        self.cost = self.make_account("Accrued Expenses", "liability_current", "200002")

    def test_they_are_shown_by_type_and_name_and_set_by_a_button_only(self):
        settings = self.Settings.create({})
        for account in (self.accrued, self.deferred, self.cost):
            self.assertIn(f"{account.code} {account.name}", settings.cloud_closing_proposal)
        self.assertFalse(self.company.cloud_accrued_income_account_id)
        settings.action_cloud_take_closing_proposal()
        self.assertEqual(
            (
                self.company.cloud_accrued_income_account_id,
                self.company.cloud_deferred_account_id,
                self.company.cloud_accrued_cost_account_id,
                self.company.cloud_closing_journal_id.type,
            ),
            (self.accrued, self.deferred, self.cost, "general"),
        )
        self.assertFalse(self.Settings.create({}).cloud_closing_proposal)

    def test_what_was_chosen_stays(self):
        own = self.make_account("Our Own", "asset_current", "119009")
        settings = self.Settings.create({"cloud_accrued_income_account_id": own.id})
        self.assertNotIn("Accrued Income", settings.cloud_closing_proposal)
        settings.action_cloud_take_closing_proposal()
        self.assertEqual(self.company.cloud_accrued_income_account_id, own)

    def test_no_account_is_proposed_twice_or_taken_from_taxes_and_payments(self):
        proposed = self.company._propose_closing()
        accounts = [record for name, record in proposed.items() if name.endswith("account_id")]
        self.assertEqual(len(set(accounts)), len(accounts))
        busy = self.company._get_busy_accounts()
        self.assertFalse(set(accounts) & set(busy))

    def test_a_chart_that_has_nothing_says_what_to_make(self):
        self.env["account.account"].search(
            [("account_type", "in", ("asset_current", "liability_current")), ("company_ids", "in", self.company.ids)]
        ).active = False
        self.company.cloud_closing_journal_id = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company.id)], limit=1
        )
        with self.assertRaisesRegex(UserError, "make a current asset for accrued income"):
            self.Settings.create({}).action_cloud_take_closing_proposal()
