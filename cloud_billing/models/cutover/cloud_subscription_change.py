from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

_GIVES_BACK = ("credit", "refund")


class CloudSubscriptionChange(models.Model):
    _inherit = "cloud.subscription.change"

    # === BUSINESS === #

    def _note_all(self, notes):
        notes = list(notes)
        self._check_not_billed_elsewhere(
            [(place, vals) for place, vals in notes if vals.get("policy") in _GIVES_BACK and vals.get("date_from")]
        )
        return super()._note_all(notes)

    def _check_not_billed_elsewhere(self, notes):
        """Raise UserError where money of days that another system billed would be given back by us."""
        places = {place: _get_lines(place) for place, _vals in notes}
        lines = self.env["cloud.subscription.line"].union(*places.values())
        elsewhere = lines._get_billed_elsewhere() if lines else {}
        problems = [
            self.env._(
                "%(line)s was billed by the former system up to %(day)s, and what it billed is given back there."
                " Choose that day or a later one, or that nothing is given back.",
                line=line.display_name,
                day=format_date(self.env, elsewhere[line.id]),
            )
            for place, vals in notes
            for line in places[place]
            if line.id in elsewhere and fields.Date.to_date(vals["date_from"]) < elsewhere[line.id]
        ]
        if problems:
            raise UserError("\n".join(problems))


def _get_lines(place):
    return place if place._name == "cloud.subscription.line" else place.line_ids
