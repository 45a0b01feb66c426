from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ....engine.schedule import Span, TermFacts, add_units, end_of_term, notice_date
from ....fields import DecimalField
from ..subscription.cloud_subscription_cycle import CYCLE_UNITS


class CloudSubscriptionTerm(models.Model):
    """For how long a subscription was agreed, until when notice may be given, and what follows.

    A renewal is the next term; terms of one subscription follow each other and never overlap.
    """

    _name = "cloud.subscription.term"
    _description = "Term of a Subscription"
    _order = "subscription_id, date_start, id"

    subscription_id = fields.Many2one("cloud.subscription", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="subscription_id.company_id", store=True, index=True)
    customer_id = fields.Many2one(related="subscription_id.customer_id", store=True, index=True)
    user_id = fields.Many2one(related="subscription_id.user_id")
    subscription_state = fields.Selection(related="subscription_id.state", string="State of the Subscription")
    date_start = fields.Date(
        string="From", compute="_compute_date_start", store=True, readonly=False, precompute=True, required=True
    )
    length_count = fields.Integer(string="Length", default=12, required=True, help="0: open, without an end.")
    length_unit = fields.Selection(CYCLE_UNITS, string="Unit of the Length", default="month", required=True)
    date_end = fields.Date(
        string="To",
        compute="_compute_dates",
        store=True,
        precompute=True,
        help="First day after the term. Empty: open.",
    )
    minimum_count = fields.Integer(
        string="Minimum", help="It does not end before so long after the start of this term. 0: no minimum."
    )
    minimum_unit = fields.Selection(CYCLE_UNITS, string="Unit of the Minimum", default="month", required=True)
    minimum_end = fields.Date(
        string="Not to End Before",
        compute="_compute_dates",
        store=True,
        precompute=True,
        help="First day on which it may end by notice.",
    )
    notice_count = fields.Integer(string="Notice", default=1, required=True, help="0: no notice period.")
    notice_unit = fields.Selection(CYCLE_UNITS, string="Unit of the Notice", default="month", required=True)
    notice_date = fields.Date(
        string="Notice By",
        compute="_compute_dates",
        store=True,
        precompute=True,
        index="btree_not_null",
        help="Last day on which notice ends it with this term; the day of the notice does not count.",
    )
    renewal_kind = fields.Selection(
        [
            ("none", "It ends"),
            ("automatic", "It is renewed by itself"),
            ("offer", "It is renewed if the offer is taken"),
        ],
        string="After the Term",
        default="automatic",
        required=True,
    )
    renewal_count = fields.Integer(string="Renewed For", default=12, help="0: it runs on, open, with the same notice.")
    renewal_unit = fields.Selection(CYCLE_UNITS, string="Unit of the Renewal", default="month", required=True)
    uplift_percent = DecimalField(
        string="Uplift in Percent", help="By so much its fees change with each renewal. Empty: they stay."
    )
    offer_state = fields.Selection(
        [("none", "Not made yet"), ("offered", "Offered"), ("accepted", "Accepted"), ("declined", "Declined")],
        string="Offer",
        default="none",
        required=True,
        readonly=True,
        copy=False,
    )
    previous_id = fields.Many2one(
        "cloud.subscription.term", string="Renewal Of", readonly=True, ondelete="restrict", copy=False
    )
    anchor_day = fields.Integer(
        readonly=True, copy=False, help="Of a renewal: the day of the month on which the first term began."
    )
    is_reminded = fields.Boolean(readonly=True, copy=False, help="The day of notice was told to the account manager.")
    summary = fields.Char(compute="_compute_summary")

    _counts_positive = models.Constraint(
        "CHECK (length_count >= 0 AND minimum_count >= 0 AND notice_count >= 0 AND renewal_count >= 0)",
        "Lengths are whole numbers, 0 or more.",
    )
    _open_is_last = models.Constraint(
        "CHECK (length_count > 0 OR renewal_kind = 'automatic')",
        "An open term has no end after which something could happen.",
    )
    _uplift_in_bounds = models.Constraint("CHECK (uplift_percent > -100)", "An uplift leaves something of the fee.")
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(subscription_id, subscription_id, '[]') WITH &&,"
        " daterange(date_start, date_end) WITH &&)",
        "The subscription has another term on some of these days: end one of them before the other begins.",
    )
    _renewed_once = models.UniqueIndex("(previous_id) WHERE previous_id IS NOT NULL", "A term is renewed once.")

    # === COMPUTE === #

    @api.depends("subscription_id")
    def _compute_date_start(self):
        for term in self:
            subscription = term.subscription_id
            others = subscription.term_ids.filtered(lambda one, term=term: one != term and one.date_end)
            term.date_start = term.date_start or max(others.mapped("date_end"), default=subscription.date_start)

    @api.depends(
        "anchor_day",
        "date_start",
        "length_count",
        "length_unit",
        "minimum_count",
        "minimum_unit",
        "notice_count",
        "notice_unit",
    )
    def _compute_dates(self):
        for term in self:
            start, length, minimum = term.date_start, term.length_count, term.minimum_count
            anchor = term.anchor_day or None
            has_end = start and length > 0
            term.date_end = end_of_term(start, length, term.length_unit, anchor) if has_end else False
            term.minimum_end = add_units(start, minimum, term.minimum_unit) if start and minimum > 0 else False
            term.notice_date = (
                notice_date(term.date_end, max(term.notice_count, 0), term.notice_unit) if term.date_end else False
            )

    @api.depends("date_start", "date_end", "notice_date", "renewal_kind")
    @api.depends_context("lang")
    def _compute_summary(self):
        labels = dict(self._fields["renewal_kind"]._description_selection(self.env))
        for term in self:
            if not term.date_end:
                term.summary = self.env._("Open, notice: %(notice)s", notice=term._get_notice_text())
                continue
            term.summary = self.env._(
                "To %(end)s, notice by %(notice)s; then: %(after)s",
                end=format_date(self.env, term.date_end),
                notice=format_date(self.env, term.notice_date),
                after=labels[term.renewal_kind].lower(),
            )

    @api.depends("subscription_id", "date_start")
    def _compute_display_name(self):
        for term in self:
            term.display_name = self.env._(
                "%(subscription)s, term from %(start)s",
                subscription=term.subscription_id.name,
                start=format_date(self.env, term.date_start),
            )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        terms = super().create(vals_list)
        terms.subscription_id._set_term_ends()
        return terms

    def write(self, vals):
        result = super().write(vals)
        if not {"length_count", "length_unit", "renewal_kind", "date_start"}.isdisjoint(vals):
            self.subscription_id._set_term_ends()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_of_drafts(self):
        for term in self:
            if term.subscription_id.activated_on:
                raise UserError(
                    self.env._(
                        "%(subscription)s was agreed with this term, so it is not deleted. End the subscription.",
                        subscription=term.subscription_id.name,
                    )
                )

    # === ACTIONS === #

    def action_offer(self):
        """The renewal was offered to the customer."""
        self._set_offer("offered", ("none",))

    def action_accept(self):
        """The customer takes the offer: the subscription is renewed."""
        self._set_offer("accepted", ("none", "offered"))
        self._apply_renewal()

    def action_decline(self):
        """The customer does not take it: the subscription ends with the term."""
        self._set_offer("declined", ("none", "offered"))

    # === BUSINESS === #

    def _set_offer(self, state, allowed):
        for term in self:
            if term.renewal_kind != "offer" or term.offer_state not in allowed:
                raise UserError(
                    self.env._(
                        "%(subscription)s: this term is not renewed by an offer that waits for an answer.",
                        subscription=term.subscription_id.name,
                    )
                )
        self.write({"offer_state": state})

    def _apply_renewal(self):
        """Renew: the next term of each, with its uplift. Set-wise; a term is renewed once. Returns the new terms."""
        renewed = self.create([term._prepare_renewal_vals() for term in self])
        renewed._apply_agreed_uplift()
        Change, notes = self.env["cloud.subscription.change"], {}
        for term in renewed:
            notes.setdefault((term.date_start, term.date_end), []).append(term.subscription_id.id)
        for (start, end), ids in notes.items():
            Change._note(
                self.env["cloud.subscription"].browse(ids),
                "renewal",
                start,
                end or None,
                start=fields.Date.to_string(start),
                end=fields.Date.to_string(end) or None,
            )
        return renewed

    def _prepare_renewal_vals(self):
        """Values of the term that follows this one, with the same notice and again renewed, or open."""
        self.ensure_one()
        return {
            "subscription_id": self.subscription_id.id,
            "previous_id": self.id,
            "anchor_day": self.anchor_day or self.date_start.day,
            "date_start": self.date_end,
            "length_count": self.renewal_count,
            "length_unit": self.renewal_unit,
            "notice_count": self.notice_count,
            "notice_unit": self.notice_unit,
            "renewal_kind": self.renewal_kind if self.renewal_count else "automatic",
            "renewal_count": self.renewal_count,
            "renewal_unit": self.renewal_unit,
            "uplift_percent": self.uplift_percent,
        }

    def _get_facts(self):
        """The engine's TermFacts: an offer that was not taken renews nothing."""
        self.ensure_one()
        return TermFacts(
            start=self.date_start,
            end=self.date_end or None,
            notice=Span(self.notice_count, self.notice_unit),
            minimum_end=self.minimum_end or None,
            is_renewed=self.renewal_kind == "automatic",
            following=Span(self.renewal_count, self.renewal_unit),
        )

    def _get_notice_text(self):
        """The notice period in words."""
        self.ensure_one()
        if not self.notice_count:
            return self.env._("none")
        labels = dict(self._fields["notice_unit"]._description_selection(self.env))
        return f"{self.notice_count} {labels[self.notice_unit].lower()}"
