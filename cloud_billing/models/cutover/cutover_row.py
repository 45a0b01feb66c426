"""A row of a cutover file on its way to a subscription line. Works on values; what it names are records."""

from ..catalog.cycle_terms import CycleTerms
from .cutover_layout import write_value


class CutoverRow:
    """A row on its way: texts and values of its cells, what they name, what is wrong, what becomes of it."""

    def __init__(self, row_no, texts, header):
        self.row_no = row_no
        self.texts = texts
        self.header = header
        self.values = {}
        self.problems = []
        self.notes = []
        self.outcome = "new"
        self.customer = self.plan = self.product = self.currency = self.subscription = None
        self.line_id = self.known_line_id = None

    @property
    def key(self):
        """The key of the line within its subscription: that of the file, else the product."""
        return self.texts.get("line") or self.texts.get("product") or ""

    def problem(self, name, sentence):
        self.problems.append((name, sentence))

    def get_text(self, name):
        """The cell as it would be written: equal values are equal texts."""
        return write_value(self.values.get(name))

    def get_terms(self):
        count, unit = self.values["cycle"] or (1, "month")
        kind, day, common = self.values["anchor"] or ("calendar", 1, None)
        return CycleTerms(unit=unit, count=count, kind=kind, anchor_day=day, anchor_date=common)
