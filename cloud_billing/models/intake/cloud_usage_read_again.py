from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CloudUsageImport(models.Model):
    """Reads the kept files of an import once more, by the format or the settings of the source as they are now."""

    _inherit = "cloud.usage.import"

    reread_of_id = fields.Many2one(
        "cloud.usage.import",
        string="Files Of",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="The import whose kept files were read again.",
    )
    can_read_again = fields.Boolean(
        compute="_compute_can_read_again",
        help="A newer version of the format, or the settings, may read more of it; or nothing of it counts now.",
    )

    # === COMPUTE === #

    @api.depends("state", "format_version_id", "source_id.format_id.version_id", "delivery_ids.superseded_number")
    def _compute_can_read_again(self):
        for usage_import in self:
            is_changed = usage_import.source_id._get_format_version() != usage_import.format_version_id
            usage_import.can_read_again = not usage_import._get_reread_problem() and (
                is_changed or usage_import._is_append() or not usage_import._is_live()
            )

    # === ACTIONS === #

    def action_read_again(self):
        """Show what reading the files again would come to, and ask."""
        self.ensure_one()
        self._check_reread()
        wizard = self.env["cloud.usage.read.again"].create({"import_id": self.id})
        return wizard.action_look()

    # === BUSINESS === #

    def _get_written_by_import(self):
        return super()._get_written_by_import() | {"reread_of_id"}

    def _get_reread_problem(self):
        """Why the files cannot be read again, as a sentence, or None."""
        if self.state not in ("imported", "undone") or self.correction_of_id:
            return self.env._(
                "%(name)s was not imported, or is no longer in use: there is nothing to read again.", name=self.name
            )
        if self._is_replaced():
            return self.env._(
                "%(name)s is replaced, at least in part: read the newer delivery of its month again.", name=self.name
            )
        if not self.file_ids or any(not (file.archive_id or file).part_ids for file in self.file_ids):
            return self.env._("The files of %(name)s are not kept any more.", name=self.name)
        return None

    def _is_replaced(self):
        """Whether another delivery counts now in a month that this one delivered once."""
        ended = self.delivery_ids.filtered(lambda delivery: delivery.superseded_number and delivery.is_snapshot)
        months = [
            Domain(
                [("provider_account", "=", delivery.provider_account), ("billing_month", "=", delivery.billing_month)]
            )
            for delivery in ended
        ]
        live = [("source_id", "=", self.source_id.id), ("import_number", ">", 0), ("superseded_number", "=", 0)]
        return bool(ended.search_count(Domain(live) & Domain.OR(months), limit=1))

    def _check_reread(self):
        self.check_access("write")
        if problem := self._get_reread_problem():
            raise UserError(problem)

    def _read_again(self, is_anew, allow_removal=False):
        """Import the kept files once more; returns the new import.

        A snapshot is a newer delivery of its months. Appended rows come in where they could not be read before; what is
        there stays. is_anew: the former import of an append source is undone first, while nothing of it is billed, so
        that all its rows are as they are read now. What was undone, or whose replacement was, counts again.
        """
        self._check_reread()
        again = self.browse().create({"source_id": self.source_id.id, "allow_removal": allow_removal})
        # sudo: an import writes its own links, which people may not; the right to this one was checked.
        again.sudo().write({"reread_of_id": self.id, "expected_month": self.expected_month})
        # sudo: files are evidence, which people only read; the new import points to the same ones.
        self.sudo().file_ids._share(again.sudo())
        if is_anew and self._is_append() and self.state == "imported":
            self.action_undo()
        again.action_import()
        self.env["cloud.audit.event"]._record(
            "usage_read_again", again, detail={"import": self.name, "version": again.format_version_id.number or 0}
        )
        return again

    def _get_reread_texts(self):
        """(what came of reading again, what it takes away or False, True), for the person who decides."""
        if self.state == "refused":
            return self.error, False, False
        sees_costs = self.env["cloud.field.access"]._may_see_costs()
        texts = [
            self.env._(
                "%(read)s rows are read: %(accepted)s come in, %(known)s are there already, %(quarantined)s wait "
                "because their id came with other content, %(rejected)s cannot be read.",
                read=self.rows_read,
                accepted=self.rows_accepted,
                known=self.rows_known,
                quarantined=self.rows_quarantined,
                rejected=self.rows_rejected,
            ),
            *self._get_changes(sees_costs),
        ]
        removals = self._get_removals() and self._explain_removals(sees_costs)
        return " ".join(texts), removals or False, True

    def _set_imported(self, known_delivery_ids):
        result = super()._set_imported(known_delivery_ids)
        if self.reread_of_id and self._is_append():
            self._resolve_reread()
        return result

    def _resolve_reread(self):
        """Rows of the former import that could not be read and came in now need nothing more."""
        self.env["cloud.usage.reject"]._set_read_again(self.reread_of_id, self)
