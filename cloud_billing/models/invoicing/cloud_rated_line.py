from odoo import models


class CloudRatedLine(models.Model):
    """What a line is of, whenever it is rated anew; and where one-off amounts stand.

    One-off amounts stand after what they are about, discounts last, and before the sections of bundles, which go on to
    the end.
    """

    _inherit = "cloud.rated.line"

    # === BUSINESS === #

    def _get_invoice_order(self):
        # Who pays for whom, three values, and whether it is of a bundle come first.
        order = super()._get_invoice_order()
        one_off = self.charge_id.adjustment_id
        return *order[:4], bool(one_off), one_off.kind == "discount", *order[4:]

    def _get_text_key(self):
        """By what a text of a person finds the line again after its charge was rated anew."""
        self.ensure_one()
        return (
            f"{self.charge_id.component_id.id} {self.service_start} {self.product_id.id} {self.part_key or ''}".strip()
        )
