from odoo import api, fields, models

from ..models.intake import mapping_messages


class CloudUsageImportWizardColumn(models.TransientModel):
    """One column of an uploaded file, and what a person says it is."""

    _name = "cloud.usage.import.wizard.column"
    _description = "Column of an Uploaded File"
    _order = "position, id"

    wizard_id = fields.Many2one("cloud.usage.import.wizard", required=True, ondelete="cascade", index=True)
    position = fields.Integer(required=True)
    name = fields.Char(string="Column", readonly=True)
    samples = fields.Char(string="First Rows", readonly=True)
    meaning = fields.Selection(
        lambda self: self._get_meanings(),
        string="What It Is",
        required=True,
        default="tag",
        help="Kept as a tag: it is kept with the row and can be used for prices. Left out: it is not read.",
    )
    proposal = fields.Char(readonly=True, help="Why this was proposed. Nothing is read before you have seen it.")
    is_key = fields.Boolean(string="Part of the Id", help="The ticked columns together are the id of a row.")

    @api.model
    def _get_meanings(self):
        return [
            *mapping_messages.selection(self.env, mapping_messages.FIELDS),
            ("tag", self.env._("Kept as a tag")),
            ("skip", self.env._("Left out")),
        ]
