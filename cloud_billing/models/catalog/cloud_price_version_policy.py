from odoo import api, fields, models

from ...engine.schedule import RUNNING
from .cycle_terms import CYCLE_FIELDS
from .version_timeline import get_subscriber, get_timeline


class CloudPricePlanVersion(models.Model):
    """From when a version holds for those who subscribed before it."""

    _inherit = "cloud.price.plan.version"

    policy = fields.Selection(
        [
            ("at_once", "On the same day"),
            ("next_period", "From their next billing period"),
            ("grandfather", "They keep the former prices"),
        ],
        string="Existing Subscriptions",
        default="at_once",
        required=True,
        # A promise was made once, by the version that made it: the next one starts without.
        copy=False,
        tracking=True,
        help="For subscriptions that started before the version. On the same day: a billing period that has begun is "
        "split there, and tiers count on. From their next billing period: one that has begun is billed at the former "
        "prices to its end. They keep the former prices: until a day, or for as long as they run; later versions keep "
        "that promise. New subscriptions always take the newest version.",
    )
    grandfather_until = fields.Date(
        string="Former Prices Until",
        copy=False,
        tracking=True,
        help="First day on which the prices of this version hold for existing subscriptions too. Empty: never.",
    )
    existing_count = fields.Integer(
        compute="_compute_existing_count",
        string="How Many",
        help="Active subscriptions that started before the version.",
    )
    subscription_count = fields.Integer(
        compute="_compute_subscription_count",
        string="Subscriptions at These Prices",
        help="Active subscriptions for which the version holds today, also after a newer one has begun for others.",
    )

    _until_of_a_promise = models.Constraint(
        "CHECK (grandfather_until IS NULL OR (policy = 'grandfather' AND grandfather_until > date_start))",
        "Former prices are kept until a day after the version begins, and only where they are kept at all.",
    )

    # === COMPUTE === #

    @api.onchange("policy")
    def _onchange_policy(self):
        if self.policy != "grandfather":
            self.grandfather_until = False

    @api.depends("date_start", "plan_id")
    def _compute_existing_count(self):
        for version in self:
            version.existing_count = (
                self.env["cloud.subscription"].search_count(version._get_existing_domain()) if version.date_start else 0
            )

    @api.depends(
        "state",
        "date_start",
        "revision",
        "policy",
        "grandfather_until",
        "plan_id.version_ids.state",
        "plan_id.version_ids.revision",
    )
    def _compute_subscription_count(self):
        held = self._get_subscriptions_held(fields.Date.context_today(self))
        for version in self:
            version.subscription_count = len(held.get(version._origin.id, ()))

    # === ACTIONS === #

    def action_open_subscriptions(self):
        """The active subscriptions for which this version holds today."""
        self.ensure_one()
        held = self._get_subscriptions_held(fields.Date.context_today(self))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Subscriptions at the Prices of %(version)s", version=self.name),
            "res_model": "cloud.subscription",
            "view_mode": "list,form",
            "domain": [("id", "in", held.get(self.id, []))],
            "context": {"create": False},
        }

    # === BUSINESS === #

    def _get_existing_domain(self):
        """Active subscriptions of the plan that started before this version."""
        self.ensure_one()
        return [
            ("plan_id", "=", self.plan_id.id),
            ("state", "in", RUNNING),
            ("date_start", "<", self.date_start),
        ]

    def _get_subscriptions_held(self, day):
        """{version id: ids of the active subscriptions of its plan for which it holds on a day}."""
        versions = self.search(
            [("plan_id", "in", self.plan_id.ids), ("state", "=", "approved")], order="plan_id, date_start, revision"
        ).grouped("plan_id")
        subscriptions = self.env["cloud.subscription"].search_fetch(
            [("plan_id", "in", self.plan_id.ids), ("state", "in", RUNNING)],
            ["plan_id", "date_start", *CYCLE_FIELDS],
        )
        held, timelines = {}, {}
        for subscription in subscriptions:
            key = subscription.plan_id, get_subscriber(subscription)
            if key not in timelines:
                timelines[key] = get_timeline(versions.get(subscription.plan_id, self.browse()), key[1])
            for version, start, end in timelines[key]:
                if start <= day and (end is None or day < end):
                    held.setdefault(version.id, []).append(subscription.id)
        return held

    def _prepare_promise_vals(self):
        promise = {"policy": self.policy, "grandfather_until": self.grandfather_until}
        return {**super()._prepare_promise_vals(), **promise}

    # === BUSINESS: APPROVAL === #

    def _get_content(self):
        return {
            **super()._get_content(),
            "policy": self.policy,
            "grandfather_until": fields.Date.to_string(self.grandfather_until) or None,
            "conversion": self.plan_id.is_converted and self.plan_id.conversion_date,
        }

    def _get_effect_notes(self, before):
        return [*super()._get_effect_notes(before), self._get_policy_note()]

    def _get_policy_note(self):
        """What the policy means for how many subscriptions, as a sentence."""
        facts = {"count": self.existing_count, "day": fields.Date.to_string(self.date_start)}
        if self.policy == "next_period":
            return self.env._(
                "%(count)s existing subscriptions get these prices from their first billing period that begins on "
                "%(day)s or later.",
                **facts,
            )
        if self.policy == "grandfather" and self.grandfather_until:
            return self.env._(
                "%(count)s existing subscriptions keep their former prices until %(until)s.",
                until=fields.Date.to_string(self.grandfather_until),
                **facts,
            )
        if self.policy == "grandfather":
            return self.env._(
                "%(count)s existing subscriptions keep their former prices for as long as they run.", **facts
            )
        return self.env._(
            "%(count)s existing subscriptions get these prices on %(day)s; a billing period that has begun is split "
            "there, and tiers count on. Promises of former prices are kept.",
            **facts,
        )
