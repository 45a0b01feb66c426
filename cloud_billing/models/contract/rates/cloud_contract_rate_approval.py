from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from ...catalog.price_candidates import Proposal

# A contract that is not signed yet is written by one person; its prices are seen in it. From then on a second person
# agrees, by a request for the price itself or for the proposal that it is a part of; so does whoever ends one.
_GUARD = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_cloud_contract_rate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rate cloud_contract_rate := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    company_state text;
    subscription_state text;
    is_agreed boolean;
BEGIN
    -- Of the subscription's company: what the row itself says of it may still be empty.
    SELECT c.cloud_billing_state, s.state
      INTO company_state, subscription_state
      FROM cloud_subscription s
      JOIN res_company c ON c.id = s.company_id
     WHERE s.id = rate.subscription_id;
    IF company_state IS NULL OR company_state = 'setup' OR subscription_state IS NULL
       OR subscription_state = 'draft' AND NOT EXISTS (
           SELECT 1 FROM cloud_charge WHERE subscription_id = rate.subscription_id AND is_live
       )
    THEN
        RETURN rate;
    END IF;
    is_agreed := EXISTS (
        SELECT 1 FROM cloud_change_request q
         WHERE q.state = 'applied' AND q.applied_xid = txid_current()::text
           AND (q.res_model = 'cloud.contract.rate' AND q.res_id IN (
                    SELECT id FROM cloud_contract_rate WHERE subscription_id = rate.subscription_id
                )
                OR q.res_model = 'cloud.indexation' AND EXISTS (
                    SELECT 1 FROM cloud_indexation_line l
                     WHERE l.indexation_id = q.res_id AND l.subscription_id = rate.subscription_id
                ))
    );
    IF TG_OP <> 'INSERT' AND OLD.state = 'approved' THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'An agreed price of a contract is not deleted.' USING ERRCODE = 'check_violation';
        END IF;
        IF EXISTS (
            SELECT 1 FROM unnest(ARRAY[{frozen}]::text[]) AS name
             WHERE to_jsonb(NEW) -> name IS DISTINCT FROM to_jsonb(OLD) -> name
               AND NOT (is_agreed AND name IN ('date_end', 'state'))
        ) THEN
            RAISE EXCEPTION 'An agreed price of a contract is not changed.' USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' AND company_state = 'live' AND NEW.state = 'approved'
       AND (TG_OP = 'INSERT' OR OLD.state <> 'approved') AND NOT is_agreed
    THEN
        RAISE EXCEPTION 'Approved by nobody: only the last vote on a change request approves.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN rate;
END $$;
"""


class CloudContractRate(models.Model):
    """How a price of a contract is agreed: free while the contract is a draft, by a second person from then on."""

    _inherit = "cloud.contract.rate"

    state = fields.Selection(selection_add=[("cancelled", "Undone")], ondelete={"cancelled": "cascade"})
    policy = fields.Selection(
        [("credit", "Correct with the next invoice"), ("nothing", "Only what is not billed yet")],
        string="Days Already Billed",
        help="For a price that begins within days that were billed. Correct: the next invoice bills or credits the "
        "difference. Only what is not billed yet: the price begins on the first day that was not billed.",
    )
    is_free = fields.Boolean(compute="_compute_is_free", help="Its contract is a draft: nobody else has to agree.")

    def init(self):
        result = super().init()
        frozen = ", ".join(f"'{name}'" for name in sorted(self._get_protected_names()))
        # Names of columns come from class attributes, no value from outside.
        self.env.cr.execute(_GUARD.format(frozen=frozen))  # pylint: disable=sql-injection
        return result

    # === COMPUTE === #

    @api.depends("subscription_id.state")
    def _compute_is_free(self):
        drafts = self.subscription_id.filtered(lambda one: one.state == "draft")
        billed = set(drafts._get_charge_counts()) if drafts else ()
        for rate in self:
            subscription = rate.subscription_id
            rate.is_free = subscription.state == "draft" and subscription._origin.id not in billed

    @api.depends("subscription_id.state")
    def _compute_is_editable(self):
        return super()._compute_is_editable()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        """What is written into a draft contract holds with it."""
        subscriptions = self.env["cloud.subscription"].browse(
            {vals["subscription_id"] for vals in vals_list if vals.get("subscription_id")}
        )
        drafts = set(subscriptions.filtered(lambda one: one.state == "draft").ids)
        charged = set(subscriptions.browse(drafts)._get_charge_counts()) if drafts else set()
        for vals in vals_list:
            if vals.get("subscription_id") in drafts - charged:
                vals.setdefault("state", "approved")
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        return super(CloudContractRate, self.filtered(lambda rate: not rate.is_free))._unlink_only_drafts()

    # === BUSINESS === #

    def _is_protected_now(self):
        return not self.is_free and super()._is_protected_now()

    def _refuse_approval(self):
        return super(CloudContractRate, self.filtered(lambda rate: not rate.is_free))._refuse_approval()

    def _record_approved_alone(self):
        # What is in a draft contract is told by the contract.
        return super(CloudContractRate, self.filtered(lambda rate: not rate.is_free))._record_approved_alone()

    def _agree(self):
        """Let these rates hold as soon as they may: at once, or when a second person has approved them."""
        waiting = self.filtered(lambda rate: rate.state == "draft")
        setting_up = waiting.filtered(lambda rate: rate.company_state == "setup")
        setting_up.action_approve_directly()
        (waiting - setting_up).action_submit()

    def _take_effect(self, write):
        """End what it takes the place of, begin where it may, and note what of the billed days changes."""
        start = self._get_start()
        if start > self.date_start:
            write(self, {"date_start": start})
        for replaced in self._get_replaced():
            write(replaced, {"date_end": self.date_start})
        self.flush_model()
        result = super()._take_effect(write)
        self._note_price()
        return result

    def _get_same_scope(self):
        """Those that are agreed for the same thing on some of the same days."""
        domain = Domain("scope_hash", "=", self.scope_hash) & Domain("state", "=", "approved")
        domain &= Domain("id", "!=", self.id) & (
            Domain("date_end", "=", False) | Domain("date_end", ">", self._get_start())
        )
        if self.date_end:
            domain &= Domain("date_start", "<", self.date_end)
        return self.search(domain)

    def _get_replaced(self):
        """What ends when this one begins: the open one that has held for the same thing before it."""
        self.ensure_one()
        start = self._get_start()
        return self._get_same_scope().filtered(
            lambda rate: rate.date_start < start and (not self.date_end or rate.date_end == self.date_end)
        )

    def _get_problems(self):
        problems = super()._get_problems()
        for other in self._get_same_scope() - self._get_replaced():
            problems.append(self._get_overlap_sentence(other))
        billed_until = self._get_billed_until()
        if billed_until and self.date_start < billed_until and not self.policy:
            problems.append(
                self.env._(
                    "%(rate)s begins on %(day)s, and %(subscription)s is billed up to %(until)s. Say what happens to "
                    "the billed days: correct them, or begin where nothing was billed.",
                    rate=self.display_name,
                    day=format_date(self.env, self.date_start),
                    subscription=self.subscription_id.name,
                    until=format_date(self.env, billed_until),
                )
            )
        if self.date_end and self.policy == "nothing" and billed_until and self.date_end <= billed_until:
            problems.append(
                self.env._(
                    "%(rate)s ends on %(day)s, and everything before that was billed already, so it would change "
                    "nothing. Choose later dates, or correct what was billed.",
                    rate=self.display_name,
                    day=format_date(self.env, self.date_end),
                )
            )
        return problems

    def _get_lines(self):
        """The lines of its subscription that it is for."""
        lines = self.line_id or self.subscription_id.line_ids
        if self.billing_model:
            lines = lines.filtered(lambda line: line.billing_model == self.billing_model)
        if self.product_id and not self.line_id:
            lines = lines.filtered(lambda line: line.product_id == self.product_id)
        return lines

    def _get_start(self):
        """The first day on which it holds once it is agreed: under the policy "nothing" the first not billed one."""
        self.ensure_one()
        until = self._get_billed_until() if self.policy == "nothing" and self.state != "approved" else None
        return max(self.date_start, until) if until else self.date_start

    def _get_billed_until(self):
        """First day that was not billed of the lines it is for; None where nothing was billed."""
        return max(self._get_lines()._get_charged_until().values(), default=None)

    def _as_proposal(self):
        """The Proposal in which these prices hold as their approval would have it, and what they replace ends."""
        dates = {}
        for rate in self:
            start = rate._get_start()
            dates[rate.id] = start, rate.date_end or None
            for replaced in rate._get_replaced():
                end = dates.get(replaced.id, (None, start))[1]
                dates[replaced.id] = replaced.date_start, min(start, end)
        return Proposal(rate_dates=dates)

    def _note_price(self):
        """Tell the timeline and the corrections from when on the price is another one."""
        values = {"rate": self.id, "name": self.name, "summary": self.summary}
        places = self.line_id or self.subscription_id if not self.product_id else self._get_lines()
        places._note_change("price", self._get_start(), self.date_end or None, self.policy, self.reason, **values)

    # === BUSINESS: APPROVAL === #

    def _get_effect_values(self):
        def label(name):
            return self._fields[name]._description_string(self.env)

        def choice(name):
            return dict(self._fields[name]._description_selection(self.env)).get(self[name], "")

        return {
            label("subscription_id"): f"{self.subscription_id.name} ({self.customer_id.name})",
            label("what"): self.what,
            label("summary"): self.summary,
            label("origin"): choice("origin"),
            label("reason"): self.reason or "",
            label("date_start"): format_date(self.env, self.date_start),
            label("date_end"): format_date(self.env, self.date_end) if self.date_end else self.env._("open"),
            label("policy"): choice("policy"),
        }

    def _get_effect_notes(self):
        return [
            self.env._("%(rate)s ends on that day.", rate=f"{rate.name} ({rate.summary})")
            for rate in self._get_replaced()
        ]
