from odoo import fields, models

UNUSED = [
    ("refund", "Refunded at once by a credit note"),
    ("credit", "Credited on the next invoice"),
    ("nothing", "Neither: it runs until what is billed is used up"),
]
# From the mildest to the strictest, in the order of which a contract with several products takes the last.
END_WHEN = [("at_once", "At once"), ("period", "At the end of the billing period"), ("term", "At the end of the term")]
PAUSE_WHEN = END_WHEN[:2]


class ProductTemplate(models.Model):
    """What is usual when a contract with this product ends or rests; proposed each time, and changed there."""

    _inherit = "product.template"

    cloud_end_when = fields.Selection(
        END_WHEN,
        string="Ends",
        default="period",
        required=True,
        help="Proposed when a contract is ended; of several products the strictest.",
    )
    cloud_unused = fields.Selection(
        UNUSED,
        string="Fees Billed Beyond",
        default="credit",
        required=True,
        help="What happens at an end with fees that were billed for days after it.",
    )
    cloud_pause_when = fields.Selection(
        PAUSE_WHEN, string="Rests", default="at_once", required=True, help="Proposed when a contract is paused."
    )
    cloud_pause_unused = fields.Selection(
        UNUSED,
        string="Fees Billed for the Pause",
        default="credit",
        required=True,
        help="What happens with fees that were billed for days of a pause.",
    )
