from datetime import date

from odoo.tests import freeze_time, tagged

from .catalog_common import CatalogCase


@tagged("post_install", "-at_install")
class TestWhereAVersionStands(CatalogCase):
    def test_the_latest_approved_one_that_has_begun_is_in_force(self):
        old = self.make_version([{"unit_price": "1"}], date_start="2026-01-01")
        now = self.make_version([{"unit_price": "2"}], date_start="2026-03-01")
        later = self.make_version([{"unit_price": "3"}], date_start="2026-06-01")
        draft = self.make_version([{"unit_price": "4"}], date_start="2026-04-01", approve=False)
        with freeze_time("2026-05-01"):
            self.env.invalidate_all()
            self.assertEqual(
                (old | now | later | draft).mapped("status"), ["superseded", "in_force", "future", "draft"]
            )
            self.assertEqual(self.plan.current_version_id, now)
            for version, status in ((old, "superseded"), (now, "in_force"), (later, "future"), (draft, "draft")):
                found = self.env["cloud.price.plan.version"].search(
                    [("plan_id", "=", self.plan.id), ("status", "=", status)]
                )
                self.assertEqual(found, version)
        self.assertEqual((old.date_end, now.date_end, later.date_end), (now.date_start, later.date_start, False))

    def test_a_version_without_prices_is_not_approved(self):
        with self.refused("has no prices"):
            self.make_version([])

    def test_it_is_named_after_its_day(self):
        self.assertEqual(self.make_version([], approve=False).name, "From 2026-01-01")


@tagged("post_install", "-at_install")
class TestTheNextVersion(CatalogCase):
    def test_it_starts_with_the_prices_that_still_hold_on_the_first_of_next_month(self):
        version = self.make_version(
            [
                {"name": "kept", "charge_model": "graduated",
                 "tier_ids": [(0, 0, {"up_to": "10", "unit_price": "1.50"}), (0, 0, {"unit_price": "1"})]},
                {"name": "ended", "unit_price": "1", "product_id": self.metered.id, "date_end": "2026-05-01"},
                {"name": "begun", "unit_price": "2", "product_id": self.metered.id, "date_start": "2026-05-01"},
                {"name": "to come", "unit_price": "3", "product_id": self.recurring.id, "date_start": "2026-09-01"},
            ]
        )  # fmt: skip
        with freeze_time("2026-05-20"):
            action = version.action_new_version()
        draft = self.env["cloud.price.plan.version"].browse(action["res_id"])
        self.assertEqual((draft.state, draft.date_start, draft.plan_id), ("draft", date(2026, 6, 1), self.plan))
        self.assertEqual(
            [(rule.name, rule.date_start) for rule in draft.rule_ids],
            [("kept", False), ("begun", False), ("to come", date(2026, 9, 1))],
        )
        self.assertEqual(draft.rule_ids[0].summary, version.rule_ids[0].summary)

    def test_after_a_future_version_it_starts_a_month_later(self):
        version = self.make_version([{"unit_price": "1"}], date_start="2026-12-15")
        with freeze_time("2026-05-20"):
            draft = self.env["cloud.price.plan.version"].browse(version.action_new_version()["res_id"])
        self.assertEqual(draft.date_start, date(2027, 1, 1))

    def test_a_plan_without_versions_gets_an_empty_draft(self):
        draft = self.env["cloud.price.plan.version"].browse(self.plan.action_new_version()["res_id"])
        self.assertEqual((draft.plan_id, draft.rule_ids.ids), (self.plan, []))


@tagged("post_install", "-at_install")
class TestWhatIsApproved(CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls.make_version(
            [
                {"name": "unit", "unit_price": "1", "product_id": cls.metered.id},
                {"name": "percent", "charge_model": "cost_plus", "percent": "20"},
                {"name": "ladder", "charge_model": "graduated", "product_id": cls.recurring.id,
                 "tier_ids": [(0, 0, {"up_to": "10", "unit_price": "1"}), (0, 0, {"unit_price": "2"})]},
            ],
            approve=False,
        )  # fmt: skip
        cls.unit, cls.percent, cls.ladder = cls.version.rule_ids

    def test_every_value_that_a_price_has_changes_the_digest(self):
        customer = self.make_customer("Acme")
        seen = [self.version._get_content_hash()]
        self.assertEqual(self.version._get_content_hash(), seen[0])
        for change in (
            lambda: self.unit.write({"unit_price": "1.01"}),
            lambda: self.unit.write({"customer_id": customer.id}),
            lambda: self.unit.write({"date_start": "2026-02-01"}),
            lambda: self.unit.write({"date_end": "2026-09-01"}),
            lambda: self.unit.write({"name": "other"}),
            lambda: self.percent.write({"percent": "21"}),
            lambda: self.percent.write({"cost_basis": "cost_list"}),
            lambda: self.percent.write({"categ_id": self.categ.id}),
            lambda: self.ladder.tier_ids[0].write({"up_to": "11"}),
            lambda: self.ladder.tier_ids[1].write({"unit_price": "2.01"}),
            lambda: self.ladder.tier_ids[1].write({"flat_amount": "5"}),
            lambda: self.ladder.tier_ids[0].unlink(),
            lambda: self.unit.unlink(),
            lambda: self.version.write({"date_start": "2026-01-02"}),
            lambda: self.plan.write({"tax_basis": "gross"}),
            lambda: self.plan.write({"currency_id": self.env.ref("base.JPY").id}),
        ):
            change()
            digest = self.version._get_content_hash()
            self.assertNotIn(digest, seen)
            seen.append(digest)

    def test_the_effect_lists_what_changes_beside_the_version_before(self):
        self.version.action_approve_directly()
        draft = self.version._copy_from(date(2026, 6, 1))
        unit, percent, _ladder = draft.rule_ids
        unit.unit_price = "1.10"
        percent.unlink()
        self.env["cloud.price.rule"].create(
            {"version_id": draft.id, "unit_price": "9", "customer_id": self.make_customer("Acme").id}
        )
        self.make_subscription(self.make_customer("Bolt"), [self.metered]).action_activate()
        effect = draft._get_change_effect()
        money = self.plan.currency_id.name
        self.assertEqual(
            [(row["label"], row["old"], row["new"]) for row in effect["rows"]],
            [
                ("Disk, everyone", f"1.00 {money} per GB-Months", f"1.10 {money} per GB-Months"),
                ("any product, everyone", "billed cost + 20 %", ""),
                ("any product, customer Acme", "", f"9.00 {money} per unit"),
            ],
        )
        self.assertIn("Compared with Public prices, From 2026-01-01.", effect["notes"])
        self.assertIn("Active subscriptions on this plan: 1.", effect["notes"])

    def test_a_first_version_has_nothing_before_it(self):
        effect = self.version._get_change_effect()
        self.assertEqual([row["old"] for row in effect["rows"]], ["", "", ""])
        self.assertIn("no approved version before", effect["notes"][0])

    def test_a_version_in_the_past_says_how_much_was_billed_since(self):
        line = self.make_subscription(self.make_customer("Acme"), [self.metered]).line_ids
        self.make_charge(line, "2026-03-01", "2026-04-01")
        self.assertIn(
            "Charges from 2026-01-01 on that are billed already: 1.",
            " ".join(self.version._get_change_effect()["notes"]),
        )


@tagged("post_install", "-at_install")
class TestThePlanOfApprovedPrices(CatalogCase):
    def test_its_currency_and_tax_stay(self):
        self.make_version([{"unit_price": "1"}])
        for vals in ({"currency_id": self.env.ref("base.JPY").id}, {"tax_basis": "gross"}):
            with self.refused("Make a new price plan"):
                self.plan.write(vals)
        self.plan.write({"name": "Other name", "tax_basis": "net"})

    def test_before_that_they_are_free(self):
        self.make_version([{"unit_price": "1"}], approve=False)
        self.plan.tax_basis = "gross"
        self.assertEqual(self.plan.tax_basis, "gross")


@tagged("post_install", "-at_install")
class TestALiveCompany(CatalogCase):
    """What is left of the lifecycle beside test_approval.py, which tries every door."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.version = cls.make_version([{"name": "Disk", "unit_price": "1", "product_id": cls.metered.id}])
        cls.draft = cls.make_version([{"unit_price": "2"}], date_start="2026-06-01", approve=False)
        cls.set_company_state("live")

    def test_a_price_manager_proposes_and_does_not_approve(self):
        draft = self.draft.with_user(self.user_price_manager)
        for approve in (draft.action_approve_directly, lambda: draft.write({"state": "approved"})):
            with self.refused("(?i)another person approves"):
                approve()
        draft.action_submit()
        self.assertEqual((draft.state, draft.status, draft.is_editable), ("pending", "waiting", False))
        with self.refused("proposed by you|not an approver"):
            self.vote(draft.request_id, self.user_price_manager)
        self.vote(draft.request_id)
        self.assertEqual(self.draft.state, "approved")

    def test_the_request_shows_the_old_and_the_new_price(self):
        self.draft.with_user(self.user_price_manager).action_submit()
        rows = self.draft.request_id.effect["rows"]
        self.assertEqual([(row["label"], bool(row["old"]), bool(row["new"])) for row in rows], [
            ("Disk, everyone", True, False),
            ("any product, everyone", False, True),
        ])  # fmt: skip

    def test_an_incomplete_version_is_not_submitted(self):
        empty = self.make_version([], date_start="2026-07-01", approve=False).with_user(self.user_price_manager)
        with self.refused("has no prices"):
            empty.action_submit()
        self.assertEqual(empty.state, "draft")

    def test_an_approved_version_does_not_go_back_and_has_a_successor(self):
        with self.refused("Make a new version"):
            self.version.action_back_to_draft()
        self.assertFalse(self.version.is_editable)
        draft = self.version.browse(self.version.with_user(self.user_price_manager).action_new_version()["res_id"])
        self.assertTrue(draft.is_editable)
        self.assertEqual(draft.rule_ids.summary, self.version.rule_ids.summary)

    def test_while_a_company_is_set_up_it_does_go_back(self):
        self.set_company_state("setup")
        self.version.action_back_to_draft()
        self.version.rule_ids.unit_price = "1.5"
        self.assertEqual(self.version.state, "draft")
