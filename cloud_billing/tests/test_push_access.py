"""Who may push: the source's own integration user and nobody else, and that user reads nothing."""

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, RestrictViolation

from ..models.push import push_signature
from ..models.push.push_request import PushProblem
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

    def test_the_form_of_an_import_that_collects_opens_and_leads_to_its_batches(self):
        self.push(event("e1"))
        usage_import = self.collecting().with_user(self.user_operator)
        self.assertTrue(Form(usage_import))
        action = usage_import.action_open_batches()
        self.assertEqual(self.env["cloud.push.batch"].search_count(action["domain"]), 1)


@tagged("post_install", "-at_install")
class TestSignatures(PushCase):
    PATH = "/cloud_billing/push/7"

    def check(self, header, path=PATH, body=b"[]", now=1000, key="key"):
        return push_signature.check([key], header, path, body, now)

    def test_of_this_key_path_and_body_near_its_time_is_good(self):
        header = push_signature.sign("key", 1000, self.PATH, b"[]")
        for now in (700, 1000, 1300):
            self.assertEqual(len(self.check(header, now=now)), 64)
        for wrong in ({"key": "other"}, {"path": "/cloud_billing/push/8"}, {"body": b"[] "}):
            with self.assertRaises(push_signature.BadSignature) as refused:
                self.check(header, **wrong)
            self.assertFalse(refused.exception.is_old)
        for now in (699, 1301):
            with self.assertRaises(push_signature.BadSignature) as refused:
                self.check(header, now=now)
            self.assertTrue(refused.exception.is_old)

    def test_of_one_of_several_keys_is_good(self):
        for key in ("new", "former"):
            header = push_signature.sign(key, 1000, self.PATH, b"[]")
            self.assertTrue(push_signature.check(["new", "former"], header, self.PATH, b"[]", 1000))
            with self.assertRaises(push_signature.BadSignature):
                push_signature.check(["other", "another"], header, self.PATH, b"[]", 1000)

    def test_a_new_key_lets_the_former_one_hold_for_the_time_that_was_chosen(self):
        source, now = self.events, fields.Datetime.to_datetime("2026-03-01 12:00:00")
        keys = []

        def make(hours, moment=now):
            keys.append(source._make_push_key("signature", 1, moment, hours))
            return keys[-1]

        first = make(24)
        self.assertEqual((source._reveal_signing_keys(now), source.push_former_until), ([first], False))
        second = make(24)
        last_moment = fields.Datetime.to_datetime("2026-03-02 11:59:59")
        self.assertEqual(set(source._reveal_signing_keys(last_moment)), {first, second})
        self.assertEqual(source._reveal_signing_keys(fields.Datetime.to_datetime("2026-03-02 12:00:00")), [second])
        # The next one ends the first, whatever time that had.
        third = make(24)
        self.assertEqual(set(source._reveal_signing_keys(now)), {second, third})
        fourth = make(0)
        self.assertEqual(source._reveal_signing_keys(now), [fourth])
        with self.assertRaisesRegex(UserError, "720 hours at most"):
            make(721)
        make(24)
        source.with_user(self.user_administrator).action_revoke_push_keys()
        self.assertEqual(source._reveal_signing_keys(now), [])

    def test_with_another_time_is_not_of_this_key(self):
        header = push_signature.sign("key", 1000, self.PATH, b"[]").replace("t=1000", "t=1001")
        with self.assertRaises(push_signature.BadSignature):
            self.check(header)

    def test_is_taken_once_in_a_source(self):
        push = self.env(user=self.user_integration.id)["cloud.push"]
        source = self.events.with_user(self.user_integration)._get_pushable()
        push._take(source, [event("e1")], fields.Datetime.now(), signature="a" * 64)
        with self.assertRaises(PushProblem) as refused, self.cr.savepoint():
            push._take(source, [event("e1")], fields.Datetime.now(), signature="a" * 64)
        self.assertEqual(refused.exception.code, "replayed")
        push._take(source, [event("e1")], fields.Datetime.now(), signature="b" * 64)

    def test_counts_of_a_batch_add_up(self):
        self.push(event("e1"))
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.env.cr.execute("UPDATE cloud_push_batch SET accepted_count = 2")

    def test_a_cancellation_is_never_changed(self):
        self.push(event("e1"), {"transaction_id": "e1", "action": "cancel"})
        for statement in ("DELETE FROM", "TRUNCATE"):
            with self.assertRaises(RestrictViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
                self.env.cr.execute(f"{statement} cloud_billing_usage.push_cancel")
