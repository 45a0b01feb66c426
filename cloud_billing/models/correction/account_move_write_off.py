from odoo import fields, models


class AccountMove(models.Model):
    """An entry of a write-off stays as it was approved; it is undone by its reversal."""

    _inherit = "account.move"

    cloud_write_off_id = fields.Many2one(
        "cloud.write.off",
        string="Write-off",
        ondelete="restrict",
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups="cloud_billing.group_viewer",
    )

    # === ACTIONS === #

    def action_cloud_write_off(self):
        """Propose to give up what is still owed of an invoice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write Off the Rest of %(invoice)s", invoice=self.name),
            "res_model": "cloud.write.off",
            "view_mode": "form",
            "context": {"default_move_id": self.id},
        }

    # === HOOKS === #

    def _get_draft_blockers(self):
        blockers = super()._get_draft_blockers()
        if self.cloud_write_off_id and self.state == "posted":
            blockers.append(
                self.env._(
                    "%(entry)s is of an approved write-off, so it stays as it is: undo the write-off to reverse it.",
                    entry=self.name,
                )
            )
        return blockers
