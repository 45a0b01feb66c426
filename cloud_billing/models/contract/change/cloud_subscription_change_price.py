from odoo import fields, models


class CloudSubscriptionChange(models.Model):
    """That the contract itself says another price from a day on."""

    _inherit = "cloud.subscription.change"

    kind = fields.Selection(
        selection_add=[("price", "Price"), ("succession", "Goes on as another")],
        ondelete={"price": "cascade", "succession": "cascade"},
    )

    # === HOOKS === #

    def _get_text(self):
        if self.kind == "succession":
            return (self.facts or {}).get("text", "")
        if self.kind != "price":
            return super()._get_text()
        facts = self.facts or {}
        values = {
            "line": self.line_id.name or self.env._("all lines"),
            "summary": facts.get("summary", ""),
            "name": facts.get("name", ""),
            "start": self._get_day_text(self.date_from),
            "end": self._get_day_text(self.date_to),
        }
        if self.date_to:
            return self.env._("%(line)s: %(summary)s (%(name)s) from %(start)s to %(end)s", **values)
        return self.env._("%(line)s: %(summary)s (%(name)s) from %(start)s on", **values)
