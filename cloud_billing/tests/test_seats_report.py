from pathlib import Path

from .seats_common import DeliveredSeatsCase


class ReportCase(DeliveredSeatsCase):
    def report(self, *lines):
        """{month: (bought seat days, billed seat days, money at stake, state)} of lines."""
        self.env["cloud.seat.report"].invalidate_model()
        rows = self.env["cloud.seat.report"].search(
            [("subscription_line_id", "in", [line.id for line in lines])], order="month"
        )
        return {
            str(row.month)[:7]: (
                int(row.bought_seat_days),
                int(row.billed_seat_days),
                None if row.amount_at_stake is None else str(row.amount_at_stake),
                row.state,
            )
            for row in rows
        }


class TestBoughtAgainstBilled(ReportCase):
    def test_what_was_delivered_and_not_billed_yet_is_money_at_stake(self):
        line = self.subscribe()
        self.apply("2026-03-01", "A-1,E3,10")
        self.bill("2026-03-01")
        self.assertEqual(self.report(line), {"2026-03": (310, 310, "0.00", "agrees")})
        self.apply("2026-03-11", "A-1,E3,14")
        # 10 x 10 + 14 x 21 = 394; 10 x 31 = 310; 84 seat days at 120.00 / 310 = 32.516
        self.assertEqual(self.report(line), {"2026-03": (394, 310, "32.52", "differs")})
        row = self.env["cloud.seat.report"].search([("subscription_line_id", "=", line.id)])
        # 394 / 31 = 12.709
        averages = [str(row[name]) for name in ("bought_average", "billed_average", "bought_at_end", "billed_at_end")]
        self.assertEqual(averages, ["12.71", "10.00", "14", "10"])
        self.assertEqual((row.customer_id, row.source_id), (self.customer, self.vendor))

    def test_a_correction_makes_them_agree(self):
        line = self.subscribe()
        self.apply("2026-03-01", "A-1,E3,10")
        self.bill("2026-03-01")
        self.apply("2026-03-11", "A-1,E3,14")
        self.bill("2026-03-11")
        self.assertEqual(self.report(line), {"2026-03": (394, 394, "0.00", "agrees")})
        self.bill("2026-04-01")
        # 14 x 30 = 420
        self.assertEqual(self.report(line)["2026-04"], (420, 420, "0.00", "agrees"))

    def test_a_month_in_arrears_is_not_billed_yet(self):
        line = self.subscribe(timing="arrears")
        self.apply("2026-03-11", "A-1,E3,14")
        # From the first snapshot on: 14 x 21 = 294. Nothing was billed, so nothing says what a seat costs.
        self.assertEqual(self.report(line), {"2026-03": (294, 0, None, "open")})
        self.bill("2026-04-01")
        self.assertEqual(self.report(line), {"2026-03": (294, 294, "0.00", "agrees")})

    def test_charged_days_that_stay_as_they_are_stay_in_the_report(self):
        self.vendor.policy = "nothing"
        line = self.subscribe()
        self.bill("2026-03-01")
        self.apply("2026-03-11", "A-1,E3,6")
        # 6 x 21 = 126; 10 x 21 = 210; -84 seat days at 120.00 / 310
        self.assertEqual(self.report(line), {"2026-03": (126, 210, "-32.52", "differs")})

    def test_an_undone_delivery_counts_for_nothing(self):
        line = self.subscribe()
        self.apply("2026-03-01", "A-1,E3,10")
        self.bill("2026-03-01")
        self.apply("2026-03-11", "A-1,E3,14").action_undo()
        self.env.flush_all()
        self.assertEqual(self.report(line), {"2026-03": (310, 310, "0.00", "agrees")})

    def test_a_pause_by_0_seats_is_bought_and_billed_as_0(self):
        line = self.subscribe(timing="arrears")
        self.apply("2026-03-01", "A-1,E3,10")
        self.apply("2026-03-11", "A-1,E3,0")
        self.bill("2026-04-01")
        self.assertEqual(self.report(line), {"2026-03": (100, 100, "0.00", "agrees")})

    def test_a_line_that_has_ended_is_counted_to_its_end(self):
        line = self.subscribe()
        self.apply("2026-03-01", "A-1,E3,10")
        line._apply_end(self.day("2026-03-11"))
        self.bill("2026-03-01")
        self.assertEqual(self.report(line), {"2026-03": (100, 100, "0.00", "agrees")})

    def test_what_an_extra_price_adds_is_no_more_seats(self):
        self.make_version(
            {"product_id": self.support.id, "unit_price": "12"},
            {"product_id": self.support.id, "role": "extra", "name": "Care", "unit_price": "1"},
            date_start="2026-02-01",
        )
        line = self.subscribe()
        self.apply("2026-03-01", "A-1,E3,10")
        self.bill("2026-03-01")
        self.assertEqual(len(self.env["cloud.rated.line"].search([("subscription_line_id", "=", line.id)])), 2)
        self.assertEqual(self.report(line), {"2026-03": (310, 310, "0.00", "agrees")})

    def test_it_can_be_grouped_and_exported(self):
        first, second = self.subscribe(), self.subscribe("B-1 / E3")
        self.apply("2026-03-01", "A-1,E3,10", "B-1,E3,5")
        self.bill("2026-03-01")
        domain = [("subscription_line_id", "in", (first | second).ids)]
        groups = self.env["cloud.seat.report"]._read_group(domain, ["customer_id"], ["bought_seat_days:sum"])
        self.assertEqual([(customer, str(days)) for customer, days in groups], [(self.customer, "465")])
        rows = (
            self.env["cloud.seat.report"].search(domain).export_data(["month", "bought_seat_days", "amount_at_stake"])
        )
        self.assertEqual(sorted(row[1] for row in rows["datas"]), ["155", "310"])


class TestSeatsOfTheManual(ReportCase):
    def read_rows(self, header, count):
        page = Path(__file__).parents[2] / "docs" / "contracts.md"
        if not page.exists():
            self.skipTest("the manual is not beside the add-on")
        table = page.read_text(encoding="utf-8").split(header)[1]
        rows = [line.strip("|").split("|") for line in table.splitlines()[2 : 2 + count]]
        return [tuple(cell.strip() for cell in row) for row in rows]

    def test_every_row_is_what_the_snapshot_changes_and_the_next_run_bills(self):
        rows = self.read_rows("| the snapshot says | a missing licence | list of changes | next bill | worked out |", 5)
        lines = []
        for number, (seats, missing, *_rest) in enumerate(rows):
            source = self.make_seat_source(f"Row {number}", missing_policy="zero" if missing == "is 0" else "list")
            line = self.subscribe(key=None)
            line.write({"seat_source_id": source.id, "seat_key": "A-1 / E3"})
            lines.append((line, source, seats))
        self.bill("2026-03-01")
        for (line, source, seats), (_seats, _missing, change, *_rest) in zip(lines, rows, strict=True):
            row = "Z-9,E3,1" if seats == "nothing of it" else f"A-1,E3,{seats}"
            delivery = self.snapshot("2026-03-11", row, source=source)
            found = delivery.row_ids.filtered(lambda row, line=line: row.line_id == line)
            self.assertEqual(found.change_text or "none", change)
            delivery.action_apply()
        run = self.make_run("2026-03-11")
        charges = self.env["cloud.charge"].search([("run_id", "=", run.id)]).grouped("subscription_line_id")
        for (line, *_rest), (_seats, _missing, _change, bill, _text) in zip(lines, rows, strict=True):
            found = [str(amount) for amount in charges.get(line, self.env["cloud.charge"]).mapped("amount")]
            self.assertEqual(found, [] if bill == "none" else [bill])

    def test_the_report_is_as_worked_out(self):
        rows = self.read_rows("| when | bought seat days | billed seat days | money at stake | it says |", 3)
        line = self.subscribe()
        labels = dict(self.env["cloud.seat.report"]._fields["state"]._description_selection(self.env))

        def look():
            bought, billed, money, state = self.report(line)["2026-03"]
            return str(bought), str(billed), money, labels[state]

        self.apply("2026-03-01", "A-1,E3,10")
        self.bill("2026-03-01")
        found = [look()]
        self.apply("2026-03-11", "A-1,E3,14")
        found.append(look())
        self.bill("2026-03-11")
        found.append(look())
        self.assertEqual(found, [row[1:] for row in rows])
