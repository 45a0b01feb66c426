from odoo import models

_PAGE = 10_000


class CloudRatedLine(models.Model):
    """The usage rows that a rated line priced."""

    _inherit = "cloud.rated.line"

    # === BUSINESS === #

    def _get_rows_behind(self, offset=0, limit=_PAGE):
        """A page of the usage rows behind a line, as `_rows_behind` of the usage store gives them.

        Of a price for some dimension values those that have them: the other rows of its days are behind other lines.
        """
        return self.env["cloud.usage.store"]._rows_behind(self, offset, limit, self._get_combinations())

    def _get_all_rows_behind(self, limit):
        """All rows behind a line, page by page, as a list; once there are more than `limit` no more are fetched."""
        found, combinations = [], self._get_combinations()
        while page := self.env["cloud.usage.store"]._rows_behind(self, len(found), _PAGE, combinations):
            found += page
            if len(found) > limit:
                break
        return found

    def _get_combinations(self):
        """The combinations of dimension values that a line prices, tuples of (name, value); None for all.

        Of a correction also those that what was billed before it priced: the usage that has gone may have been the last
        one of its combination.
        """
        self.ensure_one()
        charge = self.charge_id.corrects_id or self.charge_id
        if not any((charge | self.charge_id).rated_line_ids.mapped("part_key")):
            return None
        proof = self.env["cloud.proof"]
        numbers = {self.usage_number, *proof._get_billed_before(self).mapped("usage_number")}
        found = [proof._get_request(self, charge, number)[1] for number in sorted(numbers)]
        known = [combinations for combinations in found if combinations is not None]
        return sorted(set().union(*known)) if known else None
