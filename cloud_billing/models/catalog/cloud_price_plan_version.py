from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain

from ...engine.schedule import RUNNING
from .price_candidates import Proposal

STATUSES = [
    ("draft", "Draft"),
    ("waiting", "Waiting for approval"),
    ("rejected", "Rejected"),
    ("future", "Approved for later"),
    ("in_force", "In force"),
    ("superseded", "Superseded"),
    ("replaced", "Replaced"),
]


class CloudPricePlanVersion(models.Model):
    """The prices of a plan from a date on. Edited while a draft, approved by another person, then never changed."""

    _name = "cloud.price.plan.version"
    _description = "Price Plan Version"
    _inherit = ["cloud.proposed.mixin", "mail.thread"]
    _order = "plan_id, date_start desc, revision desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, required=True, tracking=True
    )
    plan_id = fields.Many2one("cloud.price.plan", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="plan_id.company_id", store=True, precompute=True, index=True)
    company_state = fields.Selection(related="company_id.cloud_billing_state", string="State of the Company")
    currency_id = fields.Many2one(related="plan_id.currency_id")
    tax_basis = fields.Selection(related="plan_id.tax_basis")
    date_start = fields.Date(
        string="Valid From",
        required=True,
        tracking=True,
        help="First day, in each customer's time zone. The version holds until the next approved one begins.",
    )
    date_end = fields.Date(
        string="Until",
        compute="_compute_date_end",
        help="First day of the next approved version. Empty: open, or replaced.",
    )
    state = fields.Selection(tracking=True)
    status = fields.Selection(
        STATUSES, compute="_compute_status", search="_search_status", help="Where the version stands today."
    )
    rule_ids = fields.One2many("cloud.price.rule", "version_id", string="Prices", copy=True)
    rule_count = fields.Integer(compute="_compute_rule_count", string="Number of Prices")

    # === COMPUTE === #

    @api.depends("date_start")
    def _compute_name(self):
        for version in self:
            version.name = version.name or (
                self.env._("From %(day)s", day=fields.Date.to_string(version.date_start))
                if version.date_start
                else False
            )

    @api.depends("plan_id.name", "name")
    def _compute_display_name(self):
        for version in self:
            version.display_name = f"{version.plan_id.name}, {version.name}" if version.plan_id else version.name

    @api.depends("state", "date_start", "replaced_by_id", "plan_id.version_ids.state", "plan_id.version_ids.date_start")
    def _compute_date_end(self):
        for version in self:
            later = [
                other.date_start
                for other in version.plan_id.version_ids
                if other.state == "approved" and other.date_start > (version.date_start or other.date_start)
            ]
            holds = version.state == "approved" and not version.replaced_by_id
            version.date_end = min(later, default=False) if holds else False

    @api.depends("state", "date_start", "date_end", "replaced_by_id")
    def _compute_status(self):
        today = fields.Date.context_today(self)
        for version in self:
            version.status = version._get_status(today)

    def _search_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = {"waiting": "pending", "draft": "draft", "rejected": "rejected"}
        wanted = [states.get(status, "approved") for status in value if status]
        # Versions are few: a plan has a handful, and nobody keeps thousands of plans.
        versions = self.search([("state", "in", wanted)])
        return Domain("id", "in", versions.filtered(lambda version: version.status in value).ids)

    @api.depends("rule_ids")
    def _compute_rule_count(self):
        groups = self.env["cloud.price.rule"]._read_group([("version_id", "in", self.ids)], ["version_id"], ["__count"])
        counts = {version.id: count for version, count in groups}
        for version in self:
            version.rule_count = counts.get(version._origin.id, 0)

    # === CONSTRAINTS === #

    @api.constrains("date_start")
    def _check_rule_dates(self):
        self.rule_ids._check_dates_in_version()

    @api.constrains("state")
    def _check_complete(self):
        for version in self:
            problems = version._get_problems() if version.state in ("pending", "approved") else []
            if problems:
                raise ValidationError("\n".join(problems))

    # === CRUD === #

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for version, vals in zip(self, vals_list, strict=True):
            if "name" not in default:
                vals["name"] = self.env._("%(name)s (copy)", name=version.name)
        return vals_list

    # === ACTIONS === #

    def action_approve_directly(self):
        """Approve without a second person, while the company is being set up or works with one person."""
        for version in self:
            version._check_draft()
            if version.company_state == "live":
                raise UserError(
                    self.env._(
                        "%(company)s is live, so another person approves %(version)s. Submit it for approval.",
                        company=version.company_id.name,
                        version=version.display_name,
                    )
                )
        self._complete_draft()
        for version in self:
            version.write(version._prepare_approval_vals())

    def action_submit(self):
        """Propose the version: another person looks at its effect and approves it."""
        for version in self:
            version._check_draft()
            version._complete_draft()
            self.env["cloud.change.request"]._submit(version, "price_version", effect=version._get_change_effect())

    def action_new_version(self):
        """A draft with these prices, from the first of next month on or a day after this one began; opens it."""
        self.ensure_one()
        return self._copy_from(self._propose_date_start(fields.Date.context_today(self)))._get_form_action()

    def action_open(self):
        """The version on a page of its own, from a list in another form."""
        self.ensure_one()
        return self._get_form_action()

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === BUSINESS: LIFECYCLE === #

    def _check_draft(self):
        if self.state != "draft":
            raise UserError(
                self.env._("%(version)s is not a draft. Make a new version instead.", version=self.display_name)
            )

    def _complete_draft(self):
        """Do to a draft what is done last before it is submitted or approved. To add to it: override, call super()."""
        self.rule_ids._read_pricelists()

    def _get_status(self, today):
        """Where the version stands on a day: one of STATUSES."""
        self.ensure_one()
        if self.state != "approved":
            return {"pending": "waiting"}.get(self.state, self.state)
        if self.replaced_by_id:
            return "replaced"
        if self.date_start > today:
            return "future"
        return "superseded" if self.date_end and self.date_end <= today else "in_force"

    def _propose_date_start(self, today):
        """The first of the month after today or after this version began, whichever is later."""
        start = max(today, self.date_start)
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)

    def _copy_from(self, date_start):
        """A draft of the same plan from a date on, without the prices that have ended by then."""
        self.ensure_one()
        kept = self.rule_ids.filtered(lambda rule: not rule.date_end or rule.date_end > date_start)
        rules = kept.copy_data()
        for rule, vals in zip(kept, rules, strict=True):
            if rule.date_start and rule.date_start <= date_start:
                vals["date_start"] = False
        return self.copy(
            {
                "name": self.env._("From %(day)s", day=fields.Date.to_string(date_start)),
                "date_start": date_start,
                "rule_ids": [Command.create(vals) for vals in rules],
            }
        )

    def _as_proposal(self, since=None):
        """This one version as it counts where prices are asked as if it were approved; since: see `Proposal`."""
        self.ensure_one()
        return Proposal(self, since)

    def _get_problems(self):
        """What stands in the way of an approval, all at once, as sentences."""
        self.ensure_one()
        if not self.rule_ids:
            return [self.env._("%(version)s has no prices. Add at least one.", version=self.display_name)]
        return [problem for problem in (rule._get_problem() for rule in self.rule_ids) if problem]

    def _get_stays_sentence(self):
        return self.env._(
            "%(version)s is approved or waits for approval, so it stays. Make a new version with other prices, or"
            " withdraw its change request.",
            version=self.display_name,
        )

    # === BUSINESS: APPROVAL === #

    def _apply_change_request(self, request, token):
        self._write_protected(self._prepare_approval_vals(), token)

    def _prepare_approval_vals(self):
        """Return the values by which one version is approved. To add one: extend what super() returns."""
        return {"state": "approved"}

    def _get_content(self):
        """The version as JSON-able values; a new field must be added here to be covered by approvals."""
        return {
            "plan": self.plan_id.id,
            "currency": self.plan_id.currency_id.name,
            "tax_basis": self.plan_id.tax_basis,
            "name": self.name,
            "date_start": fields.Date.to_string(self.date_start),
            "rules": [rule._get_content() for rule in self.rule_ids.sorted("id")],
        }

    def _get_change_effect(self):
        """What a checker sees: {"title", "rows": [{"label", "old", "new"}], "notes": []}, beside the version before."""
        self.ensure_one()
        before = self._get_version_before()
        return {
            "title": self.env._(
                "%(version)s: prices from %(day)s, %(basis)s, in %(currency)s",
                version=self.display_name,
                day=fields.Date.to_string(self.date_start),
                basis=dict(self.plan_id._fields["tax_basis"]._description_selection(self.env))[self.tax_basis],
                currency=self.currency_id.name,
            ),
            "rows": self._get_effect_rows(before),
            "notes": self._get_effect_notes(before),
        }

    def _get_version_before(self):
        """The approved version that holds until this one begins; empty where none does."""
        self.ensure_one()
        return self.search(
            [
                ("plan_id", "=", self.plan_id.id),
                ("state", "=", "approved"),
                ("date_start", "<", self.date_start),
            ],
            order="date_start desc, revision desc",
            limit=1,
        )

    def _get_effect_rows(self, before):
        """One row per price that is new, gone or other than in the version before; matched by scope and dates."""
        old, new = before._get_prices_by_scope(), self._get_prices_by_scope()
        return [
            {"label": label, "old": old.get(key, (label, ""))[1], "new": new.get(key, (label, ""))[1]}
            for key, label in {**{k: v[0] for k, v in old.items()}, **{k: v[0] for k, v in new.items()}}.items()
            if old.get(key, ("", ""))[1] != new.get(key, ("", ""))[1]
        ]

    def _get_prices_by_scope(self):
        """{(scope, dates): (label, terms in words)} of the prices in these versions."""
        prices = {}
        for rule in self.rule_ids:
            dates = [fields.Date.to_string(day) for day in (rule.date_start, rule.date_end)]
            label = f"{rule.what}, {rule.who}" + (f" ({dates[0] or ''} - {dates[1] or ''})" if any(dates) else "")
            prices[(rule._get_scope_key(), *dates)] = label, rule._get_effect_text()
        return prices

    def _get_effect_notes(self, before):
        subscriptions = self.env["cloud.subscription"].search_count(
            [("plan_id", "=", self.plan_id.id), ("state", "in", RUNNING)]
        )
        return [
            self.env._("Compared with %(version)s.", version=before.display_name)
            if before
            else self.env._("The plan has no approved version before this one."),
            self.env._("Active subscriptions on this plan: %(count)s.", count=subscriptions),
            *self._get_billed_notes(),
        ]

    def _get_billed_notes(self):
        """What a checker reads of days of this version that are billed already."""
        charges = self.env["cloud.charge"].search_count(
            [
                ("subscription_id.plan_id", "=", self.plan_id.id),
                ("state", "=", "billed"),
                ("service_end", ">", self.date_start),
            ]
        )
        if not charges:
            return []
        return [
            self.env._(
                "Charges from %(day)s on that are billed already: %(count)s. The difference is corrected when "
                "they are rated again.",
                count=charges,
                day=fields.Date.to_string(self.date_start),
            )
        ]
