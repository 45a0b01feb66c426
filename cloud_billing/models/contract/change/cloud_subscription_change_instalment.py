from odoo import fields, models

from ....engine.numbers import parse_decimal


class CloudSubscriptionChange(models.Model):
    """What was agreed of instalments: the plan, a stop, a settlement, and taking one back."""

    _inherit = "cloud.subscription.change"

    kind = fields.Selection(selection_add=[("instalments", "Instalments")], ondelete={"instalments": "cascade"})

    # === HOOKS === #

    def _get_text(self):
        if self.kind != "instalments":
            return super()._get_text()
        facts, line = self.facts or {}, self.line_id
        amount = line._format_instalment(parse_decimal(facts.get("total") or facts.get("amount") or 0))
        sentences = {
            "plan": self.env._("%(line)s: %(amount)s in instalments"),
            "stop": self.env._("%(line)s: instalments of %(amount)s are not billed, from %(day)s on"),
            "settle": self.env._("%(line)s: the rest is settled with %(amount)s on %(day)s"),
            "resume": self.env._("%(line)s: instalments of %(amount)s are billed again"),
        }
        return sentences[facts["what"]] % {
            "line": line.name,
            "amount": amount,
            "day": self._get_day_text(self.date_from),
        }
