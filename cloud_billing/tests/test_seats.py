from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from ..models.contract.change.line_change import LineChange
from .seats_common import D, DeliveredSeatsCase


class TestASnapshotBecomesQuantities(DeliveredSeatsCase):
    def test_more_seats_are_charged_from_the_day_of_the_snapshot_on(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        self.apply("2026-03-11", "A-1,E3,14")
        # 4 x 12.00 x 21/31 = 32.516
        self.assertEqual(self.tell(self.make_run("2026-03-11")), [("2026-03-11", "2026-04-01", "4", "32.52")])
        self.assertEqual(self.dated(line), [("2026-03-11", "14")])

    def test_0_seats_pause_the_fee_and_credit_what_is_billed(self):
        line = self.subscribe()
        self.bill("2026-03-01")
        delivery = self.apply("2026-03-11", "A-1,E3,0")
        self.assertEqual(delivery.row_ids.change_text, "10 → 0 (paused)")
        # 10 x 12.00 x 21/31 = 81.290
        self.assertEqual(self.tell(self.make_run("2026-03-11")), [("2026-03-11", "2026-04-01", "-10", "-81.29")])
        self.assertEqual(self.dated(line), [("2026-03-11", "0")])

    def test_a_status_that_licenses_nothing_is_0_seats(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,10,,Suspended")
        self.assertEqual(self.dated(line), [("2026-03-11", "0")])

    def test_charged_days_stay_where_the_source_gives_nothing_back(self):
        self.vendor.policy = "nothing"
        line = self.subscribe()
        self.bill("2026-03-01")
        delivery = self.snapshot("2026-03-11", "A-1,E3,6")
        self.assertEqual(str(delivery.row_ids.day), "2026-04-01")
        delivery.action_apply()
        self.assertEqual(self.dated(line), [("2026-04-01", "6")])
        # Delivered again with the next snapshot, it is the same.
        self.assertEqual(self.counts(self.snapshot("2026-03-12", "A-1,E3,6")), {"read": 1, "same": 1})

    def test_the_timeline_names_the_delivery(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,14")
        change = line.subscription_id.change_ids.filtered(lambda one: one.kind == "quantity")
        self.assertEqual(change.text, "Seat: 14 instead of 10 from 03/11/2026")
        self.assertEqual(change.reason, "Seats by Vendor, 2026-03-11 (no. 1)")
        self.assertEqual(line.quantity_ids.origin, "source")

    def test_the_list_says_what_changes_before_anything_does(self):
        line = self.subscribe()
        other = self.subscribe("B-1 / E3")
        delivery = self.snapshot("2026-03-11", "A-1,E3,14", "B-1,E3,10", "C-1,E5,3")
        self.assertEqual(self.counts(delivery), {"read": 3, "changed": 1, "same": 1, "unmatched": 1})
        row = delivery.change_row_ids
        self.assertEqual((row.line_id, row.quantity_before, row.quantity), (line, D(10), D(14)))
        self.assertEqual(row.change_text, "10 → 14")
        self.assertFalse(line.quantity_ids | other.quantity_ids)

    def test_term_renewal_and_coterm_dates_are_kept_on_the_line(self):
        self.vendor.write(
            {"column_term_start": "from", "column_term_end": "to", "column_coterm": "coterm", "column_status": False}
        )
        line = self.subscribe()
        content = (
            b"licence,sku,seats,from,to,renewal,coterm,day\n"
            b"A-1,E3,10,2026-03-01,2027-02-28,2027-03-01,2027-06-30,2026-03-11\n"
        )
        delivery = self.vendor._deliver("seats.csv", content)
        self.assertEqual(delivery.row_ids.change_text, "Dates")
        delivery.action_apply()
        dates = [str(line[name]) for name in ("licence_start", "licence_end", "renews_on", "coterm_on")]
        self.assertEqual(dates, ["2026-03-01", "2027-02-28", "2027-03-01", "2027-06-30"])
        self.assertFalse(line.quantity_ids)
        # An empty cell says nothing, so it takes no date away.
        rest = content.replace(b"2027-03-01,2027-06-30", b",").replace(b"03-11", b"03-12")
        self.assertEqual(self.counts(self.vendor._deliver("seats.csv", rest)), {"read": 1, "same": 1})
        self.assertEqual(str(line.renews_on), "2027-03-01")


class TestALineWithASource(DeliveredSeatsCase):
    def test_its_quantity_is_not_typed(self):
        line = self.subscribe()
        for enter in (
            lambda: line.write({"quantity": 12}),
            lambda: line._apply_quantity(self.day("2026-03-11"), D(12)),
            lambda: self.env["cloud.subscription.quantity"].create(
                {"line_id": line.id, "date_start": "2026-03-11", "quantity": 12}
            ),
        ):
            with self.assertRaisesRegex(UserError, "takes its seats from Vendor. Deliver a snapshot"):
                enter()

    def test_what_was_delivered_is_not_edited_or_deleted(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,14")
        with self.assertRaisesRegex(UserError, "takes its seats from Vendor"):
            line.quantity_ids.quantity = 15
        with self.assertRaisesRegex(UserError, "was delivered by Vendor, 2026-03-11"):
            line.quantity_ids.unlink()

    def test_without_the_source_it_is_typed_again(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,14")
        line.write({"seat_source_id": False, "seat_key": False})
        line._apply_quantity(self.day("2026-03-21"), D(12))
        self.assertEqual(self.dated(line), [("2026-03-11", "14"), ("2026-03-21", "12")])

    @mute_logger("odoo.sql_db")
    def test_a_licence_has_one_line(self):
        self.subscribe()
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            self.subscribe()

    def test_only_a_recurring_fee_takes_seats(self):
        with self.assertRaisesRegex(ValidationError, "for a recurring fee"):
            self.subscribe(product_id=self.set_up.id, timing="arrears")


class TestTheSameAgain(DeliveredSeatsCase):
    def test_the_same_file_changes_nothing(self):
        line = self.subscribe()
        first = self.apply("2026-03-11", "A-1,E3,14")
        again = self.snapshot("2026-03-11", "A-1,E3,14")
        self.assertEqual(again, first)
        self.assertEqual(len(line.quantity_ids), 1)
        with self.assertRaisesRegex(UserError, "has nothing to apply any more"):
            again.action_apply()

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_the_same_file_twice(self):
        first = self.snapshot("2026-03-11", "A-1,E3,14")
        with self.assertRaises(UniqueViolation), self.env.cr.savepoint():
            first.sudo().copy({"number": 99})

    def test_the_same_content_of_another_day_is_another_snapshot(self):
        self.vendor.column_as_of = False
        content = b"licence,sku,seats,renewal,status\nA-1,E3,14,,\n"
        first = self.vendor._deliver("seats.csv", content, self.day("2026-03-11"))
        second = self.vendor._deliver("seats.csv", content, self.day("2026-04-11"))
        self.assertNotEqual(first, second)

    def test_a_file_of_the_same_day_with_other_seats_holds_from_that_day(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,14")
        self.apply("2026-03-11", "A-1,E3,15")
        self.assertEqual(self.dated(line), [("2026-03-11", "15")])


class TestSnapshotsOutOfOrder(DeliveredSeatsCase):
    def test_an_older_one_holds_until_the_day_of_the_later_one(self):
        line = self.subscribe()
        self.apply("2026-03-21", "A-1,E3,16")
        late = self.snapshot("2026-03-11", "A-1,E3,14")
        self.assertTrue(late.is_late)
        late.action_apply()
        self.assertEqual(self.dated(line), [("2026-03-11", "14"), ("2026-03-21", "16")])

    def test_a_later_one_that_said_the_same_as_before_is_not_overrun(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,14")
        self.apply("2026-03-21", "A-1,E3,14")
        self.apply("2026-03-16", "A-1,E3,15")
        self.assertEqual(self.dated(line), [("2026-03-11", "14"), ("2026-03-16", "15"), ("2026-03-21", "14")])

    def test_dates_are_those_of_the_latest(self):
        line = self.subscribe()
        self.apply("2026-03-21", "A-1,E3,14,2027-03-01")
        self.apply("2026-03-11", "A-1,E3,12,2026-12-01")
        self.assertEqual(str(line.renews_on), "2027-03-01")


class TestUndo(DeliveredSeatsCase):
    def test_what_held_before_holds_again(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,14,2027-03-01")
        delivery = self.apply("2026-03-21", "A-1,E3,16,2028-03-01")
        delivery.action_undo()
        self.assertEqual(self.dated(line), [("2026-03-11", "14"), ("2026-03-21", "14")])
        self.assertEqual((delivery.state, str(line.renews_on)), ("undone", "2027-03-01"))
        # The file can be delivered again.
        self.assertNotEqual(self.apply("2026-03-21", "A-1,E3,16,2028-03-01"), delivery)
        self.assertEqual(self.dated(line), [("2026-03-11", "14"), ("2026-03-21", "16")])

    def test_only_the_one_applied_last(self):
        self.subscribe()
        first = self.apply("2026-03-11", "A-1,E3,14")
        self.apply("2026-03-21", "A-1,E3,16")
        with self.assertRaisesRegex(UserError, "2026-03-21 .no. 3. was applied after it. Undo that one first"):
            first.action_undo()

    def test_what_was_billed_of_it_is_given_back(self):
        self.subscribe()
        self.bill("2026-03-01")
        delivery = self.apply("2026-03-11", "A-1,E3,14")
        self.bill("2026-03-11")
        delivery.action_undo()
        self.assertEqual(self.tell(self.make_run("2026-03-12")), [("2026-03-11", "2026-04-01", "-4", "-32.52")])

    def test_an_applied_delivery_is_not_deleted(self):
        self.subscribe()
        delivery = self.apply("2026-03-11", "A-1,E3,14")
        with self.assertRaisesRegex(UserError, "stays as a record. Undo it"):
            delivery.unlink()
        self.snapshot("2026-03-21", "A-1,E3,16").unlink()


class TestMissingLicences(DeliveredSeatsCase):
    def test_a_licence_that_is_missing_is_listed_and_changes_nothing(self):
        line, gone = self.subscribe(), self.subscribe("B-1 / E3")
        delivery = self.apply("2026-03-11", "A-1,E3,14")
        self.assertEqual(self.counts(delivery), {"read": 1, "changed": 1, "missing": 1})
        row = delivery.problem_row_ids
        self.assertEqual((row.line_id, row.key, row.state), (gone, "B-1 / E3", "missing"))
        self.assertFalse(gone.quantity_ids)
        self.assertTrue(line.quantity_ids)

    def test_a_licence_that_is_missing_can_be_taken_as_0(self):
        self.vendor.missing_policy = "zero"
        self.subscribe()
        gone = self.subscribe("B-1 / E3")
        self.apply("2026-03-11", "A-1,E3,14")
        self.assertEqual(self.dated(gone), [("2026-03-11", "0")])
        # Back in the list with its seats, it is served again.
        self.apply("2026-03-21", "A-1,E3,14", "B-1,E3,8")
        self.assertEqual(self.dated(gone), [("2026-03-11", "0"), ("2026-03-21", "8")])

    def test_it_is_not_taken_as_0_while_rows_cannot_be_read(self):
        self.vendor.missing_policy = "zero"
        gone = self.subscribe("B-1 / E3")
        delivery = self.apply("2026-03-11", "A-1,E3,14", ",E3,8")
        row = delivery.row_ids.filtered(lambda row: row.state == "missing")
        self.assertEqual((row.line_id, row.quantity), (gone, None))
        self.assertIn("Not taken as 0", row.problem)
        self.assertFalse(gone.quantity_ids)

    def test_a_line_that_has_ended_is_not_missed(self):
        line = self.subscribe("B-1 / E3")
        line._apply_end(self.day("2026-03-06"))
        self.assertEqual(self.counts(self.snapshot("2026-03-11", "A-1,E3,14")), {"read": 1, "unmatched": 1})


class TestALicenceGoesOn(DeliveredSeatsCase):
    def licence(self, line):
        return line.seat_source_id, line.seat_key

    def swap(self, line, day):
        product = self.make_product("Seat Plus", "recurring")
        line.subscription_id._apply_changes(self.day(day), [LineChange(line, product=product)], "credit")
        return line.subscription_id.line_ids - line

    def test_with_the_product_that_takes_the_place_of_its_line(self):
        line = self.subscribe()
        line.renews_on = "2027-03-01"
        self.apply("2026-03-05", "A-1,E3,12")
        follower = self.swap(line, "2026-03-21")
        self.assertEqual(self.licence(follower), (self.vendor, "A-1 / E3"))
        self.assertEqual(str(follower.renews_on), "2027-03-01")
        self.assertEqual(self.licence(line), (self.vendor.browse(), False))
        # A snapshot of a day before the change is of the former line, one of a day after it of the other.
        self.apply("2026-03-11", "A-1,E3,14")
        self.apply("2026-03-25", "A-1,E3,16")
        self.assertEqual(self.dated(line), [("2026-03-05", "12"), ("2026-03-11", "14")])
        self.assertEqual(self.dated(follower), [("2026-03-25", "16")])

    def test_a_change_of_a_day_to_come_leaves_the_seats_with_the_line_that_runs(self):
        line = self.subscribe()
        follower = self.swap(line, "2026-06-01")
        delivery = self.apply("2026-03-11", "A-1,E3,14")
        self.assertEqual(self.counts(delivery), {"read": 1, "changed": 1})
        self.assertEqual((self.dated(line), self.dated(follower)), ([("2026-03-11", "14")], []))

    def test_what_is_missing_in_a_file_is_the_line_of_its_day(self):
        line = self.subscribe()
        self.swap(line, "2026-06-01")
        row = self.apply("2026-03-11", "B-1,E3,1").row_ids.filtered(lambda row: row.state == "missing")
        self.assertEqual((row.line_id, row.key), (line, "A-1 / E3"))

    def test_with_the_customer_who_takes_over_and_back(self):
        line = self.subscribe()
        other = self.make_customer("Beta")
        now = self.instant("2026-03-10 12:00:00")
        succession = line.subscription_id._apply_takeover(other, self.day("2026-03-21"), now)
        follower = succession.successor_id.line_ids
        self.assertEqual((self.licence(follower), follower.replaces_id), ((self.vendor, "A-1 / E3"), line))
        self.apply("2026-03-25", "A-1,E3,16")
        self.assertEqual(self.dated(follower), [("2026-03-25", "16")])
        succession._undo(now)
        self.assertEqual(self.licence(line), (self.vendor, "A-1 / E3"))
        self.assertFalse(follower.seat_source_id)


class TestUnmatchedLicences(DeliveredSeatsCase):
    def choose(self, row, line):
        wizard = self.env["cloud.seat.match"].create({"row_id": row.id, "line_id": line.id})
        return wizard.action_match()

    def test_the_line_that_is_chosen_is_remembered(self):
        line = self.subscribe(key=None)
        delivery = self.snapshot("2026-03-11", "A-1,E3,14")
        self.assertEqual(delivery.row_ids.problem, "No line has this licence. Choose its line.")
        self.choose(delivery.row_ids, line)
        self.assertEqual(self.counts(delivery), {"read": 1, "changed": 1})
        delivery.action_apply()
        self.apply("2026-03-21", "A-1,E3,16")
        self.assertEqual(self.dated(line), [("2026-03-11", "14"), ("2026-03-21", "16")])

    def test_a_line_chosen_after_it_was_applied_is_applied_beside_the_rest(self):
        self.subscribe("B-1 / E3")
        line = self.subscribe(key=None)
        delivery = self.apply("2026-03-11", "B-1,E3,5", "A-1,E3,14")
        self.choose(delivery.row_ids.filtered(lambda row: row.state == "unmatched"), line)
        self.assertEqual(delivery.pending_count, 1)
        delivery.action_apply()
        self.assertEqual(self.dated(line), [("2026-03-11", "14")])
        self.assertEqual(delivery.pending_count, 0)

    def test_a_line_that_does_not_run_that_day_gives_its_licence_away(self):
        ended, follower = self.subscribe(), self.subscribe(key=None)
        ended._apply_end(self.day("2026-03-06"))
        delivery = self.snapshot("2026-03-11", "A-1,E3,14")
        self.assertIn("does not run on 2026-03-11. Choose the line that does", delivery.row_ids.problem)
        with self.assertRaisesRegex(UserError, "Choose another line, or add one: a line has one licence"):
            self.choose(delivery.row_ids, self.subscribe("B-1 / E3"))
        self.choose(delivery.row_ids, follower)
        self.assertEqual((ended.seat_key, follower.seat_key), (False, "A-1 / E3"))

    def test_what_changed_since_it_was_looked_at_is_not_applied(self):
        line = self.subscribe()
        delivery = self.snapshot("2026-03-11", "A-1,E3,14")
        self.apply("2026-03-06", "A-1,E3,12")
        with self.assertRaisesRegex(UserError, "Press Compare Again"), self.env.cr.savepoint():
            delivery.action_apply()
        delivery.action_compare()
        self.assertEqual(delivery.row_ids.quantity_before, D(12))
        delivery.action_apply()
        self.assertEqual(self.dated(line), [("2026-03-06", "12"), ("2026-03-11", "14")])


class TestBadFiles(DeliveredSeatsCase):
    def test_a_row_that_cannot_be_read_says_row_column_and_remedy(self):
        line = self.subscribe()
        delivery = self.snapshot("2026-03-11", "A-1,E3,14", "B-1,E3,many", "C-1,E3,1,31.12.2026")
        self.assertEqual(self.counts(delivery), {"read": 3, "changed": 1, "rejected": 2})
        rejected = delivery.row_ids.filtered(lambda row: row.state == "rejected")
        self.assertEqual(
            [(row.row_no, row.problem) for row in rejected],
            [
                (3, 'column seats: "many" is not a number. Write plain digits with a point, for instance 1234.56.'),
                (4, 'column renewal: "31.12.2026" is not a date. Write it as 2026-10-31 or 2026-10-31T14:00:00Z.'),
            ],
        )
        delivery.action_apply()
        self.assertEqual(self.dated(line), [("2026-03-11", "14")])

    def test_a_file_that_is_refused_leaves_nothing(self):
        self.subscribe()
        for content, message in (
            (b"", "the file is empty"),
            (b"licence,sku\nA-1,E3\n", "seats.csv, row 1: the file lacks the columns seats, day"),
            (b"PK\x03\x04", "the zip archive is damaged"),
            (b"licence,sku,seats,renewal,status,day\n\xff,E3,1,,,2026-03-11\n", "not UTF-8"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.vendor._deliver("seats.csv", content)
        self.assertFalse(self.vendor.delivery_ids)

    def test_a_file_without_a_day_needs_one(self):
        self.vendor.column_as_of = False
        with self.assertRaisesRegex(UserError, "does not say of which day it is"):
            self.vendor._deliver("seats.csv", b"licence,sku,seats,renewal,status\nA-1,E3,1,,\n")

    def test_columns_named_twice_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "seats is named for more than one thing"):
            self.vendor.column_sku = "seats"
