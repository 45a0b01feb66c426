from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudBackupDrill(models.Model):
    """That somebody restored a backup and looked whether it was whole: what a person did, written down by that person.

    Never changed: a mistake is told by another one.
    """

    _name = "cloud.backup.drill"
    _description = "Backup Drill"
    _order = "done_at desc, id desc"
    _rec_name = "backup"

    done_at = fields.Datetime(string="When", required=True, default=fields.Datetime.now)
    done_by = fields.Char(string="By", required=True, default=lambda self: self.env.user.name)
    recorded_by_id = fields.Many2one(
        "res.users", string="Written Down By", required=True, readonly=True, default=lambda self: self.env.user
    )
    backup = fields.Char(required=True, help="Which backup: its name, and the moment that it is of.")
    restored = fields.Text(string="What Was Restored", required=True, help="Database, files, and onto which machine.")
    minutes = fields.Integer(help="From the decision to a system that people could work with.")
    checks = fields.Text(
        string="How It Was Checked",
        required=True,
        help="e.g. trial balance and number of entries as in the running system, seal verified, a secret decrypted.",
    )
    result = fields.Selection([("passed", "Passed"), ("partly", "With problems"), ("failed", "Failed")], required=True)
    problems = fields.Text(string="Problems and What Is Done")

    _minutes_positive = models.Constraint("CHECK (minutes >= 0)", "Minutes are not below zero.")
    _problems_told = models.Constraint(
        "CHECK (result = 'passed' OR COALESCE(problems, '') <> '')", "Say what the problem was."
    )

    # === CRUD === #
    # write() and unlink() have no super(), for nobody may: what was written down stays.
    # pylint: disable=method-required-super,no-raise-unlink

    @api.model_create_multi
    def create(self, vals_list):
        # Who writes it down is who is logged in, whatever is sent.
        drills = super().create([{**vals, "recorded_by_id": self.env.uid} for vals in vals_list])
        self.env["cloud.audit.event"]._record(
            "backup_drill", drills, detail=lambda drill: {"result": drill.result, "backup": drill.backup}
        )
        return drills

    def write(self, vals):
        raise UserError(self._get_refusal())

    def unlink(self):
        raise UserError(self._get_refusal())

    def _get_refusal(self):
        return self.env._("A drill stays as it was written down. Write down another one that says what was wrong.")
