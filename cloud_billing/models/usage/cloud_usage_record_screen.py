from odoo import api, fields, models
from odoo.tools import SQL

from .usage_schema import STATE_VIEW


class CloudUsageRecord(models.Model):
    """What a person sees of a usage row beside its figures: its file, what became of it, its other columns."""

    _inherit = "cloud.usage.record"

    file_name = fields.Char(compute="_compute_file_name")
    currency = fields.Char(related="stream_id.currency")
    age = fields.Integer(string="Days", compute="_compute_age", help="Days since the service began.")
    tag_table = fields.Html(string="Other Columns", compute="_compute_tag_table", sanitize=False)

    state = fields.Selection(
        [
            ("billed", "Billed"),
            ("bill", "To bill"),
            ("keep", "Kept"),
            ("hold", "Held by its kind"),
            ("internal", "Internal"),
            ("unmatched", "Without owner"),
            ("uncounted", "Left out by its meter"),
            ("held", "Held for review"),
            ("waived", "Waived"),
        ],
        string="What Became of It",
        compute="_compute_state",
        search="_search_state",
        help="Empty for rows that no longer count.",
    )

    # === COMPUTE === #

    @api.depends("is_live")
    def _compute_state(self):
        self.env.flush_all()
        self.env.cr.execute(f"SELECT id, state FROM {STATE_VIEW} WHERE id = ANY(%s)", [self.ids])
        states = dict(self.env.cr.fetchall())
        for record in self:
            record.state = states.get(record.id)

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        self.env.flush_all()
        return [("id", "in", SQL("(SELECT id FROM %s WHERE state = ANY(%s))", SQL(STATE_VIEW), list(value)))]

    @api.depends("service_start")
    def _compute_age(self):
        now = fields.Datetime.now()
        for record in self:
            record.age = (now - record.service_start).days

    @api.depends("import_id", "file_sequence")
    def _compute_file_name(self):
        files = self.env["cloud.usage.file"].search([("import_id", "in", self.import_id.ids)])
        names = {(file.import_id.id, file.sequence): file.name for file in files}
        for record in self:
            record.file_name = names.get((record.import_id.id, record.file_sequence))

    @api.depends("file_name", "row_no")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for record in self:
            record.display_name = self.env._("%(file)s, row %(row)s", file=record.file_name, row=record.row_no)

    @api.depends("tags")
    def _compute_tag_table(self):
        for record in self:
            record.tag_table = bool(record.tags) and self.env["ir.qweb"]._render(
                "cloud_billing.cloud_usage_record_tags", {"cells": list(_flatten(record.tags))}
            )


def _flatten(tags, path=""):
    """(name, text) of every value in the tags of a row, nested objects under dotted names."""
    for name, value in tags.items() if isinstance(tags, dict) else enumerate(tags):
        here = f"{path}.{name}" if path else str(name)
        if isinstance(value, (dict, list)):
            yield from _flatten(value, here)
        else:
            yield here, "" if value is None else str(value)
