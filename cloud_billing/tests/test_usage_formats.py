"""Formats of one's own: versions that stay, what a delivery was read by, rows without an id counted once."""

import json

import psycopg2.errors
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .usage_common import UsageCase

COLUMNS = {
    "id": ["Beleg"],
    "start": ["Datum"],
    "account": ["Kunde"],
    "service": ["Dienst"],
    "quantity": ["Menge"],
}
MAPPING = {"columns": COLUMNS, "date_format": "dmy", "decimal": ",", "constants": {"unit": "GB"}}
WITHOUT_ID = {name: column for name, column in COLUMNS.items() if name != "id"}
CONTENT = {
    **MAPPING,
    "columns": WITHOUT_ID,
    "key": "content",
    "key_fields": ["start", "account", "service", "quantity"],
}
MONTHLY = {**MAPPING, "columns": WITHOUT_ID, "shape": "snapshot"}


def table(*rows, header="Beleg;Datum;Kunde;Dienst;Menge"):
    return "\n".join([header, *rows, ""]).encode()


def bare(*rows):
    """A file without an id column."""
    return table(*rows, header="Datum;Kunde;Dienst;Menge")


class FormatCase(UsageCase):
    @classmethod
    def make_format(cls, mapping=MAPPING, name="Ticket system"):
        mapping = {**mapping, "table": {"delimiter": ";"}}
        return cls.env["cloud.usage.format"]._make(name, cls.company, mapping, ["Beleg"])

    @classmethod
    def make_source(cls, mapping=MAPPING, name="Tickets", **vals):
        return cls.env["cloud.usage.source"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "reader": "own_columns",
                "format_id": cls.make_format(mapping, name).id,
                **vals,
            }
        )

    def change(self, source, **changes):
        """A newer version of the source's format."""
        definition = {**source.format_id.version_id.definition, **changes}
        return source.format_id._add_version(definition)


@tagged("post_install", "-at_install")
class TestVersions(FormatCase):
    def test_are_counted_and_the_newest_one_is_used(self):
        source = self.make_source()
        first = source.format_id.version_id
        self.assertEqual((first.number, first.create_uid, first.sample_header), (1, self.env.user, ["Beleg"]))
        second = self.change(source, decimal=".")
        self.assertEqual((second.number, source.format_id.version_id), (2, second))
        self.assertEqual(source._get_reader_options()["mapping"]["decimal"], ".")

    def test_that_says_the_same_is_no_new_one(self):
        source = self.make_source()
        self.assertEqual(self.change(source), source.format_id.version_ids)

    def test_is_told_in_words(self):
        summary = self.make_format().summary
        for text in ("Day first: 31.10.2026", "Menge", "always: GB", "Comma: 1234,56", "Beleg"):
            self.assertIn(text, summary)

    def test_is_kept_by_the_import_that_was_read_by_it(self):
        source = self.make_source()
        usage_import = self.deliver(source, table("1;05.03.2026;sub-1;Speicher;1,5"))
        self.assertEqual(usage_import.state, "imported", usage_import.error)
        version = usage_import.format_version_id
        self.change(source, decimal=".")
        self.assertEqual((usage_import.format_version_id, version.number, version.import_count), (version, 1, 1))

    def test_never_changes_once_something_was_read_by_it(self):
        source = self.make_source()
        version = source.format_id.version_id
        version.definition = {**version.definition, "thousands": "."}
        usage_import = self.deliver(source, table("1;05.03.2026;sub-1;Speicher;1,5"))
        for work in (
            lambda: version.write({"definition": {**version.definition, "thousands": ""}}),
            lambda: version.unlink(),
        ):
            with self.assertRaisesRegex(UserError, "1 imports were read by it"), self.cr.savepoint():
                work()
        for statement in (
            "UPDATE cloud_usage_format_version SET definition = '{}' WHERE id = %s",
            "UPDATE cloud_usage_format_version SET identity = 'x' WHERE id = %s",
            "DELETE FROM cloud_usage_format_version WHERE id = %s",
        ):
            with self.subTest(statement=statement):
                self.assert_kept(statement, version.id)
        self.assert_kept("UPDATE cloud_usage_import SET format_version_id = NULL WHERE id = %s", usage_import.id)

    def assert_kept(self, statement, record_id):
        """The database refuses the statement."""
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.RestrictViolation),
            self.cr.savepoint(),
        ):
            self.cr.execute(statement, [record_id])

    def test_keep_what_makes_a_row_itself(self):
        source = self.make_source()
        self.change(source, key_fields=["account", "start"])
        self.deliver(source, table("1;05.03.2026;sub-1;Speicher;1,5"))
        with self.assertRaisesRegex(ValidationError, "rows would be counted twice. Make a new format"):
            self.change(source, key_fields=["id"])

    def test_of_nonsense_are_refused_with_all_that_is_wrong(self):
        with self.assertRaises(ValidationError) as caught:
            self.make_format({**MAPPING, "columns": {"start": ["Datum"]}})
        for sentence in ("Say which column is: Service", "Id of the row is to be part of the id"):
            self.assertIn(sentence, str(caught.exception))

    def test_are_made_by_administrators_and_used_by_operators(self):
        source = self.make_source()
        operator = self.env(user=self.user_operator)
        mine = source.with_env(operator)
        self.assertEqual(mine.format_id.version_id.number, 1)
        with self.assertRaises(AccessError):
            mine.format_id._add_version({**MAPPING, "thousands": "."})
        with self.assertRaises(AccessError):
            operator["cloud.usage.format"]._make("Mine", self.company, MAPPING)
        usage_import = operator["cloud.usage.import"]._create_with_files(
            mine, [("a.csv", table("1;05.03.2026;sub-1;Speicher;1,5"))]
        )
        usage_import.action_import()
        self.assertEqual((usage_import.state, usage_import.format_version_id.number), ("imported", 1))
        with self.assertRaises(AccessError):
            usage_import.format_version_id = False


@tagged("post_install", "-at_install")
class TestASource(FormatCase):
    def test_has_the_shape_of_its_format(self):
        self.assertEqual(self.make_source().shape, "append")
        monthly = self.make_source(MONTHLY, "Bill")
        self.assertEqual((monthly.shape, monthly.month_basis, monthly._is_snapshot()), ("snapshot", "provider", True))

    def test_with_own_columns_needs_a_format(self):
        empty = self.env["cloud.usage.format"].create({"name": "Empty", "company_id": self.company.id})
        with self.assertRaisesRegex(ValidationError, "choose the format"), self.cr.savepoint():
            self.env["cloud.usage.source"].create({"name": "None", "reader": "own_columns", "format_id": empty.id})
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.CheckViolation):
            self.cr.execute("UPDATE cloud_usage_source SET reader = 'own_columns' WHERE id = %s", [self.bills.id])

    def test_keeps_its_format_once_it_has_usage(self):
        source = self.make_source()
        other = self.make_format(name="Other")
        self.deliver(source, table("1;05.03.2026;sub-1;Speicher;1,5"))
        with self.assertRaisesRegex(UserError, "so its format stays"):
            source.format_id = other

    def test_whose_files_do_not_say_their_month_asks_for_it(self):
        source = self.make_source({**MONTHLY, "month": "import"})
        content = bare("05.03.2026;sub-1;Speicher;1,5")
        with self.assertRaisesRegex(UserError, "do not say their month"), self.cr.savepoint():
            self.deliver(source, content)
        usage_import = self.deliver(source, content, expected_month="2026-02-01")
        self.assertEqual(usage_import.delivery_ids.billing_month.isoformat(), "2026-02-01")


@tagged("post_install", "-at_install")
class TestRowsOfOwnColumns(FormatCase):
    def test_come_in_with_their_figures(self):
        usage_import = self.deliver(
            self.make_source(), table("1;05.03.2026;sub-1;Speicher;1,5", "2;31.02.2026;sub-1;Speicher;1", "3;;;;")
        )
        self.assertEqual(self.counts(usage_import), (3, 1, 0, 0, 2))
        row = self.live_rows(usage_import.source_id)
        self.assertEqual((str(row.quantity), row.external_id, row.stream_id.unit), ("1.5", "1", "GB"))
        self.assertIn("as the format says they are written", usage_import.reject_ids[0].reason)

    def test_that_could_not_be_read_are_corrected_by_the_same_version(self):
        source = self.make_source()
        usage_import = self.deliver(source, table("1;05.03.2026;sub-1;Speicher;1,5", "2;32.03.2026;sub-1;Speicher;2,5"))
        self.change(source, decimal=".")
        reject = usage_import.reject_ids
        reject.corrected_text = '2,31.03.2026,sub-1,Speicher,"2,5"'
        reject.action_retry()
        self.assertEqual([str(row.quantity) for row in self.live_rows(source)], ["1.5", "2.5"])

    def test_of_a_month_replace_the_month(self):
        source = self.make_source(MONTHLY)
        self.deliver(source, bare("05.03.2026;sub-1;Speicher;1,5", "06.03.2026;sub-1;Speicher;2"))
        again = self.deliver(source, bare("05.03.2026;sub-1;Speicher;1,5", "06.03.2026;sub-1;Speicher;3"))
        self.assertEqual((again.state, len(self.live_rows(source))), ("imported", 2))
        self.assertEqual(sum(row.quantity for row in self.live_rows(source)), 4.5)

    def test_of_a_month_are_read_anew_by_a_newer_version(self):
        source = self.make_source(MONTHLY)
        content = bare("05.03.2026;sub-1;Speicher;1,5")
        self.deliver(source, content)
        self.assertEqual(self.deliver(source, content).state, "known")
        self.change(source, quantity_factor="2")
        self.assertEqual(self.deliver(source, content).state, "imported")
        self.assertEqual([str(row.quantity) for row in self.live_rows(source)], ["3.0"])


@tagged("post_install", "-at_install")
class TestRowsWithoutAnId(FormatCase):
    A, B, C = "05.03.2026;sub-1;Speicher;1,5", "06.03.2026;sub-1;Speicher;1", "07.03.2026;sub-1;Speicher;9"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls.make_source(CONTENT)

    def take(self, *rows):
        usage_import = self.deliver(self.source, bare(*rows))
        return usage_import, self.counts(usage_import)[:3]

    def live(self):
        """The quantities that count, in order."""
        return [str(row.quantity) for row in self.live_rows(self.source)]

    def test_that_are_equal_in_a_delivery_are_two(self):
        self.assertEqual(self.take(self.A, self.A, self.B)[1], (3, 3, 0))
        self.assertEqual(self.live(), ["1.5", "1.5", "1"])

    def test_of_a_stretch_that_comes_again_add_nothing(self):
        self.take(self.A, self.A, self.B)
        # The next delivery begins before the end of the former: A and B are in both, C is new.
        self.assertEqual(self.take(self.A, self.C, self.A, self.B)[1], (4, 1, 3))
        self.assertEqual(self.live(), ["1.5", "1.5", "1", "9"])
        self.assertEqual(self.take(self.B, self.A)[0].state, "known")

    def test_that_a_delivery_has_more_of_than_there_are_come_in(self):
        self.take(self.A)
        self.assertEqual(self.take(self.A, self.A, self.A)[1], (3, 2, 1))
        self.assertEqual(self.live(), ["1.5"] * 3)

    def test_are_counted_over_the_chunks_and_files_of_a_delivery(self):
        self.take(self.A, self.A)
        self.patch_chunk_size(1)
        files = [("a.csv", bare(self.A)), ("b.csv", bare(self.A, self.A))]
        usage_import = self.env["cloud.usage.import"]._create_with_files(self.source, files)
        usage_import.action_import()
        self.assertEqual(self.counts(usage_import), (3, 1, 2, 0, 0))
        self.cr.execute("SELECT COUNT(*) FROM cloud_billing_usage.known_again")
        self.assertEqual(self.cr.fetchone(), (0,))

    def patch_chunk_size(self, rows):
        from ..models.usage import usage_chunks

        self.patch(usage_chunks.read_chunks, "__defaults__", ((0, 0), rows))

    def test_come_again_after_an_undo(self):
        usage_import, _counts = self.take(self.A, self.A)
        usage_import.action_undo()
        self.assertEqual(self.live(), [])
        self.assertEqual(self.take(self.A, self.A)[1], (2, 2, 0))
        self.assertEqual(self.live(), ["1.5", "1.5"])

    def test_that_are_corrected_are_rows_of_their_own(self):
        usage_import, _counts = self.take(self.A, "05.03.2026;sub-1;Speicher;x")
        usage_import.reject_ids.corrected_text = '05.03.2026,sub-1,Speicher,"1,5"'
        usage_import.reject_ids.action_retry()
        self.assertEqual(self.live(), ["1.5", "1.5"])


@tagged("post_install", "-at_install")
class TestAFormatAsAFile(FormatCase):
    def export(self, made):
        name, content = made.version_id._get_document()
        self.assertEqual(name, "Ticket system 1.json")
        return json.loads(content)

    def import_(self, document):
        content = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.env["cloud.usage.format"]._import_document(content, self.company)

    def test_comes_back_as_it_was(self):
        made = self.make_format()
        document = self.export(made)
        made.name = "Old"
        again = self.import_(document)
        self.assertEqual(again.version_id.definition, made.version_id.definition)
        self.assertEqual((again.name, again.version_id.sample_header), ("Ticket system", ["Beleg"]))

    def test_becomes_the_newest_version_of_the_one_with_its_name(self):
        made = self.make_format()
        document = self.export(made)
        self.assertEqual(self.import_(document).version_ids, made.version_ids)
        document["mapping"]["thousands"] = "."
        self.assertEqual(self.import_(document), made)
        self.assertEqual(made.version_id.number, 2)

    def test_is_checked_strictly(self):
        document = self.export(self.make_format())
        for change, sentence in (
            ({"cloud_billing_format": 2}, "not an exported usage format"),
            ({"colour": "red"}, 'says "colour", which no format has'),
            ({"name": " "}, "gives the format no name"),
            ({"sample_header": [1]}, "not a list of names"),
            ({"mapping": {"shape": "pile"}}, '"pile" is no value for shape'),
            ({"mapping": []}, "not a mapping of columns"),
        ):
            with self.subTest(change=change), self.assertRaisesRegex(UserError, sentence):
                self.import_({**document, **change})
        for content in (b"", b"\xff", b"[]", b'{"a":1,"a":2}', b"{" * 100_000, b"x" * 300_000):
            with self.subTest(content=content[:10]), self.assertRaises(UserError):
                self.import_(content)
