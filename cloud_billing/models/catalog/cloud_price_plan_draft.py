from odoo import models


class CloudPricePlan(models.Model):
    """A draft of a plan in which a price can be added that holds from a day on."""

    _inherit = "cloud.price.plan"

    # === BUSINESS === #

    def _get_draft_on(self, day):
        """The draft that would hold on a day once it is approved; made from what holds then, where there is none."""
        self.ensure_one()
        started = self.version_ids.filtered(lambda version: version.date_start <= day)
        approved = started.filtered(lambda version: version.state == "approved")[:1]
        drafts = started.filtered(
            lambda version: version.state == "draft" and (not approved or version.date_start >= approved.date_start)
        )
        if drafts:
            return drafts.sorted("date_start")[-1]
        if approved:
            return approved._copy_from(day)
        return self.env["cloud.price.plan.version"].create({"plan_id": self.id, "date_start": day})
