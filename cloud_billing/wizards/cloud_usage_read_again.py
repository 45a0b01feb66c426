from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudUsageReadAgain(models.TransientModel):
    """Shows what reading the kept files of an import again would come to, and does it."""

    _name = "cloud.usage.read.again"
    _description = "Read an Import Again"

    import_id = fields.Many2one("cloud.usage.import", required=True, readonly=True, ondelete="cascade")
    source_id = fields.Many2one(related="import_id.source_id")
    shape = fields.Selection(related="import_id.source_id.shape")
    import_state = fields.Selection(related="import_id.state")
    former_version_id = fields.Many2one(related="import_id.format_version_id", string="Read By Until Now")
    version_id = fields.Many2one(related="import_id.source_id.format_id.version_id", string="Read By From Now")
    way = fields.Selection(
        [
            ("missing", "Take in what could not be read before; all other rows stay as they are"),
            ("anew", "Undo the import and take all its rows in anew"),
        ],
        string="What Is to Happen",
        required=True,
        default="missing",
    )
    what_happens = fields.Char(compute="_compute_what_happens")
    looked_at = fields.Char(readonly=True, help="The way of which the outcome is shown.")
    outcome_text = fields.Text(string="What Comes of It", readonly=True)
    removal_text = fields.Char(readonly=True)
    can_do = fields.Boolean(readonly=True)
    allow_removal = fields.Boolean(string="I have seen what this takes away")

    # === COMPUTE === #

    @api.depends("way", "shape", "import_id.delivery_ids.superseded_number")
    def _compute_what_happens(self):
        for wizard in self:
            if not wizard.import_id._is_live():
                text = self.env._("Nothing of it counts now. Its files are imported once more, and count from then on.")
            elif wizard.shape == "snapshot":
                text = self.env._(
                    "The files are read as a newer delivery of their months, which replaces the one that counts now. "
                    "Where something of it is billed, the next run bills the difference."
                )
            elif wizard.way == "anew":
                text = self.env._(
                    "The import is undone and its files are imported again, in one go. That is possible while nothing "
                    "of it is billed. Rows that were known from other imports stay."
                )
            else:
                text = self.env._(
                    "Rows that are there already stay, also billed ones. A row whose id is there with other content "
                    "waits under To resolve, with both versions."
                )
            wizard.what_happens = text

    # === ACTIONS === #

    def action_look(self):
        """Show what would come of it; nothing of it stays."""
        self.ensure_one()
        outcome, removals, can_do = self._rehearse()
        self.write(
            {
                "looked_at": self.way,
                "outcome_text": outcome,
                "removal_text": removals,
                "can_do": can_do,
                "allow_removal": False,
            }
        )
        return self._show()

    def action_read_again(self):
        """Read the files again, and open the new import."""
        self.ensure_one()
        if self.removal_text and not self.allow_removal:
            raise UserError(
                self.env._("Reading it again takes usage away: %(removals)s. Tick the box when that is right.",
                           removals=self.removal_text)
            )  # fmt: skip
        again = self.import_id._read_again(self.way == "anew", self.allow_removal)
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.usage.import",
            "res_id": again.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "current",
        }

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Read Again"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    # === BUSINESS === #

    def _rehearse(self):
        """(what would come of it, what it would take away or False, whether it can be done); nothing of it stays."""
        usage_import = self.import_id
        if not usage_import._is_small():
            return (
                self.env._(
                    "The files are large, so they are read in the background and the new import shows what came of it. "
                    "Until then rows of an undone import do not count."
                ),
                False,
                True,
            )
        # What is read here belongs to nobody yet: everything but the figures is rolled back.
        savepoint = self.env.cr.savepoint()
        try:
            again = usage_import._read_again(self.way == "anew", allow_removal=True)
            texts = again._get_reread_texts()
        except UserError as error:
            texts = (str(error), False, False)
        finally:
            savepoint.close(rollback=True)
        return texts
