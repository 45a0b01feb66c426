from odoo import models
from odoo.exceptions import UserError, ValidationError
from psycopg2 import IntegrityError

from ...engine.readers.base import RejectedFile
from ..usage.reader_messages import explain_refusal
from . import sheet

# What a record says no with: in words, or by a constraint of the database.
_REFUSALS = (UserError, ValidationError, IntegrityError)


class CloudSheetLayout(models.AbstractModel):
    """What a table of a spreadsheet means: its columns, what becomes of its rows, what is written into one.

    To add a layout: inherit this model under a name of your own, implement the hooks, and extend the selection `kind`
    of cloud.sheet.wizard with that name.
    """

    _name = "cloud.sheet.layout"
    _description = "Layout of a Table"

    # === BUSINESS: READING === #

    def _read(self, company, content, file_name, names=None, source=None, row_path=None):
        """The SheetRows of a file, each with what becomes of it, and nothing done.

        names: {our column: name in the file} where they differ; "" for a column that is not read.
        source: the usage source whose keys are meant where a row names no system.
        row_path: where the rows are in a file of JSON or XML. Raises UserError where the file cannot be read at all.
        """
        try:
            header = sheet.read_header(content, file_name, row_path)
            rows = sheet.read_sheet(content, file_name, self._find_columns(header, names or {}), row_path)
        except RejectedFile as error:
            raise UserError(explain_refusal(self.env, error)) from error
        if len(rows) > sheet.MAX_ROWS:
            raise UserError(
                self.env._("%(file)s has more than %(count)s rows: split it.", file=file_name, count=sheet.MAX_ROWS)
            )
        readable = []
        for row in rows:
            row.source = None if row.get("system") else source
            if row.problems:
                row.problems = [("", self.env._("No table row: a quotation mark, a formula or too many cells. "
                                                "Write its values as plain cells."))]  # fmt: skip
            elif self._read_values(row):
                readable.append(row)
        self._compare(company, readable)
        return rows

    def _find_columns(self, header, names):
        """{name in the file, lower case: our column}. Raises UserError where one that is required is missing."""
        ours = [column for column in self._get_columns() if not column.is_told]
        present = {name.strip().lower() for name in header}
        is_open = sheet.MORE in header
        found = {}
        for column in ours:
            wanted = names.get(column.name, column.name).strip().lower()
            if wanted and (is_open or wanted in present):
                if wanted in found:
                    raise UserError(
                        self.env._("The column %(name)s of the file stands for two of ours: choose one.", name=wanted)
                    )
                found[wanted] = column.name
        missing = [column.name for column in ours if column.is_required and column.name not in found.values()]
        if missing:
            raise UserError(
                self.env._(
                    "The file has no column for %(missing)s. Its columns are %(present)s: say which one it is, or "
                    "export a file and fill that in.",
                    missing=", ".join(missing),
                    present=", ".join(header[:20]),
                )
            )
        return found

    def _read_values(self, row):
        """Turn the texts of a row into values; False where one is none of its kind."""
        row.values = {}
        for column in self._get_columns():
            text = row.get(column.name)
            try:
                row.values[column.name] = sheet.read_value(column.kind, text)
            except sheet.CellError as error:
                row.refuse(column.name, self._get_cell_sentence(error))
            if column.is_required and not text and not self._may_be_empty(row, column.name):
                row.refuse(column.name, self.env._("Fill in this cell."))
        return not row.problems

    def _get_cell_sentence(self, error):
        if error.kind == "date":
            return self.env._("%(text)s is no date. Write it as 2026-12-31.", text=error.text)
        return self.env._("%(text)s is no number. Write it as 1234.56.", text=error.text)

    # === BUSINESS: DOING === #

    def _try(self, company, rows):
        """Do what the rows say and take it back: what the records themselves refuse is written on the rows."""
        todo = [row for row in rows if row.outcome in ("new", "changed")]
        savepoint = self.env.cr.savepoint()
        try:
            self._apply(company, todo)
            self.env.flush_all()
        except _REFUSALS as error:
            savepoint.rollback()
            self.env.invalidate_all(flush=False)
            self._find_refused(company, todo, error)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all(flush=False)

    def _find_refused(self, company, todo, error):
        """Say on which rows it is that all together were refused: each is tried alone."""
        is_found = False
        for row in todo:
            savepoint = self.env.cr.savepoint()
            try:
                self._apply(company, [row])
                self.env.flush_all()
            except _REFUSALS as refusal:
                savepoint.rollback()
                row.refuse("", self._get_refusal(refusal))
                is_found = True
            finally:
                savepoint.close(rollback=True)
                self.env.invalidate_all(flush=False)
        if not is_found and todo:
            # Each may be right alone and two of them not together.
            todo[0].refuse("", self._get_refusal(error))

    def _get_refusal(self, error):
        """The sentence of a record, or of a constraint of the database, that refuses."""
        if not isinstance(error, IntegrityError):
            return str(error)
        tables = {model._table: name for name, model in self.env.registry.items()}
        return self.env[tables.get(error.diag.table_name, "base")]._sql_error_to_message(error)

    def _import(self, company, rows, **detail):
        """Do what the rows say, all or nothing. Raises UserError with what is refused.

        detail: what the record of it says besides.
        """
        refused = [row for row in rows if row.outcome == "refused"]
        if refused:
            raise UserError(
                self.env._(
                    "Rows that are refused: %(count)s, so nothing is imported. Correct them and choose the file again.",
                    count=len(refused),
                )
            )
        todo = [row for row in rows if row.outcome in ("new", "changed")]
        self._apply(company, todo)
        self.env["cloud.audit.event"]._record(
            "sheet_imported",
            detail={
                "layout": self._name,
                "new": sum(1 for row in todo if row.outcome == "new"),
                "changed": sum(1 for row in todo if row.outcome == "changed"),
                **detail,
            },
            company=company,
        )
        return todo

    # === BUSINESS: KEYS === #

    def _get_key(self, row, column):
        """(text of a cell, system, both in lower case, id of the source or 0): the external key that a row names."""
        return row.get(column).lower(), row.get("system").lower(), row.source.id if row.source else 0

    def _fetch_keys(self, company, rows, field):
        """{key, see `_get_key`: record in a field of cloud.external.key}, of the sources of the rows and of none."""
        sources = [False, *{row.source.id for row in rows if row.source}]
        keys = self.env["cloud.external.key"].search(
            [("company_id", "=", company.id), (field, "!=", False), ("source_id", "in", sources)]
        )
        return {(key.key.lower(), (key.system or "").lower(), key.source_id.id or 0): key[field] for key in keys}

    def _get_by_key(self, key, records):
        """The record that has a key: within its source, else as the key of any; else None."""
        text, system, _source = key
        return (records.get(key) or records.get((text, system, 0))) if text else None

    def _prepare_key(self, row, column):
        """Values of the external key that a row names."""
        return {
            "key": row.get(column),
            "system": row.get("system") or False,
            "source_id": row.source and row.source.id,
        }

    # === BUSINESS: WRITING === #

    def _export(self, company, file_format, **options):
        """The table as bytes; that it was taken out is an event. file_format: csv or xlsx."""
        names = [column.name for column in self._get_columns()]
        write = {"csv": sheet.write_csv, "xlsx": sheet.write_xlsx}[file_format]
        rows = [[row.get(name) for name in names] for row in self._get_rows(company, **options)]
        detail = {"layout": self._name, "count": len(rows), "fields": names, **options}
        self.env["cloud.audit.event"]._record("exported", detail=detail, company=company)
        return write(names, rows)

    def _get_column_names(self):
        """Names of the columns that are read."""
        return [column.name for column in self._get_columns() if not column.is_told]

    # === HOOKS === #

    def _get_columns(self):
        """The Columns of the layout, a tuple, in the order in which they are written."""
        raise NotImplementedError

    def _may_be_empty(self, row, name):
        """Whether a row may leave a required cell empty."""
        return False

    def _get_unit(self, row):
        """What is imported as a whole: rows with the same value are left out together where one of them is refused."""
        return row.row_no

    def _compare(self, company, rows):
        """Set outcome, name, changes, problems, record and vals of each SheetRow, whose `values` are read already.

        In a constant number of statements for any number of rows.
        """
        raise NotImplementedError

    def _apply(self, company, rows):
        """Create and write what new and changed rows say, with the rights of the person. Raises UserError."""
        raise NotImplementedError

    def _get_rows(self, company, **options):
        """Dicts of values by column, of all there is: what `_compare` finds unchanged."""
        raise NotImplementedError
