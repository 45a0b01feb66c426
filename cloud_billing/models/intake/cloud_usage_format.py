import json

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.json_door import RequestError, load
from ...engine.readers import MappingError, knows, read_mapping
from . import mapping_messages

# An exported format begins with this key; its value is the version of the document.
DOCUMENT_KEY = "cloud_billing_format"
DOCUMENT_VERSION = 1
MAX_DOCUMENT = 256 * 1024
MAX_HEADER = 500
_DOCUMENT_KEYS = {DOCUMENT_KEY, "name", "note", "sample_header", "mapping"}


class CloudUsageFormat(models.Model):
    """A format of one's own: what the columns of somebody's files mean, in versions."""

    _name = "cloud.usage.format"
    _description = "Usage Format"
    _inherit = ["mail.thread"]
    _order = "name, id"

    name = fields.Char(required=True, tracking=True, help="For instance the program that writes such files.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    active = fields.Boolean(default=True)
    version_ids = fields.One2many("cloud.usage.format.version", "format_id", string="Versions", readonly=True)
    version_id = fields.Many2one(
        "cloud.usage.format.version",
        string="Newest Version",
        compute="_compute_version_id",
        store=True,
        help="What is imported from now on is read by it.",
    )
    shape = fields.Selection(
        lambda self: self.env["cloud.usage.source"]._fields["shape"]._description_selection(self.env),
        compute="_compute_version_id",
        store=True,
        help="Whether its files restate whole months or add rows. It is the same in all versions.",
    )
    summary = fields.Html(related="version_id.summary")
    sample_header = fields.Json(related="version_id.sample_header")
    source_ids = fields.One2many("cloud.usage.source", "format_id", string="Sources")
    source_count = fields.Integer(compute="_compute_source_count", string="Number of Sources")

    _name_company_uniq = models.UniqueIndex("(name, company_id)", "The company has a format with this name already.")

    # === COMPUTE === #

    @api.depends("version_ids.number")
    def _compute_version_id(self):
        for one in self:
            one.version_id = one.version_ids.sorted("number")[-1:]
            one.shape = one.version_id.definition["shape"] if one.version_id else False

    @api.depends("source_ids")
    def _compute_source_count(self):
        groups = self.env["cloud.usage.source"]._read_group([("format_id", "in", self.ids)], ["format_id"], ["__count"])
        counts = {one.id: count for one, count in groups}
        for one in self:
            one.source_count = counts.get(one._origin.id, 0)

    # === ACTIONS === #

    def action_open_sources(self):
        """The sources whose files have this format."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_source_action")
        return {**action, "domain": [("format_id", "=", self.id)]}

    def action_export(self):
        """Download the newest version as a file that another company or database can import."""
        self.ensure_one()
        return self.version_id.action_export()

    # === BUSINESS === #

    @api.model
    def _make(self, name, company, mapping, header=None, note=None):
        """A new format with its first version. mapping: the JSON object of engine/readers/mapping."""
        made = self.create({"name": name, "company_id": company.id})
        made._add_version(mapping, header, note)
        return made

    def _add_version(self, mapping, header=None, note=None):
        """A newer version, by which imports are read from now on; the newest one where it says the same."""
        self.ensure_one()
        if self.version_id and self.version_id.definition == mapping:
            return self.version_id
        return self.env["cloud.usage.format.version"].create(
            {"format_id": self.id, "definition": mapping, "sample_header": header or False, "note": note or False}
        )

    def _recognise(self, header):
        """Those formats whose newest version finds all its columns in a header."""
        return self.filtered(lambda one: one.version_id and knows(header, read_mapping(one.version_id.definition)))

    @api.model
    def _import_document(self, content, company):
        """The format that an exported file says: a new one, or a newer version of the one with its name.

        content: bytes. Raises UserError that says what is wrong with the file.
        """
        document = self._read_document(content)
        found = self.search([("name", "=", document["name"]), ("company_id", "=", company.id)], limit=1)
        values = (document["mapping"], document.get("sample_header"), document.get("note"))
        if found:
            found._add_version(*values)
            return found
        return self._make(document["name"], company, *values)

    def _read_document(self, content):
        if len(content) > MAX_DOCUMENT:
            raise UserError(
                self.env._("The file is larger than a format can be. Choose a file that was exported here.")
            )
        try:
            document = load(content.decode())
        except (UnicodeDecodeError, RequestError):
            document = None
        if not isinstance(document, dict) or document.get(DOCUMENT_KEY) != DOCUMENT_VERSION:
            raise UserError(
                self.env._("This is not an exported usage format of version %(version)s.", version=DOCUMENT_VERSION)
            )
        problems = [
            self.env._('The file says "%(key)s", which no format has.', key=key[:50])
            for key in document.keys() - _DOCUMENT_KEYS
        ]
        if not _is_text(document.get("name"), 200):
            problems.append(self.env._("The file gives the format no name."))
        if not _is_text(document.get("note") or "-", 2000):
            problems.append(self.env._("The note in the file is not a text."))
        header = document.get("sample_header") or []
        if not isinstance(header, list) or len(header) > MAX_HEADER or not all(_is_text(name, 500) for name in header):
            problems.append(self.env._("The example header in the file is not a list of names."))
        try:
            read_mapping(document.get("mapping"))
        except MappingError as error:
            problems += mapping_messages.explain(self.env, error)
        if problems:
            raise UserError("\n".join(problems))
        return document


def _is_text(value, longest):
    return isinstance(value, str) and bool(value.strip()) and len(value) <= longest and "\0" not in value


def write_document(version):
    """An exported format as bytes."""
    document = {
        DOCUMENT_KEY: DOCUMENT_VERSION,
        "name": version.format_id.name,
        "note": version.note or None,
        "sample_header": version.sample_header or [],
        "mapping": version.definition,
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode()
