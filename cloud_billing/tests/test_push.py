"""Events that are pushed: an answer for each, rows that exist once, and the import that collects them."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from psycopg2.errors import UniqueViolation

from ..models.push import push_messages
from ..models.push.cloud_push import MAX_EVENTS
from .push_common import PushCase, cloud_event, event
from .usage_common import events_csv

# What a batch takes, whatever its size; the first one of a source also begins its import.
STATEMENTS = 16


@tagged("post_install", "-at_install")
class TestPushedEvents(PushCase):
    def test_events_are_accepted_and_count_once_their_import_has_its_number(self):
        answer = self.push(event("e1", quantity="2.50"), event("e2", day=2))
        self.assertEqual(
            {name: answer[name] for name in ("received", "accepted", "duplicate", "quarantined", "refused")},
            {"received": 2, "accepted": 2, "duplicate": 0, "quarantined": 0, "refused": 0},
        )
        self.assertEqual([item["key"] for item in answer["items"]], ["e1", "e2"])
        self.assertEqual(self.quantities(), {})
        usage_import = self.publish()
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (2, 2, 0, 0, 0)))
        self.assertEqual(self.quantities(), {"e1": "2.50", "e2": "1"})

    def test_the_same_batch_again_adds_nothing_before_and_after_the_number(self):
        batch = [event("e1"), event("e2"), cloud_event("c1")]
        self.push(*batch)
        self.assertEqual(self.statuses(self.push(*batch)), ["duplicate"] * 3)
        usage_import = self.publish()
        self.assertEqual(self.counts(usage_import), (6, 3, 3, 0, 0))
        self.assertEqual(self.statuses(self.push(*batch)), ["duplicate"] * 3)
        again = self.publish()
        self.assertEqual((again.state, again.import_number), ("known", 0))
        self.assertEqual(self.quantities(), {"e1": "1", "e2": "1", r"/switch/1|c1": "1"})

    def test_a_file_and_a_push_know_the_events_of_each_other(self):
        self.deliver(self.events, events_csv(("f1", 1, "acme", "5")))
        self.assertEqual(self.statuses(self.push(event("f1", quantity="5"), event("p1"))), ["duplicate", "accepted"])
        # p1 has no number yet, and is known all the same.
        late = self.deliver(self.events, events_csv(("p1", 1, "acme", "1"), ("f2", 2, "acme", "3")))
        self.assertEqual(self.counts(late), (2, 1, 1, 0, 0))
        self.publish()
        self.assertEqual(self.quantities(), {"f1": "5", "p1": "1", "f2": "3"})

    def test_an_event_in_a_file_that_is_being_read_is_to_be_sent_again(self):
        self.deliver(self.events, events_csv(("f1", 1, "acme", "5")))
        # As while a file is being read: its rows are in the table and belong to no number.
        self.env.cr.execute("ALTER TABLE cloud_usage_delivery DISABLE TRIGGER cloud_usage_delivery_kept")
        self.env.cr.execute("UPDATE cloud_usage_delivery SET import_number = 0 WHERE source_id = %s", [self.events.id])
        self.assertEqual(
            self.statuses(
                self.push(event("f1", quantity="5"), event("p1"), {"transaction_id": "f1", "action": "cancel"})
            ),
            ["being_read", "accepted", "being_read"],
        )

    def test_one_bad_event_costs_no_other_one(self):
        answer = self.push(event("e1"), {"transaction_id": "e2"}, event("e3", quantity="many"), event("e4"))
        self.assertEqual(self.statuses(answer), ["accepted", "missing_value", "not_a_number", "accepted"])
        self.assertIn("customer is missing", answer["items"][1]["detail"])
        refusals = self.env["cloud.push.refusal"].search([("source_id", "=", self.events.id)])
        self.assertEqual(set(refusals.mapped("event_key")), {"e2", "e3"})
        self.assertEqual(refusals.filtered(lambda one: one.event_key == "e3").reason, answer["items"][2]["detail"])

    def test_a_batch_of_bad_events_alone_begins_no_import(self):
        self.push({"transaction_id": "e2"}, 7)
        self.assertFalse(self.collecting())
        batch = self.env["cloud.push.batch"].search([("source_id", "=", self.events.id)])
        self.assertEqual((batch.event_count, batch.refused_count, batch.import_id.id), (2, 2, False))

    def test_other_content_is_quarantined_with_both_versions(self):
        self.push(event("e1", quantity="1"))
        answer = self.push(event("e1", quantity="2"))
        self.assertEqual(self.statuses(answer), ["quarantined"])
        self.assertEqual(answer["items"][0]["code"], "other_content")
        # Said once more it waits already.
        self.assertEqual(self.statuses(self.push(event("e1", quantity="2"))), ["quarantined"])
        usage_import = self.publish()
        self.assertEqual(self.counts(usage_import), (3, 1, 1, 1, 0))
        reject = usage_import.reject_ids
        self.assertEqual((reject.known_version["quantity"], reject.new_version["quantity"]), ("1", "2"))
        reject.action_accept()
        self.assertEqual(self.quantities(), {"e1": "2"})

    def test_a_key_that_repeats_within_a_batch_is_one_event(self):
        answer = self.push(event("e1"), event("e1"), event("e1", quantity="7"), event("e1", quantity="7"))
        self.assertEqual(self.statuses(answer), ["accepted", "duplicate", "quarantined", "quarantined"])
        self.assertEqual(self.counts(self.publish()), (4, 1, 2, 1, 0))

    def test_a_key_with_many_contents_in_one_request_is_refused_in_the_end(self):
        count = push_messages.MAX_VERSIONS + 2
        answer = self.push(*(event("e1", quantity=number, action="correct") for number in range(1, count + 1)))
        self.assertEqual(self.statuses(answer), ["accepted"] * (count - 2) + ["too_many_versions"] * 2)
        self.publish()
        self.assertEqual(self.quantities(), {"e1": str(count - 2)})

    def test_an_unknown_customer_is_usage_without_an_owner(self):
        self.assertEqual(self.statuses(self.push(event("e1", customer="who?"))), ["accepted"])
        self.publish()
        stream = self.stream(self.events, sub_account="who?")
        self.assertEqual((stream.unmatched_rows, stream.service, stream.unit), (1, "Calls", "Call"))

    def test_a_rule_gives_pushed_usage_its_owner(self):
        self.env["cloud.usage.match.rule"].create(
            {
                "company_id": self.company.id,
                "sub_account": "acme",
                "customer_id": self.acme.id,
                "date_start": "2026-01-01",
            }
        )
        self.push(event("e1"))
        self.publish()
        self.assertEqual(self.stream(self.events, sub_account="acme").unmatched_rows, 0)

    def test_properties_are_tags_and_numbers_keep_their_digits(self):
        self.push(event("e1", quantity="0.10000000000000000000000001", properties={"zone": "eu", "new": True, "n": 3}))
        self.publish()
        row = self.live_rows(self.events)
        self.assertEqual(str(row.quantity), "0.10000000000000000000000001")
        self.assertEqual(row.tags, {"zone": "eu", "new": "true", "n": "3"})

    def test_hostile_texts_are_kept_as_they_are(self):
        name = "a'); DROP TABLE x; --<script>alert(1)</script>\t\\N\n%s\u2028"
        self.push(event("e1", customer=name.strip(), properties={name: name}))
        self.publish()
        self.assertEqual(self.live_rows(self.events).tags, {name: name})
        self.assertTrue(self.stream(self.events, sub_account=name.strip()))


@tagged("post_install", "-at_install")
class TestTheImportThatCollects(PushCase):
    def test_batches_within_its_time_share_an_import_and_later_ones_begin_the_next(self):
        self.push(event("e1"))
        first = self.collecting()
        self.push(event("e2"))
        self.assertEqual(self.collecting(), first)
        first.sudo().collect_until = fields.Datetime.now() - timedelta(minutes=1)
        self.env.flush_all()
        self.push(event("e3"))
        second = self.collecting()
        self.assertEqual((first.state, first.is_read, second != first), ("queued", True, True))
        self.assertEqual(first.batch_ids.mapped("accepted_count"), [1, 1])

    def test_a_source_has_one_at_a_time(self):
        self.push(event("e1"))
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self.collecting().sudo().copy({"state": "collecting", "is_push": True}).flush_recordset()

    def test_its_time_ends_by_the_scheduled_action_where_nobody_pushes(self):
        self.push(event("e1"))
        now = self.collecting().collect_until
        importer = self.env["cloud.usage.importer"]
        importer._end_collected(now - timedelta(minutes=1))
        self.assertTrue(self.collecting())
        importer._end_collected(now + timedelta(minutes=1))
        self.assertFalse(self.collecting())

    def test_where_there_is_nothing_to_end_nobody_is_woken_up(self):
        cron = self.env.ref("cloud_billing.cron_import_usage")
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.push(event("e1"))
        self.env["cloud.usage.importer"]._end_collected(fields.Datetime.now())
        self.assertEqual(self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)]), before)

    def test_an_operator_lets_it_count_now(self):
        self.push(event("e1"))
        usage_import = self.collecting()
        self.events.with_user(self.user_operator).action_count_pushed()
        self.assertEqual(usage_import.state, "queued")
        with self.assertRaisesRegex(UserError, "counts already"):
            self.events.with_user(self.user_operator).action_count_pushed()

    def test_acknowledged_events_are_never_refused_or_cancelled(self):
        self.push(event("e1"))
        usage_import = self.collecting()
        with self.assertRaisesRegex(UserError, "cannot be cancelled"):
            usage_import.with_user(self.user_operator).action_cancel()
        usage_import.sudo()._end_collecting()
        usage_import.sudo()._set_refused("The disk is full.")
        self.assertEqual(
            (usage_import.state, usage_import.is_paused, usage_import.error), ("queued", True, "The disk is full.")
        )
        self.assertEqual(self.statuses(self.push(event("e1"))), ["duplicate"])
        usage_import.with_user(self.user_operator).action_resume()
        self.assertFalse(usage_import.is_paused)

    def test_an_import_with_plain_events_can_be_undone_and_they_come_again(self):
        self.push(event("e1"))
        self.publish().with_user(self.user_operator).action_undo()
        self.assertEqual(self.quantities(), {})
        self.assertEqual(self.statuses(self.push(event("e1"))), ["accepted"])
        self.publish()
        self.assertEqual(self.quantities(), {"e1": "1"})

    def test_statements_do_not_grow_with_events_or_refusals(self):
        self.push(event("warm"))
        counts = []
        for size in (10, 100):
            batch = [event(f"{size}-{number}", customer=f"{size}-{number % 7}") for number in range(size)]
            batch += [{"transaction_id": f"bad {number}"} for number in range(size)]
            batch += [event("warm", quantity=number) for number in range(2, 4)]
            source = self.events.with_user(self.user_integration)
            source.push_usage([event(f"{size} warm")])
            before = self.env.cr.sql_log_count
            source.push_usage(batch)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        before = self.env.cr.sql_log_count
        source.push_usage([event(f"last {number}") for number in range(100)])
        self.assertLessEqual(self.env.cr.sql_log_count - before, STATEMENTS)


@tagged("post_install", "-at_install")
class TestLimits(PushCase):
    def test_events_of_a_request(self):
        with self.assertRaisesRegex(UserError, f"up to {MAX_EVENTS}"):
            self.push(*[event("e1")] * (MAX_EVENTS + 1))

    def test_events_of_a_minute(self):
        self.events.push_rate = 3
        self.push(event("e1"), event("e2"))
        with self.assertRaisesRegex(UserError, "3 events a minute"):
            self.push(event("e3"), event("e4"))
        self.push(event("e3"))
        later = fields.Datetime.now() + timedelta(minutes=2)
        with patch.object(fields.Datetime, "now", lambda *_more: later):
            self.push(event("e4"), event("e5"))

    def test_a_request_that_is_larger_than_a_minute_allows_is_taken_when_nothing_else_was(self):
        self.events.push_rate = 1
        self.push(event("e1"), event("e2"))

    def test_refusals_of_a_sender_that_fails_without_end_are_counted_and_not_all_kept(self):
        self.push(*({"transaction_id": f"bad {number}"} for number in range(100)))
        refusals = self.env["cloud.push.refusal"].search([("source_id", "=", self.events.id)])
        self.assertEqual(len(refusals), 20)
        self.assertEqual(refusals.batch_id.refused_count, 100)

    def test_what_is_old_is_forgotten_but_not_what_is_not_added_up(self):
        self.push(event("e1"), {"transaction_id": "bad"})
        batches = self.env["cloud.push.batch"].search([("source_id", "=", self.events.id)])
        self.env.cr.execute("UPDATE cloud_push_batch SET received_at = '2020-01-01'")
        self.env.cr.execute("UPDATE cloud_push_refusal SET received_at = '2020-01-01'")
        self.env.invalidate_all()
        batches._gc_batches()
        batches.env["cloud.push.refusal"]._gc_refusals()
        self.env.invalidate_all()
        self.assertTrue(batches.exists())
        self.assertFalse(self.env["cloud.push.refusal"].search([("source_id", "=", self.events.id)]))
        self.publish()
        batches._gc_batches()
        self.env.invalidate_all()
        self.assertFalse(batches.exists())
