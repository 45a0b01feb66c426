from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from . import push_messages
from .push_request import PushProblem

_READERS = ("csv",)
_MOST_MINUTES = 24 * 60
_SHOWN = 10


class CloudUsageSource(models.Model):
    """A source to which another system pushes events, besides the files it may deliver."""

    _inherit = "cloud.usage.source"

    takes_push = fields.Boolean(
        string="Takes Pushed Events", tracking=True, help="Another system may send events to the address below."
    )
    push_user_id = fields.Many2one(
        "res.users",
        string="Integration User",
        tracking=True,
        ondelete="restrict",
        index="btree_not_null",
        domain=lambda self: [("all_group_ids", "in", self.env.ref("cloud_billing.group_integration").ids)],
        help="Who may push here, and only here: with an API key of its own, or with the source's signing key.",
    )
    push_minutes = fields.Integer(
        string="Collect For",
        default=60,
        required=True,
        help="Minutes. What is pushed within them becomes one import, which counts from its end on.",
    )
    push_rate = fields.Integer(
        string="Events a Minute", default=1_000_000, required=True, help="How many are taken at most; 0: any number."
    )
    push_import_count = fields.Integer(readonly=True, copy=False, help="Imports that were begun by pushing.")
    push_path = fields.Char(string="Address", compute="_compute_push_path")
    push_last_batch_ids = fields.Many2many(
        "cloud.push.batch", string="Last Batches", compute="_compute_push_last", help="The newest ones."
    )
    push_last_refusal_ids = fields.Many2many(
        "cloud.push.refusal", string="Last Refused Events", compute="_compute_push_last", help="The newest ones."
    )
    push_today = fields.Integer(string="Events in 24 Hours", compute="_compute_push_rates")
    push_last_minute = fields.Integer(string="In the Last Minute", compute="_compute_push_rates")

    _push_has_user = models.Constraint(
        "CHECK (NOT takes_push OR push_user_id IS NOT NULL)",
        "Choose the integration user who may push events to the source.",
    )
    _push_minutes_range = models.Constraint(
        f"CHECK (push_minutes BETWEEN 1 AND {_MOST_MINUTES} AND push_rate >= 0)",
        "Collect for one minute at least and a day at most; the number of events is not below 0.",
    )

    # === COMPUTE === #

    def _compute_push_path(self):
        base = self[:1].get_base_url()
        for source in self:
            source.push_path = f"{base}{source._get_push_path()}" if source.id else False

    def _compute_push_last(self):
        for source in self:
            domain = [("source_id", "=", source.id)]
            source.push_last_batch_ids = source.push_last_batch_ids.search(domain, limit=_SHOWN)
            source.push_last_refusal_ids = source.push_last_refusal_ids.search(domain, limit=_SHOWN)

    def _compute_push_rates(self):
        now = fields.Datetime.now()
        for name, since in (("push_today", timedelta(days=1)), ("push_last_minute", timedelta(minutes=1))):
            groups = self.env["cloud.push.batch"]._read_group(
                [("source_id", "in", self.ids), ("received_at", ">", now - since)], ["source_id"], ["event_count:sum"]
            )
            counts = {source.id: count for source, count in groups}
            for source in self:
                source[name] = counts.get(source._origin.id, 0)

    # === CONSTRAINTS === #

    @api.constrains("takes_push", "push_user_id", "reader", "company_id")
    def _check_push(self):
        for source in self.filtered("takes_push"):
            if source.reader not in _READERS:
                raise ValidationError(
                    self.env._(
                        "%(name)s: events are pushed to a source of usage events with an id. Make one for them.",
                        name=source.name,
                    )
                )
            user = source.push_user_id
            if not user._has_group("cloud_billing.group_integration") or source.company_id not in user.company_ids:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot push to %(name)s. Make the user an integration user of %(company)s first.",
                        user=user.name,
                        name=source.name,
                        company=source.company_id.name,
                    )
                )

    # === ACTIONS === #

    def action_count_pushed(self):
        """Give what has been pushed so far its number now, instead of when its time is over."""
        self.check_access("read")
        imports = self.env["cloud.usage.import"].search([("source_id", "in", self.ids), ("state", "=", "collecting")])
        if not imports:
            raise UserError(self.env._("Nothing is being collected: what was pushed counts already."))
        imports.action_count_now()

    def action_open_batches(self):
        """What was pushed to this source, batch by batch."""
        return self._open_list("cloud_billing.cloud_push_batch_action")

    def action_open_refusals(self):
        """The events that were refused."""
        return self._open_list("cloud_billing.cloud_push_refusal_action")

    # === BUSINESS === #

    def push_usage(self, events):
        """Take events in, as the source's address does: for JSON-2 (/json/2/cloud.usage.source/push_usage).

        events: a list of objects, see docs/push.md. Quantities are texts or whole numbers: JSON-2 hands numbers with a
        point over as floats, which have lost digits, and they are refused.   Returns the same answer.
        """
        source = self._get_pushable()
        if not isinstance(events, list):
            raise UserError(push_messages.explain_problem(self.env, "not_events", {}))
        try:
            return self.env["cloud.push"]._take(source, events, fields.Datetime.now())
        except PushProblem as problem:
            raise UserError(push_messages.explain_problem(self.env, problem.code, problem.values)) from None

    def _get_pushable(self):
        """This source, as superuser, where the user may push to it. Raises AccessError, the same for all that may not.

        An integration user reads nothing, not even its source: it may only push.
        """
        user = self.env.user
        # sudo: the integration user's right is exactly this: to push to the sources that name it.
        source = self.sudo().search(
            [
                ("id", "in", self.ids),
                ("takes_push", "=", True),
                ("push_user_id", "=", user.id),
                ("company_id", "in", user.company_ids.ids),
            ],
            limit=2,
        )
        if len(source) != 1 or len(self) != 1 or not user._has_group("cloud_billing.group_integration"):
            raise AccessError(push_messages.explain_problem(self.env, "not_allowed", {}))
        return source

    def _get_push_path(self):
        """The address on the server to which events of this source are sent, and which is signed."""
        return f"/cloud_billing/push/{self.id}"
