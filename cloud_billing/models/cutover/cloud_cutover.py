import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...csv_downloads import download_csv
from ...engine.numbers import exact
from ...engine.readers.base import RejectedFile
from ...fields import format_decimal
from ..usage.reader_messages import explain_refusal
from .cutover_layout import COLUMNS, read_rows, write_table


class CloudCutover(models.Model):
    """Contracts that are moved here from another system: a file with what was agreed and what was billed of it.

    How it is read and checked: cloud_cutover_check.py; what it makes: cloud_cutover_make.py; how it is agreed and taken
    back: cloud_cutover_approval.py.
    """

    _name = "cloud.cutover"
    _description = "Cutover From Another System"
    _inherit = ["cloud.taken.back.mixin", "mail.thread"]
    _request_kind = "cutover"
    _undo_kind = "cutover_undo"
    _protected_fields = ("name", "company_id", "date", "file", "file_name", "tz", "state")
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True, help="For instance: From the old billing, July 2026.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    date = fields.Date(
        string="Cutover On",
        required=True,
        default=fields.Date.context_today,
        tracking=True,
        help="First day on which invoices are made here. What the former system billed for days from then on is its "
        "deferred balance.",
    )
    state = fields.Selection(
        selection_add=[("approved", "Applied")],
    )
    stage = fields.Selection(
        [
            ("draft", "Draft"),
            ("checked", "Checked"),
            ("pending", "Waiting for approval"),
            ("rejected", "Rejected"),
            ("applied", "Applied"),
            ("undone", "Undone"),
        ],
        compute="_compute_stage",
    )
    file = fields.Binary(attachment=True, copy=False, help="CSV in UTF-8, one row per line of a contract; may be gzip.")
    file_name = fields.Char(copy=False)
    tz = fields.Selection(
        lambda self: self.env["cloud.customer"]._fields["tz"]._description_selection(self.env),
        string="Time Zone",
        default=lambda self: self.env.user.tz or "UTC",
        required=True,
        help="Of new customers whose row names none.",
    )
    checked_digest = fields.Char(readonly=True, copy=False, help="Of the file that was checked.")
    row_ids = fields.One2many("cloud.cutover.row", "cutover_id", string="Rows", copy=False)
    opening_ids = fields.One2many("cloud.opening", "cutover_id", string="Opening Facts")
    new_count = fields.Integer(string="New", compute="_compute_counts")
    known_count = fields.Integer(string="Here Already", compute="_compute_counts")
    changed_count = fields.Integer(string="Here, and Different", compute="_compute_counts")
    problem_count = fields.Integer(string="Problems", compute="_compute_counts")
    subscription_count = fields.Integer(string="Subscriptions", compute="_compute_counts")
    opening_count = fields.Integer(string="Opening Facts Written", compute="_compute_deferred_text")
    deferred_text = fields.Char(
        string="Deferred Balance", compute="_compute_deferred_text", help="Sum of the opening facts, by currency."
    )
    is_checked = fields.Boolean(compute="_compute_is_checked", help="The file was checked as it is now.")

    # === COMPUTE === #

    @api.depends("row_ids.outcome")
    def _compute_counts(self):
        groups = self.env["cloud.cutover.row"]._read_group(
            [("cutover_id", "in", self.ids)], ["cutover_id", "outcome"], ["__count", "subscription_key:count_distinct"]
        )
        counts = {(cutover.id, outcome): (count, keys) for cutover, outcome, count, keys in groups}
        for cutover in self:
            for outcome in ("new", "known", "changed", "problem"):
                cutover[f"{outcome}_count"] = counts.get((cutover._origin.id, outcome), (0, 0))[0]
            cutover.subscription_count = counts.get((cutover._origin.id, "new"), (0, 0))[1]

    @api.depends("opening_ids.deferred_amount", "opening_ids.undone_on")
    def _compute_deferred_text(self):
        for cutover in self:
            live = cutover.opening_ids.filtered(lambda opening: not opening.undone_on)
            cutover.opening_count = len(live)
            texts = []
            with exact():
                for currency, openings in live.grouped("currency_id").items():
                    total = sum(amount for amount in openings.mapped("deferred_amount") if amount)
                    if total:
                        texts.append(f"{format_decimal(self.env, total, currency.decimal_places)} {currency.name}")
            cutover.deferred_text = ", ".join(texts) or False

    @api.depends("file", "checked_digest", "date")
    def _compute_is_checked(self):
        for cutover in self:
            cutover.is_checked = bool(cutover.file) and cutover._get_digest() == cutover.checked_digest

    @api.depends("state", "undone_on", "is_checked", "row_ids.outcome")
    def _compute_stage(self):
        for cutover in self:
            if cutover.state == "approved":
                cutover.stage = "undone" if cutover.undone_on else "applied"
            elif cutover.state == "draft":
                is_sound = cutover.is_checked and not cutover.problem_count
                cutover.stage = "checked" if is_sound else "draft"
            else:
                cutover.stage = cutover.state

    # === ACTIONS === #

    def action_check(self):
        """Read the file and say everything that is wrong with it, and what would become of each row."""
        self.check_access("write")
        for cutover in self:
            if cutover.state != "draft":
                raise UserError(self.env._("%(cutover)s is not a draft: make a new one.", cutover=cutover.name))
            cutover._check_file(fields.Datetime.now())

    def action_open_rows(self):
        return self._open("cloud.cutover.row", self.env._("Rows of %(cutover)s", cutover=self.name))

    def action_open_openings(self):
        return self._open("cloud.opening", self.env._("Opening Facts of %(cutover)s", cutover=self.name))

    def action_download_template(self):
        """An empty file with the names of all columns."""
        self.check_access("read")
        return self._download("cutover.csv", write_table([column.name for column in COLUMNS], []))

    def action_export(self):
        """What is here of the subscriptions of this cutover, in the layout of the file."""
        self.check_access("read")
        subscriptions = self.row_ids.line_id.subscription_id | self.opening_ids.subscription_id
        return self._download(f"{self.name}.csv", subscriptions._export_layout())

    def _open(self, model, name):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": [("cutover_id", "=", self.id)],
            "context": {"create": False},
        }

    def _download(self, name, content):
        self.ensure_one()
        return download_csv(self.env, name, content, self)

    # === BUSINESS === #

    def _get_bytes(self):
        """The file as it was uploaded; sizes instead of files, as a form asks for, are of no use here."""
        self.ensure_one()
        return base64.b64decode(self.with_context(bin_size=False).file or b"")

    def _get_digest(self):
        """What a check, and an approval, are about: the file, and the day by which its deferred balances are judged."""
        text = f"{fields.Date.to_string(self.date)}|{self.tz}|".encode()
        return hashlib.sha256(text + self._get_bytes()).hexdigest()

    def _read_file(self):
        """(header, rows) of `read_rows`. Raises UserError with what is wrong with the file as a whole."""
        if not self.file:
            raise UserError(self.env._("%(cutover)s has no file. Upload one first.", cutover=self.name))
        try:
            return read_rows(self._get_bytes(), self.file_name or self.name)
        except RejectedFile as error:
            raise UserError(explain_refusal(self.env, error)) from error
