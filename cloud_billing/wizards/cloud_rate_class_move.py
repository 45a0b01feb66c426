from odoo import api, fields, models


class CloudRateClassMove(models.TransientModel):
    """Ask which customer is in which rate class from when on, and propose it."""

    _name = "cloud.rate.class.move"
    _description = "Move to a Rate Class"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    company_state = fields.Selection(related="company_id.cloud_billing_state")
    customer_id = fields.Many2one("cloud.customer", required=True, check_company=True)
    current_class_id = fields.Many2one("cloud.rate.class", string="Until Then", compute="_compute_current_class_id")
    class_id = fields.Many2one(
        "cloud.rate.class",
        string="Rate Class",
        check_company=True,
        help="Empty: the customer leaves its class. The class of who pays for it holds then, if there is one.",
    )
    date_start = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        help="First day. The class before holds until the day before; a billing period that has begun is split there.",
    )
    reason = fields.Char(help="For the colleague who approves and for later readers.")
    is_past = fields.Boolean(compute="_compute_current_class_id")

    # === COMPUTE === #

    @api.depends("customer_id", "date_start")
    def _compute_current_class_id(self):
        today = fields.Date.context_today(self)
        for move in self:
            day = move.date_start or today
            current = self.env["cloud.rate.class.member"]._get_current(move.customer_id, day)
            member = current.get(move.customer_id.id)
            move.current_class_id = member and member.class_id
            move.is_past = day < today

    # === ACTIONS === #

    def action_move(self):
        """Propose the move, and show it. While the company is set up it holds at once."""
        self.ensure_one()
        member = self.env["cloud.rate.class.member"].create(
            {
                "customer_id": self.customer_id.id,
                "class_id": self.class_id.id,
                "date_start": self.date_start,
                "reason": self.reason,
            }
        )
        member.action_submit()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.rate.class.member",
            "res_id": member.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
