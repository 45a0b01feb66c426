from datetime import datetime, time

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from . import review_schema
from .review_kinds import JUDGED, KINDS

_ACTIVITY = "cloud_billing.mail_activity_review"


class CloudAuditReview(models.Model):
    """A look at the record of a stretch of time, signed by a person with what was found.

    Half-open, in days of UTC like the events. Once signed it is frozen; that it was signed is itself an event.
    """

    _name = "cloud.audit.review"
    _description = "Review of the Record"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    date_start = fields.Date(string="From", required=True)
    date_end = fields.Date(string="Until", required=True, help="The first day that is not reviewed any more.")
    date_due = fields.Date(string="Due", required=True)
    reviewer_id = fields.Many2one(
        "res.users", domain=[("share", "=", False)], help="Who is asked; any auditor may sign."
    )
    state = fields.Selection([("open", "Open"), ("signed", "Signed")], default="open", required=True, copy=False)
    is_overdue_told = fields.Boolean(readonly=True, copy=False)
    findings = fields.Text(help="What was found, and what is done about it. Nothing found is a finding too: say so.")
    line_ids = fields.One2many("cloud.audit.review.line", "review_id", string="What Matters", readonly=True, copy=False)
    event_count = fields.Integer(string="Events", readonly=True, copy=False, help="All events of the range.")
    last_event_id = fields.Integer(readonly=True, copy=False, help="The highest number among them when it was counted.")
    counted_at = fields.Datetime(string="Counted", readonly=True, copy=False)
    signed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    signed_person_name = fields.Char(string="Signed By Person", readonly=True, copy=False)
    signed_at = fields.Datetime(string="Signed", readonly=True, copy=False)

    _once = models.Constraint("UNIQUE (company_id, date_start, date_end)", "This range has a review already.")
    _range = models.Constraint("CHECK (date_end > date_start)", "A review ends after it begins.")
    _signed = models.Constraint(
        "CHECK (state = 'open' OR (signed_by_id IS NOT NULL AND signed_at IS NOT NULL AND findings IS NOT NULL))",
        "A signed review says who signed it, when, and what was found.",
    )

    def init(self):
        review_schema.guard(self.env.cr, self._table)

    # === COMPUTE === #

    @api.depends("company_id", "date_start", "date_end")
    def _compute_name(self):
        for review in self:
            review.name = False
            if review.date_start and review.date_end:
                last = fields.Date.subtract(review.date_end, days=1)
                review.name = f"{review.company_id.name}, {review.date_start} – {last}"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("state", "open") != "open":
                raise UserError(self._get_sign_sentence())
        reviews = super().create(vals_list)
        reviews._count_events(fields.Datetime.now())
        return reviews

    def write(self, vals):
        self._refuse_signed()
        if not {"state", "signed_by_id", "signed_at", "signed_person_name"}.isdisjoint(vals):
            raise UserError(self._get_sign_sentence())
        return super().write(vals)

    def unlink(self):
        self._refuse_signed()
        return super().unlink()

    def _refuse_signed(self):
        signed = self.filtered(lambda review: review.state == "signed")
        if signed:
            names = ", ".join(signed.mapped("name"))
            raise UserError(self.env._("%(names)s: a signed review is never changed or deleted.", names=names))

    def _get_sign_sentence(self):
        return self.env._("A review is signed by the button Sign, by the person who signs.")

    # === ACTIONS === #

    def action_count(self):
        """Count again what the record has of the range by now."""
        self._check_may_review()
        self._refuse_signed()
        self._count_events(fields.Datetime.now())

    def action_sign(self):
        """Sign the range with what was found, as the person who is logged in. Raises UserError with what is missing."""
        # Past its own write, which nobody else gets by.
        # pylint: disable=missing-return,super-method-mismatch
        self.ensure_one()
        self._check_may_review()
        self._refuse_signed()
        now = fields.Datetime.now()
        person = self.env.user._require_cloud_person()
        self._check_can_be_signed(person, now.date())
        self._count_events(now)
        self.activity_unlink([_ACTIVITY])
        super().write(
            {
                "state": "signed",
                "signed_by_id": self.env.uid,
                "signed_person_name": person.name,
                "signed_at": now,
            }
        )
        self.env["cloud.audit.event"]._record(
            "review_signed",
            self,
            detail={
                "from": self.date_start,
                "until": self.date_end,
                "events": self.event_count,
                "last_event": self.last_event_id,
                "counts": {line.kind: line.count for line in self.line_ids},
                "findings": self.findings,
            },
        )

    def action_open_events(self):
        """All events of the range."""
        self.ensure_one()
        return self._open_events(self.env._("Events of %(review)s", review=self.name), Domain.TRUE)

    # === BUSINESS === #

    def _check_may_review(self):
        self.check_access("write")
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_auditor")):
            raise AccessError(self.env._("Only an auditor reviews the record."))

    def _check_can_be_signed(self, person, today):
        problems = []
        if self.date_end > today:
            problems.append(self.env._("the range is not over yet"))
        if not (self.findings or "").strip():
            problems.append(self.env._("say what you found; nothing found is a finding too"))
        own = self._find_own_events(person)
        if own:
            problems.append(
                self.env._(
                    "%(person)s did some of what is reviewed (event %(event)s, for one): somebody else signs",
                    person=person.name,
                    event=own.id,
                )
            )
        if problems:
            raise UserError(
                self.env._("%(review)s is not signed: %(problems)s.", review=self.name, problems="; ".join(problems))
            )

    def _find_own_events(self, person):
        """An event of the kinds that are judged which one of the person's logins caused in the range."""
        # sudo: lends the right to see the logins of the person who signs.
        users = person.sudo().user_ids | self.env.user
        kinds = [action for kind in JUDGED for action in self._get_kinds()[kind][1]]
        domain = self._get_domain() & Domain("action", "in", kinds) & Domain("user_id", "in", users.ids)
        return self.env["cloud.audit.event"].search(domain, limit=1)

    def _get_domain(self):
        self.ensure_one()
        start, end = (datetime.combine(day, time.min) for day in (self.date_start, self.date_end))
        return (
            Domain("company_id", "in", [self.company_id.id, False])
            & Domain("occurred_at", ">=", start)
            & Domain("occurred_at", "<", end)
        )

    def _count_events(self, now):
        """Write down what the record has of each range: one statement per review for all kinds."""
        # Past its own write, which is for people.
        # pylint: disable=missing-return,super-method-mismatch
        # sudo: lends the right to count to the schedule that makes reviews; auditors read the events themselves.
        events = self.env["cloud.audit.event"].sudo()
        for review in self:
            rows = events._read_group(review._get_domain(), ["action"], ["__count", "id:max"])
            found = {action: count for action, count, _last in rows}
            # sudo: lends the right to write down what was counted; nobody types it.
            lines = review.sudo().line_ids
            lines.unlink()
            lines.create(
                [
                    {"review_id": review.id, "kind": kind, "count": sum(found.get(action, 0) for action in actions)}
                    for kind, (_label, actions) in self._get_kinds().items()
                ]
            )
            last = max((last for _action, _count, last in rows), default=0)
            vals = {"event_count": sum(found.values()), "last_event_id": last, "counted_at": now}
            super(CloudAuditReview, review.sudo()).write(vals)  # sudo: as above.

    def _open_events(self, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "cloud.audit.event",
            "views": [(False, "list"), (False, "form")],
            "domain": list(self._get_domain() & domain),
        }

    # === HOOKS === #

    @api.model
    def _get_kinds(self):
        """Return {kind: (label, kinds of events)} of what a review looks at; add yours to what super() returns."""
        return KINDS
