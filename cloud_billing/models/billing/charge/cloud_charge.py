from odoo import api, fields, models
from odoo.tools import SQL

from ....fields import DecimalField
from ....sql_rows import as_table
from ...catalog.product_template_proration import PRORATIONS
from .cloud_charge_component import COMPONENT_KINDS

# What a charge may still become once it is billed: voided, once, and told by which credit note.
_FREEZE = """
CREATE OR REPLACE FUNCTION cloud_charge_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'draft' THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'Charge % is billed: it is never deleted.', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF to_jsonb(NEW) - '{state,is_live,voided_by_id,write_uid,write_date}'::text[]
       IS DISTINCT FROM to_jsonb(OLD) - '{state,is_live,voided_by_id,write_uid,write_date}'::text[]
       OR (NEW.state, NEW.is_live, NEW.voided_by_id) IS DISTINCT FROM (OLD.state, OLD.is_live, OLD.voided_by_id)
          AND NOT (OLD.state = 'billed' AND NEW.state = 'voided' AND OLD.is_live AND NOT NEW.is_live)
    THEN
        RAISE EXCEPTION 'Charge % is billed: it never changes, except that a credit note may free it.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_charge_frozen BEFORE UPDATE OR DELETE ON cloud_charge
    FOR EACH ROW EXECUTE FUNCTION cloud_charge_refuse_change();
CREATE OR REPLACE FUNCTION cloud_charge_refuse_correction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cloud_charge c WHERE c.id = NEW.corrects_id AND c.is_opening) THEN
        RAISE EXCEPTION 'Charge % was billed by another system: it is corrected there, never here.', NEW.corrects_id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_charge_opening_uncorrected BEFORE INSERT ON cloud_charge
    FOR EACH ROW WHEN (NEW.corrects_id IS NOT NULL) EXECUTE FUNCTION cloud_charge_refuse_correction();
"""
# Every charge is written once more when it is rated. Where its page has room for that, its indexes stay as they are: a
# third of a second for 10,000 charges.
_LEAVE_ROOM = "ALTER TABLE cloud_charge SET (fillfactor = 50)"


class CloudCharge(models.Model):
    """What is billed once: one component over a service interval of whole local days."""

    _name = "cloud.charge"
    _description = "Charge"
    _order = "service_start, id"

    # Not indexed: an index for one company or a few would be read by nothing.
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict")
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True)
    subscription_id = fields.Many2one("cloud.subscription", ondelete="restrict", index=True)
    subscription_line_id = fields.Many2one("cloud.subscription.line", ondelete="restrict", index=True)
    commitment_id = fields.Many2one(
        "cloud.spend.commitment",
        string="Minimum or Commitment",
        ondelete="restrict",
        index="btree_not_null",
        help="Whose true-up it is. A customer's true-up has no subscription.",
    )
    component_id = fields.Many2one("cloud.charge.component", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(COMPONENT_KINDS, required=True)
    product_id = fields.Many2one("product.product", required=True, ondelete="restrict")
    meter_id = fields.Many2one("cloud.meter", ondelete="restrict")
    instalment_id = fields.Many2one(related="component_id.instalment_id")
    period_id = fields.Many2one("cloud.billing.period", ondelete="restrict", index=True)
    bill_id = fields.Many2one("cloud.bill", ondelete="restrict", index=True)
    run_id = fields.Many2one("cloud.bill.run", ondelete="restrict", index=True)
    service_start = fields.Date(string="Service From", required=True)
    service_end = fields.Date(string="Service To", required=True, help="First day after the service.")
    utc_start = fields.Datetime(required=True)
    utc_end = fields.Datetime(required=True)
    full_start = fields.Date(required=True, help="Start of the whole period of which the service is a part.")
    full_end = fields.Date(required=True, help="First day after that whole period.")
    proration = fields.Selection(
        PRORATIONS, string="Part of the Period", help="How a part of the period is shared; agreed when it was charged."
    )
    billing_month = fields.Date(string="Provider's Month", help="Where that is what the charge covers.")
    state = fields.Selection(
        [("draft", "Prospective"), ("billed", "Billed"), ("voided", "Voided")],
        default="draft",
        required=True,
        help="Voided: freed by a credit note, or approved and then taken out; its service is due again.",
    )
    is_live = fields.Boolean(default=True, required=True, help="Not voided. Being voided, once, is its only change.")
    voided_by_id = fields.Many2one("account.move", string="Freed By", ondelete="restrict", index="btree_not_null")
    is_opening = fields.Boolean(
        string="Billed Elsewhere",
        default=False,
        readonly=True,
        help="These days were billed by the system that was in use before: they are covered, and bear nothing of ours.",
    )
    is_rated = fields.Boolean(default=False, required=True, help="A price was looked for. Not rated is not 'no usage'.")
    # Found by its unique index below.
    corrects_id = fields.Many2one("cloud.charge", ondelete="restrict", copy=False)
    correction_number = fields.Integer(help="Counts the corrections of a charge, from 1; 0 for an original.")
    correction_ids = fields.One2many("cloud.charge", "corrects_id", string="Corrections")
    is_price_credit = fields.Boolean(
        string="Price Credit",
        default=False,
        readonly=True,
        help="Money that a person gave back of what was billed. The service stays billed: what corrects itself is"
        " compared without it, so that no later run takes it back.",
    )
    usage_number = fields.Integer(help="Usage as of this import number was counted.")
    change_number = fields.Integer(help="What was agreed as of this number of a change was rated.")
    currency_id = fields.Many2one("res.currency", required=True, ondelete="restrict")
    amount = DecimalField(
        currency_field="currency_id", help="Sum of the rated lines, in the bill's currency. Empty: not rated."
    )
    rated_line_ids = fields.One2many("cloud.rated.line", "charge_id", string="Rated Lines")
    error_code = fields.Char(help="Why it cannot be rated: a code of `cloud.bill.reason`.")
    error_facts = fields.Json()
    error = fields.Char(compute="_compute_error", help="Why it cannot be rated, and what to do.")

    _dates_ordered = models.Constraint("CHECK (service_start < service_end)", "A service interval is not empty.")
    # One range instead of two, which is looked up in four fifths of the time: each component has 2^22 days to itself.
    _billed_once = models.Constraint(
        "EXCLUDE USING spgist (int8range("
        "component_id * 4194304::bigint + (service_start - '0001-01-01'::date),"
        " component_id * 4194304::bigint + (service_end - '0001-01-01'::date)"
        ") WITH &&) WHERE (is_live AND corrects_id IS NULL)",
        "This was charged already for some of these days.",
    )
    # Fewer than 2^22, or the days of one component would be those of the next.
    _days_counted = models.Constraint(
        "CHECK (service_start >= '0001-01-01' AND service_end <= '9999-12-31')", "A service has days of our calendar."
    )
    # A one-time charge, or one part of a sum, has one day; another day would not overlap it.
    _one_time_once = models.UniqueIndex(
        "(component_id) WHERE kind IN ('one_time', 'instalment') AND is_live AND corrects_id IS NULL",
        "This was charged once already.",
    )
    # What was billed of a component before some day. Drafts are not in it, so that rating does not pay for it.
    _last_billed = models.Index(
        "(component_id, service_end) WHERE state = 'billed' AND is_live AND corrects_id IS NULL"
    )
    # Two corrections that were computed from the same past would bill the difference twice.
    _correction_uniq = models.UniqueIndex(
        "(corrects_id, correction_number) WHERE corrects_id IS NOT NULL",
        "The charge was corrected meanwhile: rate again.",
    )
    _correction_numbered = models.Constraint(
        "CHECK ((corrects_id IS NULL) = (correction_number = 0))", "A correction has a number, an original has none."
    )
    _price_credit_cites = models.Constraint(
        "CHECK (is_price_credit IS NOT TRUE OR corrects_id IS NOT NULL)", "A price credit cites what was billed."
    )
    _voided_is_not_live = models.Constraint(
        "CHECK ((state = 'voided') = (NOT is_live))", "A charge is live until it is voided."
    )

    _opening_is_not_ours = models.Constraint(
        "CHECK (is_opening IS NOT TRUE OR num_nonnulls(bill_id, run_id, period_id, corrects_id, commitment_id) = 0"
        " AND amount = 0 AND state <> 'draft')",
        "What another system billed is on no bill of ours.",
    )

    _has_owner = models.Constraint(
        "CHECK ((kind = 'minimum') = (commitment_id IS NOT NULL)"
        " AND (kind NOT IN ('metered', 'recurring', 'one_time', 'instalment')"
        " OR num_nulls(subscription_id, subscription_line_id) = 0))",
        "What was agreed for a subscription line is charged for it; a true-up is of a minimum.",
    )

    def init(self):
        self.env.cr.execute(_FREEZE)
        self.env.cr.execute(_LEAVE_ROOM)

    # === COMPUTE === #

    @api.depends("subscription_line_id", "commitment_id", "service_start", "service_end")
    def _compute_display_name(self):
        for charge in self:
            name = charge.commitment_id.name or charge.subscription_line_id.name or ""
            charge.display_name = f"{name} {charge.service_start} – {charge.service_end}"

    @api.depends("error_code", "error_facts")
    @api.depends_context("lang")
    def _compute_error(self):
        for charge in self:
            reason = {"code": charge.error_code, **(charge.error_facts or {})}
            charge.error = self.env["cloud.bill.reason"]._get_sentence(reason) if charge.error_code else False

    # === ACTIONS === #

    def action_view_usage(self):
        """The usage rows that were counted."""
        self.ensure_one()
        return self.env["cloud.explanation"]._get_usage_action(self.rated_line_ids, charge=self)

    # === BUSINESS === #

    def _refuse(self, code, **facts):
        """Leave draft charges with the reason for which they cannot be rated."""
        # sudo: charges change by rating only; no role may write them.
        self.sudo().write({"is_rated": True, "error_code": code, "error_facts": facts, "amount": None})

    def _unrate(self):
        """Forget what draft charges were rated to, so that they are rated anew."""
        self._delete_lines()
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_charge
               SET is_rated = FALSE,
                   amount = NULL,
                   usage_number = 0,
                   error_code = CASE WHEN error_code = 'two_calendars' THEN error_code END,
                   error_facts = NULL
             WHERE id = ANY(%s)
            """,
                list(self.ids),
            )
        )
        self.invalidate_recordset()

    def _discard(self):
        """Delete draft charges: their service is due again."""
        if not self:
            return
        periods = self.period_id
        self._delete_lines()
        self.env.execute_query(SQL("DELETE FROM cloud_charge WHERE id = ANY(%s)", list(self.ids)))
        self.env.invalidate_all()
        periods._refresh_states()

    def _delete_lines(self):
        # By SQL: nobody may delete rated lines through the ORM. The trigger refuses what is frozen.
        self.flush_model()
        self.env["cloud.rated.line"].flush_model()
        self.env.execute_query(SQL("DELETE FROM cloud_rated_line WHERE charge_id = ANY(%s)", list(self.ids)))
        self.env["cloud.rated.line"].invalidate_model()

    def _set_billed(self):
        """The bill is posted: from now on a charge never changes."""
        self.flush_model()
        self.env.execute_query(
            SQL("UPDATE cloud_charge SET state = 'billed' WHERE id = ANY(%s) AND state = 'draft'", list(self.ids))
        )
        self.invalidate_recordset()

    def _void(self):
        """Free billed charges without a credit note: what they cover is due again."""
        self._void_by(dict.fromkeys(self.bill_id.ids))

    def _void_by(self, moves):
        """Free billed charges of several bills. moves: {bill id: id of the credit note that frees it, or None}."""
        if not self:
            return
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_charge
               SET state = 'voided',
                   is_live = FALSE,
                   voided_by_id = (SELECT v.move_id FROM %(moves)s WHERE v.bill_id = cloud_charge.bill_id),
                   write_uid = %(uid)s,
                   write_date = now() AT TIME ZONE 'UTC'
             WHERE id = ANY(%(ids)s)
            """,
                moves=as_table("v", {"bill_id": "integer", "move_id": "integer"}, moves.items()),
                uid=self.env.uid,
                ids=list(self.ids),
            )
        )
        self.invalidate_recordset()
        self.period_id._refresh_states()
