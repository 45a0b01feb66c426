"""What every reader takes and gives: usage rows, row errors, the refusal of a file, limits, and the list of readers.

A reader turns the bytes of one file into `UsageRow`s and `RowError`s, lazily and in file order. It raises
`RejectedFile` when the file as a whole cannot be trusted; whatever it yielded before that must not be kept.
Everything here is a fact (a code with its values): the caller makes the sentence a person reads.

RowError.reason            value holds                     meaning
-------------------------  ------------------------------  -----------------------------------------------------------
missing_value              ""                              an obligatory cell is empty or NULL
not_a_number               the cell                        NaN, Infinity, thousands separators, text
bad_number_format          the cell                        own columns: not a number as the mapping says
number_too_long            the cell                        more characters than numbers.MAX_LITERAL_LENGTH
number_too_large           the cell                        outside 10^±60
bad_date                   the cell                        not a date and time of 1970-2199 in ISO 8601
bad_date_format            the cell                        own columns: not a date as the mapping says they are written
bad_month                  the cell                        own columns: not a month with its year
end_before_start           the end                         the interval is empty or runs backwards
unknown_charge_category    the cell                        a kind of charge that the format does not know
unknown_charge_class       the cell                        FOCUS: neither null nor Correction
bad_currency               the cell                        not three letters
bad_list                   the cell                        neither empty nor a list of objects in JSON
field_too_long             the cell                        an identifying cell longer than Limits.max_identity
too_many_cells             the number of cells             more cells than the header has columns
too_few_cells              the number of cells             fewer cells than the header has columns
broken_record              "quote" or "carriage_return"    text after a closing quote; a line ended by a lone \\r
not_json                   ""                              a line of JSON lines that is none
key_twice                  ""                              an element in which a name stands for two values
too_deep                   ""                              an element with more levels than tree_path.MAX_DEPTH
nul_character              ""                              an element with a character 0
half_character             ""                              an element with half of a character that needs two
formula_cell               the formula or its error        a workbook: a cell is computed
not_expected               ""                              an object where the format has a list, or the like
not_usage                  what it is                      a meter's stand or a momentary value: no use of a period
unknown_unit               the code                        a code of a unit that the format does not know
no_interval                how many values                 one value alone: for how long it holds is not known
negative_quantity          the cell                        seats: fewer than none
licence_twice              the licence                     seats: the snapshot says it more than once
other_day                  the day of the row              seats: a snapshot is of one day

RejectedFile.reason        detail holds                    meaning
-------------------------  ------------------------------  -----------------------------------------------------------
empty_file                 None                            no bytes, or blank lines only
no_rows                    None                            a header and nothing below it
not_this_format            names of missing columns        most obligatory columns are missing: another kind of file
column_missing             names of missing columns        some obligatory columns are missing
column_twice               names as written in the file    two columns claim the same meaning
too_many_columns           (found, allowed)                the header is wider than Limits.max_columns
broken_header              None                            the first record is not CSV
truncated_gzip             None                            the compressed data stops before its end
corrupt_gzip               None                            the compressed data is damaged or followed by something else
packed_twice               None                            an archive within an archive or within gzip
corrupt_zip                None                            the zip archive is damaged or packed in a rare way
encrypted                  zip, xlsx, Parquet              protected by a password or a key
several_members            their names                     the zip archive holds several files, or not the one asked for
member_twice               the name                        two files of the zip archive are called the same
too_many_members           Limits.max_members              the zip archive holds more files, or too long a list
corrupt_workbook           None                            an xlsx file that is damaged, or has parts that none has
several_sheets             their names                     the workbook has several sheets, or not the one asked for
corrupt_parquet            None                            the Parquet file is damaged
library_missing            the library                     the kind of file needs a library that is not installed
not_text                   xls, xlsm, xlsb or pdf          a binary file that is not read as a table
unknown_encoding           the name asked for              not one of text.ENCODINGS
bad_encoding               UTF-8, UTF-16, ...              bytes that are not of this encoding
nul_byte                   None                            a byte 0
line_too_long              Limits.max_record               a line longer than that many bytes
cell_too_long              Limits.max_cell                 a cell longer than that many characters
day_first                  the cell                        a date whose day is first, where the month is: others misread
unclosed_quote             None                            the file ends inside a quoted cell
too_large                  Limits.max_bytes                more (decompressed) bytes than allowed
ratio_too_high             Limits.max_ratio                decompressed to more than so many times its size
broken_json                None                            JSON that is none at this place
truncated_json             None                            JSON that stops before its end
broken_xml                 the line                        XML that is not well-formed
truncated_xml              None                            XML that stops before its end
doctype                    None                            XML or HTML with a document type, which may hold anything
too_deep                   tree_path.MAX_DEPTH             more levels than that
key_twice                  the name                        a name on the way to the rows stands for two values
element_too_long           Limits.max_record               an element, a tag or a text longer than that
bad_schema                 what is wrong with it           the schema of the format is none, or needs other files
against_schema             (place, what is wrong)          the document is not as its schema says
bad_row_path               the path                        a path that is not of the grammar of tree_path
no_elements                the paths                       nothing is found there
broken_elements            reason of the first RowError    not one of the first elements can become a row
server_error               what the server says            the file is not data but the answer to a wrong question
server_warning             what the server says            the server says that its answer may be incomplete
currency_not_said          None                            money, and neither file nor source says of which currency
choice_missing             name of the option              a choice that the reader needs and the source lacks
count_differs              (found, said)                   the file says how many records it has, and has others
too_many_rows              the number allowed              seats: more licences than one snapshot may have
unknown_reader             the name asked for              nobody registered a reader of that name
"""

from typing import NamedTuple

CHARGE_KINDS = ("usage", "purchase", "tax", "credit", "refund", "adjustment", "fee")
SHAPES = ("snapshot", "append")
MAX_ERROR_TEXT = 8 * 1024
MAX_ERROR_VALUE = 200


class UsageRow(NamedTuple):
    """One line of usage or cost, every value as exact text.

    row_no: record number in the file, the header is 1.   external_id: the row's own id, append sources only.
    service_start, service_end: 'YYYY-MM-DD HH:MM:SS' in UTC, half-open, end always after start.
    billing_month: 'YYYY-MM-01' as the provider says, or None when the customer's time zone decides.
    quantity and the four costs: plain decimal digits without exponent, every digit given; None is "not given", which
    zero is not.
    tags: compact JSON object of every other non-null column.
    content_hash: 16 bytes over the record's content, whatever the order of its columns and its place in the file.
    """

    row_no: int
    external_id: str | None
    provider: str
    provider_account: str
    sub_account: str
    sub_account_name: str
    service: str
    sku: str
    sku_name: str
    region: str
    charge_kind: str
    unit: str
    currency: str
    service_start: str
    service_end: str
    billing_month: str | None
    quantity: str | None
    cost_billed: str | None
    cost_effective: str | None
    cost_list: str | None
    cost_contracted: str | None
    resource: str
    tags: str
    content_hash: bytes


class RowError(NamedTuple):
    """A record that could not become a usage row: where, why (codes above), and what it said.

    column: the header's own spelling, None when the whole record is at fault.   value: at most MAX_ERROR_VALUE long.
    text: the record joined again as CSV with commas.   is_cut: it was longer than MAX_ERROR_TEXT bytes and stops there.
    """

    row_no: int
    column: str | None
    reason: str
    value: str
    text: str
    is_cut: bool = False


class RowFault(ValueError):
    """Raised inside a reader by the code that looks at one value; the reader's loop turns it into a RowError."""

    def __init__(self, column, reason, value=""):
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason
        self.value = value


class RejectedFile(ValueError):
    """The file as a whole is refused: reason and detail as in the table above; file, record number, column as known."""

    def __init__(self, reason, file=None, row=None, column=None, detail=None):
        super().__init__(reason)
        self.reason = reason
        self.file = file
        self.row = row
        self.column = column
        self.detail = detail

    def __str__(self):
        return describe(self)


class Limits(NamedTuple):
    """How much of a file is too much. Memory stays within a few `max_record` whatever the file holds.

    max_bytes: of the text, after decompression.   max_ratio: text bytes per compressed byte, judged after `ratio_from`.
    max_spool: bytes of a file that is copied first, to be read from its end.   max_directory: of an archive's list.
    max_cell: characters.   max_record: bytes of a line, and of a record with line breaks in its cells.
    max_members: files of an archive that are read one after the other.
    max_identity: characters of a value by which rows are grouped (account, service, SKU, region, unit, id).
    """

    max_bytes: int = 64 * 1024**3
    max_ratio: int = 200
    ratio_from: int = 16 * 1024**2
    max_spool: int = 4 * 1024**3
    max_directory: int = 1024**2
    max_members: int = 1000
    max_columns: int = 500
    max_cell: int = 128 * 1024
    max_record: int = 8 * 1024**2
    max_identity: int = 500


READERS = {}


def register(name, reader):
    """Add a reader to READERS, so that sources can name it.

    A reader is any object with
      name, label     the code kept on a source, and what a person reads
      shape           'snapshot' (a file restates its partitions as a whole) or 'append' (rows have ids, files only add)
      recognise(header: list[str]) -> bool
      read(chunks: Iterable[bytes], *, file_name: str, limits: Limits, options: dict) -> Iterator[UsageRow | RowError]
    and may say is_by_record: whether a row depends on the header and its own record alone, so that a file whose reading
    was stopped is read on at a bookmark (tables.opening) instead of from its beginning.
    Raises ValueError when the name is taken by another reader or the object is not a reader.
    """
    if name != reader.name or reader.shape not in SHAPES or not callable(reader.read) or not callable(reader.recognise):
        raise ValueError(f"{reader!r} is not a reader called {name!r}")
    if READERS.setdefault(name, reader) is not reader:
        raise ValueError(f"a reader called {name!r} is registered already")


def get_reader(name):
    """The reader of that name. Raises RejectedFile unknown_reader."""
    try:
        return READERS[name]
    except KeyError:
        raise RejectedFile("unknown_reader", detail=name) from None


ROW_REASONS = (
    "missing_value",
    "not_a_number",
    "bad_number_format",
    "number_too_long",
    "number_too_large",
    "bad_date",
    "bad_date_format",
    "bad_month",
    "end_before_start",
    "unknown_charge_category",
    "unknown_charge_class",
    "bad_currency",
    "bad_list",
    "field_too_long",
    "too_many_cells",
    "too_few_cells",
    "broken_record",
    "not_json",
    "key_twice",
    "too_deep",
    "nul_character",
    "half_character",
    "formula_cell",
    "not_expected",
    "not_usage",
    "unknown_unit",
    "no_interval",
    "negative_quantity",
    "licence_twice",
    "other_day",
)
_SENTENCES = {
    "empty_file": "the file is empty",
    "no_rows": "the file has a header and no rows",
    "not_this_format": "this is another kind of file; missing columns: {detail}",
    "column_missing": "missing columns: {detail}",
    "column_twice": "columns given twice: {detail}",
    "too_many_columns": "columns found and allowed: {detail}",
    "broken_header": "the header is not CSV",
    "truncated_gzip": "the compressed data stops before its end",
    "corrupt_gzip": "the compressed data is damaged",
    "packed_twice": "an archive within an archive",
    "corrupt_zip": "the zip archive is damaged",
    "encrypted": "the {detail} file is protected by a password",
    "several_members": "the archive holds several files: {detail}",
    "member_twice": "two files of the archive are called {detail}",
    "too_many_members": "the archive holds more files than {detail}, or a list that is too long",
    "corrupt_workbook": "the workbook is damaged",
    "several_sheets": "the workbook has several sheets: {detail}",
    "corrupt_parquet": "the Parquet file is damaged",
    "library_missing": "the Python library {detail} is not installed",
    "not_text": "this is a {detail} file, no table",
    "unknown_encoding": "the encoding {detail} is not known",
    "bad_encoding": "the text is not {detail}",
    "nul_byte": "the text holds a byte 0",
    "line_too_long": "a line is longer than {detail} bytes",
    "cell_too_long": "a cell is longer than {detail} characters",
    "day_first": "the date {detail} has its day first, so the others of the file would be misread",
    "unclosed_quote": "the file ends inside a quoted cell",
    "too_large": "the text is longer than {detail} bytes",
    "ratio_too_high": "the data grows more than {detail} times when decompressed",
    "broken_json": "the JSON is broken",
    "truncated_json": "the JSON stops before its end",
    "broken_xml": "the XML is broken in line {detail}",
    "truncated_xml": "the XML stops before its end",
    "doctype": "the document has a document type",
    "too_deep": "the document has more than {detail} levels",
    "key_twice": "the name {detail} stands for two values",
    "element_too_long": "an element is longer than {detail} bytes",
    "bad_schema": "the schema cannot be used: {detail}",
    "against_schema": "the schema does not allow it: {detail}",
    "bad_row_path": "the row path {detail} is not understood",
    "no_elements": "nothing is found at {detail}",
    "broken_elements": "no element can be read: {detail}",
    "server_error": "the server answered: {detail}",
    "server_warning": "the server warns: {detail}",
    "currency_not_said": "the currency of the costs is not said",
    "choice_missing": "the source does not say {detail}",
    "count_differs": "records found and said: {detail}",
    "too_many_rows": "the file has more than {detail} rows",
    "unknown_reader": "there is no reader called {detail}",
}
FILE_REASONS = tuple(_SENTENCES)


def describe(error):
    """One English line about a RejectedFile or a RowError, for logs. Screens translate the codes themselves."""
    if isinstance(error, RowError):
        column = f", column {error.column}" if error.column else ""
        return f"row {error.row_no}{column}: {error.reason} {error.value!r}"
    detail = ", ".join(map(str, error.detail)) if isinstance(error.detail, (list, tuple)) else error.detail
    parts = [str(error.file)] if error.file else []
    if error.row:
        parts.append(f"row {error.row}")
    if error.column:
        parts.append(f"column {error.column}")
    parts.append(_SENTENCES.get(error.reason, error.reason).format(detail=detail))
    return ": ".join(parts)
