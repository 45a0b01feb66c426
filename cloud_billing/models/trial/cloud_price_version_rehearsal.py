import hashlib
import json

from odoo import fields, models


class CloudPricePlanVersion(models.Model):
    """What past months would have come to at these prices, before somebody is asked to approve them."""

    _inherit = "cloud.price.plan.version"

    rehearsal_ids = fields.One2many("cloud.price.rehearsal", "version_id", string="Rehearsals")
    rehearsal_count = fields.Integer(compute="_compute_rehearsal_count", string="Number of Rehearsals")

    # === COMPUTE === #

    def _compute_rehearsal_count(self):
        groups = self.env["cloud.price.rehearsal"]._read_group(
            [("version_id", "in", self.ids)], ["version_id"], ["__count"]
        )
        counts = {version.id: count for version, count in groups}
        for version in self:
            version.rehearsal_count = counts.get(version._origin.id, 0)

    # === ACTIONS === #

    def action_rehearse(self):
        """A rehearsal of these prices, to be started; opens it."""
        self.ensure_one()
        return self.env["cloud.price.rehearsal"].create({"version_id": self.id})._get_form_action()

    def action_open_rehearsals(self):
        """The rehearsals of these prices, newest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_price_rehearsal_action")
        return {**action, "domain": [("version_id", "=", self.id)], "context": {"default_version_id": self.id}}

    def action_submit(self):
        result = super().action_submit()
        for version in self:
            rehearsal = version._get_rehearsal()
            if rehearsal and version.request_id:
                rehearsal._write_result({"request_id": version.request_id.id})
        return result

    # === BUSINESS === #

    def _get_price_digest(self):
        """SHA-256 of the prices alone: what a rehearsal was made of. Samples and the revision change none."""
        self.ensure_one()
        content = {name: value for name, value in self._get_content().items() if name not in ("samples", "revision")}
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def _get_rehearsal(self):
        """The newest rehearsal that is done, or an empty record."""
        self.ensure_one()
        return self.rehearsal_ids.filtered(lambda rehearsal: rehearsal.state == "done").sorted("id")[-1:]

    def _get_effect_rows(self, before):
        rows = super()._get_effect_rows(before)
        rehearsal = self._get_rehearsal()
        if not rehearsal or rehearsal._is_of_other_prices():
            return rows
        margin = rehearsal._get_margin_row()
        label = self.env._("Rehearsed over %(count)s months: all customers of the plan", count=rehearsal.period_count)
        return [
            *rows,
            *self.env["cloud.price.rehearsal.line"]._get_effect_rows(rehearsal),
            *([margin] if margin else []),
            {
                "label": label,
                "old": rehearsal._format(rehearsal.amount_old),
                "new": rehearsal._format(rehearsal.amount_new),
            },
        ]

    def _get_effect_notes(self, before):
        rehearsal = self._get_rehearsal()
        notes = rehearsal._get_notes() if rehearsal else [self.env._("These prices were not rehearsed on past months.")]
        return [*super()._get_effect_notes(before), *notes]

    def _get_effect_amount(self):
        """How much more or less the rehearsed months come to; None where these prices were not rehearsed."""
        rehearsal = self._get_rehearsal()
        if not rehearsal or rehearsal._is_of_other_prices() or rehearsal.difference is None:
            return super()._get_effect_amount()
        return self._add_approval_amounts(
            [(rehearsal.currency_id, rehearsal.difference)], fields.Date.context_today(self)
        )
