from itertools import zip_longest

from odoo import models
from odoo.fields import Command

from ..models.intake import mapping_reading
from ..models.intake.mapping_reading import (
    NUMBER_FIELDS,
    fold,
    name_currency,
    name_unit,
    possible_date_formats,
    propose_fields,
    propose_period,
    propose_style,
)

_SAMPLES = 3


class CloudUsageImportWizard(models.TransientModel):
    """What the first rows of an unknown file propose: shown beside the columns, never applied unseen."""

    _inherit = "cloud.usage.import.wizard"

    # === BUSINESS: THE FIRST ROWS === #

    def _read_sample(self):
        """({"header": [...], "rows": [[...]]}, None), or (False, why the file cannot be shown)."""
        if not self.file_ids:
            return False, False
        with self._open_files() as files:
            return mapping_reading.read_sample(self.env, files, self._get_table_options())

    def _get_table_options(self):
        return {
            "delimiter": self.delimiter or ",",
            "encoding": self.encoding or "",
            "skip_rows": self.skip_rows,
            "sheet": self.sheet or "",
            "row_path": self.row_path or "",
            "schema": self.schema or "",
        }

    def _get_cells(self, *meanings):
        """The cells of the first rows in the columns that are one of these."""
        if not self.sample:
            return []
        places = {line.position for line in self.column_ids if line.meaning in meanings}
        return [cells[place] for cells in self.sample["rows"] for place in places if place < len(cells)]

    # === BUSINESS: PROPOSALS === #

    def _propose(self, version=None):
        """Values of the wizard: a line for each column of the file, with what it is by the version or may be."""
        header, rows = self.sample["header"], self.sample["rows"]
        whole = [cells for cells in rows if len(cells) == len(header)]
        guessed = propose_fields(header, whole)
        if version:
            meanings = self._get_meanings_of(version, header, guessed)
        else:
            meanings = [(proposal.field, self._get_reason(proposal)) for proposal in guessed]
        lines = []
        for position, (name, (meaning, reason)) in enumerate(zip(header, meanings, strict=True)):
            cells = dict.fromkeys(row[position].strip() for row in whole if row[position].strip())
            lines.append(
                {
                    "position": position,
                    "name": name,
                    "samples": " · ".join(cell[:40] for cell in list(cells)[:_SAMPLES]),
                    "meaning": meaning or self._get_other_meaning(version, name),
                    "proposal": reason,
                    "is_key": meaning == "id" if not version else meaning in version.definition["key_fields"],
                }
            )
        values = {"column_ids": [Command.clear(), *map(Command.create, lines)]}
        if not version:
            has_id = any(line["meaning"] == "id" for line in lines)
            values |= {"map_key": "id" if has_id else "content", **self._propose_choices(lines)}
        return values

    def _get_meanings_of(self, version, header, guessed):
        """Pairs (field or None, reason or False) of the columns of a header, by a version of its format.

        Where the file has another name for a column, the one that stands in its place, or is called so by others, is
        proposed with the name that it takes over.
        """
        known = {fold(name): field for field, names in version.definition["columns"].items() for name in names}
        found = {known[fold(name)] for name in header if fold(name) in known}
        missing = {
            field: names[0]
            for field, names in version.definition["columns"].items()
            if field not in found and field not in version.definition["constants"]
        }
        former = list(map(fold, version.sample_header or ()))
        pairs = []
        # The file may have more columns than the header by which the version was made.
        for name, proposal, stood in zip_longest(map(fold, header), guessed, former[: len(header)]):
            field, reason = known.get(name), False
            if not field and name not in former:
                field = next((one for one in (known.get(stood), proposal.field) if one in missing), None)
                reason = field and self.env._("instead of %(name)s", name=missing.pop(field))
            pairs.append((field, reason))
        return pairs

    def _get_other_meaning(self, version, name):
        tags = version.definition["tags"] if version else None
        return "skip" if tags is not None and fold(name) not in map(fold, tags) else "tag"

    def _get_reason(self, proposal):
        return {
            "name": self.env._("by its name"),
            "dates": self.env._("it holds dates"),
            "numbers": self.env._("it holds numbers"),
            "currencies": self.env._("it holds currencies"),
        }.get(proposal.why, False)

    def _propose_choices(self, lines=None):
        """How dates and numbers are written, as far as the first rows tell, and what names say of every row.

        Returns {field of the wizard: value}.
        """
        if lines is None:
            lines = [{"position": one.position, "meaning": one.meaning, "name": one.name} for one in self.column_ids]
        cells = {}
        for line in lines:
            place = line["position"]
            cells.setdefault(line["meaning"], []).extend(row[place] for row in self.sample["rows"] if place < len(row))
        formats = possible_date_formats([*cells.get("start", []), *cells.get("end", [])])
        style = propose_style([cell for field in NUMBER_FIELDS for cell in cells.get(field, [])])
        date_format = formats[0] if len(formats) == 1 else False
        values = {"date_format": date_format, "map_decimal": style.decimal or False}
        if style.thousands:
            values["thousands"] = style.thousands
        values |= self._propose_constants({line["meaning"]: line["name"] for line in lines})
        if "start" not in cells and "billing_month" in cells:
            return {**values, "period": "month", "map_shape": "snapshot", "map_month": "column", "date_format": "iso"}
        if date_format:
            starts, ends = cells.get("start", []), cells.get("end", [])
            values["period"] = propose_period(starts, ends, "duration" in cells, date_format)
        return values

    def _propose_constants(self, names):
        """What the names of the columns say of every row: {field of the wizard: value}. names: {meaning: name}."""
        values = {}
        if "cost" in names and "currency" not in names:
            values["constant_currency"] = name_currency(names["cost"]) or False
        if "quantity" in names and "unit" not in names:
            values["constant_unit"] = name_unit(names["quantity"]) or False
        return values

    def _get_date_hint(self, dates, formats):
        if not dates or len(formats) == 1:
            return False
        if formats:
            return self.env._("%(date)s can be read in two ways. Which number is the day?", date=dates[0])
        return self.env._(
            '"%(date)s" is a date in none of these formats, or the cells differ. Check which column is the date.',
            date=dates[0],
        )
