import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .seats_common import DeliveredSeatsCase

_CONTENT = b"licence,sku,seats,renewal,status,day\nA-1,E3,14,,,2026-03-11\n"


class TestWhoMayDoWhatWithSeats(DeliveredSeatsCase):
    def upload(self, user, source=None):
        wizard = self.env["cloud.seat.upload"].with_user(user)
        wizard = wizard.create(
            {
                "source_id": (source or self.vendor).id,
                "file": base64.b64encode(_CONTENT),
                "file_name": "seats.csv",
            }
        )
        return self.env["cloud.seat.delivery"].with_user(user).browse(wizard.action_read()["res_id"])

    def test_an_operator_uploads_and_an_accountant_applies(self):
        line = self.subscribe()
        delivery = self.upload(self.user_operator)
        self.assertEqual(self.counts(delivery), {"read": 1, "changed": 1})
        for action in ("action_apply", "action_compare", "action_undo"):
            with self.assertRaises(AccessError):
                getattr(delivery, action)()
        delivery.with_user(self.user_accountant).action_apply()
        self.assertEqual(self.dated(line), [("2026-03-11", "14")])
        self.assertEqual(delivery.applied_by_id, self.user_accountant)
        delivery.with_user(self.user_accountant).action_undo()

    def test_an_accountant_chooses_the_line_of_a_licence(self):
        line = self.subscribe(key=None)
        delivery = self.upload(self.user_accountant)
        wizard = self.env["cloud.seat.match"].with_user(self.user_accountant)
        wizard.create({"row_id": delivery.row_ids.id, "line_id": line.id}).action_match()
        self.assertEqual(line.seat_key, "A-1 / E3")
        with self.assertRaises(AccessError):
            self.env["cloud.seat.match"].with_user(self.user_operator).create(
                {"row_id": delivery.row_ids.id, "line_id": line.id}
            )

    def test_a_viewer_reads_and_uploads_nothing(self):
        delivery = self.snapshot("2026-03-11", "A-1,E3,14").with_user(self.user_viewer)
        self.assertEqual(delivery.row_ids.key, "A-1 / E3")
        with self.assertRaises(AccessError):
            self.upload(self.user_viewer)

    def test_nobody_writes_what_was_delivered(self):
        delivery = self.snapshot("2026-03-11", "A-1,E3,14").with_user(self.user_accountant)
        with self.assertRaisesRegex(AccessError, "is written by its buttons"):
            delivery.write({"state": "applied"})
        with self.assertRaises(AccessError):
            delivery.row_ids.write({"quantity": 99})
        with self.assertRaises(AccessError):
            delivery.copy({"number": 9})

    @mute_logger("odoo.sql_db")
    def test_counts_that_do_not_add_up_are_refused_by_the_database(self):
        delivery = self.snapshot("2026-03-11", "A-1,E3,14")
        self.env.flush_all()
        with self.assertRaises(CheckViolation), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE cloud_seat_delivery SET rows_read = 2 WHERE id = %s", [delivery.id])


class TestTwoCompaniesWithSeats(DeliveredSeatsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].sudo().create({"name": "Other"})
        cls.stranger = new_test_user(
            cls.env(su=True),
            login="seats_stranger",
            groups="base.group_user,cloud_billing.group_accountant",
            company_id=cls.other.id,
            company_ids=[(6, 0, cls.other.ids)],
        )

    def test_each_sees_its_own(self):
        line = self.subscribe()
        self.apply("2026-03-11", "A-1,E3,14")
        for model in ("source", "delivery", "row", "report"):
            records = self.env[f"cloud.seat.{model}"].sudo().search([("company_id", "=", self.company.id)])
            self.assertTrue(records)
            self.assertFalse(records.with_user(self.stranger).search([("id", "in", records.ids)]))
        self.assertTrue(line.quantity_ids)

    def test_another_companys_source_is_not_for_its_lines(self):
        foreign = self.env["cloud.seat.source"].sudo().create({"name": "Foreign", "company_id": self.other.id})
        line = self.subscribe(key=None)
        with self.assertRaises(UserError):
            line.write({"seat_source_id": foreign.id, "seat_key": "A-1 / E3"})

    def test_a_stranger_uploads_nothing_here(self):
        with self.assertRaises(AccessError):
            self.env["cloud.seat.upload"].with_user(self.stranger).create(
                {"source_id": self.vendor.id, "file": base64.b64encode(_CONTENT)}
            ).action_read()


class TestManySeatsAtOnce(DeliveredSeatsCase):
    def count(self, act):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        result = act()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before, result

    def deliver(self, name, number):
        """Statements of reading and of applying a snapshot that changes so many lines, and misses as many."""
        source = self.make_seat_source(name, missing_policy="zero")
        keys = [f"{name}-{place}" for place in range(number)]
        lines = self.make_subscription(
            self.customer,
            *(
                {"product_id": self.support.id, "name": key, "quantity": "10", "timing": "advance"}
                for key in (*keys, *(f"gone {key}" for key in keys))
            ),
            date_start="2026-03-01",
        ).line_ids
        for line in lines:
            line.write({"seat_source_id": source.id, "seat_key": f"{line.name} / E3"})
        rows = [f"{key},E3,14,2027-03-01" for key in keys]
        read, delivery = self.count(lambda: self.snapshot("2026-03-11", *rows, source=source))
        applied, _none = self.count(delivery.action_apply)
        self.assertEqual(set(lines.mapped(lambda line: line._get_held(self.day("2026-03-11")))), {0, 14})
        return read, applied

    def test_ten_times_the_licences_take_as_many_statements(self):
        self.deliver("warm", 1)
        self.assertEqual(self.deliver("few", 3), self.deliver("many", 30))
