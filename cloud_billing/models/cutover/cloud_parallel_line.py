from odoo import api, fields, models
from odoo.exceptions import UserError

from ...fields import DecimalField


class CloudParallelLine(models.Model):
    """One customer of a parallel month: what we would bill, what the other system billed, and why they differ."""

    _name = "cloud.parallel.line"
    _description = "Total Beside the Other System's"
    _order = "size desc, customer_key, id"
    _rec_name = "customer_key"

    parallel_id = fields.Many2one("cloud.parallel", required=True, readonly=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="parallel_id.company_id", store=True, index=True)
    customer_id = fields.Many2one("cloud.customer", readonly=True, ondelete="cascade", index=True)
    customer_key = fields.Char(string="Key", readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    amount_ours = DecimalField(string="Ours", readonly=True, currency_field="currency_id", help="Empty: no bill.")
    amount_theirs = DecimalField(
        string="Theirs", readonly=True, currency_field="currency_id", help="Empty: not in the file."
    )
    difference = DecimalField(readonly=True, currency_field="currency_id", help="Ours less theirs.")
    size = DecimalField(readonly=True, currency_field="currency_id", help="Of the difference, whatever its sign.")
    state = fields.Selection(
        [
            ("equal", "Equal"),
            ("within", "Within the tolerance"),
            ("differs", "Differs"),
            ("only_ours", "Only ours"),
            ("only_theirs", "Only theirs"),
        ],
        string="Result",
        required=True,
        readonly=True,
    )
    invoices = fields.Char(string="Their Invoices", readonly=True)
    note = fields.Char(help="Why they differ; needed before it is explained.")
    is_explained = fields.Boolean(string="Explained", help="Somebody knows why, and it is right as it is.")
    explained_by_id = fields.Many2one("res.users", readonly=True, ondelete="restrict")
    explained_at = fields.Datetime(string="Explained On", readonly=True)

    _explained_has_note = models.Constraint(
        "CHECK (is_explained IS NOT TRUE OR COALESCE(note, '') <> '')", "Say in the note why they differ."
    )

    # === CRUD === #

    def write(self, vals):
        """People write notes and marks only, while the run is in review; the rest is worked out."""
        if not self.env.su:
            self._check_editable(vals)
            if "is_explained" in vals:
                is_explained = bool(vals["is_explained"])
                vals = {
                    **vals,
                    "explained_by_id": is_explained and self.env.uid,
                    "explained_at": is_explained and fields.Datetime.now(),
                }
        return super().write(vals)

    def _check_editable(self, vals):
        if set(vals) - {"note", "is_explained"}:
            raise UserError(self.env._("Amounts are worked out: only the note and the mark are yours to write."))
        for run in self.parallel_id.run_id:
            if run.state != "review":
                raise UserError(
                    self.env._("%(run)s is not in review any more, so its explanations stay.", run=run.name)
                )
        if vals.get("is_explained"):
            self._check_note(vals)

    def _check_note(self, vals):
        silent = self.filtered(lambda line: not vals.get("note", line.note))
        if silent:
            raise UserError(
                self.env._(
                    "Say in the note why they differ, then mark it as explained: %(names)s.",
                    names=", ".join(silent[:5].mapped("display_name")),
                )
            )

    # === COMPUTE === #

    @api.depends("customer_id.name", "customer_key")
    def _compute_display_name(self):
        for line in self:
            line.display_name = line.customer_id.name or line.customer_key or ""

    # === ACTIONS === #

    def action_explain(self):
        """Mark differences as explained; each has a note."""
        self.write({"is_explained": True})

    def action_view_bill(self):
        """What we would bill this customer in the run."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_bill_action")
        domain = [("run_id", "=", self.parallel_id.run_id.id), ("customer_id", "=", self.customer_id.id)]
        return {**action, "domain": domain, "context": {}}
