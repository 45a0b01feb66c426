"""The step of the import in which a person says what the columns of an unknown file are."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from .test_usage_formats import CONTENT, MAPPING, MONTHLY, bare, table
from .test_usage_import_wizard import WizardCase

UNKNOWN = (
    b"Beleg;Datum;Kunde;Artikel;Menge;Einheit;Betrag;Team\n"
    b"B-1;13.03.2026;K-7;Speicher;1.234,50;GB;12,40;web\n"
    b"B-2;14.03.2026;K-8;Speicher;2,5;GB;0,03;db\n"
)


@tagged("post_install", "-at_install")
class TestUnknownFile(WizardCase):
    def open(self, content=UNKNOWN, **vals):
        """A wizard that shows the columns of a file for a new source."""
        values = {"source_choice": "new", "source_name": "Tickets", "reader": "own_columns", "delimiter": ";"}
        wizard = self.upload(("export.csv", content), **{**values, **vals})
        wizard.action_look()
        self.assertEqual(wizard.step, "columns")
        return wizard

    def meanings(self, wizard):
        return {line.name: line.meaning for line in wizard.column_ids}

    def say(self, form, column, meaning, **vals):
        """Choose what a column is, as on the screen."""
        names = [form.column_ids.edit(at).name for at in range(len(form.column_ids))]
        with form.column_ids.edit(names.index(column)) as line:
            line.meaning = meaning
            for name, value in vals.items():
                line[name] = value

    def test_is_not_known_and_own_columns_are_proposed(self):
        files = self.upload(("export.csv", UNKNOWN)).file_ids
        form = Form(self.env["cloud.usage.import.wizard"].with_user(self.user_administrator))
        form.source_choice = "new"
        form.file_ids = files
        self.assertEqual((form.reader, form.delimiter), ("own_columns", ";"))
        self.assertIn("you are asked what each column is", form.reader_hint)

    def test_of_a_known_reader_is_proposed_with_the_reason(self):
        content = b"id;time;account;service;quantity;unit\n"
        files = self.upload(("events.csv", content)).file_ids
        form = Form(self.env["cloud.usage.import.wizard"].with_user(self.user_administrator))
        form.source_choice = "new"
        form.file_ids = files
        self.assertEqual((form.reader, form.delimiter), ("csv", ";"))
        self.assertIn("The column names are those of: Usage events", form.reader_hint)

    def test_shows_its_first_rows_with_proposals_and_reasons(self):
        wizard = self.open()
        self.assertEqual(
            self.meanings(wizard),
            {
                "Beleg": "id",
                "Datum": "start",
                "Kunde": "account",
                "Artikel": "service",
                "Menge": "quantity",
                "Einheit": "unit",
                "Betrag": "cost",
                "Team": "tag",
            },
        )
        self.assertEqual(wizard.column_ids[1].samples, "13.03.2026 · 14.03.2026")
        self.assertEqual(wizard.column_ids.mapped("proposal"), ["by its name"] * 7 + [False])
        self.assertEqual((wizard.date_format, wizard.map_decimal, wizard.thousands), ("dmy", ",", "."))
        self.assertEqual((wizard.map_key, wizard.period, wizard.map_problem), ("id", "day", ""))
        # A cost without a currency is a problem of each row, told in words.
        self.assertIn("column currency: the cell is empty and must not be", wizard.map_preview)

    def test_shows_at_once_what_comes_of_a_choice(self):
        wizard = self.open()
        form = Form(wizard)
        form.constant_currency = "EUR"
        self.assertIn("12.40", form.map_preview)
        self.assertIn("1234.50", form.map_preview)
        form.map_decimal = "."
        form.thousands = "none"
        self.assertIn("is not a number as the format says", form.map_preview)
        form.map_decimal = ","
        form.thousands = "."
        self.say(form, "Betrag", "tag")
        form.constant_currency = False
        self.assertNotIn("must not be", form.map_preview)

    def test_comes_in_as_it_was_shown_and_is_kept_as_a_format(self):
        wizard = self.open()
        form = Form(wizard)
        form.constant_currency = "EUR"
        form.format_name = "Ticket export"
        form.save()
        formats = self.env["cloud.usage.format"].search_count([])
        wizard.action_look()
        self.assertEqual((wizard.step, wizard.preview["rows"], wizard.preview["errors"]), ("look", 2, 0))
        self.assertEqual(self.env["cloud.usage.format"].search_count([]), formats, "looking has kept something")
        usage_import = self.bring(wizard)
        self.assertEqual(self.counts(usage_import), (2, 2, 0, 0, 0))
        self.assertEqual(str(usage_import.cost_billed), "12.43")
        version = usage_import.format_version_id
        self.assertEqual((version.format_id.name, version.number), ("Ticket export", 1))
        self.assertEqual(version.sample_header[:2], ["Beleg", "Datum"])
        # The same columns are known from now on.
        self.assertEqual(self.upload(("b.csv", UNKNOWN), delimiter=";")._recognise_formats(), version.format_id)

    def test_says_how_much_was_measured_and_in_which_months(self):
        rows = ["15.03.2026;sub-1;Speicher;1.250,50", "16.03.2026;sub-1;Speicher;0,25", "16.04.2026;sub-2;Speicher;2"]
        wizard = self.open(bare(*rows))
        wizard.constant_unit = "GB"
        wizard.action_look()
        shown = html2plaintext(wizard.preview_summary)
        # 1,250.50 + 0.25 + 2
        self.assertRegex(shown, r"Speicher\s+3\s+\*?1,252.75\*?\s+GB")
        self.assertRegex(shown, r"March 2026\s+by service time\s+2")
        self.assertRegex(shown, r"April 2026\s+by service time\s+1")

    def test_with_dates_that_can_be_read_in_two_ways_asks(self):
        wizard = self.open(UNKNOWN.replace(b"13.03.2026", b"03/04/2026").replace(b"14.03.2026", b"05/04/2026"))
        self.assertFalse(wizard.date_format)
        self.assertEqual(wizard.date_hint, "03/04/2026 can be read in two ways. Which number is the day?")
        self.assertIn("Choose how dates are written", wizard.map_problem)
        with self.assertRaisesRegex(UserError, "Choose how dates are written"):
            wizard.action_look()
        form = Form(wizard)
        form.constant_currency = "EUR"
        form.date_format = "mdy"
        self.assertIn("2026-03-04 00:00:00", form.map_preview)
        form.date_format = "dmy"
        self.assertIn("2026-04-03 00:00:00", form.map_preview)

    def test_with_numbers_that_can_be_read_in_two_ways_asks(self):
        wizard = self.open(b"Datum;Kunde;Artikel;Menge\n2026-03-05;K;S;1.234\n")
        self.assertFalse(wizard.map_decimal)
        self.assertIn("1.234 can be more than a thousand", wizard.decimal_hint)
        self.assertIn("Choose how decimals are written", wizard.map_problem)

    def test_without_an_id_is_known_by_its_content(self):
        wizard = self.open(b"Datum;Kunde;Artikel;Menge;Stand\n2026-03-05;K;S;1.5;7\n")
        self.assertEqual((wizard.map_key, wizard.map_problem), ("content", ""))
        self.assertEqual(
            wizard._get_document()["key_fields"], ["start", "account", "service", "quantity", "column:Stand"]
        )
        form = Form(wizard)
        self.say(form, "Stand", "skip")
        form.save()
        self.assertEqual(wizard._get_document()["key_fields"], ["start", "account", "service", "quantity"])
        self.assertEqual(wizard._get_document()["tags"], [])

    def test_says_all_that_is_still_missing(self):
        wizard = self.open(b"A;B\nx;y\n")
        form = Form(wizard)
        form.map_decimal = "."
        for sentence in (
            "Say which column is: Date or start or Billing month",
            "Service",
            "Account (whose usage it is)",
        ):
            self.assertIn(sentence, form.map_problem)

    def test_of_two_columns_for_one_thing_asks_for_one(self):
        form = Form(self.open())
        self.say(form, "Team", "account")
        self.assertIn("choose one of the columns Kunde, Team", form.map_problem)

    def test_with_a_column_twice_says_so(self):
        wizard = self.open(b"Datum;Kunde;Artikel;Menge;menge\n2026-03-05;K;S;1.5;2\n")
        self.assertIn("two columns of the file mean the same: Menge, menge", wizard.map_problem)

    def test_in_other_letters_is_shown_and_said(self):
        wizard = self.open("Datum;Kunde;Artikel;Menge;Straße\n2026-03-05;Müller;S;1.5;x\n".encode("cp1252"))
        self.assertEqual(wizard.encoding, "cp1252")
        self.assertIn("Müller", wizard.map_preview)
        usage_import = self.bring(wizard)
        self.assertEqual(self.live_rows(usage_import.source_id).stream_id.sub_account, "Müller")

    def test_read_with_another_delimiter_shows_other_columns(self):
        wizard = self.open(delimiter=",")
        self.assertEqual(len(wizard.column_ids), 1)
        form = Form(wizard)
        form.delimiter = ";"
        self.assertEqual(len(form.column_ids), 8)
        form.save()
        self.assertEqual(self.meanings(wizard)["Kunde"], "account")

    def test_of_json_is_a_table_too(self):
        content = b'{"items":[{"date":"2026-03-05","customer":"K","product":"S","qty":"2"},{"date":"2026-03-06"}]}'
        wizard = self.open(content)
        self.assertEqual(wizard.row_path, "items[*]")
        self.assertEqual(self.meanings(wizard)["customer"], "account")
        self.assertEqual(self.counts(self.bring(wizard)), (2, 1, 0, 0, 1))


@tagged("post_install", "-at_install")
class TestKnownFormat(WizardCase):
    def setUp(self):
        super().setUp()
        mapping = {**MAPPING, "table": {"delimiter": ";"}}
        self.format = self.env["cloud.usage.format"]._make("Ticket system", self.company, mapping)
        self.source = self.env["cloud.usage.source"].create(
            {"name": "Tickets", "company_id": self.company.id, "reader": "own_columns", "format_id": self.format.id}
        )

    def test_is_imported_by_an_operator(self):
        content = table("1;05.03.2026;sub-1;Speicher;1,5")
        wizard = self.upload(("a.csv", content), user=self.user_operator, source_id=self.source.id)
        form = Form(wizard)
        self.assertFalse(form.can_make_source)
        form.save()
        wizard.action_look()
        self.assertEqual((wizard.step, wizard.preview["rows"]), ("look", 1))
        self.assertEqual(self.counts(self.bring(wizard)), (1, 1, 0, 0, 0))

    def test_is_used_for_a_new_source_without_asking_again(self):
        wizard = self.look(
            table("1;05.03.2026;sub-1;Speicher;1,5"), source_choice="new", source_name="Two", reader="own_columns",
            format_id=self.format.id,
        )  # fmt: skip
        self.assertEqual(wizard.step, "look")
        self.assertEqual(self.bring(wizard).format_version_id, self.format.version_id)

    def test_becomes_a_new_version_when_its_columns_change(self):
        first = self.deliver(self.source, table("1;05.03.2026;sub-1;Speicher;1,5"))
        content = table("2;06.03.2026;sub-1;Speicher;2,5", header="Beleg;Tag;Kunde;Dienst;Menge")
        wizard = self.upload(("new.csv", content), source_id=self.source.id)
        with (
            self.assertRaisesRegex(UserError, "lacks the columns Datum(.|\\n)*Change the Columns"),
            self.cr.savepoint(),
        ):
            wizard.action_look()
        wizard.action_columns()
        self.assertTrue(wizard.is_key_fixed)
        meanings = {line.name: line.meaning for line in wizard.column_ids}
        # The one that holds dates is proposed where the format misses its date.
        self.assertEqual((meanings["Beleg"], meanings["Tag"], wizard.constant_unit), ("id", "start", "GB"))
        wizard.action_look()
        usage_import = self.bring(wizard)
        self.assertEqual((usage_import.state, usage_import.format_version_id.number), ("imported", 2))
        # Both generations of the header are read by it.
        self.assertEqual(self.format.version_id.definition["columns"]["start"], ["Tag", "Datum"])
        self.assertEqual(first.format_version_id.number, 1)
        again = self.deliver(self.source, table("3;07.03.2026;sub-1;Speicher;1"))
        self.assertEqual(again.state, "imported", again.error)

    def propose(self, header):
        """{column: (what is proposed, why)} for a file with these columns, whose format was made by another header."""
        columns = ["Beleg", "Datum", "Kunde", "Dienst", "Menge", "Notiz"]
        mapping = {**MAPPING, "table": {"delimiter": ";"}}
        self.format._add_version({**mapping, "quantity_factor": "2"}, columns)
        rows = ["2", "06.03.2026", "sub-1", "Speicher", "2,5", "x"]
        cells = ";".join(dict(zip(columns, rows, strict=True)).get(name, "y") for name in header.split(";"))
        wizard = self.upload(("new.csv", f"{header}\n{cells}\n".encode()), source_id=self.source.id)
        wizard.action_columns()
        return {line.name: (line.meaning, line.proposal) for line in wizard.column_ids}

    def test_a_new_name_is_proposed_where_the_former_one_stood(self):
        found = self.propose("Beleg;Tag;Kunde;Dienst;Menge;Notiz")
        self.assertEqual((found["Tag"], found["Notiz"]), (("start", "instead of Datum"), ("tag", False)))
        self.assertEqual(found["Kunde"], ("account", False))

    def test_a_new_name_is_proposed_where_others_call_it_so(self):
        found = self.propose("Notiz;Beleg;Datum;Dienst;Menge;Kundennummer")
        self.assertEqual((found["Kundennummer"], found["Notiz"]), (("account", "instead of Kunde"), ("tag", False)))

    def test_nothing_is_proposed_for_a_column_that_is_only_new(self):
        found = self.propose("Beleg;Datum;Kunde;Dienst;Menge;Region")
        self.assertEqual(found["Region"], ("tag", False))

    def test_that_lacks_a_column_of_its_key_is_told_that_rows_come_in_once_more(self):
        mapping = {**CONTENT, "key_fields": [*CONTENT["key_fields"], "column:Notiz"], "table": {"delimiter": ";"}}
        made = self.env["cloud.usage.format"]._make("Bare", self.company, mapping)
        values = {"name": "Bare", "company_id": self.company.id, "reader": "own_columns", "format_id": made.id}
        source = self.env["cloud.usage.source"].create(values)
        header, row = "Datum;Kunde;Dienst;Menge", "05.03.2026;sub-1;Speicher;1,5"
        self.deliver(source, table(f"{row};x", header=f"{header};Notiz"))
        wizard = self.look(table(row, header=header), source_id=source.id)
        self.assertIn("Rows that come in: 1. The file has no column Notiz, by which rows", wizard.outcome_text)
        again = self.look(table(f"{row};x", header=f"{header};Notiz"), source_id=source.id)
        self.assertNotIn("Notiz", again.outcome_text)

    def test_of_whole_months_shows_what_changes(self):
        format_id = self.env["cloud.usage.format"]._make("Bill", self.company, {**MONTHLY, "table": {"delimiter": ";"}})
        source = self.source.create({"name": "Bill", "reader": "own_columns", "format_id": format_id.id})
        self.deliver(source, bare("05.03.2026;sub-1;Speicher;1,5"))
        wizard = self.look(bare("05.03.2026;sub-1;Speicher;2", "06.03.2026;sub-1;Speicher;2"), source_id=source.id)
        (change,) = wizard.differences
        self.assertEqual((change["added_rows"], change["changed_rows"], change["removed_rows"]), (1, 1, 0))
