import time

from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, tagged
from odoo.tools.safe_eval import safe_eval

from ..models.matching import likeness
from .test_match_rules import MatchCase
from .usage_common import focus_csv, hour


@tagged("post_install", "-at_install")
class TestLikeness(BaseCase):
    def test_names_are_compared_without_legal_forms_accents_and_case(self):
        for name in ("Müller & Söhne GmbH", "MULLER SOHNE", "muller, söhne g.m.b.h."):
            self.assertEqual(likeness.get_words(name), ("muller", "sohne"), name)
        self.assertEqual(likeness.get_words("The Co"), ("the", "co"))
        self.assertEqual(likeness.get_words(None), ())

    def test_likeness_sees_a_slip_of_the_pen_and_another_order(self):
        acme = likeness.get_words("Acme Trading")
        self.assertEqual(likeness.get_likeness(acme, likeness.get_words("Trading Acme BV")), 1)
        self.assertGreater(likeness.get_likeness(acme, likeness.get_words("Acme Tradng")), likeness.LIKE_ENOUGH)
        self.assertLess(likeness.get_likeness(acme, likeness.get_words("Bolt Engineering")), likeness.LIKE_ENOUGH)

    def test_domains_of_everybody_name_nobody(self):
        self.assertEqual(likeness.get_domain("Anna <anna@gmail.com>"), "")
        self.assertEqual(likeness.get_domain("http://www.acme.example"), "acme.example")
        self.assertEqual(likeness.get_tenant("acme.onmicrosoft.com"), "acme")

    def test_a_domain_is_looked_for_in_no_time_however_long_a_name_is(self):
        begun = time.monotonic()
        self.assertEqual([likeness.get_domain(part * 100_000) for part in ("a", "a-", "a.")], ["", "", ""])
        self.assertLess(time.monotonic() - begun, 2)
        self.assertEqual(likeness.get_domain("Bakery (it@acme.example)"), "acme.example")

    def test_numbers_are_found_however_they_are_written(self):
        self.assertIn("NL853214567B01", likeness.get_numbers("Acme NL853214567B01"))
        self.assertIn("NL853214567B01", likeness.get_numbers("NL 8532.14.567 B01"))
        self.assertEqual(likeness.get_numbers("Acme 2026"), set())


class SuggestionCase(MatchCase):
    def account(self, sub_account, name="", **vals):
        """The one stream of a new account."""
        self.deliver(
            self.bills,
            focus_csv(
                hour(1, BillingAccountId=f"of-{sub_account}", SubAccountId=sub_account, SubAccountName=name, **vals)
            ),
        )
        return self.stream(self.bills, sub_account=sub_account)

    def suggested(self, stream):
        return stream.suggested_customer_id, stream.suggestion_confidence, stream.suggestion_kind

    def suggest(self):
        self.env["cloud.usage.suggester"]._suggest(self.company)


@tagged("post_install", "-at_install")
class TestWhoIsSuggested(SuggestionCase):
    def test_an_external_key_names_the_customer_exactly(self):
        self.acme.external_key_ids = [(0, 0, {"key": "TENANT-7"})]
        self.bolt.name = "tenant-7"
        self.assertEqual(self.suggested(self.account("tenant-7")), (self.acme, "exact", "customer_key"))

    def test_a_key_of_another_source_or_system_says_nothing(self):
        self.acme.external_key_ids = [
            (0, 0, {"key": "tenant-7", "source_id": self.events.id}),
            (0, 0, {"key": "tenant-7", "system": "CRM"}),
        ]
        self.assertFalse(self.account("tenant-7").suggested_customer_id)

    def test_a_key_of_the_provider_and_of_a_subscription_count(self):
        self.acme.external_key_ids = [(0, 0, {"key": "tenant-7", "system": "nimbus"})]
        self.assertEqual(self.suggested(self.account("tenant-7"))[0], self.acme)
        self.bolt_line.subscription_id.external_key_ids = [(0, 0, {"key": "s-9"})]
        self.assertEqual(self.suggested(self.account("s-9")), (self.bolt, "exact", "subscription_key"))

    def test_code_vat_number_and_company_number_are_exact(self):
        self.acme.code = "A-100"
        self.bolt.partner_id.vat = "NL853214567B01"
        corp = self.make_customer("Corp")
        corp.partner_id.company_registry = "12 34 56 78"
        self.assertEqual(self.suggested(self.account("a-100")), (self.acme, "exact", "code"))
        self.assertEqual(self.suggested(self.account("x1", "Somebody NL853214567B01")), (self.bolt, "exact", "vat"))
        self.assertEqual(self.suggested(self.account("12345678")), (corp, "exact", "registry"))

    def test_domain_and_same_name_are_likely_and_a_similar_name_is_possible(self):
        self.acme.partner_id.website = "https://www.acme-trading.example"
        bolt = self.make_customer("Bolt Engineering GmbH")
        self.assertEqual(self.suggested(self.account("d1", "it@acme-trading.example")), (self.acme, "likely", "domain"))
        self.assertEqual(self.suggested(self.account("n1", "BOLT ENGINEERING")), (bolt, "likely", "name"))
        self.assertEqual(self.suggested(self.account("n2", "Bolt Enginering")), (bolt, "possible", "similar"))
        self.assertEqual(
            self.suggested(self.account("t1", "acme-trading.onmicrosoft.com")), (self.acme, "possible", "tenant")
        )

    def test_what_names_two_customers_names_nobody(self):
        for name in ("Twin BV", "Twin Ltd"):
            self.make_customer(name)
        self.assertFalse(self.account("t2", "Twin").suggested_customer_id)

    def test_the_provider_account_counts_where_the_sub_account_says_nothing(self):
        self.acme.code = "of-"
        stream = self.account("", "")
        self.assertEqual(self.suggested(stream)[0], self.acme)

    def test_looking_again_finds_what_was_written_on_the_customer_since(self):
        stream = self.account("late-1")
        self.assertFalse(stream.suggested_customer_id)
        self.acme.code = "late-1"
        self.env["cloud.usage.stream"].with_user(self.user_operator).action_suggest()
        self.assertEqual(stream.suggested_customer_id, self.acme)
        self.acme.code = False
        self.suggest()
        self.assertFalse(stream.suggested_customer_id)

    def test_customers_of_another_company_are_not_suggested(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self.env["res.partner"].create({"name": "Elsewhere"})
        self.env["cloud.customer"].create(
            {"partner_id": partner.id, "company_id": other.id, "code": "else-1", "tz": "UTC"}
        )
        self.assertFalse(self.account("else-1", "Elsewhere").suggested_customer_id)

    def test_statements_do_not_grow_with_accounts_or_customers(self):
        def count(prefix, number):
            for i in range(number):
                self.make_customer(f"{prefix} {i} Works", code=f"{prefix}-{i}")
            self.deliver(self.bills, focus_csv(*(
                hour(1, BillingAccountId=prefix, SubAccountId=f"{prefix}-{i}") for i in range(number)
            )))  # fmt: skip
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.suggest()
            return self.cr.sql_log_count - before

        count("warm", 1)
        self.assertLessEqual(count("many", 30), count("few", 3) + 1)


@tagged("post_install", "-at_install")
class TestTheQueueIsEmptied(SuggestionCase):
    def setUp(self):
        super().setUp()
        self.acme.code, self.bolt.partner_id.website = "sub-1", "https://beta.example"
        self.streams = self.env["cloud.usage.stream"].search([("source_id", "=", self.bills.id)])
        self.suggest()
        self.env.invalidate_all()

    def test_all_exact_ones_at_once_and_what_comes_later_with_them(self):
        result = self.env["cloud.usage.stream"].with_user(self.user_operator).action_accept_exact()
        self.assertIn("Streams with an owner now: 2.", result["params"]["message"])
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")
        self.assertEqual(self.owners("sub-2"), [])
        rule = self.stream(self.bills, sub_account="sub-1", sku="sku-1").mapping_ids.rule_id
        self.assertEqual((rule.sub_account, rule.source_id, rule.customer_id), ("sub-1", self.bills, self.acme))
        self.deliver(self.bills, focus_csv(hour(1, BillingAccountId="acct-2", SkuId="sku-9", **self.alpha)))
        self.assertEqual(self.owners("sub-1", "sku-9")[0][0], "Acme")

    def test_selected_ones_whatever_their_confidence(self):
        self.bolt.name = self.bolt.partner_id.name = "Beta"
        self.suggest()
        beta = self.streams.filtered(lambda stream: stream.sub_account == "sub-2")
        self.assertEqual(set(beta.mapped("suggestion_confidence")), {"likely"})
        beta.with_user(self.user_operator).action_accept_suggestions()
        self.assertEqual(self.owners("sub-2")[0][0], "Beta")
        self.assertEqual(self.owners("sub-1"), [])

    def test_a_suggestion_that_is_another_one_by_now_is_not_accepted(self):
        self.acme.code = False
        self.env.flush_all()
        self.bolt.code = "sub-1"
        alpha = self.streams.filtered(lambda stream: stream.sub_account == "sub-1")
        self.assertEqual(alpha.suggested_customer_id, self.acme)
        alpha.action_accept_suggestions()
        self.assertEqual(self.owners("sub-1"), [])
        self.assertEqual(alpha.suggested_customer_id, self.bolt)

    def test_a_customer_without_a_line_is_told_and_leaves_no_rule(self):
        poor = self.make_customer("Poor", code="sub-2")
        self.suggest()
        result = self.env["cloud.usage.stream"].action_accept_exact()
        self.assertIn("has no metered line", result["params"]["message"])
        self.assertTrue(result["params"]["sticky"])
        self.assertFalse(self.env["cloud.usage.match.rule"].search([("customer_id", "=", poor.id)]))
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")

    def test_a_rule_that_is_there_is_left_alone(self):
        self.rule(self.bolt, sub_account="sub-1", source_id=self.bills.id)
        self.env["cloud.usage.stream"].action_accept_exact()
        self.assertEqual(self.owners("sub-1")[0][0], "Bolt")

    def test_nothing_to_accept_is_said(self):
        self.acme.code = False
        with self.assertRaisesRegex(UserError, "has an exact suggestion"):
            self.env["cloud.usage.stream"].action_accept_exact()

    def test_viewers_accept_and_waive_nothing(self):
        Stream = self.env["cloud.usage.stream"].with_user(self.user_viewer)
        for action in (Stream.action_accept_exact, Stream.action_suggest):
            with self.assertRaises(AccessError):
                action()
        with self.assertRaises(AccessError):
            self.streams.with_user(self.user_viewer).action_accept_suggestions()
        with self.assertRaises(AccessError):
            self.streams.with_user(self.user_viewer).action_waive("Because")

    def test_waived_usage_leaves_the_queue_with_its_reason(self):
        beta = self.streams.filtered(lambda stream: stream.sub_account == "sub-2")
        wizard = self.env["cloud.usage.waive.wizard"].with_user(self.user_operator).create(
            {"stream_ids": [(6, 0, beta.ids)], "reason": "Test account"}
        )  # fmt: skip
        wizard.action_confirm()
        self.assertEqual(beta.mapped("unmatched_rows"), [0, 0])
        states = self.store._get_states(self.company)
        self.assertEqual(states["waived"][0], 2)
        self.assertEqual(self.store._prove_states(self.company), {})
        self.assertTrue(self.env["cloud.intervention"].search([("reason", "like", "Test account")]))
        with self.assertRaisesRegex(UserError, "without an owner"):
            beta.action_waive("Again")

    def test_what_its_kind_holds_is_a_queue_with_age_money_and_buttons(self):
        kinds = [hour(7 + n, ChargeCategory="Purchase", SkuId=f"fee-{n}", cost=str(2**n)) for n in range(4)]
        self.deliver(self.bills, focus_csv(*({**one, "BillingAccountId": "acct-2"} for one in kinds)))
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_stream_action_held")
        queue = self.env["cloud.usage.stream"].with_user(self.user_operator)

        def waiting():
            return queue.search(safe_eval(action["domain"]), order="sku")

        self.assertEqual([(one.held_rows, one.held_cost) for one in waiting()], [(1, 1), (1, 2), (1, 4), (1, 8)])
        self.assertGreater(waiting()[0].held_age, 0)
        billed, kept, told, waived = waiting()
        billed.action_bill()
        kept.action_keep()
        action_internal = told.action_assign_internal()
        values = {"target": "cost_centre", "analytic_account_id": self.cost_centre.id}
        context = {**action_internal["context"]}
        wizard = self.env["cloud.usage.map.wizard"].with_user(self.user_operator).with_context(**context)
        wizard.create(values).action_confirm()
        self.env["cloud.usage.waive.wizard"].with_user(self.user_operator).create(
            {"stream_ids": [(6, 0, waived.ids)], "reason": "A gift of the provider"}
        ).action_confirm()
        self.assertFalse(waiting())
        self.assertEqual((billed.unmatched_rows, billed.held_rows), (1, 0))
        states = self.store._get_states(self.company)
        self.assertEqual({name: states[name][0] for name in ("hold", "keep", "internal", "waived")},
                         {"hold": 0, "keep": 1, "internal": 1, "waived": 1})  # fmt: skip

    def test_an_assignment_is_remembered_where_a_person_says_so(self):
        alpha = self.streams.filtered(lambda stream: stream.sub_account == "sub-1")
        values = {"target": "line", "subscription_line_id": self.bolt_line.id, "is_remembered": True}
        wizard = self.env["cloud.usage.map.wizard"].with_user(self.user_operator).create(
            {"stream_ids": [(6, 0, alpha.ids)], **values}
        )  # fmt: skip
        wizard.action_confirm()
        rule = self.env["cloud.usage.match.rule"].search([("sub_account", "=", "sub-1")])
        self.assertEqual((rule.customer_id, rule.product_id), (self.bolt, self.metered))
        self.assertEqual(str(rule.date_start), "2026-03-01")
        self.deliver(self.bills, focus_csv(hour(1, BillingAccountId="acct-2", SkuId="sku-9", **self.alpha)))
        self.assertEqual(self.owners("sub-1", "sku-9")[0][0], "Bolt")

    def test_age_and_last_thirty_days(self):
        stream = self.streams[0]
        self.assertGreater(stream.age, 0)
        self.assertIsNone(stream.recent_cost)
