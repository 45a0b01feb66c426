import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..masterdata.sheet import LIMITS

OPEN = ("waiting", "look", "refused")


class CloudSheetDelivery(models.Model):
    """A file with customers or subscriptions that a connector brought, until somebody, or by choice nobody, decides.

    It is written by itself and by its buttons. The file is kept as it came; what would come of its rows is told in
    `row_ids` as it was when it was last looked at.
    """

    _name = "cloud.sheet.delivery"
    _description = "Delivered Table"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "file_name"

    connector_delivery_id = fields.Many2one(
        "cloud.connector.delivery", string="Fetched As", required=True, readonly=True, ondelete="restrict", index=True
    )
    connector_id = fields.Many2one(related="connector_delivery_id.connector_id", store=True, index=True)
    source_id = fields.Many2one(
        related="connector_id.source_id", help="In whose keys its rows name customers and subscriptions."
    )
    company_id = fields.Many2one(related="connector_delivery_id.company_id", store=True, index=True)
    # To add a layout: inherit cloud.sheet.layout, and extend this selection and `delivers` of cloud.connector.
    kind = fields.Selection(
        [("cloud.sheet.customer", "Customers"), ("cloud.sheet.subscription", "Subscriptions")],
        string="Table",
        required=True,
        readonly=True,
    )
    file_name = fields.Char(required=True, readonly=True)
    content = fields.Binary(string="File", attachment=True, readonly=True, help="As it came.")
    size = fields.Float(digits=(20, 0), readonly=True, help="Bytes.")
    sha256 = fields.Char(string="SHA-256", readonly=True, help="Of the file.")
    taken_at = fields.Datetime(related="connector_delivery_id.taken_at", store=True, string="Came")
    state = fields.Selection(
        [
            ("waiting", "Being read"),
            ("look", "To look at"),
            ("refused", "Refused"),
            ("imported", "Imported"),
            ("same", "Nothing new"),
            ("superseded", "Superseded"),
            ("dismissed", "Dismissed"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        index=True,
        tracking=True,
        help="Refused: it cannot be read, or some of its rows cannot be imported. Superseded: the same thing came again"
        " before anybody had imported it.",
    )
    error = fields.Text(readonly=True, help="Why it cannot be read, or not be imported by itself.")
    new_count = fields.Integer(string="New", readonly=True)
    changed_count = fields.Integer(string="Changed", readonly=True)
    same_count = fields.Integer(string="Unchanged", readonly=True)
    refused_count = fields.Integer(string="Refused Rows", readonly=True)
    row_ids = fields.One2many(
        "cloud.sheet.delivery.row",
        "table_id",
        string="Rows",
        readonly=True,
        help="The first 500 that say anything.",
    )
    looked_at = fields.Datetime(readonly=True)
    # Of all rows, so that what is imported is what was looked at.
    digest = fields.Char(readonly=True)
    decided_at = fields.Datetime(string="Decided", readonly=True)
    decided_by_id = fields.Many2one("res.users", readonly=True, help="With whose rights.")

    _decided = models.Constraint(
        "CHECK ((state IN ('imported', 'same', 'superseded', 'dismissed')) = (decided_at IS NOT NULL))",
        "What is decided says when.",
    )
    _imported_by = models.Constraint(
        "CHECK (state <> 'imported' OR decided_by_id IS NOT NULL)", "What was imported says with whose rights."
    )

    # === BUSINESS: KEEPING === #

    @api.model
    def _keep(self, taken, files):
        """Keep the files of a delivery as tables that wait, in the place of those of its earlier versions.

        taken: a `cloud.connector.delivery`.   files: pairs (name, binary file).
        """
        earlier = self.search(
            [
                ("connector_id", "=", taken.connector_id.id),
                ("connector_delivery_id.name", "=", taken.name),
                ("state", "in", OPEN),
            ]
        )
        earlier._decide("superseded", taken.taken_at)
        tables = self.create([self._prepare_kept(taken, name, file) for name, file in files])
        tables.filtered(lambda table: table.state == "refused")._ask_somebody()
        self._wake_up()
        return tables

    @api.model
    def _prepare_kept(self, taken, name, file):
        content = file.read(LIMITS.max_bytes + 1)
        vals = {"connector_delivery_id": taken.id, "kind": taken.connector_id.delivers, "file_name": name}
        if len(content) > LIMITS.max_bytes:
            megabytes = LIMITS.max_bytes // 1024**2
            error = self.env._(
                "The file is larger than %(size)s MB, so it was not kept. Let the other system deliver it in parts.",
                size=megabytes,
            )
            return {**vals, "state": "refused", "error": error}
        checksum = hashlib.sha256(content).hexdigest()
        return {**vals, "content": base64.b64encode(content), "size": len(content), "sha256": checksum}

    def _decide(self, state, now, user=None):
        """Keep what became of these, and that nobody has to look any more."""
        self.write({"state": state, "decided_at": now, "decided_by_id": user and user.id})
        self.activity_ids.filtered("automated").unlink()
        self._read_later_again()

    def _wake_up(self):
        """Let the scheduled action read what waits, soon."""
        # sudo: whoever decides may not read scheduled actions; waking this one up lends nothing else.
        self.env.ref("cloud_billing.cron_read_tables").sudo()._trigger()

    # === BUSINESS: WHO === #

    def _begin(self, *states):
        """These tables, as what writes them; raises when the person may not decide, or one is in another state."""
        self.check_access("read")
        if not self.env.user.has_group("cloud_billing.group_accountant"):
            raise AccessError(self.env._("To decide on a delivered table takes the role of an accountant."))
        if len(self.try_lock_for_update()) != len(self):
            raise UserError(self.env._("Somebody is deciding on this table just now. Open it again."))
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for table in self:
            if table.company_id not in self.env.companies:
                raise AccessError(self.env._("Choose %(company)s at the top first.", company=table.company_id.name))
            if table.state not in states:
                raise UserError(
                    self.env._(
                        "%(name)s is now: %(state)s. Open it again to see what can be done.",
                        name=table.file_name,
                        state=labels[table.state],
                    )
                )
        # sudo: what waits is written by these buttons alone; the role was checked above.
        return self.sudo()
