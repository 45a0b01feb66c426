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
        # Asked of one-off amounts alone: of every other line it would be a statement for nothing.
        is_one_off = self.charge_id.kind == "adjustment"
        is_discount = is_one_off and self.charge_id.adjustment_id.kind == "discount"
        return *order[:4], is_one_off, is_discount, *order[4:]

    def _get_text_key(self):
        """By what a text of a person finds the line again after its charge was rated anew."""
        self.ensure_one()
        return (
            f"{self.charge_id.component_id.id} {self.service_start} {self.product_id.id} {self.part_key or ''}".strip()
        )
