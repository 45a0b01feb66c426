from odoo import api, fields, models
from odoo.tools import format_date

from ...fields import DecimalField

# Being undone, once, is the only change; nobody deletes what was said of the past.
_FREEZE = """
CREATE OR REPLACE FUNCTION cloud_opening_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.undone_on IS NOT NULL
       OR to_jsonb(NEW) - '{undone_on,write_uid,write_date}'::text[]
          IS DISTINCT FROM to_jsonb(OLD) - '{undone_on,write_uid,write_date}'::text[]
    THEN
        RAISE EXCEPTION 'An opening fact never changes; undo the cutover as a whole and import it again.'
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_opening_frozen BEFORE UPDATE OR DELETE ON cloud_opening
    FOR EACH ROW EXECUTE FUNCTION cloud_opening_refuse_change();
"""


class CloudOpening(models.Model):
    """What another system had billed of a subscription line when it was moved here: dated facts, no balances.

    The days that it billed are covered by an opening charge of nothing; its rated line bears what stood on the counter
    and what was used of included quantities, so both are sums over rated lines as everywhere.
    """

    _name = "cloud.opening"
    _description = "Opening Fact"
    _order = "subscription_id, line_id, id"
    _check_company_auto = True

    cutover_id = fields.Many2one("cloud.cutover", readonly=True, ondelete="restrict", index=True)
    line_id = fields.Many2one("cloud.subscription.line", required=True, readonly=True, ondelete="restrict")
    subscription_id = fields.Many2one(
        "cloud.subscription", required=True, readonly=True, ondelete="restrict", index=True
    )
    customer_id = fields.Many2one("cloud.customer", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict", index=True)
    billed_through = fields.Date(
        string="Billed Up To",
        required=True,
        readonly=True,
        help="First day that the former system has not billed; from this day on the line is billed here.",
    )
    counter_quantity = DecimalField(
        string="Counted Before",
        readonly=True,
        help="What stood on the counter of the tiers, in their unit; the tiers go on from there.",
    )
    counter_start = fields.Date(string="Counted Since", readonly=True, help="When the running cycle began.")
    allowance_used = DecimalField(
        string="Used of What Is Included", readonly=True, help="In the period that was running; in the meter's unit."
    )
    deferred_amount = DecimalField(
        string="Deferred Balance",
        readonly=True,
        currency_field="currency_id",
        help="Net amount that the former system billed for days from the cutover on: revenue still to be recognised.",
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True, ondelete="restrict")
    charge_id = fields.Many2one(
        "cloud.charge",
        string="Opening Charge",
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="It covers the days billed by the former system. Empty: there were none.",
    )
    undone_on = fields.Date(readonly=True, help="The day on which the cutover was taken back.")

    _line_uniq = models.UniqueIndex(
        "(line_id) WHERE undone_on IS NULL", "The line has opening facts already: undo that cutover first."
    )
    _counter_since = models.Constraint(
        "CHECK ((counter_quantity IS NULL) = (counter_start IS NULL))",
        "A counter needs its quantity and the day on which its cycle began.",
    )
    _not_negative = models.Constraint(
        "CHECK (counter_quantity >= 0 AND allowance_used >= 0 AND deferred_amount >= 0)",
        "What was counted, used or billed in advance is 0 or more.",
    )

    def init(self):
        self.env.cr.execute(_FREEZE)

    # === COMPUTE === #

    @api.depends("line_id", "billed_through")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for opening in self:
            opening.display_name = self.env._(
                "%(line)s, billed by the former system up to %(day)s",
                line=opening.line_id.display_name,
                day=format_date(self.env, opening.billed_through),
            )

    # === BUSINESS === #

    def _undo(self, day):
        """Take opening facts back, with the charges that cover the days: they are due here, as if never billed.

        Whoever calls makes sure that nothing of ours was billed on top (`_get_charged_problems`).
        """
        # sudo: opening facts and charges change by their cutover only; no role may write them.
        openings = self.sudo()
        openings.charge_id._void()
        openings.write({"undone_on": day})
        openings.flush_recordset()
