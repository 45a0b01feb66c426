from datetime import date

import psycopg2
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .usage_common import UsageOwnerCase, focus_csv, hour


class MatchCase(UsageOwnerCase):
    """Usage of March of two sub-accounts, two SKUs each; Acme and Bolt with a metered line from January on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alpha = {"SubAccountId": "sub-1", "SubAccountName": "Alpha"}
        cls.beta = {"SubAccountId": "sub-2", "SubAccountName": "Beta"}
        cls.deliver(
            cls.bills,
            focus_csv(
                hour(1, **cls.alpha),
                hour(20, SkuId="sku-2", cost="4", **cls.alpha),
                hour(3, **cls.beta),
                hour(4, SkuId="sku-2", cost="2.5", **cls.beta),
            ),
        )

    @classmethod
    def rule(cls, owner, **vals):
        field = {
            "cloud.customer": "customer_id",
            "cloud.subscription.line": "subscription_line_id",
            "account.analytic.account": "analytic_account_id",
        }[owner._name]
        return cls.env["cloud.usage.match.rule"].create({"company_id": cls.company.id, field: owner.id, **vals})

    def fill(self, **options):
        return self.env["cloud.usage.matcher"]._fill(self.company, **options)

    def match_again(self, **options):
        return self.env["cloud.usage.matcher"]._match_again(self.company, **options)

    def owners(self, sub_account, sku="sku-1"):
        """[(owner, first day, end day)] of the one stream."""
        stream = self.stream(self.bills, sub_account=sub_account, sku=sku)
        return [
            (
                one.customer_id.name or one.analytic_account_id.name,
                str(one.date_start or ""),
                str(one.date_end or ""),
            )
            for one in stream.mapping_ids.sorted(lambda one: str(one.date_start or ""))
        ]


@tagged("post_install", "-at_install")
class TestWhichRuleHolds(MatchCase):
    def test_an_exact_account_gives_its_streams_to_the_customer_from_the_first_day_of_the_line(self):
        self.acme_line.subscription_id.date_start = "2026-01-01"
        self.rule(self.acme, sub_account="sub-1")
        plan = self.fill()
        self.assertEqual(len(plan.new), 2)
        self.assertEqual(self.owners("sub-1"), [("Acme", "2026-01-01", "")])
        self.assertEqual(self.owners("sub-2"), [])
        # 10 + 4 of Alpha have an owner; 10 + 2.5 of Beta have none.
        self.assertEqual(self.stream(self.bills, sub_account="sub-1", sku="sku-2").unmatched_rows, 0)
        self.assertEqual(self.cost(self.acme_line), 14)

    def test_a_beginning_matches_and_exactly_beats_it(self):
        self.rule(self.bolt, sub_account="sub-*")
        self.rule(self.acme, sub_account="sub-1")
        self.fill()
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")
        self.assertEqual(self.owners("sub-2")[0][0], "Bolt")

    def test_of_two_beginnings_the_longer_holds(self):
        self.rule(self.bolt, sub_account="s*")
        self.rule(self.acme, sub_account="sub-*")
        self.fill()
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")

    def test_the_account_counts_before_the_service_and_more_conditions_before_fewer(self):
        self.rule(self.cost_centre, service="Compute", source_id=self.bills.id)
        self.rule(self.acme, sub_account="sub-1")
        self.rule(self.bolt, sub_account="sub-1", sku="sku-2")
        self.fill()
        self.assertEqual(self.owners("sub-1", "sku-1")[0][0], "Acme")
        self.assertEqual(self.owners("sub-1", "sku-2")[0][0], "Bolt")
        self.assertEqual(self.owners("sub-2")[0][0], "Research")

    def test_a_rule_of_another_source_or_kind_does_not_match(self):
        self.rule(self.acme, sub_account="sub-1", source_id=self.events.id)
        self.rule(self.bolt, sub_account="sub-2", charge_kind="tax")
        self.assertFalse(self.fill().new)

    def test_a_rule_holds_from_its_first_day_until_its_end(self):
        self.rule(self.acme, sub_account="sub-1", date_end="2026-03-10")
        self.rule(self.bolt, sub_account="sub-1", date_start="2026-03-10")
        self.fill()
        self.assertEqual([(name, end) for name, _start, end in self.owners("sub-1")],
                         [("Acme", "2026-03-10"), ("Bolt", "")])  # fmt: skip
        # 1 March is Acme's, 20 March is Bolt's.
        self.assertEqual((self.cost(self.acme_line), self.cost(self.bolt_line)), (10, 4))

    def test_what_a_person_assigned_stays(self):
        stream = self.stream(self.bills, sub_account="sub-1", sku="sku-2")
        self.assign(stream, self.bolt_line, date_end="2026-03-10")
        self.rule(self.acme, sub_account="sub-1")
        self.fill()
        self.match_again()
        self.assertEqual([name for name, _start, _end in self.owners("sub-1", "sku-2")], ["Bolt", "Acme"])
        self.assertEqual(self.owners("sub-1", "sku-2")[1][1], "2026-03-10")

    def test_twice_is_once(self):
        self.rule(self.acme, sub_account="sub-1")
        self.fill()
        number = self.store._last_number(self.company)
        self.assertTrue(self.fill().is_empty())
        self.assertTrue(self.match_again().is_empty())
        self.assertEqual(self.store._last_number(self.company), number)

    def test_days_are_those_of_the_source(self):
        self.bills.tz = "America/New_York"
        self.rule(self.acme, sub_account="sub-1", date_start="2026-03-01")
        self.fill()
        # 1 March 00:00 UTC is still 28 February in New York.
        self.assertEqual(self.stream(self.bills, sub_account="sub-1", sku="sku-1").unmatched_rows, 1)


@tagged("post_install", "-at_install")
class TestWhichLineGetsIt(MatchCase):
    def second_line(self, **vals):
        meter = self.env["cloud.meter"].create({"name": "Cost", "code": "match_cost", "basis": "cost_billed"})
        product = self.make_product("Resold", "metered", cloud_meter_id=meter.id)
        return self.env["cloud.subscription.line"].create(
            {"subscription_id": self.acme_line.subscription_id.id, "product_id": product.id, **vals}
        )

    def test_of_two_metered_lines_none_is_guessed(self):
        self.second_line()
        rule = self.rule(self.acme, sub_account="sub-1")
        self.rule(self.cost_centre, sub_account="sub*")
        plan = self.fill()
        self.assertIn("several metered lines on the same days", plan.problems[rule])
        # Nor does a broader rule take what the narrow one is about.
        self.assertEqual(self.owners("sub-1"), [])
        self.assertEqual(self.owners("sub-2")[0][0], "Research")

    def test_the_product_of_the_rule_says_which(self):
        line = self.second_line()
        self.rule(self.acme, sub_account="sub-1", product_id=line.product_id.id)
        self.fill()
        self.assertEqual(
            self.stream(self.bills, sub_account="sub-1", sku="sku-1").mapping_ids.subscription_line_id, line
        )

    def test_what_the_source_is_resold_as_says_which(self):
        line = self.second_line()
        self.bills._set_resale(line.product_id, self.plan)
        self.rule(self.acme, sub_account="sub-1")
        self.fill()
        self.assertEqual(
            self.stream(self.bills, sub_account="sub-1", sku="sku-1").mapping_ids.subscription_line_id, line
        )

    def test_a_line_that_follows_another_gets_the_days_from_its_start(self):
        self.acme_line.date_end = "2026-03-10"
        follower = self.env["cloud.subscription.line"].create(
            {
                "subscription_id": self.acme_line.subscription_id.id,
                "product_id": self.metered.id,
                "date_start": "2026-03-10",
            }
        )
        self.rule(self.acme, sub_account="sub-1")
        self.fill()
        mappings = self.stream(self.bills, sub_account="sub-1", sku="sku-2").mapping_ids.sorted("date_start")
        self.assertEqual(mappings.subscription_line_id, self.acme_line | follower)
        self.assertEqual(mappings.mapped("date_end"), [date(2026, 3, 10), False])

    def test_a_customer_without_a_metered_line_is_said(self):
        poor = self.make_customer("Poor")
        rule = self.rule(poor, sub_account="sub-1")
        self.assertIn("has no metered line", self.fill().problems[rule])


@tagged("post_install", "-at_install")
class TestNewUsage(MatchCase):
    def test_streams_that_an_import_brings_get_their_owner_with_it(self):
        self.rule(self.acme, sub_account="sub-1")
        usage_import = self.deliver(
            self.bills, focus_csv(hour(1, BillingAccountId="acct-2", SkuId="sku-9", **self.alpha))
        )
        self.assertEqual(self.owners("sub-1", "sku-9")[0][0], "Acme")
        self.assertIn("gave 1 streams an owner", usage_import.message_ids[0].body)
        # Of what was there before, nothing: nobody asked for that.
        self.assertEqual(self.owners("sub-1", "sku-1"), [])

    def test_a_broken_rule_does_not_stop_an_import(self):
        self.rule(self.make_customer("Poor"), sub_account="sub-1")
        usage_import = self.deliver(
            self.bills, focus_csv(hour(1, BillingAccountId="acct-2", SkuId="sku-9", **self.alpha))
        )
        self.assertEqual(usage_import.state, "imported")
        self.assertEqual(self.owners("sub-1", "sku-9"), [])

    def test_an_operator_who_reads_no_contracts_imports_all_the_same(self):
        self.rule(self.acme, sub_account="sub-1")
        content = focus_csv(hour(1, BillingAccountId="acct-2", SkuId="sku-9", **self.alpha))
        usage_import = (
            self.env["cloud.usage.import"].with_user(self.user_operator)._create_with_files(
                self.bills.with_user(self.user_operator), [("usage.csv", content)])
        )  # fmt: skip
        usage_import.action_import()
        self.env.invalidate_all()
        self.assertEqual(self.owners("sub-1", "sku-9")[0][0], "Acme")

    def test_statements_do_not_grow_with_streams_or_rules(self):
        def count(first, number):
            rows = [hour(1, BillingAccountId=f"acct-{first}", SubAccountId=f"n-{first + i}") for i in range(number)]
            for i in range(number):
                self.rule(self.acme, sub_account=f"n-{first + i}")
            self.env.flush_all()
            usage_import = self.env["cloud.usage.import"]._create_with_files(self.bills, [("u.csv", focus_csv(*rows))])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            usage_import.action_import()
            self.env.flush_all()
            taken = self.cr.sql_log_count - before
            self.assertEqual(self.owners(f"n-{first}")[0][0], "Acme")
            return taken

        count(100, 1)
        self.assertLessEqual(count(200, 30), count(300, 3) + 2)


@tagged("post_install", "-at_install")
class TestMatchAgain(MatchCase):
    def test_another_owner_of_the_rule_takes_over_what_it_gave(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        rule.customer_id = self.bolt
        # Editing a rule moves nothing by itself.
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")
        self.match_again()
        self.assertEqual(self.owners("sub-1")[0][0], "Bolt")
        self.assertEqual((self.cost(self.acme_line), self.cost(self.bolt_line)), (0, 14))

    def test_the_end_of_a_rule_ends_what_it_gave(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        mapping = self.stream(self.bills, sub_account="sub-1", sku="sku-2").mapping_ids
        rule.date_end = "2026-03-10"
        self.match_again()
        self.assertEqual(str(mapping.date_end), "2026-03-10")
        self.assertEqual(self.stream(self.bills, sub_account="sub-1", sku="sku-2").unmatched_rows, 1)

    def test_a_rule_that_no_longer_matches_takes_back_what_it_gave(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        rule.sub_account = "sub-2"
        self.match_again(rules=rule)
        self.assertEqual(self.owners("sub-1"), [])
        self.assertEqual(self.owners("sub-2")[0][0], "Acme")

    def test_what_a_person_edited_is_no_longer_the_rules(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        mapping = self.stream(self.bills, sub_account="sub-1", sku="sku-1").mapping_ids
        mapping.write({"subscription_line_id": self.bolt_line.id})
        self.assertFalse(mapping.rule_id)
        rule.date_end = "2026-02-01"
        self.match_again()
        self.assertEqual(self.owners("sub-1", "sku-1")[0][0], "Bolt")

    def test_days_that_are_billed_stay_and_are_told(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        self.bill(self.acme_line, "2026-03-01", "2026-03-15")
        rule.customer_id = self.bolt
        plan = self.match_again()
        self.assertEqual([(name, end) for name, _start, end in self.owners("sub-1")],
                         [("Acme", "2026-03-15"), ("Bolt", "")])  # fmt: skip
        self.assertEqual({str(kept.until) for kept in plan.kept}, {"2026-03-15"})

    def test_billed_days_change_where_an_accountant_says_so_and_the_audit_trail_tells(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        self.bill(self.acme_line, "2026-03-01", "2026-03-15")
        rule.customer_id = self.bolt
        self.match_again(with_billed=True)
        self.assertEqual([name for name, _start, _end in self.owners("sub-1")], ["Bolt"])
        events = self.env["cloud.audit.event"].sudo().search([("action", "=", "billed_days_remapped")])
        self.assertEqual(len(events), 2)

    def test_a_billed_owner_whose_rule_goes_on_is_not_cut(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        self.bill(self.acme_line, "2026-03-01", "2026-03-15")
        rule.date_end = "2026-04-01"
        plan = self.match_again()
        self.assertEqual([(name, end) for name, _start, end in self.owners("sub-1")], [("Acme", "2026-04-01")])
        self.assertFalse(plan.kept)

    def test_statements_do_not_grow_with_streams(self):
        def count(prefix, number):
            self.deliver(self.bills, focus_csv(*(
                hour(1, BillingAccountId=prefix, SubAccountId=f"{prefix}{i}") for i in range(number)
            )))  # fmt: skip
            rule = self.rule(self.acme, sub_account=f"{prefix}*")
            self.fill()
            rule.customer_id = self.bolt
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            plan = self.match_again(rules=rule)
            self.assertEqual(len(plan.touched), number)
            return self.cr.sql_log_count - before

        count("w", 1)
        self.assertLessEqual(count("many", 30), count("few", 3) + 1)


@tagged("post_install", "-at_install")
class TestWhatARuleIs(MatchCase):
    def test_two_about_the_same_usage_on_the_same_days_are_refused_by_name(self):
        self.rule(self.acme, sub_account="sub-1", date_end="2026-06-01")
        with self.refused("sub-1 → Acme .* and sub-1 → Bolt .* are about the same usage on the same days"):
            self.rule(self.bolt, sub_account="sub-1", date_start="2026-05-01")
        self.rule(self.bolt, sub_account="sub-1", date_start="2026-06-01")
        self.rule(self.bolt, sub_account="sub-1*")

    def test_the_database_refuses_them_too(self):
        first = self.rule(self.acme, sub_account="sub-1")
        other = self.rule(self.bolt, sub_account="sub-2")
        with self.assertRaises(psycopg2.errors.ExclusionViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.cr.execute(
                "UPDATE cloud_usage_match_rule SET scope_hash = %s WHERE id = %s", [first.scope_hash, other.id]
            )

    def test_blanks_and_lone_asterisks_say_nothing(self):
        rule = self.rule(self.acme, sub_account=" sub-1 ", sku="*")
        self.assertEqual((rule.sub_account, rule.sku), ("sub-1", False))

    def test_one_owner_and_at_least_one_condition(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.rule(self.acme, sub_account="sub-1", analytic_account_id=self.cost_centre.id)
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.rule(self.acme)

    def test_only_metered_products_can_bill_usage(self):
        with self.assertRaisesRegex(ValidationError, "is not metered"):
            self.rule(self.acme, sub_account="sub-1", product_id=self.recurring.id)

    def test_a_rule_stays_in_its_company(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "stays in its company"):
            rule.company_id = other

    def test_rules_of_another_company_give_nothing_here(self):
        rule = self.rule(self.cost_centre, sub_account="sub-1")
        other = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        self.cr.execute("UPDATE cloud_usage_match_rule SET company_id = %s WHERE id = %s", [other.id, rule.id])
        self.env.invalidate_all()
        self.assertFalse(self.fill().new)

    def test_viewers_read_rules_and_operators_write_them(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.assertEqual(rule.with_user(self.user_viewer).what, "sub-1")
        with self.assertRaises(AccessError):
            rule.with_user(self.user_viewer).note = "x"
        rule.with_user(self.user_operator).note = "x"

    def test_people_of_another_company_see_no_rule(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.user_operator.with_context(allowed_company_ids=[]).copy(
            {"login": "stranger", "company_id": other.id, "company_ids": [(6, 0, other.ids)]}
        )
        Rule = self.env["cloud.usage.match.rule"].with_user(stranger).with_context(allowed_company_ids=other.ids)
        self.assertFalse(Rule.search([("id", "=", rule.id)]))


@tagged("post_install", "-at_install")
class TestMatchWindow(MatchCase):
    def start(self, user=None, rules=None, **options):
        env = self.env(user=user or self.user_operator)
        action = env["cloud.usage.match.wizard"].action_start(rules and rules.with_env(env), **options)
        return env["cloud.usage.match.wizard"].browse(action["res_id"])

    def test_a_look_tells_streams_and_money_and_changes_nothing(self):
        self.rule(self.acme, sub_account="sub-1")
        wizard = self.start()
        # 10 + 4 of Alpha.
        self.assertIn("2 streams change; 14 USD without an owner get one.", wizard.summary)
        self.assertEqual(wizard.line_ids.mapped("owner"), ["Acme"])
        self.assertEqual(wizard.line_ids.stream_count, 2)
        self.assertEqual(self.owners("sub-1"), [])
        wizard.action_confirm()
        self.assertEqual(self.owners("sub-1")[0][0], "Acme")

    def test_only_what_the_chosen_rules_match(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.rule(self.bolt, sub_account="sub-2")
        wizard = self.start(rules=rule)
        wizard.action_confirm()
        self.assertEqual(self.owners("sub-2"), [])

    def test_billed_days_are_told_and_need_an_accountant(self):
        rule = self.rule(self.acme, sub_account="sub-1")
        self.fill()
        self.bill(self.acme_line, "2026-03-01", "2026-03-15")
        rule.customer_id = self.bolt
        wizard = self.start(is_again=True)
        self.assertIn(
            "2 streams keep their owner on days that are billed, or that are sealed in a live company (Acme, the "
            "latest until 2026-03-15)",
            wizard.summary,
        )
        wizard.with_billed = True
        with self.assertRaisesRegex(AccessError, "accountants decide"):
            wizard.action_confirm()
        accountant = self.start(self.user_accountant, is_again=True)
        accountant.with_billed = True
        accountant.action_look()
        accountant.action_confirm()
        self.assertEqual([name for name, _start, _end in self.owners("sub-1")], ["Bolt"])

    def test_viewers_match_nothing(self):
        with self.assertRaises(AccessError):
            self.start(self.user_viewer)

    def test_what_gives_no_owner_is_said(self):
        self.rule(self.make_customer("Poor"), sub_account="sub-1")
        self.assertIn("has no metered line", self.start().problems)


@tagged("post_install", "-at_install")
class TestExternalKeys(MatchCase):
    def test_a_key_means_one_customer_whatever_its_case(self):
        self.acme.external_key_ids = [(0, 0, {"key": " Tenant-1 "})]
        self.assertEqual(self.acme.external_key_ids.key, "Tenant-1")
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.bolt.external_key_ids = [(0, 0, {"key": "tenant-1"})]
        # In another system the same text is another key, and a subscription may bear it beside a customer.
        self.bolt.external_key_ids = [(0, 0, {"key": "tenant-1", "system": "CRM"})]
        self.acme_line.subscription_id.external_key_ids = [(0, 0, {"key": "tenant-1"})]

    def test_keys_find_their_owner_and_nothing_where_systems_disagree(self):
        Key = self.env["cloud.external.key"]
        self.acme.external_key_ids = [(0, 0, {"key": "T1"}), (0, 0, {"key": "n1", "source_id": self.bills.id})]
        self.bolt.external_key_ids = [(0, 0, {"key": "t1", "system": "CRM"})]
        self.assertEqual(Key._find_owners(self.company, ["t1", "n1"], "cloud.customer"), {"t1": self.acme})
        self.assertEqual(Key._find_owners(self.company, ["N1"], "cloud.customer", source=self.bills), {"n1": self.acme})
        self.assertEqual(Key._find_owners(self.company, ["t1"], "cloud.customer", systems=["crm"]), {})

    def test_accountants_keep_them_on_the_customer_and_others_read_them(self):
        self.acme.with_user(self.user_accountant).external_key_ids = [(0, 0, {"key": "tenant-9"})]
        with Form(self.acme.with_user(self.user_accountant)) as form:
            form.order_reference = "PO 1"
        self.assertEqual(self.acme.external_key_ids.company_id, self.company)
        with self.assertRaises(AccessError):
            self.acme.external_key_ids.with_user(self.user_operator).key = "x"
        self.assertEqual(self.acme.external_key_ids.with_user(self.user_viewer).key, "tenant-9")


@tagged("post_install", "-at_install")
class TestContractsThatChange(MatchCase):
    def test_a_rule_for_a_line_goes_on_to_the_line_that_follows_and_comes_back(self):
        rule = self.rule(self.acme_line, sub_account="sub-1")
        later = self.rule(self.acme_line, sub_account="sub-2", date_start="2026-08-01")
        mappings = self.env["cloud.usage.mapping"]
        former = mappings._hand_over({self.acme_line: self.bolt_line}, date(2026, 6, 1))
        follower = self.env["cloud.usage.match.rule"].search([("subscription_line_id", "=", self.bolt_line.id)]) - later
        self.assertEqual((str(rule.date_end), str(follower.date_start), follower.sub_account),
                         ("2026-06-01", "2026-06-01", "sub-1"))  # fmt: skip
        self.assertEqual(later.subscription_line_id, self.bolt_line)
        mappings._take_back(self.bolt_line, former)
        self.assertFalse(follower.exists())
        self.assertFalse(rule.date_end)
        self.assertEqual(later.subscription_line_id, self.acme_line)
