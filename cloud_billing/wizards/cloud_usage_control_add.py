from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..fields import DecimalField
from ..models.arrival.cloud_usage_control import MEASURES


class CloudUsageControlAdd(models.TransientModel):
    """Enters control totals: from a provider's manifest, a file of totals or Cost Explorer, or typed."""

    _name = "cloud.usage.control.add"
    _description = "Add Control Totals"

    source_id = fields.Many2one(
        "cloud.usage.source", required=True, default=lambda self: self.env["cloud.usage.source"]._get_first_expected()
    )
    content = fields.Binary(string="File", attachment=False, help="A manifest of AWS or Azure, or totals as CSV.")
    file_name = fields.Char()
    currency = fields.Char(
        string="Currency of Costs", size=3, default=lambda self: self.env.company.currency_id.name,
        help="Of costs whose line names none.",
    )  # fmt: skip
    reference = fields.Char(
        compute="_compute_lines", store=True, readonly=False, help="For instance the number of the provider's invoice."
    )
    problem = fields.Text(compute="_compute_problem")
    line_ids = fields.One2many(
        "cloud.usage.control.add.line",
        "wizard_id",
        string="Totals",
        compute="_compute_lines",
        store=True,
        readonly=False,
    )

    # === COMPUTE === #

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_problem(self):
        for wizard in self:
            wizard.problem = wizard._read()[1]

    @api.depends("content")
    def _compute_lines(self):
        for wizard in self:
            found, problem = wizard._read()
            if problem:
                wizard.line_ids = [Command.clear()]
            elif found:
                wizard.reference = found.reference or wizard.file_name
                lines = [Command.create(wizard._prepare_line_vals(found, total)) for total in found.totals]
                wizard.line_ids = [Command.clear(), *lines]

    def _read(self):
        """(what the uploaded file says, why it says nothing); both empty where there is none."""
        name = self.file_name or self.env._("The file")
        # A form asks for the size of a file in place of its content.
        content = self.with_context(bin_size=False).content
        return self.env["cloud.usage.control"]._read_file(content, name) if content else (None, False)

    def _prepare_line_vals(self, found, total):
        return {
            "month": total.month,
            "provider_account": total.account,
            "measure": total.measure,
            "currency": total.currency or (self.currency if total.measure == "cost_billed" else ""),
            "unit": total.unit,
            "amount": total.amount,
            "origin": "manifest" if found.kind.endswith("manifest") else "file",
            "files": found.files if total.measure in ("files", "bytes") else False,
        }

    # === ACTIONS === #

    def action_add(self):
        """Keep the totals; each takes the place of a former one of the same figure."""
        self.ensure_one()
        if self.problem:
            raise UserError(self.problem)
        if not self.line_ids:
            raise UserError(self.env._("Upload a file, or add a line with a total."))
        controls = self.env["cloud.usage.control"].create([line._prepare_control_vals() for line in self.line_ids])
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_control_action")
        return {**action, "domain": [("id", "in", controls.ids)], "context": {}}


class CloudUsageControlAddLine(models.TransientModel):
    """One total that is entered."""

    _name = "cloud.usage.control.add.line"
    _description = "Control Total to Add"

    wizard_id = fields.Many2one("cloud.usage.control.add", required=True, ondelete="cascade")
    month = fields.Date(required=True, default=fields.Date.context_today)
    provider_account = fields.Char(string="Account", help="Empty: all accounts of the source together.")
    measure = fields.Selection(MEASURES, required=True, default="cost_billed")
    currency = fields.Char(size=3)
    unit = fields.Char()
    amount = DecimalField(required=True)
    origin = fields.Char(default="typed")
    files = fields.Json()

    def _prepare_control_vals(self):
        is_cost = self.measure == "cost_billed"
        return {
            "source_id": self.wizard_id.source_id.id,
            "provider_account": self.provider_account,
            "month": self.month,
            "measure": self.measure,
            "currency": (self.currency or self.wizard_id.currency) if is_cost else "",
            "unit": self.unit if self.measure == "quantity" else "",
            "amount": self.amount,
            "origin": self.origin or "typed",
            "reference": self.wizard_id.reference,
            "files": self.files,
        }
