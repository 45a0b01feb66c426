from odoo import fields, models


class CloudSubscriptionChange(models.Model):
    """Steps of the lifecycle on the timeline."""

    _inherit = "cloud.subscription.change"

    kind = fields.Selection(
        selection_add=[
            ("pause", "Pause"),
            ("trial", "Trial"),
            ("renewal", "Renewal"),
        ],
        ondelete={
            "pause": "cascade",
            "trial": "cascade",
            "renewal": "cascade",
        },
    )

    # === HOOKS === #

    def _get_text(self):
        facts = self.facts or {}
        start = self._get_day_text(facts.get("start"))
        end = self._get_day_text(facts.get("end"))
        if self.kind == "pause":
            if facts.get("start") == facts.get("end"):
                return self.env._("The pause from %(start)s on is taken back", start=start)
            if not end:
                return self.env._("Paused from %(start)s on", start=start)
            return self.env._("Paused from %(start)s, charged again from %(end)s on", start=start, end=end)
        if self.kind == "trial":
            if not end:
                return self.env._("No trial")
            return self.env._("On trial, fees are charged from %(end)s on", end=end)
        if self.kind == "renewal":
            if not end:
                return self.env._("Runs on from %(start)s without an end", start=start)
            return self.env._("Renewed from %(start)s to %(end)s", start=start, end=end)
        return super()._get_text()
