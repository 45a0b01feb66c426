import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.cutover.cutover_layout import COLUMNS, read_rows
from ..models.cutover.opening_facts import OpeningFacts
from .billing_common import D
from .test_cutover_opening import CutoverCase

# Acme: disk counted over the year, seats billed in advance to 15 August. Globex: seven of twelve parts left.
ROWS = (
    {
        "customer": "C1", "customer_name": "Acme", "vat": "BE0477472701", "currency": "{currency}",
        "time_zone": "Europe/Amsterdam", "subscription": "K-1", "plan": "Public prices", "cycle": "month",
        "anchor": "calendar 1", "product": "Disk", "start": "2026-01-01", "billed_through": "2026-07-01",
        "counter": "900", "counter_since": "2026-01-01",
    },
    {
        "customer": "C1", "customer_name": "Acme", "vat": "BE0477472701", "currency": "{currency}",
        "time_zone": "Europe/Amsterdam", "subscription": "K-1", "plan": "Public prices", "cycle": "month",
        "anchor": "calendar 1", "product": "Support", "quantity": "10", "start": "2026-01-01", "timing": "advance",
        "price": "31", "billed_through": "2026-08-15", "deferred": "140",
    },
    {
        "customer": "C2", "customer_name": "=Globex", "subscription": "K-2", "plan": "Public prices", "product": "Rack",
        "quantity": "1", "start": "2026-02-01", "instalments": "12", "instalments_left": "7", "instalment_sum": "700",
        "instalment_next": "2026-07-15",
    },
)  # fmt: skip


class FileCase(CutoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.active = False
        cls.rack = cls.make_product("Rack", "instalment")
        cls.make_version(
            {
                "product_id": cls.disk.id,
                "charge_model": "graduated",
                "counter_cycle": "year",
                "tier_ids": [(0, 0, {"up_to": "1000", "unit_price": "1"}), (0, 0, {"unit_price": "0.50"})],
            },
            {"product_id": cls.support.id, "unit_price": "99"},
            {"product_id": cls.rack.id, "unit_price": "1200"},
        )

    def make_file(self, *changes, rows=ROWS, columns=None):
        """The rows as CSV; changes: (row, column, text)."""
        rows = [{name: text.format(currency=self.currency.name) for name, text in row.items()} for row in rows]
        for row, column, text in changes:
            rows[row][column] = text
        names = columns or [column.name for column in COLUMNS]
        lines = [",".join(names)] + [",".join(row.get(name, "") for name in names) for row in rows]
        return "\n".join(lines).encode()

    def make_cutover(self, content=None, **vals):
        return self.env["cloud.cutover"].create(
            {
                "name": "Old billing",
                "company_id": self.company.id,
                "date": "2026-08-01",
                "file": base64.b64encode(content or self.make_file()),
                "file_name": "old.csv",
                "tz": "Europe/Amsterdam",
                **vals,
            }
        )

    def apply(self, content=None):
        cutover = self.make_cutover(content)
        cutover.action_check()
        self.assertFalse(cutover.problem_count, cutover.row_ids.mapped("text"))
        cutover.action_approve_directly()
        return cutover

    def find(self, key):
        return self.env["cloud.subscription"].search([("former_key", "=", key)])

    def texts(self, cutover):
        return "\n".join(text for text in cutover.row_ids.mapped("text") if text)


@tagged("post_install", "-at_install")
class TestMovingContracts(FileCase):
    def test_what_was_moved_bills_on_from_where_the_former_system_stopped(self):
        self.apply()
        acme, globex = self.find("K-1"), self.find("K-2")
        self.assertEqual((acme.state, acme.customer_id.code, str(acme.billed_from)), ("active", "C1", "2026-07-01"))
        self.map_stream(self.stream, acme.line_ids[0])
        self.use("2026-07-01", "300")
        run = self.make_run("2026-09-01")
        lines = run.bill_ids.rated_line_ids.sorted(lambda line: (line.product_id.name, line.service_start))
        # Disk July: 100 x 1.00 + 200 x 0.50; August: none. Rack: 700.00 in seven. Seats: 310.00 x 17/31, September
        # whole.
        self.assertEqual(
            [(line.product_id.name, str(line.service_start), str(line.amount)) for line in lines],
            [
                ("Disk", "2026-07-01", "200.00"),
                ("Disk", "2026-08-01", "0.00"),
                ("Rack", "2026-07-15", "100.00"),
                ("Rack", "2026-08-15", "100.00"),
                ("Support", "2026-08-15", "170.00"),
                ("Support", "2026-09-01", "310.00"),
            ],
        )
        self.assertEqual(globex.line_ids.instalment_ids[0].display_name, "Instalment 6 of 12")

    def test_a_check_leaves_nothing_behind(self):
        before = [self.env[model].search_count([]) for model in ("cloud.customer", "cloud.subscription", "res.partner")]
        cutover = self.make_cutover()
        cutover.action_check()
        self.assertEqual((cutover.new_count, cutover.subscription_count, cutover.problem_count), (3, 2, 0))
        after = [self.env[model].search_count([]) for model in ("cloud.customer", "cloud.subscription", "res.partner")]
        self.assertEqual(before, after)
        self.assertFalse(self.env["cloud.opening"].search([]))

    def test_the_deferred_balance_is_a_fact_and_its_sum_is_shown(self):
        cutover = self.apply()
        self.assertEqual(cutover.opening_ids.filtered("deferred_amount").line_id.product_id, self.support)
        self.assertEqual(cutover.deferred_text, f"140.00 {self.currency.name}")

    def test_the_same_file_again_changes_nothing(self):
        self.apply()
        cutover = self.make_cutover()
        cutover.action_check()
        self.assertEqual(
            (cutover.known_count, cutover.changed_count, cutover.new_count), (3, 0, 0), self.texts(cutover)
        )
        with self.assertRaisesRegex(UserError, "nothing to apply"):
            cutover.action_approve_directly()

    def test_what_differs_is_told_and_not_done(self):
        self.apply()
        cutover = self.make_cutover(self.make_file((1, "quantity", "12"), (0, "counter", "950")))
        cutover.action_check()
        self.assertEqual((cutover.known_count, cutover.changed_count), (1, 2))
        self.assertIn("quantity is 10 here and 12 in the file.", self.texts(cutover))
        self.assertIn("counter is 900 here and 950 in the file.", self.texts(cutover))

    def test_what_is_exported_is_the_file_that_was_imported(self):
        cutover = self.apply()
        exported = (self.find("K-1") | self.find("K-2"))._export_layout()
        _header, rows = read_rows(exported, "export.csv")
        _header, given = read_rows(self.make_file(), "file.csv")
        for (_no, row, _broken), (_given_no, asked, _is_broken) in zip(rows, given, strict=True):
            self.assertEqual(
                {name: row[name] for name, text in asked.items() if text}, {k: v for k, v in asked.items() if v}
            )
        again = self.make_cutover(exported)
        again.action_check()
        self.assertEqual((again.known_count, again.changed_count, again.new_count), (3, 0, 0), self.texts(again))
        # A spreadsheet that opens it takes nothing for a formula.
        self.assertIn(b"'=Globex", exported)
        self.assertEqual(cutover.row_ids.mapped("outcome"), ["new"] * 3)

    def test_a_price_of_the_contract_comes_before_the_plan(self):
        self.apply()
        rate = self.find("K-1").rate_ids
        self.assertEqual((rate.kind, str(rate.unit_price), rate.state), ("price", "31", "approved"))

    def test_it_is_undone_as_a_whole_and_a_corrected_file_can_come(self):
        cutover = self.apply()
        former = self.find("K-1")
        cutover.action_undo()
        self.assertEqual((cutover.stage, former.state, former.former_key), ("undone", "cancelled", False))
        self.assertEqual(set(cutover.opening_ids.charge_id.mapped("state")), {"voided"})
        self.assertFalse(self.make_run("2026-09-01").bill_ids)
        self.apply(self.make_file((0, "counter", "950")))
        self.assertEqual(self.find("K-1").customer_id, former.customer_id)

    def test_it_stays_while_something_of_ours_is_on_top(self):
        cutover = self.apply()
        self.make_run("2026-09-01")
        with self.assertRaisesRegex(UserError, "charges of ours on top"):
            cutover.action_undo()


@tagged("post_install", "-at_install")
class TestWhatIsWrongWithAFile(FileCase):
    def check(self, *changes, **options):
        cutover = self.make_cutover(self.make_file(*changes, **options))
        cutover.action_check()
        return cutover

    def test_all_problems_at_once_each_with_its_row_and_column(self):
        cutover = self.check(
            (0, "product", "Disc"),
            (0, "counter_since", "2026-13-01"),
            (1, "quantity", "ten"),
            (1, "billed_through", "2025-08-15"),
            (2, "plan", "Nowhere"),
            (2, "customer_name", ""),
        )
        text = self.texts(cutover)
        for sentence in (
            'product: "Disc" is not here',
            'counter_since: "2026-13-01" is not understood. Write a day as 2026-07-31',
            'quantity: "ten" is not understood. Write plain digits',
            "billed_through: it is before the start",
            'plan: "Nowhere" is not here',
            "customer_name: the cell is empty",
        ):
            self.assertIn(sentence, text)
        self.assertEqual(cutover.problem_count, 3)
        with self.assertRaisesRegex(UserError, "3 rows with problems"):
            cutover.action_approve_directly()

    def test_what_only_the_contract_can_tell_is_told_of_its_row(self):
        cutover = self.check((0, "counter_since", "2026-03-01"))
        self.assertRegex(cutover.row_ids.filtered(lambda row: row.outcome == "problem").text, "began on 01/01/2026")
        self.assertFalse(self.find("K-1"))

    def test_rows_of_one_subscription_agree(self):
        self.assertIn("row 2 says another value", self.texts(self.check((1, "plan", "Nowhere"))))
        self.assertIn("row 2 has the same line", self.texts(self.check((1, "product", "Disk"))))

    def test_values_that_cannot_be(self):
        for column, row, text, sentence in (
            ("end", 0, "2025-12-31", "not after the start"),
            ("billed_through", 0, "2026-07-10", "by whole months or periods"),
            ("time_zone", 0, "Mars", "no such zone"),
            ("currency", 0, "XXQ", "not an active currency"),
            ("quantity", 1, "-1", "below 0"),
            ("counter", 1, "5", "only usage is counted"),
            ("cycle", 0, "fortnight", "is not understood"),
            ("instalments_left", 2, "13", "no more than there are instalments"),
            ("instalment_next", 2, "", "say instalment_next too"),
            ("instalments", 1, "3", "not paid in instalments"),
            ("deferred", 0, "5", "nothing was billed for days from the cutover on"),
            ("instalment_sum", 2, "0.05", "parts"),
        ):
            with self.subTest(column):
                self.assertIn(sentence, self.texts(self.check((row, column, text))))

    def test_hostile_files_are_refused_as_a_whole(self):
        for content, sentence in (
            (b"PK\x03\x04 and more", "zip archive"),
            (b"customer,name\n1,2", "lacks the columns"),
            (self.make_file(columns=[column.name for column in COLUMNS] + ["plan"]), "two columns of the file"),
            (self.make_file()[:-3] + b"\xff\xff", "not UTF-8"),
            (self.make_file() + b'\n"open', "ends inside quotation marks"),
            (b",".join([b"x"] * 200), "200 columns"),
        ):
            with self.subTest(sentence), self.assertRaisesRegex(UserError, sentence):
                self.make_cutover(content).action_check()

    def test_a_file_that_was_changed_after_its_check_is_not_applied(self):
        cutover = self.check()
        cutover.file = base64.b64encode(self.make_file((0, "counter", "1")))
        with self.assertRaisesRegex(UserError, "was not checked as it is now"):
            cutover.action_approve_directly()

    def test_only_an_accountant_moves_contracts(self):
        cutover = self.make_cutover()
        for user in (self.user_viewer, self.user_operator):
            with self.assertRaises(AccessError):
                cutover.with_user(user).action_check()


@tagged("post_install", "-at_install")
class TestALiveCompany(FileCase):
    def test_another_person_agrees_before_anything_is_made(self):
        self.set_company_state("live")
        cutover = self.make_cutover().with_user(self.user_accountant)
        cutover.action_check()
        with self.assertRaisesRegex(UserError, "is live"):
            cutover.action_approve_directly()
        cutover.action_submit()
        self.assertFalse(self.find("K-1"))
        self.vote(cutover.request_id)
        self.assertEqual((cutover.state, self.find("K-1").state), ("approved", "active"))
        event = self.env["cloud.audit.event"].sudo().search([("action", "=", "cutover_applied")], limit=1)
        self.assertEqual(event.res_id, cutover.id)
        cutover.action_undo()
        self.assertEqual(self.find("K-1").state, "active")
        self.vote(cutover.request_id)
        self.assertFalse(self.find("K-1"))


@tagged("post_install", "-at_install")
class TestManyAtOnce(FileCase):
    def count(self, number):
        """Statements that the opening facts of so many subscriptions take."""
        lines = self.env["cloud.subscription.line"]
        for _place in range(number):
            customer = self.make_customer(f"Many {number}")
            lines |= self.make_subscription(customer, self.disk).line_ids
        self.env.flush_all()
        self.env.invalidate_all()
        facts = {
            line.id: OpeningFacts(self.day("2026-07-01"), D(900), self.day("2026-01-01"), None, None) for line in lines
        }
        before = self.cr.sql_log_count
        self.env["cloud.opening"]._apply(facts)
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def test_ten_times_the_lines_take_no_more_statements(self):
        self.count(1)
        few, many = self.count(3), self.count(30)
        self.assertLessEqual(many, few + 3, (few, many))

    def count_file(self, first, number):
        """Statements that checking and applying a file of so many subscriptions take."""
        rows = [
            {**ROWS[1], "customer": f"M{place}", "vat": "", "subscription": f"M-{place}"}
            for place in range(first, first + number)
        ]
        cutover = self.make_cutover(self.make_file(rows=rows))
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        cutover.action_check()
        checked = self.cr.sql_log_count
        self.assertEqual((cutover.new_count, cutover.problem_count), (number, 0), self.texts(cutover))
        self.env.flush_all()
        self.env.invalidate_all()
        start = self.cr.sql_log_count
        cutover.action_approve_directly()
        self.env.flush_all()
        return checked - before, self.cr.sql_log_count - start

    def test_a_file_of_ten_times_the_contracts_takes_few_statements_more_for_each(self):
        self.count_file(0, 1)
        few, many = self.count_file(100, 3), self.count_file(200, 30)
        # Not constant: each subscription takes a number of its own. Seen: 1 more for each of a check, 3 of an import.
        self.assertLessEqual(many[0] - few[0], 27 * 2, (few, many))
        self.assertLessEqual(many[1] - few[1], 27 * 4, (few, many))
