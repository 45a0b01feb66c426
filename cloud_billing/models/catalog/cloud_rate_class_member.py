from collections import defaultdict
from itertools import zip_longest

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

STATUSES = [
    ("draft", "Draft"),
    ("waiting", "Waiting for approval"),
    ("rejected", "Rejected"),
    ("future", "Approved for later"),
    ("in_force", "Now"),
    ("ended", "Ended"),
    ("replaced", "Replaced"),
]


class CloudRateClassMember(models.Model):
    """In which rate class a customer is from a day on: until the customer's next approved membership begins.

    So a customer is in one class at a time, and a change never touches what was: it is a new fact, and the past is
    rated by the memberships of the past. A membership without a class takes the customer out of its class. One that was
    approved by mistake is replaced by another one from the same day on, with the next revision.
    """

    _name = "cloud.rate.class.member"
    _description = "Rate Class Membership"
    _inherit = ["cloud.proposed.mixin"]
    _order = "customer_id, date_start desc, revision desc, id desc"
    _check_company_auto = True

    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True)
    class_id = fields.Many2one(
        "cloud.rate.class",
        string="Rate Class",
        ondelete="restrict",
        index=True,
        check_company=True,
        help="Empty: no class of its own from this day on. The class of who pays for the customer holds then, if there "
        "is one.",
    )
    company_id = fields.Many2one(related="customer_id.company_id", store=True, precompute=True, index=True)
    company_state = fields.Selection(related="company_id.cloud_billing_state", string="State of the Company")
    date_start = fields.Date(
        string="From",
        required=True,
        default=fields.Date.context_today,
        help="First day, in the customer's time zone. The class before holds until the day before.",
    )
    revision = fields.Integer(
        default=1,
        required=True,
        readonly=True,
        copy=False,
        help="Of two memberships from the same day on the later revision holds; the other one was replaced.",
    )
    date_end = fields.Date(
        string="Until",
        compute="_compute_held",
        help="First day of the customer's next membership. Empty: open.",
    )
    reason = fields.Char(help="Why, for the colleague who approves and for later readers.")
    status = fields.Selection(STATUSES, compute="_compute_held", help="Where the membership stands today.")

    # One class at a time: each membership ends where the next one begins, so only the same day could be two.
    _one_per_day = models.UniqueIndex(
        "(customer_id, date_start, revision) WHERE state = 'approved'",
        "The customer has a membership from this day on already. Reload the page and try again.",
    )
    _revision_positive = models.Constraint("CHECK (revision > 0)", "Revisions are counted from 1.")

    # === COMPUTE === #

    @api.depends("customer_id", "class_id", "date_start")
    def _compute_display_name(self):
        for member in self:
            member.display_name = self.env._(
                "%(customer)s: %(rate_class)s from %(day)s",
                customer=member.customer_id.name or "",
                rate_class=member._get_class_name(),
                day=fields.Date.to_string(member.date_start) or "",
            )

    @api.depends("state", "date_start", "revision", "customer_id.member_ids.state", "customer_id.member_ids.date_start")
    def _compute_held(self):
        today = fields.Date.context_today(self)
        held = self._get_held(self.customer_id._origin)
        for member in self:
            stretch = held.get(member._origin.id)
            member.date_end = stretch and stretch[1]
            member.status = member._get_status(stretch, today)

    # === CONSTRAINTS === #

    @api.constrains("class_id", "customer_id", "date_start", "state")
    def _check_changes_something(self):
        """What would change nothing is noise in the history, or a mistake."""
        for member in self:
            if member.state not in ("pending", "approved"):
                continue
            same_day = member._get_same_day()
            if any(other.revision > member.revision for other in same_day):
                raise ValidationError(
                    self.env._(
                        "%(member)s was overtaken: a later move from the same day is approved. Reject or withdraw this "
                        "one.",
                        member=member.display_name,
                    )
                )
            if not same_day and member._get_class_before() == member.class_id:
                raise ValidationError(
                    self.env._(
                        "%(customer)s is in %(rate_class)s on %(day)s already. Choose another class or day.",
                        customer=member.customer_id.name,
                        rate_class=member._get_class_name(),
                        day=fields.Date.to_string(member.date_start),
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(self._with_revisions(vals_list))

    def _with_revisions(self, vals_list):
        """The values, each with the revision after the last one of the same customer and day."""
        last = defaultdict(int)
        known = self.search([("customer_id", "in", list({vals.get("customer_id") for vals in vals_list}))])
        for member in known:
            key = member.customer_id.id, member.date_start
            last[key] = max(last[key], member.revision)
        numbered = []
        for vals in vals_list:
            day = fields.Date.to_date(vals.get("date_start")) or fields.Date.context_today(self)
            last[vals.get("customer_id"), day] += 1
            numbered.append({**vals, "date_start": day, "revision": last[vals.get("customer_id"), day]})
        return numbered

    # === ACTIONS === #

    def action_submit(self):
        """Propose the move: another person looks at its effect. While a company is set up, it holds at once."""
        for member in self:
            if member.state != "draft":
                raise UserError(self.env._("%(member)s is not a draft.", member=member.display_name))
            if member.company_state == "live":
                self.env["cloud.change.request"]._submit(
                    member, "rate_class", effect=member._get_change_effect(), reason=member.reason
                )
            else:
                member.write({"state": "approved"})

    # === BUSINESS: WHO IS IN WHICH CLASS === #

    @api.model
    def _get_stretches(self, customers, proposed=None):
        """{customer id: [(membership, from, until or None)]} in order of time, of the approved ones that hold.

        proposed: a membership that counts as if it were approved. Takes one statement.
        """
        domain = Domain("customer_id", "in", customers.ids) & Domain("state", "=", "approved")
        members = self.search_fetch(
            domain, ["customer_id", "class_id", "date_start", "revision"], order="customer_id, date_start, revision, id"
        )
        by_customer = defaultdict(dict)
        for member in members:
            # A later revision comes later, and takes the place of the one before.
            by_customer[member.customer_id.id][member.date_start] = member
        if proposed:
            by_customer[proposed.customer_id.id][proposed.date_start] = proposed
        return {customer_id: _as_stretches(by_day) for customer_id, by_day in by_customer.items()}

    @api.model
    def _get_held(self, customers):
        """{membership id: (from, until or None)} of the approved memberships that hold at some time."""
        return {
            member.id: (date_start, date_end)
            for stretches in self._get_stretches(customers).values()
            for member, date_start, date_end in stretches
        }

    @api.model
    def _get_current(self, customers, day):
        """{customer id: the approved membership that holds on a day}; customers without one are absent."""
        return {
            customer_id: member
            for customer_id, stretches in self._get_stretches(customers).items()
            for member, date_start, date_end in stretches
            if date_start <= day and (date_end is None or day < date_end)
        }

    def _get_class_before(self):
        """The class of the customer on the first day of this membership without it; empty when none."""
        others = self._get_stretches(self.customer_id).get(self.customer_id.id, [])
        before = [
            member.class_id for member, date_start, _end in others if date_start <= self.date_start and member != self
        ]
        return before[-1] if before else self.env["cloud.rate.class"]

    def _get_same_day(self):
        """Other approved memberships of the customer from the same day on: this one replaces them."""
        return self.search(
            [
                ("customer_id", "=", self.customer_id.id),
                ("date_start", "=", self.date_start),
                ("state", "=", "approved"),
                ("id", "not in", self.ids),
            ]
        )

    def _get_status(self, stretch, today):
        """Where the membership stands on a day: one of STATUSES. stretch: when it holds, None where it never does."""
        self.ensure_one()
        if self.state != "approved":
            return {"pending": "waiting"}.get(self.state, self.state)
        if stretch is None:
            return "replaced"
        if stretch[0] > today:
            return "future"
        return "ended" if stretch[1] and stretch[1] <= today else "in_force"

    def _get_class_name(self):
        return self.class_id.name or self.env._("no class")

    # === BUSINESS: APPROVAL === #

    def _apply_change_request(self, request, token):
        self._write_protected({"state": "approved"}, token)

    def _get_content(self):
        return [self.customer_id.id, self.class_id.id, fields.Date.to_string(self.date_start), self.revision]

    def _get_stays_sentence(self):
        return self.env._(
            "%(member)s is approved or waits for approval, so it stays. Move the customer to another class, or"
            " withdraw the change request.",
            member=self.display_name,
        )


def _as_stretches(by_day):
    """[(membership, from, until or None)] of {first day: membership}."""
    days = sorted(by_day)
    return [(by_day[day], day, following) for day, following in zip_longest(days, days[1:])]
