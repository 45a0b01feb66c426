from odoo import models
from odoo.exceptions import UserError

from ..models.intake import mapping_messages, mapping_reading
from ..models.intake.cloud_usage_source import OWN_COLUMNS
from ..models.intake.mapping_reading import CHARGE_KINDS, COLUMN_KEY, DOCUMENT, fold
from ..models.usage import usage_reading
from .cloud_usage_import_columns import CONSTANTS, TABLE_FIELDS


class CloudUsageImportWizard(models.TransientModel):
    """What was said of the columns as a mapping, what comes of it, and the format that it is kept as."""

    _inherit = "cloud.usage.import.wizard"

    # === BUSINESS: THE MAPPING === #

    def _get_known_version(self):
        """The version by which the chosen source's files are read until now, if any."""
        source = self.source_id if self.source_choice == "existing" else self.source_id.browse()
        return source._get_format_version() if source else self.format_id.version_id

    def _get_document(self):
        """The mapping as it was chosen, a JSON object; whether it is complete is asked of read_mapping."""
        version = self._get_known_version()
        document = {
            **DOCUMENT,
            "shape": self.map_shape,
            "key": self.map_key,
            "key_fields": self._get_key_fields(),
            "month": self.map_month,
            "columns": self._get_columns(version),
            "constants": self._get_constants(),
            "date_format": self.date_format or ("iso" if not self._get_cells("start", "end") else False),
            "time_zone": self.map_tz or "",
            "period": self.period,
            "duration_unit": self.duration_unit,
            "decimal": self.map_decimal or False,
            "thousands": "" if self.thousands == "none" else self.thousands,
            "quantity_factor": (self.quantity_factor or "").strip(),
            "charge_kinds": dict(self._read_charge_kinds()),
            "tags": self._get_tags(),
            "table": self._get_table_options(),
        }
        if self.is_key_fixed and version:
            document.update({name: version.definition[name] for name in ("shape", "key", "key_fields", "month")})
        return document

    def _get_columns(self, version):
        """{field: names}; names of former generations of the format stay behind the new one."""
        columns = {}
        for line in self.column_ids.sorted("position"):
            if line.meaning in mapping_messages.FIELDS:
                columns.setdefault(line.meaning, []).append(line.name)
        taken = {fold(name) for name in self.column_ids.mapped("name") if name}
        for field, names in (version.definition["columns"] if version else {}).items():
            if field in columns:
                columns[field] += [name for name in names if fold(name) not in taken]
        return columns

    def _get_key_fields(self):
        read = self.column_ids.filtered(lambda line: line.meaning != "skip").sorted("position")
        if self.map_key == "id":
            read = read.filtered("is_key")
        names = [
            line.meaning if line.meaning in mapping_messages.FIELDS else f"{COLUMN_KEY}{line.name}" for line in read
        ]
        return list(dict.fromkeys(names))

    def _get_constants(self):
        constants = {name: self[f"constant_{name}"] for name in CONSTANTS}
        return {name: value.strip() for name, value in constants.items() if value and value.strip()}

    def _get_tags(self):
        """None keeps every column that is nothing else; with one left out, those that are kept are named."""
        if "skip" not in self.column_ids.mapped("meaning"):
            return None
        return self.column_ids.filtered(lambda line: line.meaning == "tag").mapped("name")

    def _read_charge_kinds(self):
        """Pairs (what the file says, kind) of the typed lines; what is no pair is left to the check of the mapping."""
        for line in (self.charge_kinds or "").splitlines():
            if line.strip():
                written, _equals, kind = line.rpartition("=")
                yield written.strip(), kind.strip().lower()

    def _get_map_problems(self):
        """Sentences: all that is still to be said before the file can be read."""
        problems = []
        names = {}
        for line in self.column_ids:
            names.setdefault(line.meaning, []).append(line.name)
        for meaning, twice in names.items():
            if meaning in mapping_messages.FIELDS and len(twice) > 1:
                problems.append(
                    self.env._(
                        "%(field)s: choose one of the columns %(columns)s; keep the others as tags.",
                        field=mapping_messages.name_field(self.env, meaning),
                        columns=", ".join(map(str, twice)),
                    )
                )
        if not self.date_format and self._get_cells("start", "end"):
            problems.append(self.env._("Choose how dates are written."))
        if not self.map_decimal:
            problems.append(self.env._("Choose how decimals are written."))
        if problems:
            return problems
        for written, kind in self._read_charge_kinds():
            if not written or kind not in CHARGE_KINDS:
                return [
                    self.env._(
                        'Meaning of kinds: "%(line)s" is not understood. Write what the file says, an equals sign, and '
                        "one of %(kinds)s.",
                        line=f"{written} = {kind}" if written else kind,
                        kinds=", ".join(CHARGE_KINDS),
                    )
                ]
        return mapping_reading.find_problems(self.env, self._get_document())

    def _prepare_from_version(self, version):
        """The choices of a version, as values of the wizard."""
        said = {**DOCUMENT, **version.definition}
        table = {name: said["table"].get(name) or False for name in TABLE_FIELDS}
        return {
            **table,
            "delimiter": table["delimiter"] or ",",
            "map_shape": said["shape"],
            "map_key": said["key"],
            "map_month": said["month"],
            "date_format": said["date_format"],
            "map_tz": said["time_zone"] or False,
            "period": said["period"],
            "duration_unit": said["duration_unit"],
            "map_decimal": said["decimal"],
            "thousands": said["thousands"] or "none",
            "quantity_factor": said["quantity_factor"],
            "charge_kinds": "\n".join(f"{written} = {kind}" for written, kind in said["charge_kinds"].items()),
            **{f"constant_{name}": said["constants"].get(name, False) for name in CONSTANTS},
        }

    # === BUSINESS: WHAT COMES OF IT === #

    def _read_first_rows(self):
        """The first rows as they would be read, see mapping_reading.read_sample_rows."""
        options = {"time_zone": self.map_tz or self.source_id.tz or "UTC", **self._get_file_options()}
        return mapping_reading.read_sample_rows(self.env, self.sample, self._get_document(), options)

    def _look(self):
        try:
            return super()._look()
        except UserError as error:
            if self._has_known_columns():
                raise
            hint = self.env._(
                "Where the provider has changed the columns, press Change the Columns and say what they are now; a "
                "billing administrator does that."
            )
            raise UserError(self.env._("%(problem)s\n%(hint)s", problem=error, hint=hint)) from None

    def _get_outcome_text(self, usage_import):
        text = super()._get_outcome_text(usage_import)
        if missing := self._get_missing_keys(usage_import.source_id._get_format_version()):
            hint = self.env._(
                "The file has no column %(columns)s, by which rows are known again: what came before with it comes in "
                "once more.",
                columns=", ".join(missing),
            )
            return f"{text} {hint}"
        return text

    def _get_missing_keys(self, version):
        """Names of the columns that are no field, make a row itself, and are not in the first file."""
        keys = [name for name in (version.definition or {}).get("key_fields", ()) if name.startswith(COLUMN_KEY)]
        if not keys or version.definition["shape"] != "append":
            return []
        with self._open_files() as files:
            header = set(map(fold, usage_reading.read_first_header(files, version._get_options())))
        return [name for name in (key.removeprefix(COLUMN_KEY) for key in keys) if fold(name) not in header]

    def _has_known_columns(self):
        """Whether the first file has the columns of its format; without a format that is the reader's matter."""
        version = self._get_known_version()
        if self.is_mapped or not version:
            return True
        with self._open_files() as files:
            header = usage_reading.read_first_header(files, version._get_options())
        return bool(version.format_id._recognise(header))

    def _check_choices(self):
        super()._check_choices()
        if not self.is_mapped or self.step == "files":
            return
        if self.sample_problem:
            raise UserError(self.sample_problem)
        # In the later step the file is not shown any more, and what was said is what was checked.
        problems = self._get_map_problems()
        if self.source_choice == "new" and not (self.format_name or "").strip():
            problems.append(self.env._("Give the format a name, under which these choices are kept."))
        if problems:
            raise UserError("\n".join(problems))

    def _prepare_source_vals(self):
        vals = super()._prepare_source_vals()
        if self.reader != OWN_COLUMNS:
            return vals
        made = self.format_id
        if self.is_mapped:
            made = self._save_format()
        return {**vals, "format_id": made.id}

    def _get_source(self):
        if self.source_choice == "existing" and self.is_mapped:
            self.source_id.format_id._add_version(self._get_document(), self.column_ids.mapped("name"))
        return super()._get_source()

    def _save_format(self):
        """The format as it was said: a new one, or a newer version of the one that was chosen."""
        header = self.column_ids.mapped("name")
        if self.format_id:
            self.format_id._add_version(self._get_document(), header)
            return self.format_id
        formats = self.env["cloud.usage.format"]
        return formats._make(self.format_name.strip(), self.company_id, self._get_document(), header)

    def _recognise_formats(self):
        """The formats of the company that have the columns of the first file."""
        with self._open_files() as files:
            header = usage_reading.read_first_header(files, {"delimiter": self.delimiter or ","})
        formats = self.env["cloud.usage.format"].search([("company_id", "=", self.company_id.id)])
        return formats._recognise(header) if header else formats.browse()

    def _get_reader_hint(self, name):
        if self.file_ids and not name and self.reader == OWN_COLUMNS:
            if self.format_id:
                return self.env._("The column names are those of your format: %(name)s.", name=self.format_id.name)
            return self.env._(
                "The column names are not known: you are asked what each column is. Or choose a reader that knows them."
            )
        return super()._get_reader_hint(name)
