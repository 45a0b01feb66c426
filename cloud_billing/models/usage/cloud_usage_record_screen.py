from odoo import api, fields, models


class CloudUsageRecord(models.Model):
    """What a person sees of a usage row beside its figures: the name of its file, and its other columns as a table."""

    _inherit = "cloud.usage.record"

    file_name = fields.Char(compute="_compute_file_name")
    tag_table = fields.Html(string="Other Columns", compute="_compute_tag_table", sanitize=False)

    # === COMPUTE === #

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
