from odoo import models


class CloudPriceQuestionRating(models.AbstractModel):
    _inherit = "cloud.price.question.rating"

    # === HOOKS === #

    def _get_estimable(self, items):
        """Nothing: what was used is what the question says."""
        return []
