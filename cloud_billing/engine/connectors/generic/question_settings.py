"""Settings of questions of any kind: how times are told, how answers are paged, which rows are taken."""

from ..base import Setting
from . import paging

# What may stand in a question, see `collecting.PLACES`.
PLACES_HELP = (
    "Places: {start} {end} of the time asked for, {year} {month} {month_number} of its month, {page} {offset} {size}"
    " {cursor} of the page."
)
_PAGED = tuple(kind for kind in paging.KINDS if kind != "none")

TIME_SETTINGS = (
    Setting(
        "time_format",
        "Times are told as",
        kind="choice",
        choices=(
            ("iso", "2026-10-01T00:00:00Z"),
            ("iso_ms", "2026-10-01T00:00:00.000Z"),
            ("blank", "2026-10-01 00:00:00 (UTC)"),
            ("date", "2026-10-01"),
            ("compact", "20261001"),
            ("epoch_s", "seconds since 1970"),
            ("epoch_ms", "milliseconds since 1970"),
            ("epoch_ms_text", "milliseconds since 1970, in quotation marks"),
        ),
        default="iso",
        group="what",
    ),
    Setting(
        "end_included",
        "The end is part of the answer",
        kind="flag",
        required=False,
        help="The system gives what is at {end} too, as most do that are asked for dates.",
        group="what",
    ),
)
PAGE_SETTINGS = (
    Setting(
        "page_size",
        "Rows per page",
        kind="number",
        required=False,
        help="What {size} says.",
        group="what",
        when=("paging", _PAGED),
    ),
    Setting(
        "first_page",
        "Number of the first page or row",
        kind="number",
        required=False,
        help="1 for pages and 0 for rows where nothing is said.",
        group="more",
        when=("paging", ("page", "offset")),
    ),
    Setting(
        "cursor_path",
        "Where the cursor is",
        required=False,
        help="As meta.next_cursor.",
        group="what",
        when=("paging", ("cursor",)),
    ),
    Setting(
        "total_path",
        "Where the number of rows is",
        required=False,
        help="As meta.total: how many rows all pages have together. Fewer that came are an error.",
        group="more",
        when=("paging", _PAGED),
    ),
    Setting(
        "more_path",
        "Where it says whether there are more",
        required=False,
        help="As has_more; false, no and 0 end the pages.",
        group="more",
        when=("paging", _PAGED),
    ),
    Setting(
        "max_pages",
        "Pages at most",
        kind="number",
        required=False,
        default=str(paging.MAX_PAGES),
        help="An answer of more pages is refused: most likely the pages go in circles.",
        group="more",
        when=("paging", _PAGED),
    ),
)
ROW_SETTINGS = (
    Setting(
        "days_per_request",
        "Days per request",
        kind="number",
        required=False,
        help="Longer times are asked for in pieces, each of which is a delivery of its own. Leave it empty for a source"
        " of whole months, where each would take the place of the one before it.",
        group="more",
    ),
    Setting("per_minute", "Requests a minute", kind="number", required=False, help="Empty: no limit.", group="more"),
    Setting(
        "time_field",
        "Time of a row",
        required=False,
        help="The column with the time by which the system is asked, as modified_at.",
        group="more",
    ),
    Setting(
        "leave_out",
        "Leave out rows of other times",
        kind="flag",
        required=False,
        help="For a system that cannot be asked for a time: rows whose time is outside are not taken.",
        group="more",
    ),
    Setting(
        "max_results",
        "Rows that one query gives at most",
        kind="number",
        required=False,
        help="Behind so many it is asked again from the time of the last row on; the query must sort by that time.",
        group="more",
    ),
    Setting(
        "add_columns",
        "Columns to add",
        kind="mapping",
        required=False,
        help='A JSON object of columns that every row gets, as {"month": "{start}"}.',
        group="more",
    ),
)
