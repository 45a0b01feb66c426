"""Whose usage of a sealed month is: in a live company two people change it, whatever way it would change by."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .billing_common import BillingCase


class SealedOwnerCase(BillingCase):
    """Acme has a stream from January on and Beta has nothing. February is sealed, and the company is live."""

    protects_fields = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme, cls.beta = cls.make_customer("Acme"), cls.make_customer("Beta")
        cls.archive = cls.make_product("Archive", "metered", cls.meter)
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "100.00"},
            {"product_id": cls.disk.id, "unit_price": "0.10"},
            {"product_id": cls.archive.id, "unit_price": "0.05"},
        )
        cls.contract = cls.make_subscription(cls.acme, cls.support, cls.disk)
        cls.line = cls.contract.line_ids[1]
        cls.beta_line = cls.make_subscription(cls.beta, cls.support, cls.disk).line_ids[1]
        cls.stream = cls.make_stream("disk", source=cls.own_source)
        cls.mapping = cls.map_stream(cls.stream, cls.line, date_start="2026-01-01")
        cls.seal_month(cls.own_source, "2026-02-01")
        cls.set_company_state("live")
        cls.env.flush_all()

    def as_accountant(self, mapping=None):
        return (mapping or self.mapping).with_user(self.user_accountant)

    def assert_refused(self, function):
        with self.assertRaisesRegex(UserError, "approval of a second person"), self.env.cr.savepoint():
            function()
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestOwnerOfASealedMonth(SealedOwnerCase):
    def test_days_of_the_month_are_taken_from_nobody(self):
        mapping = self.as_accountant()
        for values in (
            {"subscription_line_id": self.beta_line.id},
            {"date_end": "2026-02-28"},
            {"date_start": "2026-02-02"},
            {"date_start": "2026-03-01"},
        ):
            self.assert_refused(lambda values=values: mapping.write(values))
        self.assert_refused(mapping.unlink)

    def test_other_days_are_as_free_as_ever(self):
        mapping = self.as_accountant()
        mapping.date_end = "2026-06-01"
        mapping.date_end = "2026-03-01"
        mapping.date_end = False
        mapping.date_start = "2026-02-01"
        mapping.date_start = False
        self.assertEqual((mapping.date_start, mapping.date_end), (False, False))

    def test_days_that_nobody_owned_get_an_owner(self):
        stream = self.make_stream("free", source=self.own_source)
        mapping = self.as_accountant(self.map_stream(stream, self.line, date_start="2026-03-01"))
        mapping.date_start = "2026-01-15"
        self.assert_refused(lambda: mapping.write({"date_start": "2026-03-01"}))
        self.as_accountant().create({"stream_id": self.make_stream("new", source=self.own_source).id,
                                     "subscription_line_id": self.line.id})  # fmt: skip

    def test_months_of_other_accounts_and_broken_seals_hold_nothing(self):
        other = self.make_stream("other", source=self.own_source)
        other.sudo().provider_account = "another"
        mapping = self.as_accountant(self.map_stream(other, self.line))
        mapping.subscription_line_id = self.beta_line
        self.seal_month(self.own_source, "2026-03-01", account="")
        self.assert_refused(lambda: mapping.write({"subscription_line_id": self.line.id}))

    def test_many_take_as_many_statements_as_one(self):
        streams = [self.make_stream(f"s{index}", source=self.own_source) for index in range(10)]
        mappings = self.mapping.union(*(self.map_stream(stream, self.line) for stream in streams))
        self.env.flush_all()
        counts = []
        for some in (mappings[:1], mappings):
            before = self.env.cr.sql_log_count
            self.assertEqual(set(some._get_sealed_months()), set(some.ids))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts, [1, 1])

    def test_another_owner_is_proposed_and_agreed(self):
        draft = self.env["cloud.change.proposal"].with_user(self.user_accountant)._propose(
            self.as_accountant(), {"subscription_line_id": self.beta_line.id}, reason="Wrong customer"
        )  # fmt: skip
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertEqual(self.mapping.subscription_line_id, self.beta_line)

    def test_that_nobody_owns_it_is_proposed_and_agreed(self):
        draft = self.env["cloud.change.proposal"].with_user(self.user_accountant)._propose_removal(self.as_accountant())
        draft.reason = "It is ours"
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertFalse(self.mapping.exists())


@tagged("post_install", "-at_install")
class TestContractsOfSealedMonths(SealedOwnerCase):
    def assert_swaps(self, day):
        action = self.contract.with_user(self.user_accountant).action_change()
        wizard = self.env[action["res_model"]].with_user(self.user_accountant).browse(action["res_id"])
        wizard.date_from = day
        row = wizard.line_ids.filtered(lambda row: row.subscription_line_id == self.line)
        row.product_id = self.archive
        wizard.action_preview()
        wizard.action_apply()
        follower = self.contract.line_ids.filtered(lambda line: line.replaces_id == self.line)
        self.assertEqual((follower.product_id, str(self.mapping.date_end)), (self.archive, day))
        self.assertEqual(self.stream.mapping_ids.subscription_line_id, self.line | follower)

    def test_another_product_takes_the_usage_within_the_contract_from_a_later_day_on(self):
        self.assert_swaps("2026-03-10")

    def test_and_from_a_day_in_the_sealed_month(self):
        self.assert_swaps("2026-02-15")

    def test_to_the_line_of_another_contract_it_does_not_go(self):
        mapping_model = self.env["cloud.usage.mapping"].with_user(self.user_accountant)
        self.assert_refused(lambda: mapping_model._hand_over({self.line: self.beta_line}, self.day("2026-02-15")))


@tagged("post_install", "-at_install")
class TestRulesAndSealedMonths(SealedOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["cloud.usage.match.rule"].create(
            {"company_id": cls.company.id, "subscription_line_id": cls.line.id, "sub_account": "ruled"}
        )
        cls.ruled = cls.make_stream("ruled", source=cls.own_source)
        cls.env["cloud.usage.matcher"]._fill(cls.company)

    def owners(self):
        return [
            (one.customer_id.name, str(one.date_start or ""), str(one.date_end or ""))
            for one in self.ruled.mapping_ids.sorted(lambda one: str(one.date_start or ""))
        ]

    def match_again(self):
        self.rule.subscription_line_id = self.beta_line
        plan = self.env["cloud.usage.matcher"]._match_again(self.company, with_billed=True)
        self.env.invalidate_all()
        return plan

    def test_matched_again_they_stay_with_whom_they_have(self):
        self.assertEqual(self.owners(), [("Acme", "2026-01-01", "")])
        plan = self.match_again()
        self.assertEqual(self.owners(), [("Acme", "2026-01-01", "2026-03-01"), ("Beta", "2026-03-01", "")])
        self.assertEqual([str(one.until) for one in plan.kept], ["2026-03-01"])

    def test_while_the_company_is_set_up_rules_change_them(self):
        self.set_company_state("setup")
        self.match_again()
        self.assertEqual(self.owners(), [("Beta", "2026-01-01", "")])
