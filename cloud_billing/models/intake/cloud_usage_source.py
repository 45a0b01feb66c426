from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# The reader whose columns a format says.
OWN_COLUMNS = "own_columns"


class CloudUsageSource(models.Model):
    """The format of one's own that the files of a source have: it says the shape, and what columns mean."""

    _inherit = "cloud.usage.source"

    format_id = fields.Many2one(
        "cloud.usage.format",
        tracking=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="What the columns of its files mean. A newer version of it is used from the next import on.",
    )

    _own_columns_have_format = models.Constraint(
        "CHECK (reader <> 'own_columns' OR format_id IS NOT NULL)",
        "A source whose files have columns of their own needs the format that says what they mean.",
    )

    # === COMPUTE === #

    @api.depends("format_id.shape")
    def _compute_from_reader(self):
        super()._compute_from_reader()
        for source in self:
            if source._has_own_columns() and source.format_id.shape:
                source.shape = source.format_id.shape
                source.month_basis = "customer" if source.shape == "append" else "provider"

    # === CONSTRAINTS === #

    @api.constrains("reader", "format_id")
    def _check_format(self):
        for source in self:
            if source._has_own_columns() and not source.format_id.version_id:
                raise ValidationError(
                    self.env._("%(name)s: choose the format that says what its columns mean.", name=source.name)
                )

    def _check_fixed_once_imported(self, vals):
        super()._check_fixed_once_imported(vals)
        if "format_id" not in vals:
            return
        for source in self:
            if source.format_id.id != vals["format_id"] and source.import_ids.filtered("import_number"):
                raise UserError(
                    self.env._(
                        "%(name)s has imported usage already, so its format stays: by another one the same row could "
                        "be counted twice. Make a new version of the format, or a new source.",
                        name=source.name,
                    )
                )

    # === BUSINESS === #

    def _has_own_columns(self):
        return self.reader == OWN_COLUMNS

    def _get_format_version(self):
        """The version by which files are read from now on; empty where the reader knows the columns itself."""
        return self.format_id.version_id if self._has_own_columns() else self.format_id.version_id.browse()

    def _get_reader_options(self):
        options = super()._get_reader_options()
        version = self._get_format_version()
        return {**options, **version._get_options()} if version else options
