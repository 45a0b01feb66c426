from odoo import api, fields, models


class CloudSubscriptionSuccession(models.Model):
    """That a move or a takeover is taken back is a move: in a live company another person approves it."""

    _inherit = "cloud.subscription.succession"

    needs_approval = fields.Boolean(compute="_compute_needs_approval")

    # === COMPUTE === #

    @api.depends("successor_id")
    def _compute_needs_approval(self):
        with_two = self._filter_taken_back_with_two()
        for succession in self:
            succession.needs_approval = succession in with_two

    # === ACTIONS === #

    def action_undo(self):
        """Take it back, or open the draft that proposes it: to be given a reason and submitted."""
        self.predecessor_id.check_access("write")
        with_two = self._filter_taken_back_with_two()
        super(CloudSubscriptionSuccession, self - with_two).action_undo()
        return with_two._draft_undo() if with_two else None

    # === BUSINESS === #

    def _filter_taken_back_with_two(self):
        return self.filtered(lambda succession: succession.successor_id._filter_moves_with_two())

    def _draft_undo(self):
        """The action that opens the drafts that propose it; what one waits for or was drafted already is kept."""
        proposals = self.env["cloud.succession.proposal"]
        found = proposals.search([("undone_id", "in", self.ids), ("state", "in", ("draft", "pending"))])
        missing = self - found.undone_id
        found |= proposals.create([succession._prepare_undo_vals() for succession in missing])
        return found._open()

    def _prepare_undo_vals(self):
        self.ensure_one()
        return {
            "kind": "back",
            "undone_id": self.id,
            "subscription_id": self.successor_id.id,
            "customer_id": self.former_customer_id.id,
            "plan_id": self.predecessor_id.plan_id.id,
            "date_from": self.date_from,
            "reason": self.env._("Taken back"),
        }

    def _get_agreed_keys(self):
        """The protected values that change with its being taken back."""
        self.ensure_one()
        return self.env["cloud.usage.mapping"]._get_take_back_keys(self.successor_id.line_ids, self.facts)
