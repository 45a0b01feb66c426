import json
from unittest.mock import patch

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .change_common import ChangeCase


@tagged("post_install", "-at_install")
class TestAProposedChange(ChangeCase):
    def test_two_people_change_values_of_several_records_at_once(self):
        draft = self.propose(self.template, {"cloud_timing": "advance"}, reason="As agreed")
        again = self.propose(self.other_template, {"cloud_timing": "advance"})
        self.assertEqual(draft, again, "a person's changes gather in one draft")
        self.assertEqual(self.template.cloud_timing, "arrears", "what is proposed lives apart")
        draft.action_submit()
        request = draft.request_id
        self.assertEqual((request.kind, request.state, request.item_ids), ("values", "pending", draft.item_ids))
        self.vote(request)
        self.assertEqual((request.state, draft.state, draft.outcome), ("applied", "approved", "applied"))
        self.assertEqual((self.template | self.other_template).mapped("cloud_timing"), ["advance"] * 2)

    def test_old_and_new_are_exact(self):
        self.company.flush_recordset()
        self.set_company_state("setup")
        self.company.cloud_credit_limit = "0.10"
        self.set_company_state("live")
        item = self.propose(
            self.company, {"cloud_credit_limit": "12345678901234567890.123456789"}, self.user_administrator
        ).item_ids
        self.assertEqual((item.old_value, item.new_value), ('"0.10"', '"12345678901234567890.123456789"'))
        item.proposal_id.action_submit()
        self.vote(item.request_id)
        self.assertEqual(str(self.company.cloud_credit_limit), "12345678901234567890.123456789")

    def test_lists_of_records_are_set_linked_and_unlinked_and_nothing_else(self):
        tax, before = self.company_data["default_tax_sale"], self.template.sudo().taxes_id.ids
        item = self.propose(self.template, {"taxes_id": [Command.link(tax.id)]}).item_ids
        self.assertEqual((json.loads(item.old_value), json.loads(item.new_value)), (before, sorted([*before, tax.id])))
        self.assertIn(tax.display_name, item.new_text)
        for command in (
            Command.create({"name": "Mine"}),
            Command.update(tax.id, {"amount": 0}),
            Command.delete(tax.id),
        ):
            with self.assertRaisesRegex(UserError, "what exists already"):
                self.propose(self.template, {"taxes_id": [command]})
        item.proposal_id.action_submit()
        self.vote(item.request_id)
        self.assertEqual(self.template.sudo().taxes_id.ids, [*before, tax.id])

    def test_of_a_long_list_it_says_what_goes_and_what_comes(self):
        taxes = self.env["account.tax"].create(
            [{"name": f"Tax {letter}", "amount": 1, "type_tax_use": "sale"} for letter in "ABCDEF"]
        )
        self.set_company_state("setup")
        self.template.sudo().taxes_id = taxes[:4]
        self.set_company_state("live")
        # A, B and C stay: three are told by name.
        item = self.propose(self.template, {"taxes_id": [Command.set((taxes[:3] | taxes[4]).ids)]}).item_ids
        self.assertEqual((item.old_text, item.new_text), ("Tax A, Tax B, Tax C, Tax D", "Tax A, Tax B, Tax C, Tax E"))
        item.proposal_id.unlink()
        # A, B, C and D stay.
        item = self.propose(
            self.template, {"taxes_id": [Command.link(taxes[4].id), Command.link(taxes[5].id)]}
        ).item_ids
        self.assertEqual((item.old_text, item.new_text), ("4 that stay", "Tax E, Tax F (4 others stay)"))
        self.assertEqual(json.loads(item.new_value), taxes.ids, "what is applied is the whole list")

    def test_a_value_of_one_company_is_that_company_s(self):
        account = self.company_data["default_account_revenue"].copy({"code": "400999"})
        request = self.submit(self.template, {"property_account_income_id": account.id})
        self.vote(request)
        self.assertEqual(self.template.with_company(self.company).property_account_income_id, account)

    def test_a_record_is_made_and_one_is_deleted_by_a_request(self):
        user = self.user_administrator
        user.sudo().group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        bank = {"acc_number": "AT61 1904 3002 3457 3201", "partner_id": self.partner.id}
        model = self.env["res.partner.bank"].with_user(user)
        draft = self.proposals.with_user(user)._propose_creation(model, bank)
        self.proposals.with_user(user)._propose_removal(self.bank.with_user(user))
        draft.action_submit()
        self.assertEqual(self.partner.bank_ids, self.bank)
        self.vote(draft.request_id)
        self.assertEqual(self.partner.bank_ids.mapped("acc_number"), ["AT61 1904 3002 3457 3201"])
        self.assertFalse(self.bank.exists().active)

    def test_an_account_is_archived_by_a_request_that_says_so_and_comes_back_by_another(self):
        user = self.user_accountant
        user.sudo().group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        accounts = self.env["res.partner.bank"].with_user(user)
        form = accounts.with_context(cloud_propose_view_ref=True).get_views([(False, "form")])["views"]["form"]["arch"]
        self.assertIn("Propose to Archive It", form)
        self.assertNotIn("Propose to Delete It", form)
        with self.assertRaisesRegex(UserError, "Active is changed only with.*Propose a Change"):
            self.bank.unlink()
        draft_id = accounts.browse(self.bank.id).action_cloud_propose_removal()["res_id"]
        draft = self.proposals.with_user(user).browse(draft_id)
        self.assertEqual(
            draft.item_ids.mapped(lambda item: (item.operation, item.field_label, item.old_text, item.new_text)),
            [("write", "Active", "yes", "no")],
        )
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertFalse(self.bank.active)
        # The same number in another spelling, which the database takes for the same account.
        vals = {"acc_number": "AT483200000012345864", "partner_id": self.partner.id}
        draft = self.proposals.with_user(user)._propose_creation(accounts, vals)
        self.assertEqual(set(draft.item_ids.mapped("operation")), {"write"})
        draft.action_submit()
        self.vote(draft.request_id)
        self.assertTrue(self.bank.active)
        self.assertEqual(self.partner.with_context(active_test=False).bank_ids, self.bank)

    def test_the_number_of_an_account_is_changed_by_a_request(self):
        """Odoo stores what it makes of the number, and writes both at once."""
        request = self.submit(self.bank, {"acc_number": "AT61 1904 3002 3457 3201"}, self.user_accountant)
        self.vote(request)
        self.assertEqual(self.bank.sanitized_acc_number, "AT611904300234573201")

    def test_a_new_record_is_proposed_on_a_form_of_its_own(self):
        user = self.user_accountant
        user.sudo().group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        wizard = self.env["cloud.change.creation"].with_user(user).create({"kind": "res.partner.bank"})
        model = self.env["res.partner.bank"].with_user(user).with_context(**wizard.action_continue()["context"])
        form = model.get_views([(False, "form")])["views"]["form"]["arch"]
        self.assertIn("acc_number", form)
        values = {"acc_number": "AT61 1904 3002 3457 3201", "partner_id": self.partner.id}
        self.assertEqual(model.web_save(values, {"acc_number": {}}), [{"id": False, "acc_number": False}])
        self.assertEqual(self.partner.bank_ids, self.bank)
        draft = self.proposals.with_user(user).browse(model.action_cloud_proposed()["res_id"])
        self.assertEqual((draft.item_ids.operation, draft.item_ids.res_model), ("create", "res.partner.bank"))
        wizard.kind = "res.partner"
        with self.assertRaisesRegex(UserError, "made without a request"):
            wizard.action_continue()

    def test_a_person_who_may_not_write_does_not_propose(self):
        with self.assertRaises(AccessError):
            self.propose(self.template, {"cloud_timing": "advance"}, self.user_viewer)
        with self.assertRaises(AccessError):
            self.propose(self.company, {"cloud_credit_limit": "1"}, self.user_accountant)

    def test_a_draft_is_its_maker_s_alone(self):
        draft = self.propose(self.template, {"cloud_timing": "advance"})
        self.assertFalse(self.proposals.with_user(self.user_approver).search([("id", "=", draft.id)]))
        self.assertFalse(
            self.env["cloud.change.item"].with_user(self.user_approver).search([("proposal_id", "=", draft.id)])
        )
        with self.assertRaises(AccessError):
            draft.with_user(self.user_administrator).reason = "Mine now"
        draft.action_submit()
        self.assertTrue(self.proposals.with_user(self.user_approver).search([("id", "=", draft.id)]))

    def test_items_are_made_by_proposing_only_and_stay_as_submitted(self):
        draft = self.propose(self.template, {"cloud_timing": "advance"})
        with self.assertRaisesRegex(UserError, "made by Propose a Change"):
            draft.item_ids.sudo().new_value = '"arrears"'
        with self.assertRaisesRegex(UserError, "made by Propose a Change"):
            draft.item_ids.sudo().copy()
        draft.action_submit()
        with self.assertRaisesRegex(UserError, "approved or waits"):
            draft.reason = "Another one"
        with self.assertRaisesRegex(UserError, "made by Propose a Change"):
            draft.item_ids.unlink()
        with self.assertRaisesRegex(UserError, "approved or waits"):
            draft.sudo().outcome = "applied"

    def test_raw_sql_between_submit_and_vote_is_noticed(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        self.env.flush_all()
        self.cr.execute("UPDATE cloud_change_item SET new_value = '\"arrears\"' WHERE request_id = %s", [request.id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "changed after it was submitted"):
            self.vote(request)

    def test_nothing_is_no_proposal(self):
        with self.assertRaisesRegex(UserError, "nothing would change"):
            self.propose(self.template, {"cloud_timing": "arrears"})
        with self.assertRaisesRegex(UserError, "choose what is to change"):
            self.proposals.with_user(self.user_price_manager).create({}).action_submit()

    def test_what_no_vote_could_apply_is_told_when_it_is_submitted(self):
        # A metered product needs a meter: a CHECK of the database.
        draft = self.propose(self.template, {"cloud_billing_model": "one_time"})
        with self.assertRaisesRegex(UserError, "stay as"):
            draft.action_submit()
        self.assertEqual(draft.state, "draft")

    def test_the_checker_sees_field_by_field_and_who_is_touched(self):
        request = self.submit(self.template | self.other_template, {"cloud_timing": "advance"})
        self.assertIn(
            {"label": "Support: Billing Timing", "old": "In arrears", "new": "In advance"}, request.effect["rows"]
        )
        self.assertEqual(len(request.effect["rows"]), 2)
        self.assertIn("Customers it touches: 1, subscriptions: 1 (Acme)", request.effect["notes"])

    def test_the_record_says_what_waits(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        told = self.proposals.with_user(self.user_viewer).get_pending_changes("product.template", self.template.id)
        self.assertFalse(told["may_propose"])
        self.assertEqual(
            [change["text"] for change in told["changes"]],
            ["A change of Billing Timing from In arrears to In advance by Mara Maker waits for approval."],
        )
        self.vote(request)
        proposals = self.proposals.with_user(self.user_price_manager)
        told = proposals.get_pending_changes("product.template", self.template.id)
        self.assertEqual(told, {"may_propose": True, "changes": []})

    def test_several_values_of_one_form_are_saved_into_a_draft(self):
        template = self.template.with_user(self.user_price_manager).with_context(cloud_propose_view_ref=True)
        form = template.get_views([(False, "form")])["views"]["form"]["arch"]
        self.assertIn("cloud_timing", form)
        self.assertNotIn("description_sale", form)
        template.web_save({"cloud_timing": "advance"}, {"cloud_timing": {}})
        self.assertEqual(self.template.cloud_timing, "arrears")
        action = template.action_cloud_proposed()
        self.assertEqual(self.proposals.sudo().browse(action["res_id"]).item_ids.field_name, "cloud_timing")

    def test_what_is_not_protected_or_has_a_button_of_its_own_is_not_proposed_by_hand(self):
        """The dialog is a form of the web client, which can send anything."""
        template = self.template.with_user(self.user_price_manager).with_context(cloud_propose_view_ref=True)
        with self.assertRaisesRegex(UserError, "is not proposed by hand"):
            template.web_save({"cloud_timing": "advance", "list_price": 0}, {})
        subscription = self.subscription.with_user(self.user_accountant)
        with self.assertRaisesRegex(UserError, "has no field that is changed by a request"):
            subscription.action_cloud_propose()
        # Diverted to no draft it is a write like any other.
        with self.assertRaisesRegex(UserError, "only with the approval of a second person"):
            subscription.with_context(cloud_propose_view_ref=True).web_save({"plan_id": self.plan.copy().id}, {})
        self.assertFalse(self.proposals.search([]))

    def test_a_field_that_one_person_may_not_read_is_on_the_screen_of_others(self):
        """Whoever opens the screen first."""
        self.set_company_state("setup")
        classes = self.env["cloud.field.class"]
        field = self.env["ir.model.fields"]._get("product.template", "cloud_timing")
        classes.create(
            {
                "name": "Timing",
                "item_ids": [Command.create({"model_id": field.model_id.id, "field_id": field.id})],
                "level_ids": [
                    Command.create({"group_id": self.env.ref(f"cloud_billing.group_{role}").id, "level": level})
                    for role, level in (("viewer", "none"), ("price_manager", "write"))
                ],
            }
        )
        self.set_company_state("live")
        screens = [
            self.template.with_user(user).with_context(cloud_propose_view_ref=True).get_view(False, "form")["arch"]
            for user in (self.user_viewer, self.user_price_manager)
        ]
        self.assertEqual(["cloud_timing" in screen for screen in screens], [False, True])

    def test_an_ordinary_form_of_a_protected_model_has_the_banner_and_others_have_not(self):
        get = lambda model: self.env[model].get_views([(False, "form")])["views"]["form"]["arch"]  # noqa: E731
        self.assertIn("cloud_pending_change", get("product.template"))
        self.assertNotIn("cloud_pending_change", get("res.bank"))


@tagged("post_install", "-at_install")
class TestConflicts(ChangeCase):
    def test_another_request_about_the_same_value_is_found_when_it_is_submitted(self):
        self.submit(self.template, {"cloud_timing": "advance"}, reason="First")
        other = self.propose(self.template, {"cloud_timing": "advance"}, self.user_administrator_too(), reason="Second")
        with self.assertRaisesRegex(
            UserError, "Support, Billing Timing waits for approval already in .* by Mara Maker"
        ):
            other.action_submit()

    def user_administrator_too(self):
        self.user_administrator.sudo().group_ids = [Command.link(self.env.ref("base.group_system").id)]
        return self.user_administrator

    def test_two_at_the_same_moment_meet_a_unique_index(self):
        first = self.submit(self.template, {"cloud_timing": "advance"}, reason="First")
        other = self.propose(self.template, {"cloud_timing": "advance"}, self.user_administrator_too(), reason="Second")
        self.env.flush_all()
        with self.assertRaisesRegex(Exception, "one_waiting_per_value"), self.cr.savepoint():
            self.cr.execute("UPDATE cloud_change_item SET is_waiting = TRUE WHERE proposal_id = %s", [other.id])
        self.assertTrue(first)

    def test_another_field_of_the_record_is_no_conflict(self):
        self.submit(self.template, {"cloud_timing": "advance"}, reason="First")
        self.assertEqual(self.submit(self.template, {"cloud_unused": "nothing"}, reason="Second").state, "pending")

    def test_a_later_edit_is_found_when_it_is_applied_and_nothing_of_it_is(self):
        request = self.submit(self.template | self.other_template, {"cloud_timing": "advance"})
        self.set_company_state("setup")
        self.other_template.cloud_unused = "nothing"
        self.set_company_state("live")
        with self.assertRaisesRegex(UserError, "Hosting was edited on"), self.cr.savepoint():
            self.vote(request)
        self.assertEqual(request.state, "pending")
        self.assertEqual((self.template | self.other_template).mapped("cloud_timing"), ["arrears"] * 2)

    def test_what_would_say_something_else_than_was_agreed_is_not_applied(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        with (
            patch.object(type(request.item_ids), "_get_arrived", lambda items: dict.fromkeys(items, "arrears")),
            self.assertRaisesRegex(UserError, "would not say what was agreed"),
        ):
            self.vote(request)

    def test_an_edit_of_what_is_not_protected_is_no_conflict(self):
        request = self.submit(self.template, {"cloud_timing": "advance"})
        self.template.name = "Support, gold"
        self.vote(request)
        self.assertEqual(self.template.cloud_timing, "advance")


@tagged("post_install", "-at_install")
class TestTheDay(ChangeCase):
    def make(self, day):
        draft = self.propose(self.template, {"cloud_timing": "advance"}, reason="From then on")
        draft.effective_date = day
        draft.action_submit()
        self.vote(draft.request_id)
        return draft

    def test_a_later_day_waits_for_its_morning_where_the_company_is(self):
        self.company.partner_id.tz = "Europe/Vienna"
        with freeze_time("2026-03-10 12:00:00"):
            draft = self.make("2026-03-12")
        self.assertEqual((draft.state, draft.outcome, self.template.cloud_timing), ("approved", "scheduled", "arrears"))
        # Midnight in Vienna in March is 23:00 UTC of the day before.
        self.assertFalse(self.proposals._get_scheduled(self.at("2026-03-11 22:59:59")) & draft)
        self.assertTrue(self.proposals._get_scheduled(self.at("2026-03-11 23:00:00")) & draft)
        self.apply(draft)
        self.assertEqual((draft.outcome, self.template.cloud_timing), ("applied", "advance"))

    def at(self, text):
        return self.env["cloud.change.proposal"]._fields["applied_at"].to_datetime(text)

    def apply(self, draft):
        from ..models.control.cloud_protected_mixin import TOKEN

        draft.sudo()._apply_now(self.at("2026-03-12 00:00:00"), TOKEN)

    def test_a_day_that_is_past_is_refused(self):
        draft = self.propose(self.template, {"cloud_timing": "advance"})
        draft.effective_date = "2020-01-01"
        with self.assertRaisesRegex(UserError, "which is past"):
            draft.action_submit()

    def test_what_cannot_be_applied_is_parked_with_its_reason_and_told(self):
        with freeze_time("2026-03-10 12:00:00"):
            draft = self.make("2026-03-12")
        self.set_company_state("setup")
        self.template.cloud_unused = "nothing"
        self.set_company_state("live")
        self.apply(draft)
        self.assertEqual((draft.outcome, self.template.cloud_timing), ("parked", "arrears"))
        self.assertIn("was edited on", draft.problem)
        self.assertIn(self.user_price_manager.partner_id, draft.message_ids[0].partner_ids)
        draft.action_give_up()
        self.assertEqual(draft.outcome, "reverted")
        self.assertFalse(draft.item_ids.filtered("is_waiting"))

    def test_nobody_sets_what_became_of_it(self):
        with freeze_time("2026-03-10 12:00:00"):
            draft = self.make("2026-03-12")
        with self.assertRaises(UserError):
            draft.sudo().write({"outcome": "applied"})
        with self.assertRaises(UserError):
            draft.sudo().write({"effective_date": "2026-03-11"})
