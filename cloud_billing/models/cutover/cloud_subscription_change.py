from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

_GIVES_BACK = ("credit", "refund")


class CloudSubscriptionChange(models.Model):
    _inherit = "cloud.subscription.change"

    # === BUSINESS === #

    def _note(self, places, kind, date_from, date_to=None, policy=None, reason=None, **facts):
        if policy in _GIVES_BACK:
            self._check_not_billed_elsewhere(places, date_from)
        return super()._note(places, kind, date_from, date_to, policy, reason, **facts)

    def _check_not_billed_elsewhere(self, places, date_from):
        """Raise UserError where money of days that another system billed would be given back by us."""
        lines = places if places._name == "cloud.subscription.line" else places.line_ids
        elsewhere, day = lines._get_billed_elsewhere(), fields.Date.to_date(date_from)
        problems = [
            self.env._(
                "%(line)s was billed by the former system up to %(day)s, and what it billed is given back there."
                " Choose that day or a later one, or that nothing is given back.",
                line=line.display_name,
                day=format_date(self.env, until),
            )
            for line in lines
            if (until := elsewhere.get(line.id)) and day and day < until
        ]
        if problems:
            raise UserError("\n".join(problems))
