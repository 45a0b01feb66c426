from odoo import api, fields, models

from .price_finding import SEVERITIES


class CloudPriceFinding(models.TransientModel):
    """The report of the linter: what is probably wrong with the prices, as it was when the list was opened."""

    _name = "cloud.price.finding"
    _description = "Finding on Prices"
    _order = "rank, plan_id, id"
    _rec_name = "sentence"

    rank = fields.Integer(readonly=True)
    severity = fields.Selection(
        [("error", "Blocks approval"), ("warning", "Look at it"), ("info", "Good to know")], readonly=True
    )
    code = fields.Selection(
        [
            ("terms", "Cannot be priced"),
            ("overlap", "Two equal prices"),
            ("unpriced", "No price"),
            ("not_billed", "Product is not billed"),
            ("no_meter", "Nothing is counted"),
            ("falls", "Total falls"),
            ("unreachable", "Never applies"),
            ("expired", "Expired exception"),
            ("currency", "Other currency"),
            ("rate", "No exchange rate"),
            ("unit", "Other unit"),
            ("below_cost", "Below cost"),
        ],
        string="Kind",
        readonly=True,
        help="To add one for a check of yours: selection_add.",
    )
    sentence = fields.Text(string="Finding", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    plan_id = fields.Many2one("cloud.price.plan", string="Price Plan", readonly=True)
    version_id = fields.Many2one("cloud.price.plan.version", readonly=True)
    version_status = fields.Selection(related="version_id.status", string="Version Status")
    rule_id = fields.Many2one("cloud.price.rule", string="Price", readonly=True)
    res_model = fields.Char(string="Model", readonly=True)
    res_id = fields.Many2oneReference(string="Record ID", model_field="res_model", readonly=True)

    # === ACTIONS === #

    @api.model
    def action_check(self):
        """Look through the prices that hold, will hold or are proposed, and show what was found."""
        versions = self.env["cloud.price.plan.version"].search([("company_id", "in", self.env.companies.ids)])
        return self._open(
            versions.filtered(lambda version: version.status not in ("superseded", "replaced", "rejected"))
        )

    def action_open_record(self):
        """Where it is put right."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).get_formview_action()

    # === BUSINESS === #

    @api.model
    def _open(self, versions):
        """Check versions anew and open the list of what was found."""
        versions.check_access("read")
        findings = self.env["cloud.price.linter"]._lint(versions, fields.Date.context_today(self))
        rows = self.create([self._prepare_vals(finding) for finding in findings])
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_price_finding_action")
        return {**action, "domain": [("id", "in", rows.ids)]}

    def _prepare_vals(self, finding):
        version = finding.version
        return {
            "rank": SEVERITIES.index(finding.severity),
            "severity": finding.severity,
            "code": finding.code,
            "sentence": finding.sentence,
            "company_id": version.company_id.id,
            "plan_id": version.plan_id.id,
            "version_id": version.id,
            "rule_id": finding.rule.id,
            "res_model": finding.record._name,
            "res_id": finding.record.id,
        }
