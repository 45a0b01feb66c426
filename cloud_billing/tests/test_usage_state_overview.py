from odoo.exceptions import AccessError
from odoo.tests import tagged

from .test_match_rules import MatchCase
from .usage_common import focus_csv, hour


@tagged("post_install", "-at_install")
class TestWhereUsageIs(MatchCase):
    """Beside Alpha (10 + 4) and Beta (10 + 2.5): a tax row, which is kept, and a row that cannot be read."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        tax = hour(5, BillingAccountId="acct-2", ChargeCategory="Tax", cost="3")
        bad = hour(6, BillingAccountId="acct-2", cost="a lot")
        cls.deliver(cls.bills, focus_csv(tax, bad))
        cls.rule(cls.cost_centre, sub_account="sub-1", charge_kind="usage")
        cls.env["cloud.usage.matcher"]._fill(cls.company)

    def start(self, user=None):
        self.env["cloud.usage.state"].with_user(user or self.user_viewer).action_start()
        states = self.env["cloud.usage.state"].search([("source_id", "=", self.bills.id)])
        return {state.state: state for state in states}

    def test_rows_money_and_age_by_state(self):
        states = self.start()
        self.assertEqual(
            {name: (state.row_count, state.cost_billed, state.is_waiting) for name, state in states.items()},
            {
                "internal": (2, 14, False),
                "unmatched": (2, 12.5, True),
                "keep": (1, 3, False),
                "rejected": (1, None, True),
            },
        )
        self.assertEqual(str(states["unmatched"].oldest), "2026-03-03 00:00:00")
        self.assertGreater(states["unmatched"].age, 0)

    def test_each_line_opens_what_it_counts(self):
        states = self.start()
        self.assertTrue(states)
        for name, state in states.items():
            action = state.action_open()
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(len(found), state.row_count if name != "keep" else 1, name)

    def test_counting_again_replaces_the_former_count(self):
        self.start()
        self.rule(self.acme, sub_account="sub-2")
        self.env["cloud.usage.matcher"]._fill(self.company)
        self.env["cloud.usage.state"].with_user(self.user_operator).action_count()
        states = self.env["cloud.usage.state"].search([("source_id", "=", self.bills.id)])
        self.assertEqual(set(states.mapped("state")), {"internal", "bill", "keep", "rejected"})
        with self.assertRaises(AccessError):
            self.env["cloud.usage.state"].with_user(self.user_viewer).action_count()

    def test_the_proof_of_the_night_is_shown_with_its_time(self):
        state = self.start()["unmatched"]
        self.assertIn("Not proved yet", state.proof_text)
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_prove_usage_states").method_direct_trigger()
        self.env.invalidate_all()
        self.assertIn("Each row is in exactly one state", self.start()["unmatched"].proof_text)
        self.env["cloud.usage.proof"]._note(self.company, {"rows": (5, 6)}, self.env.cr.now())
        self.env.invalidate_all()
        self.assertIn("rows: 5 / 6", self.start()["unmatched"].proof_text)

    def test_nobody_writes_a_count_or_a_proof(self):
        state = self.start()["unmatched"]
        with self.assertRaises(AccessError):
            state.with_user(self.user_administrator).row_count = 0
        with self.assertRaises(AccessError):
            self.env["cloud.usage.proof"].with_user(self.user_administrator).create({"company_id": self.company.id})
