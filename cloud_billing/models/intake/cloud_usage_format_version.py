import json

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.readers import MappingError, read_mapping
from ...engine.readers.own.mapping import DOCUMENT
from . import format_guards, mapping_messages
from .cloud_usage_format import write_document

# What makes a row the same row again. Another answer under the same format would count rows twice.
_IDENTITY = ("shape", "key", "key_fields", "month")


class CloudUsageFormatVersion(models.Model):
    """What the columns of a format mean from one day on. Never edited once something was read by it."""

    _name = "cloud.usage.format.version"
    _description = "Version of a Usage Format"
    _order = "format_id, number desc"
    _rec_name = "display_name"

    format_id = fields.Many2one("cloud.usage.format", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="format_id.company_id", store=True, index=True)
    number = fields.Integer(required=True, readonly=True, help="Counts the versions of a format, from 1.")
    definition = fields.Json(required=True, help="The mapping, as it is exported.")
    identity = fields.Char(
        compute="_compute_identity",
        store=True,
        precompute=True,
        required=True,
        help="Shape and key, which are the same in all versions by which something was read.",
    )
    sample_header = fields.Json(help="The column names of the file by which it was made.")
    note = fields.Text(help="Why it was made.")
    import_ids = fields.One2many("cloud.usage.import", "format_version_id", string="Imports")
    import_count = fields.Integer(compute="_compute_import_count", string="Deliveries Read by It")
    summary = fields.Html(compute="_compute_summary", sanitize=False, help="The mapping in words.")

    _number_uniq = models.UniqueIndex("(format_id, number)", "The format has a version with this number already.")

    # === COMPUTE === #

    @api.depends("format_id.name", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(name)s, version %(number)s", name=version.format_id.name, number=version.number
            )

    @api.depends("definition")
    def _compute_identity(self):
        for version in self:
            version.identity = _get_identity(version.definition)

    @api.depends("import_ids")
    def _compute_import_count(self):
        groups = self.env["cloud.usage.import"]._read_group(
            [("format_version_id", "in", self.ids)], ["format_version_id"], ["__count"]
        )
        counts = {version.id: count for version, count in groups}
        for version in self:
            version.import_count = counts.get(version._origin.id, 0)

    @api.depends("definition")
    @api.depends_context("lang")
    def _compute_summary(self):
        for version in self:
            rows = mapping_messages.describe(self.env, version.definition) if version.definition else []
            version.summary = Markup("<table class='table table-sm mb-0'>%s</table>") % Markup().join(
                Markup("<tr><th class='text-nowrap fw-normal text-muted'>%s</th><td>%s</td></tr>") % row for row in rows
            )

    # === CONSTRAINTS === #

    @api.constrains("definition")
    def _check_definition(self):
        for version in self:
            try:
                read_mapping(version.definition)
            except MappingError as error:
                raise ValidationError("\n".join(mapping_messages.explain(self.env, error))) from None

    @api.constrains("definition", "format_id")
    def _check_identity(self):
        for version in self:
            used = (version.format_id.version_ids - version).filtered("import_count")
            if any(one.identity != version.identity for one in used):
                raise ValidationError(
                    self.env._(
                        "%(name)s has been used to import, so what makes a row the same row again stays: whether files "
                        "restate months or add rows, and the columns that are the id. Otherwise rows would be counted "
                        "twice. Make a new format, and a new source for it.",
                        name=version.format_id.name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        last = {}
        for vals in vals_list:
            format_id = vals["format_id"]
            if format_id not in last:
                newest = self.search([("format_id", "=", format_id)], order="number desc", limit=1)
                last[format_id] = newest.number
            last[format_id] += 1
            # A whole document, so that a default that changes one day changes no version.
            definition = vals.get("definition")
            if isinstance(definition, dict):
                vals["definition"] = {**DOCUMENT, **definition}
            vals["number"] = last[format_id]
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {"definition", "format_id", "number", "sample_header"}:
            self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        for version in self:
            if version.import_count:
                raise UserError(
                    self.env._(
                        "%(name)s stays as it is: %(count)s imports were read by it. Make a new version.",
                        name=version.display_name,
                        count=version.import_count,
                    )
                )

    def init(self):
        # The table of imports has its column for versions after this.
        self.pool.post_init(format_guards.create, self.env.cr)

    # === ACTIONS === #

    def action_export(self):
        """Download the version as a file."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/cloud_billing/usage_format/{self.id}",
            "target": "download",
        }

    # === BUSINESS === #

    def _get_document(self):
        """(file name, bytes) of the version as it is exported."""
        self.ensure_one()
        self.check_access("read")
        return f"{self.format_id.name} {self.number}.json", write_document(self)

    def _get_options(self):
        """The reader's options: the mapping, and how the table itself is written."""
        self.ensure_one()
        return {"mapping": self.definition, **self.definition["table"]}


def _get_identity(definition):
    said = {**DOCUMENT, **(definition or {})}
    values = [said[name] for name in _IDENTITY]
    if said["shape"] == "snapshot":
        # Rows of a snapshot have no key of their own.
        values[1:3] = ["", []]
    return json.dumps(values)
