"""What readers say as codes and values, as sentences a person reads: file, row, column, what is wrong, what to do.

The engine raises facts (`engine/readers/base`); here, and only here, they become translated text. A reader of another
module may use its own codes: a code without a sentence is shown as it is, with its value.
"""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# Who lacks more columns than this has taken the wrong file, and reads no further.
_NAMES = 6

# One sentence per RejectedFile.reason; %(detail)s is its detail, lists joined by commas.
_REFUSALS = {
    "empty_file": _lt("the file is empty. Export it again from the provider and upload that."),
    "no_rows": _lt(
        "the file has column names and no rows below them. Leave it out, or export it again for a period with usage."
    ),
    "not_this_format": _lt(
        "this is another kind of file: the columns %(detail)s are missing. "
        "Choose a source with the right reader, or another file."
    ),
    "column_missing": _lt(
        "the file lacks the columns %(detail)s. Export it again with all columns; add none by hand, "
        "because the figures in them would be missing from the bill."
    ),
    "column_twice": _lt(
        "two columns of the file mean the same: %(detail)s. Remove the one that is not meant and upload it again."
    ),
    "too_many_columns": _lt("the file has %(found)s columns; %(allowed)s are allowed. Export it without the others."),
    "broken_header": _lt("the first row is not a list of column names. Save the file as CSV and upload it again."),
    "truncated_gzip": _lt(
        "the compressed file stops before its end, so rows are missing. Download it again from the provider."
    ),
    "corrupt_gzip": _lt("the compressed file is damaged. Download it again from the provider."),
    "packed_twice": _lt(
        "this is an archive within an archive. Unpack the outer one and upload together what is in it."
    ),
    "corrupt_zip": _lt(
        "the zip archive is damaged, or packed in a way that is not supported. Download it again from the provider, or "
        "unpack it and upload the file in it."
    ),
    "encrypted": _lt("the %(detail)s file is protected by a password. Save it without one and upload it again."),
    "several_members": _lt(
        "the zip archive holds these files: %(detail)s. "
        "Unpack it and upload together what is one delivery, or name the one that is meant on the source."
    ),
    "member_twice": _lt(
        "two files of the zip archive are called %(detail)s, and which one is meant is not known. Unpack it, give them "
        "names of their own and pack it again."
    ),
    "too_many_members": _lt(
        "the zip archive holds more files than are read from one (%(detail)s). Make several archives of them, and "
        "upload together what is one delivery."
    ),
    "corrupt_workbook": _lt(
        "the workbook is damaged, or was not made by a table program. Open it, save it again as .xlsx and upload that."
    ),
    "several_sheets": _lt(
        "the workbook has these sheets: %(detail)s. Name the one that is meant on the source, or save it alone."
    ),
    "corrupt_parquet": _lt("the Parquet file is damaged. Download it again from the provider."),
    "library_missing": _lt(
        "this kind of file needs the Python library %(detail)s, which is not installed. Ask the administrator of the "
        "server to run pip install %(detail)s, or export the data as CSV."
    ),
    "not_text": _lt(
        "this is a %(detail)s file. Save it as a workbook without macros and password (.xlsx), or export it as CSV."
    ),
    "unknown_encoding": _lt("the encoding %(detail)s is not known. Choose another encoding on the source."),
    "bad_encoding": _lt(
        "the text is not %(detail)s. Choose the right encoding on the source, or save the file as CSV in UTF-8."
    ),
    "nul_byte": _lt(
        "the text holds a byte 0, which no CSV has. If it is UTF-16, choose that encoding on the source; else save the "
        "file as CSV in UTF-8 and upload it again."
    ),
    "line_too_long": _lt("a line is longer than %(detail)s bytes. This is probably not the file you meant."),
    "cell_too_long": _lt(
        "a cell is longer than %(detail)s characters; often a quotation mark is not closed before it. "
        "Look at this row in the file."
    ),
    "day_first": _lt(
        'the date "%(detail)s" has its day first, and this format is read with the month first: of the dates before '
        "it, days and months would be exchanged. Export the file with dates like 2026-10-31, or read it by a format "
        "of your own with the day first."
    ),
    "unclosed_quote": _lt("the file ends inside quotation marks, so its end is missing. Export it again."),
    "too_large": _lt("the file holds more than %(detail)s bytes of text. Split it and upload the parts together."),
    "ratio_too_high": _lt(
        "the file grows more than %(detail)s times when it is unpacked, as no bill does. Unpack it yourself and look."
    ),
    "broken_json": _lt("the JSON is broken at this place. Export the file again and upload that."),
    "truncated_json": _lt("the JSON stops before its end, so rows are missing. Get the file again from where it came."),
    "broken_xml": _lt("the XML is broken in line %(detail)s. Export the file again and upload that."),
    "truncated_xml": _lt("the XML stops before its end, so rows are missing. Get the file again from where it came."),
    "doctype": _lt(
        "the document begins with a document type (DOCTYPE), in which other files and endless text can hide, so it is "
        "not opened. Often it is a web page that was saved in place of the data; else have it written without one."
    ),
    "too_deep": _lt("the document has more than %(detail)s levels, as no usage has. Check what was exported."),
    "key_twice": _lt(
        "the name %(detail)s stands for two values, and which one is meant is not known. Have the file written again."
    ),
    "element_too_long": _lt(
        "one element is longer than %(detail)s bytes. Choose a row path whose first [*] is further inside, "
        "or export fewer data at once."
    ),
    "bad_schema": _lt(
        "the XML schema of the format cannot be used (%(detail)s). Upload one document of XSD 1.0 that includes and "
        "imports no other, or none."
    ),
    "against_schema": _lt(
        "the document is not as its schema says. %(place)s: %(fault)s Have it written as agreed, or take the schema "
        "off the format."
    ),
    "bad_row_path": _lt(
        "the row path %(detail)s is not understood. Write names with a point between them (in XML a slash) and [*] "
        "behind a list, for instance results[*].items[*]."
    ),
    "no_elements": _lt(
        "nothing is found at %(detail)s. Choose another file or reader, or correct the row path on the source."
    ),
    "broken_elements": _lt(
        "not one of its elements can be read (%(detail)s). The file is probably not what the source's reader expects."
    ),
    "server_error": _lt(
        'this is no usage but the answer of a server: "%(detail)s" Change the query as it says and fetch it again.'
    ),
    "server_warning": _lt(
        'the server says that its figures may be incomplete: "%(detail)s" Fetch the data again when it no longer does.'
    ),
    "currency_not_said": _lt(
        "the file has costs and does not say their currency. Write it on the source (Currency of Costs); "
        "then upload the file again, or test the connector that brings it."
    ),
    "choice_missing": _lt(
        'what the values of this file mean is not chosen yet. Choose it on the source ("%(detail)s"); then '
        "upload the file again, or test the connector that brings it."
    ),
    "count_differs": _lt(
        "the file holds %(found)s records and says at its end that it has %(said)s. Get it again from where it came."
    ),
    "too_many_rows": _lt("the file has more than %(detail)s rows. Split it into sources of fewer licences each."),
    "unknown_reader": _lt(
        "there is no reader called %(detail)s. Install the add-on it belongs to, or choose another reader."
    ),
    "other_month": _lt(
        "this row belongs to %(found)s, and %(expected)s was chosen. "
        "Upload the file of that month, or leave the month empty to take what the file holds."
    ),
    "too_many_streams": _lt(
        "the rows belong to more than %(detail)s different streams. A column that should repeat, such as the account "
        "or the service, probably holds an id of each row: check how the columns are named on the source."
    ),
    "too_many_errors": _lt(
        "more than %(detail)s rows cannot be read. The file is probably not what the source's reader expects: "
        "check the reader, the delimiter and the decimal sign."
    ),
}

# One sentence per RowError.reason; %(value)s is what the cell says.
_ROW_PROBLEMS = {
    "missing_value": _lt("the cell is empty and must not be. Fill it in."),
    "not_a_number": _lt('"%(value)s" is not a number. Write plain digits with a point, for instance 1234.56.'),
    "bad_number_format": _lt(
        '"%(value)s" is not a number as the format says they are written. Correct the cell, or decimals and thousands.'
    ),
    "number_too_long": _lt('"%(value)s" has more digits than a number may have. Check the cell.'),
    "number_too_large": _lt('"%(value)s" is too large or too small to be true. Check the cell.'),
    "bad_date": _lt('"%(value)s" is not a date. Write it as 2026-10-31 or 2026-10-31T14:00:00Z.'),
    "bad_date_format": _lt(
        '"%(value)s" is not a date as the format says they are written. Correct the cell, or the date format.'
    ),
    "bad_month": _lt('"%(value)s" is not a month with its year. Write it as 2026-10, 202610 or 10/2026.'),
    "end_before_start": _lt('the period ends at "%(value)s", which is not after its start. Correct one of the two.'),
    "unknown_charge_category": _lt('"%(value)s" is not a kind of charge that the format knows. Correct the cell.'),
    "unknown_charge_class": _lt('"%(value)s" is unknown here: the cell is empty or says Correction. Correct it.'),
    "bad_currency": _lt('"%(value)s" is not a currency. Write its three letters, for instance EUR.'),
    "bad_list": _lt('"%(value)s" is not a list in JSON. Export the table again with this column as JSON.'),
    "field_too_long": _lt('"%(value)s" is longer than such a name may be. Shorten it.'),
    "too_many_cells": _lt(
        "the row has %(value)s cells, more than there are columns; often a comma inside a text lacks quotation marks. "
        "Correct the row."
    ),
    "too_few_cells": _lt("the row has %(value)s cells, fewer than there are columns. Complete the row."),
    "broken_record": _lt("the row is not CSV: its quotation marks or line ends are wrong. Correct the row."),
    "not_json": _lt("the line is not JSON. Correct it: each line is one object between braces."),
    "key_twice": _lt("a name stands in this element for two values. Keep the one that is meant."),
    "too_deep": _lt("the element has more levels than usage has. Check what was exported."),
    "nul_character": _lt("the element holds a character 0, which no text has. Take it out."),
    "half_character": _lt("the element holds half of a character. Correct the text."),
    "formula_cell": _lt(
        '"%(value)s" is a formula or its error. Put its value in its place, in the workbook by pasting values only.'
    ),
    "not_expected": _lt("the element is not built as the format says. Check what was exported."),
    "not_usage": _lt(
        "this is a %(value)s, not the use of a period. Have the use of each interval exported, or waive the row."
    ),
    "unknown_unit": _lt('"%(value)s" is not a code of a unit that is known here. Correct the code.'),
    "no_interval": _lt(
        "the series has one value alone, so for how long it holds is not known. Query a longer time, or waive the row."
    ),
    "negative_quantity": _lt('"%(value)s" seats are fewer than none. Write 0 where nothing is licensed.'),
    "licence_twice": _lt(
        'the licence "%(value)s" stands in the file more than once, so its quantity is not known. Keep one row of it, '
        "or name the column that tells its rows apart on the source."
    ),
    "other_day": _lt("the row is of %(value)s, and a snapshot is of one day. Deliver each day as a file of its own."),
    "other_content": _lt(
        'the id "%(value)s" was delivered before with other content. Accept the new version, or keep the former.'
    ),
    "unknown": _lt("the row was refused (%(reason)s: %(value)s). Correct the row."),
}


def explain_refusal(env, error):
    """The sentence for a RejectedFile, in the language of `env`: which file, where in it, what is wrong, what next."""
    sentence = _REFUSALS.get(error.reason)
    place = _place(env, error.file, error.row, error.column)
    problem = _say(env, sentence, _get_facts(env, error)) if sentence else _get_unknown(error)
    return env._("%(place)s: %(problem)s", place=place, problem=problem) if place else problem


def explain_row(env, error, file_name=None):
    """The sentence for a RowError. Without a file name the sentence stands where file and row are shown beside it."""
    problem = explain_problem(env, error.reason, error.value)
    place = _place(env, file_name, error.row_no if file_name else None, error.column)
    return env._("%(place)s: %(problem)s", place=place, problem=problem) if place else problem


def explain_problem(env, reason, value=""):
    """What is wrong with a row and what to do, without saying where: for a table of problems by kind."""
    if reason in _ROW_PROBLEMS:
        return _say(env, _ROW_PROBLEMS[reason], {"value": value})
    return _say(env, _ROW_PROBLEMS["unknown"], {"reason": reason, "value": value})


def _say(env, sentence, facts):
    # env._ takes no values for a lazy text.
    translated = env._(sentence)
    return translated % facts


def _place(env, file_name, row, column):
    parts = [str(file_name)] if file_name else []
    if row:
        parts.append(env._("row %(row)s", row=row))
    if column:
        parts.append(env._("column %(column)s", column=column))
    return ", ".join(parts)


def _get_facts(env, error):
    """The placeholders of the sentence for a RejectedFile."""
    if error.reason == "too_many_columns":
        found, allowed = error.detail
        return {"found": found, "allowed": allowed}
    if error.reason == "choice_missing":
        field = env["cloud.usage.source"]._fields[error.detail]
        return {"detail": field._description_string(env)}
    if error.reason == "against_schema":
        place, fault = error.detail
        return {"place": place, "fault": fault}
    if error.reason == "count_differs":
        found, said = error.detail
        return {"found": found, "said": said}
    if error.reason == "other_month":
        found, expected = (str(month)[:7] if month else env._("no month") for month in error.detail)
        return {"found": found, "expected": expected}
    return {"detail": _as_text(error.detail)}


def _get_unknown(error):
    return f"{error.reason}: {_as_text(error.detail)}" if error.detail is not None else error.reason


def _as_text(detail):
    if not isinstance(detail, (list, tuple)):
        return str(detail)
    return ", ".join([*map(str, detail[:_NAMES]), *(["…"] if len(detail) > _NAMES else [])])
