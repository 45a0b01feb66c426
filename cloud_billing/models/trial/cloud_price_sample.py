from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.numbers import to_text
from ...fields import DecimalField, format_decimal, get_changed
from .sample_result import SampleResult

VERDICTS = [("passed", "Passes"), ("failed", "Fails"), ("other_version", "Not of this version")]
# What the clause says; a change of any of it is recorded where prices are in use.
_CLAUSE = (
    "name",
    "active",
    "product_id",
    "customer_id",
    "subscription_id",
    "quantity",
    "seats",
    "cost",
    "cost_currency_id",
    "value",
    "events",
    "dimensions",
    "date_start",
    "date_end",
    "expected_amount",
    "source",
)


class CloudPriceSample(models.Model):
    """A sentence of a contract as a test: so many cost so much. No version is approved that says otherwise."""

    _name = "cloud.price.sample"
    _description = "Sample Calculation"
    _inherit = ["cloud.price.question.mixin", "mail.thread"]
    _order = "plan_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True, help="For instance 15,000 calls cost EUR 97.50.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    plan_id = fields.Many2one("cloud.price.plan", string="Price Plan", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain=[("cloud_billing_model", "!=", False)],
        tracking=True,
    )
    customer_id = fields.Many2one(
        "cloud.customer",
        compute="_compute_customer_id",
        store=True,
        readonly=False,
        precompute=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="Empty: everyone.",
    )
    subscription_id = fields.Many2one(
        "cloud.subscription",
        ondelete="restrict",
        check_company=True,
        domain="[('customer_id', '=?', customer_id), ('plan_id', '=', plan_id)]",
        tracking=True,
        help="For a price that was agreed for one subscription only.",
    )
    quantity = DecimalField(tracking=True)
    seats = DecimalField(tracking=True)
    cost = DecimalField(tracking=True)
    cost_currency_id = fields.Many2one(tracking=True)
    value = DecimalField(tracking=True)
    events = fields.Char(tracking=True)
    dimensions = fields.Char(tracking=True)
    date_start = fields.Date(
        string="Holds From",
        tracking=True,
        help="First day; a version is asked for its own first day after this one. Empty: every version must agree.",
    )
    date_end = fields.Date(
        string="Holds Until", tracking=True, help="First day on which it was agreed no longer. Empty: open."
    )
    expected_amount = DecimalField(
        required=True, currency_field="currency_id", tracking=True, help="For one whole billing period."
    )
    source = fields.Text(
        string="Contract Clause", tracking=True, help="Where it is written, for instance Annex B, paragraph 4."
    )
    version_id = fields.Many2one(
        "cloud.price.plan.version",
        string="Checked Against",
        compute="_compute_result",
        help="The newest version that is a draft or waits for approval, else the one in force.",
    )
    actual_amount = DecimalField(compute="_compute_result", currency_field="currency_id")
    verdict = fields.Selection(VERDICTS, compute="_compute_result", string="Result")
    problem = fields.Char(compute="_compute_result", help="What is wrong, and what to do.")
    # Rendered from our own template, which escapes every value.
    workings_html = fields.Html(string="Workings", compute="_compute_result", sanitize=False)

    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A clause ends after it begins.")

    # === COMPUTE === #

    @api.depends("subscription_id")
    def _compute_customer_id(self):
        for sample in self:
            sample.customer_id = sample.subscription_id.customer_id or sample.customer_id

    @api.depends(*_CLAUSE, "plan_id.version_ids.state", "plan_id.version_ids.rule_ids")
    @api.depends_context("sample_version_id", "lang")
    def _compute_result(self):
        chosen = self.env["cloud.price.plan.version"].browse(self.env.context.get("sample_version_id") or ())
        for plan, samples in self.grouped("plan_id").items():
            version = chosen if chosen.plan_id == plan._origin else plan._get_version_to_check()
            results = samples._run(version) if version else {}
            for sample in samples:
                sample._set_result(version, results.get(sample))

    def _set_result(self, version, result):
        answer = result.answer if result else None
        self.version_id = version
        self.verdict = result.verdict if result else False
        self.actual_amount = answer.amount if answer else None
        self.problem = self._get_problem(version, result) if result else False
        tables = self.env["cloud.price.calculator"]._get_workings_tables(answer) if answer else []
        self.workings_html = self.env["ir.qweb"]._render("cloud_billing.explanation_tables", {"tables": tables})

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        samples = super().create(vals_list)
        samples._record_change("sample_added", lambda sample: {"expected": to_text(sample.expected_amount)})
        return samples

    def write(self, vals):
        changed = {}
        for sample in self:
            names = get_changed(sample, vals, _CLAUSE)
            if names:
                changed[sample] = {name: [sample._tell_value(name)] for name in names}
        result = super().write(vals)
        for sample, values in changed.items():
            for name, value in values.items():
                value.append(sample._tell_value(name))
        self.browse().union(*changed)._record_change("sample_changed", changed.get)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_before_it_counts(self):
        for sample in self:
            if sample.plan_id.has_approved_version and sample.company_id.cloud_billing_state != "setup":
                raise UserError(
                    self.env._(
                        "%(sample)s was checked when prices of %(plan)s were approved. Archive it instead, or say "
                        "until when it holds.",
                        sample=sample.name,
                        plan=sample.plan_id.name,
                    )
                )

    def _record_change(self, action, detail):
        """Audited from the first approved version on: a clause that is changed lets other prices through."""
        in_use = self.filtered("plan_id.has_approved_version")
        if in_use:
            self.env["cloud.audit.event"]._record(action, in_use, detail=detail)

    # === ACTIONS === #

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Sample Calculations"),
                "template": "/cloud_billing/static/xls/sample_calculations.csv",
            }
        ]

    # === BUSINESS === #

    @api.model
    def _get_list_action(self, plan, version=None):
        """The samples of a plan, as one version answers them; without it the one that `_get_version_to_check` says."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Sample Calculations of %(name)s", name=(version or plan).display_name),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("plan_id", "=", plan.id)],
            "context": {"default_plan_id": plan.id, "sample_version_id": version.id if version else False},
        }

    def _run(self, version):
        """{sample: SampleResult} of samples of one plan under a version, as if it were approved.

        Asked is the first day on which both the version and the clause hold. Takes a constant number of statements.
        """
        days = {sample: sample._get_day(version) for sample in self}
        asked = [sample for sample in self if days[sample]]
        answers = self.env["cloud.price.calculator"]._calculate(
            [sample._get_question(days[sample]) for sample in asked], version._as_proposal()
        )
        results = {sample: SampleResult("other_version") for sample in self}
        for sample, answer in zip(asked, answers, strict=True):
            verdict = "passed" if answer.amount == sample.expected_amount else "failed"
            results[sample] = SampleResult(verdict, days[sample], answer)
        return results

    def _get_day(self, version):
        """The first day on which both hold; None where there is none."""
        end = min((day for day in (self.date_end, version._get_day_of_next()) if day), default=None)
        day = max(self.date_start or version.date_start, version.date_start)
        return None if end and day >= end else day

    def _get_question(self, day):
        lines = self.subscription_id.line_ids
        line = lines.filtered(lambda line: line.product_id == self.product_id)[:1]
        # In the plan's own currency: a clause that holds today must hold at tomorrow's rate.
        return self._make_question(day, line, is_exchanged=False)

    def _get_problem(self, version, result):
        """Why a sample fails and what to do, as a sentence; False where it does not."""
        if result.verdict != "failed":
            return False
        facts = {
            "sample": self.name,
            "version": version.display_name,
            "expected": self._format(self.expected_amount),
            "clause": f" ({self.source.strip()})" if self.source else "",
        }
        if result.answer.refused:
            return self.env._(
                "Sample calculation %(sample)s%(clause)s: expected are %(expected)s, but %(version)s gives no amount. "
                "%(reason)s",
                reason=self.env["cloud.price.calculator"]._get_sentence(result.answer.refused),
                **facts,
            )
        return self.env._(
            "Sample calculation %(sample)s%(clause)s: expected are %(expected)s, but %(version)s gives %(actual)s on "
            "%(day)s. Change the price, or the sample where something else was agreed.",
            actual=self._format(result.answer.amount),
            day=fields.Date.to_string(result.day),
            **facts,
        )

    def _format(self, amount):
        return f"{format_decimal(self.env, amount, self.currency_id.decimal_places)} {self.currency_id.name}"

    def _get_content(self):
        """What an approval covers of a sample, as JSON-able values; a new part of the question must be added here."""
        return [self[name].id if self._fields[name].relational else self._tell_value(name) for name in _CLAUSE]

    def _tell_value(self, name):
        """A field's value as text to be read later: the name of a record, every digit of a number; None for none."""
        value, field = self[name], self._fields[name]
        if field.relational:
            return value.display_name or None
        if field.type == "boolean":
            return str(value)
        return to_text(value) if isinstance(value, Decimal) else str(value or "") or None
