"""Who may push: the source's own integration user and nobody else, and that user reads nothing."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from .push_common import PushCase, event

READ_BY_NOBODY = (
    "cloud.usage.source", "cloud.usage.import", "cloud.usage.record", "cloud.usage.stream", "cloud.push.batch",
    "cloud.push.refusal", "cloud.customer", "cloud.subscription", "cloud.price.plan", "cloud.bill",
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestWhoMayPush(PushCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "cloud_billing.group_integration"
        cls.other_sender = new_test_user(
            cls.env,
            login="other_sender",
            groups=groups,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    def refuse(self, source, user):
        with self.assertRaisesRegex(AccessError, "no source with this address"):
            source.with_user(user).push_usage([event("e1")])

    def test_only_the_user_of_the_source(self):
        for user in (self.other_sender, self.user_operator, self.user_accountant, self.user_administrator):
            self.refuse(self.events, user)
        self.assertEqual(self.push(event("e1"))["accepted"], 1)

    def test_only_while_the_source_takes_events(self):
        self.events.takes_push = False
        self.refuse(self.events, self.user_integration)

    def test_only_while_the_user_is_an_integration_user(self):
        self.user_integration.group_ids -= self.env.ref("cloud_billing.group_integration")
        self.refuse(self.events, self.user_integration)

    def test_a_source_of_another_company_is_not_there(self):
        company = self.env["res.company"].create({"name": "Other"})
        source = self.env["cloud.usage.source"].create({"name": "Theirs", "company_id": company.id, "reader": "csv"})
        with self.assertRaisesRegex(ValidationError, "cannot push to Theirs"):
            source.write({"takes_push": True, "push_user_id": self.user_integration.id})
        self.refuse(source, self.user_integration)

    def test_several_sources_at_once_are_none(self):
        self.refuse(self.events + self.bills, self.user_integration)
        self.refuse(self.events.browse(), self.user_integration)

    def test_the_integration_user_reads_nothing(self):
        for model in READ_BY_NOBODY:
            self.assertFalse(self.env[model].with_user(self.other_sender).has_access("read"), model)

    def test_bills_take_no_events(self):
        with self.assertRaisesRegex(ValidationError, "usage events with an id"):
            self.bills.write({"takes_push": True, "push_user_id": self.user_integration.id})

    def test_floats_are_refused(self):
        answer = self.push(event("e1", quantity=0.1), event("e2", quantity=3), event("e3", properties={"x": 1.5}))
        self.assertEqual(self.statuses(answer), ["float_number", "accepted", "float_number"])

    def test_no_events_are_told(self):
        with self.assertRaisesRegex(UserError, "holds no events"):
            self.events.with_user(self.user_integration).push_usage({"a": 1})


@tagged("post_install", "-at_install")
class TestKeys(PushCase):
    def test_only_an_administrator_makes_and_revokes_them(self):
        for user in (self.user_operator, self.user_accountant, self.user_integration):
            for call in ("action_revoke_push_keys", "_check_may_make_keys"):
                with self.assertRaises(AccessError):
                    getattr(self.events.with_user(user), call)()

    def test_the_form_is_saved_by_an_administrator(self):
        self.push(event("e1"), {"transaction_id": "bad"})
        with Form(self.events.with_user(self.user_administrator)) as form:
            form.push_minutes = 5
        self.assertEqual(self.events.push_minutes, 5)
