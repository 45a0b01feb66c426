from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ..change.change_policy import with_policy


class CloudSubscriptionSuccession(models.Model):
    """That one subscription goes on as another one from a day on: for another customer, or by another plan.

    What was billed stays with the subscription it was billed by: periods, charges and invoices name its customer and
    its plan. So neither is changed; the contract ends on the day and a successor begins on it.
    """

    _name = "cloud.subscription.succession"
    _description = "Succession of a Contract"
    _order = "date_from desc, id desc"
    _check_company_auto = True

    kind = fields.Selection(
        [("takeover", "Taken over by another customer"), ("plan", "Moved to another plan")],
        required=True,
        readonly=True,
    )
    date_from = fields.Date(string="From", required=True, readonly=True, help="First day of the successor.")
    predecessor_id = fields.Many2one(
        "cloud.subscription", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    successor_id = fields.Many2one(
        "cloud.subscription", required=True, readonly=True, ondelete="restrict", index=True, check_company=True
    )
    company_id = fields.Many2one(related="predecessor_id.company_id", store=True, precompute=True, index=True)
    former_customer_id = fields.Many2one(
        related="predecessor_id.customer_id", string="Former Customer", store=True, index=True
    )
    customer_id = fields.Many2one(related="successor_id.customer_id", store=True, index=True)
    reason = fields.Char(readonly=True)
    facts = fields.Json(readonly=True, help="What the predecessor was before, for taking it back.")
    undone_on = fields.Date(readonly=True)
    text = fields.Char(string="What Happened", compute="_compute_text")

    _one_successor = models.UniqueIndex("(predecessor_id) WHERE undone_on IS NULL", "It has a successor already.")

    # === COMPUTE === #

    @api.depends("kind", "date_from", "predecessor_id", "successor_id", "undone_on")
    @api.depends_context("lang")
    def _compute_text(self):
        for succession in self:
            succession.text = succession._get_text()

    @api.depends("text")
    def _compute_display_name(self):
        for succession in self:
            succession.display_name = succession.text

    # === ACTIONS === #

    def action_undo(self):
        """Take it back while nothing of the successor is billed: the predecessor runs on as if nothing had been."""
        now = fields.Datetime.now()
        for succession in self:
            succession.predecessor_id.check_access("write")
            succession._undo(now)

    # === BUSINESS === #

    def _get_text(self):
        self.ensure_one()
        values = {
            "former": self.predecessor_id.name,
            "name": self.successor_id.name,
            "day": format_date(self.env, self.date_from),
        }
        if self.kind == "takeover":
            text = self.env._(
                "%(former)s of %(old)s goes on as %(name)s of %(new)s from %(day)s",
                old=self.former_customer_id.name,
                new=self.customer_id.name,
                **values,
            )
        else:
            text = self.env._(
                "%(former)s by %(old)s goes on as %(name)s by %(new)s from %(day)s",
                old=self.predecessor_id.plan_id.name,
                new=self.successor_id.plan_id.name,
                **values,
            )
        return self.env._("%(text)s (taken back)", text=text) if self.undone_on else text

    def _get_undo_problems(self):
        """Everything that stands in the way of taking it back, as sentences with a remedy."""
        self.ensure_one()
        successor, problems = self.successor_id, []
        if self.undone_on:
            problems.append(self.env._("%(succession)s already.", succession=self.text))
        if successor._get_charge_counts():
            problems.append(
                self.env._(
                    "%(successor)s was charged already, so it stays. Cancel the run that charged it, or make a "
                    "contract that goes back from a later day on.",
                    successor=successor.name,
                )
            )
        if successor.successor_id:
            problems.append(
                self.env._(
                    "%(successor)s goes on as %(next)s itself: take that back first.",
                    successor=successor.name,
                    next=successor.successor_id.name,
                )
            )
        return problems

    def _undo(self, now):
        """Take it back at an instant (naive UTC). Raises UserError with everything that stands in the way."""
        self.ensure_one()
        problems = self._get_undo_problems()
        if problems:
            raise UserError("\n".join(problems))
        successor, predecessor = self.successor_id, self.predecessor_id
        # First of all: while it holds, the predecessor does not run on.
        # sudo: as it was written.
        self.sudo().undone_on = predecessor._get_local_day(now)
        self.env["cloud.usage.mapping"]._take_back(successor.line_ids, self.facts)
        successor.line_ids._hand_over_licences({line: line.replaces_id for line in successor.line_ids})
        former = with_policy(predecessor, "credit", self.env._("Taken back"))
        former.write(self.facts["end"])
        for line_id, end in self.facts["line_ends"]:
            former.line_ids.browse(line_id).write({"date_end": end})
        # Another one may continue it later.
        successor.predecessor_id = False
        successor._apply_cancel(successor.date_start, now, reason=self.env._("Taken back"))
        predecessor._note_succession(self, self.date_from)
