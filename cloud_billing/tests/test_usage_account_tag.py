"""Usage of several customers in one account, told apart by a tag."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .test_match_rules import MatchCase
from .usage_common import PLAIN_ROW, focus_csv, hour


def tagged_csv(*rows):
    return focus_csv(*rows, columns=[*PLAIN_ROW, "Tags"])


def team(day, name, **more):
    return hour(day, Tags=f'{{"team": "{name}"}}' if name else "", **more)


@tagged("post_install", "-at_install")
class TestAccountFromATag(MatchCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = cls.bills.sudo().copy({"name": "Shared account", "account_tag": "team"})
        cls.rows = [
            team(1, "web", SubAccountId="111"),
            team(2, "web", SubAccountId="222"),
            team(3, "webshop", SubAccountId="111"),
            team(4, "", SubAccountId="111"),
        ]

    def accounts(self, source=None):
        streams = self.env["cloud.usage.stream"].search([("source_id", "=", (source or self.shared).id)])
        return sorted(streams.mapped("sub_account"))

    def test_streams_are_those_of_the_tag_and_the_account(self):
        usage_import = self.deliver(self.shared, tagged_csv(*self.rows))
        self.assertEqual(self.counts(usage_import), (4, 4, 0, 0, 0))
        self.assertEqual(self.accounts(), ["111", "team=web/111", "team=web/222", "team=webshop/111"])
        # Of a source that does not say so a tag stays a tag.
        self.deliver(self.bills, tagged_csv(*self.rows))
        self.assertNotIn("team=web/111", self.accounts(self.bills))

    def test_a_rule_names_the_tag_in_whatever_account(self):
        self.acme_line.subscription_id.date_start = "2026-01-01"
        self.rule(self.acme, sub_account="team=web/*", source_id=self.shared.id)
        self.deliver(self.shared, tagged_csv(*self.rows))
        owned = self.env["cloud.usage.mapping"].search([("stream_id.source_id", "=", self.shared.id)])
        self.assertEqual(sorted(owned.stream_id.mapped("sub_account")), ["team=web/111", "team=web/222"])
        self.assertEqual(owned.customer_id, self.acme)
        # Two hours of 10 each; those of the webshop and of no team are nobody's.
        self.assertEqual(str(self.cost(self.acme_line)), "20")

    def test_the_same_rows_again_are_known_and_a_corrected_row_goes_to_its_team(self):
        self.deliver(self.shared, tagged_csv(*self.rows))
        self.assertEqual(self.deliver(self.shared, tagged_csv(*self.rows[::-1])).state, "known")
        bad = team(5, "web", SubAccountId="333", cost="x")
        reject = self.deliver(self.shared, tagged_csv(*self.rows, bad)).reject_ids
        reject.corrected_text = reject.original_text.replace(",x,", ",2.5,")
        reject.action_retry()
        self.assertIn("team=web/333", self.accounts())

    def test_condensed_rows_of_two_teams_stay_apart(self):
        self.shared.write({"keep_rows": "daily", "tz": "UTC"})
        rows = [team(1, name, SubAccountId="111", resource=f"vm-{name}") for name in ("web", "web", "db")]
        self.deliver(self.shared, tagged_csv(*rows))
        self.assertEqual(self.accounts(), ["team=db/111", "team=web/111"])
        self.assertEqual(len(self.live_rows(self.shared)), 2)

    def test_it_stays_once_something_was_imported(self):
        with Form(self.shared.with_user(self.user_administrator)) as form:
            form.account_tag = "customer"
        self.shared.account_tag = "team"
        self.deliver(self.shared, tagged_csv(*self.rows))
        with self.assertRaisesRegex(UserError, "has imported usage already"):
            self.shared.account_tag = False
        self.shared.account_tag = "team"
