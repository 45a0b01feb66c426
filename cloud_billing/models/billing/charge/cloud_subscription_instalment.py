from odoo import api, fields, models


class CloudSubscription(models.Model):
    """The instalments of a subscription, and what of them somebody should look at."""

    _inherit = "cloud.subscription"

    instalment_ids = fields.One2many("cloud.instalment", "subscription_id", string="Instalments", readonly=True)
    instalment_warning = fields.Text(compute="_compute_instalment_warning")
    instalment_progress = fields.Text(compute="_compute_instalment_progress")

    # === COMPUTE === #

    @api.depends("line_ids.instalment_text", "line_ids.name")
    @api.depends_context("lang")
    def _compute_instalment_progress(self):
        for subscription in self:
            lines = subscription.line_ids.filtered("instalment_text")
            subscription.instalment_progress = (
                "\n".join(f"{line.name}: {line.instalment_text}" for line in lines) or False
            )

    @api.depends("line_ids.product_id", "line_ids.instalment_ids.cancelled_date", "state", "date_end")
    @api.depends_context("lang")
    def _compute_instalment_warning(self):
        for subscription in self:
            lines = subscription.line_ids.filtered(lambda line: line.billing_model == "instalment")
            unplanned = lines.filtered(lambda line: not line.instalment_ids)
            sentences = [
                self.env._("%(line)s: the instalments are not agreed yet, so it is not billed.", line=line.name)
                for line in unplanned
            ]
            if subscription.date_end:
                sentences += [
                    self.env._(
                        "%(line)s: %(rest)s of its instalments are still billed on their days, also after the end. Stop"
                        " or settle them if that was not agreed.",
                        line=line.name,
                        rest=line._format_instalment(line.instalment_rest),
                    )
                    for line in lines - unplanned
                    if line.instalment_rest
                ]
            subscription.instalment_warning = "\n".join(sentences) or False
