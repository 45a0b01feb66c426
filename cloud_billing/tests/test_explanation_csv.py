import csv
import io

from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools.pdf import PdfReader

from ..models.billing.pricing.amount_shares import share_amount
from .billing_common import BillingCase, D


@tagged("post_install", "-at_install")
class TestShares(TransactionCase):
    def test_the_last_row_takes_the_rest(self):
        # 10.00 / 3 = 3.333333 twice, and 3.333334
        self.assertEqual(
            share_amount(D("10.00"), [D(1), D(1), D(1)], D("0.000001")), [D("3.333333"), D("3.333333"), D("3.333334")]
        )

    def test_weights_that_add_up_to_nothing_share_evenly(self):
        self.assertEqual(share_amount(D("-1.00"), [D(5), D(-5)], D("0.01")), [D("-0.50"), D("-0.50")])

    def test_nothing_is_shared_by_nobody(self):
        self.assertEqual(share_amount(D("1.00"), [], D("0.01")), [])


class CsvCase(BillingCase):
    """Disk at 0.10 of the provider's March: 2 rows of 1,000 and 500.5 GB, which cost 77.77 and 11.11."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.customer, cls.disk, date_start="2026-03-01")
        cls.line = cls.subscription.line_ids
        cls.stream = cls.make_stream("Acme disk")
        cls.map_stream(cls.stream, cls.line)

    def table(self, lines, is_for_customer=True):
        name, text = self.env["cloud.explanation.csv"]._make(lines, is_for_customer)
        self.assertTrue(name.endswith(".csv"))
        return list(csv.DictReader(io.StringIO(text)))

    def use(self, *quantities):
        return self.deliver(
            *({"stream": self.stream, "quantity": quantity, "cost": cost} for quantity, cost in quantities)
        )

    def shares(self, rows):
        return [row["Amount"] for row in rows]

    def assert_adds_up(self, lines, rows):
        self.assertEqual(sum((D(row["Amount"]) for row in rows), D(0)), sum(lines.mapped("amount")))


@tagged("post_install", "-at_install")
class TestRowsAndTheirShares(CsvCase):
    def test_rows_share_the_amount_by_quantity(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.use(("1000", "77.77"), ("500.5", "11.11"))
        line = self.make_run().bill_ids.rated_line_ids
        rows = self.table(line)
        # 150.05 x 1,000 / 1,500.5 = 100.00; the rest 50.05
        self.assertEqual(self.shares(rows), ["100.000000", "50.050000"])
        self.assertEqual([row["Quantity"] for row in rows], ["1000", "500.5"])
        # 12:00 UTC in Amsterdam
        self.assertEqual(rows[0]["From"], "2026-03-10 13:00:00")
        self.assert_adds_up(line, rows)

    def test_a_price_on_the_cost_is_shared_by_the_cost(self):
        self.make_version({"product_id": self.disk.id, "charge_model": "cost_plus", "percent": "20"})
        self.stream.currency = self.currency.name
        self.use(("1000", "10"), ("500", "30"))
        line = self.make_run().bill_ids.rated_line_ids
        rows = self.table(line)
        # 48.00 by 10 and 30
        self.assertEqual(self.shares(rows), ["12.000000", "36.000000"])

    def test_a_correction_has_what_came_and_what_went(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.use(("1000", "1"))
        self.post(self.make_run())
        self.use(("1000", "1"), ("200", "1"))
        line = self.make_run("2026-04-02").bill_ids.rated_line_ids
        rows = self.table(line, is_for_customer=False)
        self.assertEqual(sum(D(row["Quantity"]) for row in rows), D(200))
        self.assert_adds_up(line, rows)

    def test_each_part_has_its_own_rows(self):
        other = self.make_stream("us")
        other.region = "us"
        self.map_stream(other, self.line)
        condition = [(0, 0, {"dimension": "region", "accepted": "us"})]
        self.make_version(
            {"product_id": self.disk.id, "unit_price": "0.10"},
            {"product_id": self.disk.id, "unit_price": "0.20", "condition_ids": condition},
        )
        self.deliver({"stream": self.stream, "quantity": "100"}, {"stream": other, "quantity": "10"})
        lines = self.make_run().bill_ids.rated_line_ids
        part = lines.filtered("part_key")
        self.assertEqual([(row["Region"], row["Quantity"]) for row in self.table(part)], [("us", "10")])
        self.assertEqual([row["Quantity"] for row in self.table(lines - part)], ["100"])
        self.assert_adds_up(lines, self.table(lines))

    def make_regions(self, **vals):
        """Disk in the us at 0.20, elsewhere at 0.10; returns the stream of the us."""
        other = self.make_stream("us")
        other.region = "us"
        self.map_stream(other, self.line)
        condition = [(0, 0, {"dimension": "region", "accepted": "us"})]
        self.make_version(
            {"product_id": self.disk.id, "unit_price": "0.10"},
            {"product_id": self.disk.id, "unit_price": "0.20", "condition_ids": condition, **vals},
        )
        return other

    def test_the_rows_shown_of_a_part_are_its_own(self):
        other = self.make_regions()
        self.deliver(
            {"stream": self.stream, "quantity": "100"},
            {"stream": other, "quantity": "10"},
            {"stream": other, "quantity": "1"},
            {"stream": other, "quantity": "22"},
        )
        lines = self.make_run().bill_ids.rated_line_ids
        part = lines.filtered("part_key")
        # us: 33 x 0.20; the rest: 100 x 0.10
        self.assertEqual(
            [(line.row_count, str(line.amount)) for line in part | lines - part], [(3, "6.60"), (1, "10.00")]
        )
        window = self.env["cloud.explanation"].browse(self.env["cloud.explanation"]._open(part)["res_id"])
        self.assertEqual(sorted(map(str, window.row_ids.mapped("quantity"))), ["1", "10", "22"])
        # Page by page they are the same rows.
        pages = [part._get_rows_behind(offset, 2) for offset in (0, 2, 4)]
        self.assertEqual([len(page) for page in pages], [2, 1, 0])
        self.assertEqual({row["region"] for page in pages for row in page}, {"us"})
        self.assertEqual([row["quantity"] for row in (lines - part)._get_rows_behind()], ["100"])
        # A third of a cent falls nowhere: 6.60 x 10 / 33, x 1 / 33 and the rest are 6.60 to the last digit.
        self.assertEqual(self.shares(self.table(part)), ["2.000000", "0.200000", "4.400000"])
        self.assert_adds_up(part, self.table(part))
        self.assert_adds_up(lines - part, self.table(lines - part))

    def test_shares_that_do_not_come_out_even_add_up_to_the_part(self):
        other = self.make_regions(minimum="10")
        self.deliver({"stream": self.stream, "quantity": "7"}, *({"stream": other, "quantity": "1"} for _nth in "abc"))
        part = self.make_run().bill_ids.rated_line_ids.filtered("part_key")
        # The minimum of 10.00 over three rows: 10 / 3 is 3.333333, and the last one takes the rest.
        self.assertEqual(self.shares(self.table(part)), ["3.333333", "3.333333", "3.333334"])
        self.assert_adds_up(part, self.table(part))

    def test_a_correction_of_a_part_shows_what_went_from_it(self):
        other = self.make_regions()
        self.deliver({"stream": self.stream, "quantity": "100"}, {"stream": other, "quantity": "10"})
        self.post(self.make_run())
        self.deliver({"stream": self.stream, "quantity": "110"})
        lines = self.make_run("2026-04-02").bill_ids.rated_line_ids
        part = lines.filtered("part_key")
        # Nothing is left of the us: 10 x 0.20 are given back, and 10 x 0.10 are billed elsewhere.
        self.assertEqual([str(line.amount) for line in part | lines - part], ["-2.00", "1.00"])
        self.assertEqual([(row["change"], row["quantity"]) for row in part._get_rows_behind()], [("gone", "10")])
        self.assertEqual(
            sorted((row["change"], row["quantity"]) for row in (lines - part)._get_rows_behind()),
            [("added", "110"), ("gone", "100")],
        )
        for line in lines:
            self.assert_adds_up(line, self.table(line))

    def test_parts_by_a_tag_have_their_rows(self):
        condition = [(0, 0, {"dimension": "tag", "tag": "tier", "accepted": "gold"})]
        self.make_version(
            {"product_id": self.disk.id, "unit_price": "0.10"},
            {"product_id": self.disk.id, "unit_price": "0.20", "condition_ids": condition},
        )
        self.deliver(
            {"stream": self.stream, "quantity": "5", "tags": {"tier": "gold"}},
            {"stream": self.stream, "quantity": "7", "tags": {"tags": {"tier": "gold"}}},
            {"stream": self.stream, "quantity": "9", "tags": {"tier": "tin"}},
            {"stream": self.stream, "quantity": "11"},
        )
        lines = self.make_run().bill_ids.rated_line_ids
        part = lines.filtered("part_key")
        self.assertEqual([row["quantity"] for row in part._get_rows_behind()], ["5", "7"])
        self.assertEqual([row["quantity"] for row in (lines - part)._get_rows_behind()], ["9", "11"])

    def test_a_fee_is_one_row(self):
        self.make_version({"product_id": self.support.id, "unit_price": "31"})
        self.make_subscription(self.customer, self.support, date_start="2026-03-01")
        lines = self.make_run().bill_ids.rated_line_ids.filtered(lambda line: line.product_id == self.support)
        self.assertEqual(self.shares(self.table(lines)), ["31.00"])

    def test_a_text_that_would_be_a_formula_is_told_apart(self):
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.stream.sub_account = "=1+1"
        self.use(("-10", "1"))
        (row,) = self.table(self.make_run().bill_ids.rated_line_ids)
        self.assertEqual((row["Project"], row["Quantity"]), ("'=1+1", "-10"))


@tagged("post_install", "-at_install")
class TestNoMarginReachesACustomer(CsvCase):
    """A margin and a cost that are marked by their digits are searched for in everything a customer may read."""

    MARKS = ("77.77", "7777", "77,77", "13.57", "1357", "93.33", "Secret rule", "Secret plan")

    def rate(self):
        self.plan.name = "Secret plan"
        self.stream.currency = self.currency.name
        self.make_version(
            {"product_id": self.disk.id, "charge_model": "cost_plus", "percent": "13.57", "name": "Secret rule"}
        )
        # 77.77 x 1.1357 = 88.323389; with 93.33 as the list cost nowhere
        self.use(("3", "77.77"))
        run = self.make_run()
        self.assertEqual(self.amounts(run.bill_ids.rated_line_ids), ["88.32"])
        return run

    def assert_unmarked(self, text, where):
        for mark in self.MARKS:
            self.assertNotIn(mark, text, where)

    def test_statement_invoice_text_and_csv(self):
        run = self.rate()
        line = run.bill_ids.rated_line_ids
        self.assertIn("77.77", str(line.workings))
        self.assert_unmarked(str(line.statement), "statement")
        self.assert_unmarked(run.bill_ids._get_move_line_text(line), "invoice text")
        _name, text = self.env["cloud.explanation.csv"]._make(line, True)
        self.assert_unmarked(text, "CSV for the customer")
        _name, text = self.env["cloud.explanation.csv"]._make(line, False)
        self.assertIn("77.77", text)

    def test_invoice_pdf_mail_and_portal(self):
        move = self.post(self.rate())
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        html, _kind = report._render_qweb_html("account.account_invoices", move.ids)
        self.assert_unmarked(html.decode(), "printed invoice")
        template = self.env.ref("account.email_template_edi_invoice")
        mail = (
            template._render_field("body_html", move.ids)[move.id]
            + template._render_field("subject", move.ids)[move.id]
        )
        self.assert_unmarked(str(mail), "mail")
        messages = "".join(str(message.body) for message in move.message_ids if not message.is_internal)
        self.assert_unmarked(messages, "messages")
        if self.env["ir.actions.report"].get_wkhtmltopdf_state() in ("ok", "upgrade"):
            content, _kind = report._render_qweb_pdf("account.account_invoices", move.ids)
            pages = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
            self.assertIn("88.32", pages)
            self.assert_unmarked(pages, "PDF")


@tagged("post_install", "-at_install")
class TestDownload(CsvCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.make_version({"product_id": self.disk.id, "unit_price": "0.10"})
        self.use(("1000", "77.77"))

    def url(self, action):
        return action["url"]

    def test_people_with_a_role_get_both_files_and_others_none(self):
        line = self.make_run().bill_ids.rated_line_ids
        paths = [line.action_download_csv()["url"], line.action_download_customer_csv()["url"]]
        self.user_viewer.company_ids += self.company
        self.user_viewer.company_id = self.company
        self.authenticate("cloud_viewer", "cloud_viewer")
        answers = [self.url_open(path) for path in paths]
        self.assertEqual([answer.status_code for answer in answers], [200, 200])
        self.assertIn("77.77", answers[0].text)
        self.assertNotIn("77.77", answers[1].text)
        self.assertIn("attachment", answers[1].headers["Content-Disposition"])
        self.assertEqual(self.url_open("/cloud_billing/explanation/other/1").status_code, 404)
        portal = self.env["res.users"].create(
            {
                "name": "P",
                "login": "csv_portal",
                "password": "csv_portal",
                "group_ids": [(6, 0, [self.env.ref("base.group_portal").id])],
            }
        )
        self.assertTrue(portal)
        self.authenticate("csv_portal", "csv_portal")
        self.assertEqual(self.url_open(paths[1]).status_code, 404)

    def test_an_invoice_line_has_the_rows_of_its_rated_lines(self):
        move = self.post(self.make_run())
        (line,) = move.invoice_line_ids
        self.authenticate(self.user_accountant.login, self.user_accountant.login)
        answer = self.url_open(line.action_cloud_download_csv()["url"])
        self.assertEqual(answer.status_code, 200)
        self.assertIn("100.00", answer.text)
