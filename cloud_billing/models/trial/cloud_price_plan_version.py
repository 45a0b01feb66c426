from odoo import api, fields, models
from odoo.exceptions import UserError

from .price_finding import ERROR

# A checker reads so many; the list behind the button shows all.
_SAMPLES_TOLD = 20
_FINDINGS_TOLD = 20


class CloudPricePlanVersion(models.Model):
    _inherit = "cloud.price.plan.version"

    sample_count = fields.Integer(compute="_compute_sample_result", string="Number of Sample Calculations")
    failed_sample_count = fields.Integer(compute="_compute_sample_result", string="Failing Sample Calculations")
    sample_problem = fields.Text(
        compute="_compute_sample_result", string="Failing Samples", help="They block the approval."
    )

    finding_count = fields.Integer(compute="_compute_findings", string="Number of Findings")
    has_error = fields.Boolean(compute="_compute_findings", help="A finding that blocks the submission for approval.")
    # Rendered from our own template, which escapes every value.
    finding_html = fields.Html(
        compute="_compute_findings", string="Findings", sanitize=False, help="What is probably wrong, and what to do."
    )

    # === COMPUTE === #

    @api.depends("plan_id.sample_ids", "date_start", "state", "rule_ids")
    @api.depends_context("lang")
    def _compute_sample_result(self):
        for version in self:
            results = version._run_samples()
            failed = {sample: result for sample, result in results.items() if result.verdict == "failed"}
            version.sample_count = len(results)
            version.failed_sample_count = len(failed)
            version.sample_problem = "\n".join(
                sample._get_problem(version._origin, result) for sample, result in failed.items()
            )

    @api.depends("date_start", "state", "rule_ids")
    @api.depends_context("lang")
    def _compute_findings(self):
        for version in self:
            findings = version._lint()
            version.finding_count = len(findings)
            version.has_error = any(finding.severity == ERROR for finding in findings)
            version.finding_html = self.env["ir.qweb"]._render(
                "cloud_billing.price_findings", {"findings": findings[:_FINDINGS_TOLD], "count": len(findings)}
            )

    # === ACTIONS === #

    def action_submit(self):
        for version in self:
            version._check_findings()
        return super().action_submit()

    def action_open_findings(self):
        """The findings on this version, each with a button to where it is put right."""
        self.ensure_one()
        return self.env["cloud.price.finding"]._open(self)

    def action_open_samples(self):
        """The sample calculations of the plan, as this version answers them."""
        self.ensure_one()
        return self.env["cloud.price.sample"]._get_list_action(self.plan_id, self)

    # === BUSINESS === #

    def _get_day_of_next(self):
        """First day of the approved version that follows this one, or would; None where none does."""
        self.ensure_one()
        followers = self.plan_id.version_ids.filtered(
            lambda version: version.state == "approved" and version.date_start > self.date_start
        )
        return min(followers.mapped("date_start"), default=None)

    def _is_kept_by_some(self):
        """Whether an approved version after this one does not hold for everyone from its first day on."""
        self.ensure_one()
        return any(
            version.policy != "at_once"
            for version in self.plan_id.version_ids
            if version.state == "approved" and not version.replaced_by_id and version.date_start > self.date_start
        )

    def _run_samples(self):
        """{sample: SampleResult} of the plan's sample calculations under this version."""
        self.ensure_one()
        stored = self._origin
        return stored.plan_id.sample_ids._run(stored) if stored else {}

    def _get_problems(self):
        """Beside what cannot be priced at all: the sentences of contracts that this version does not agree with."""
        problems = super()._get_problems()
        if problems:
            return problems
        return [
            sample._get_problem(self, result)
            for sample, result in self._run_samples().items()
            if result.verdict == "failed"
        ]

    def _get_content(self):
        content = super()._get_content()
        samples = self.plan_id.sample_ids.sorted("id")
        # Without samples the digest is the one that was approved before there were any.
        return {**content, "samples": [sample._get_content() for sample in samples]} if samples else content

    def _get_effect_notes(self, before):
        return super()._get_effect_notes(before) + self._get_sample_notes() + self._get_finding_notes()

    def _get_sample_notes(self):
        """What a checker reads of the sample calculations: all passed, or this would not have been submitted."""
        results = {
            sample: result for sample, result in self._run_samples().items() if result.verdict != "other_version"
        }
        if not results:
            return []
        notes = [self.env._("Sample calculations that were checked: %(count)s.", count=len(results))]
        for sample in list(results)[:_SAMPLES_TOLD]:
            source = f" ({sample.source.strip()})" if sample.source else ""
            notes.append(f"{sample.name}: {sample._format(sample.expected_amount)}{source}")
        return notes

    def _lint(self):
        """The findings of the linter on this version, errors first; none on one that is over."""
        self.ensure_one()
        stored = self._origin
        if not stored or stored.status in ("superseded", "replaced"):
            return []
        return self.env["cloud.price.linter"]._lint(stored, fields.Date.context_today(self))

    def _check_findings(self):
        """Raise UserError with what must be put right before another person is asked."""
        sentences = [finding.sentence for finding in self._lint() if finding.severity == ERROR]
        if sentences:
            raise UserError("\n".join(sentences[:_FINDINGS_TOLD]))

    def _get_finding_notes(self):
        """What a checker reads of the findings that stand."""
        findings = self._lint()
        if not findings:
            return [self.env._("The price check has found nothing.")]
        notes = [self.env._("Findings of the price check: %(count)s.", count=len(findings))]
        return notes + [finding.sentence for finding in findings[:_FINDINGS_TOLD]]
