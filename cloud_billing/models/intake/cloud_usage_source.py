from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.readers.own.account_tag import AccountTag

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

    cost_basis = fields.Selection(
        lambda self: self.env["cloud.price.rule"]._fields["cost_basis"]._description_selection(self.env),
        default="cost_billed",
        required=True,
        tracking=True,
        help="Which of the provider's four costs is passed on: what prices made by Resell This add a percentage to. Of "
        "other prices each says its own. All four are kept with every row.",
    )

    keep_rows = fields.Selection(
        [("all", "Every row"), ("daily", "One row per day, account, service and chosen tags")],
        string="What Is Kept",
        default="all",
        required=True,
        tracking=True,
        help="Condensed rows have the exact sums of the rows of a day that are alike in all that prices tell apart "
        "(account, service, SKU, region, kind, unit, currency, month) and in the chosen tags, and say how many they "
        "were. The time of day, the resource and all other tags are only in the files, which are kept. It cannot be "
        "changed for what is already in.",
    )
    keep_tags = fields.Char(
        string="Chosen Tags",
        tracking=True,
        help="Names separated by commas; resource keeps the resource too. Of condensed rows these stay apart.",
    )

    account_tag = fields.Char(
        string="Account From a Tag",
        tracking=True,
        help="Where one account has the usage of several customers and a tag says whose it is: the name of that tag. "
        "Its value goes in front of the account, customer=acme/123456, so that rules of the mapping table can name it. "
        "Rows without the tag keep their account. It cannot be changed for what is already in.",
    )

    _condensed_months_only = models.Constraint(
        "CHECK (keep_rows = 'all' OR shape = 'snapshot')",
        "Only sources that deliver whole months can be kept condensed: of events every row is needed to know it again.",
    )
    _own_columns_have_format = models.Constraint(
        "CHECK (reader <> 'own_columns' OR format_id IS NOT NULL)",
        "A source whose files have columns of their own needs the format that says what they mean.",
    )

    # === COMPUTE === #

    @api.depends("format_id.shape")
    def _compute_from_reader(self):
        result = super()._compute_from_reader()
        for source in self:
            if source._has_own_columns() and source.format_id.shape:
                source.shape = source.format_id.shape
                source.month_basis = "customer" if source.shape == "append" else "provider"
        return result

    # === CONSTRAINTS === #

    @api.constrains("reader", "format_id")
    def _check_format(self):
        for source in self:
            if source._has_own_columns() and not source.format_id.version_id:
                raise ValidationError(
                    self.env._("%(name)s: choose the format that says what its columns mean.", name=source.name)
                )

    def _check_fixed_once_imported(self, vals):
        result = super()._check_fixed_once_imported(vals)
        self._check_format_fixed(vals)
        self._check_kept_fixed(vals)
        return result

    def _check_kept_fixed(self, vals):
        for source in self:
            names = [
                name
                for name in ("keep_rows", "keep_tags", "account_tag")
                if name in vals and (vals[name] or False) != source[name]
            ]
            if names and source.import_ids.filtered("import_number"):
                raise UserError(
                    self.env._(
                        "%(name)s has imported usage already, and what is kept of it cannot be changed for what is in. "
                        "Make a new source for the months to come.",
                        name=source.name,
                    )
                )

    def _check_format_fixed(self, vals):
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

    def _get_kept_tags(self):
        """The names in `keep_tags`, and the one that accounts are made of."""
        names = [*(self.keep_tags or "").split(","), self.account_tag or ""]
        return [name.strip() for name in names if name.strip()]

    def _get_account_tag(self):
        name = (self.account_tag or "").strip()
        return AccountTag(name) if name else super()._get_account_tag()

    def _has_own_columns(self):
        return self.reader == OWN_COLUMNS

    def _get_format_version(self):
        """The version by which files are read from now on; empty where the reader knows the columns itself."""
        return self.format_id.version_id if self._has_own_columns() else self.format_id.version_id.browse()

    def _get_reader_options(self):
        options = super()._get_reader_options()
        version = self._get_format_version()
        return {**options, **version._get_options()} if version else options
