from odoo import api, fields, models

from ....fields import DecimalField

# What together is the agreed sum is so when a transaction ends, whoever wrote it: parts are replaced several at a time.
# What was charged of a part stays as it is while the charge lives; a credit note frees it.
_GUARDS = """
CREATE OR REPLACE FUNCTION cloud_instalment_check_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked integer := COALESCE(to_jsonb(NEW), to_jsonb(OLD)) ->> TG_ARGV[0];
    agreed numeric;
    reached numeric;
BEGIN
    SELECT instalment_total INTO agreed FROM cloud_subscription_line WHERE id = checked;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT SUM(amount) INTO reached FROM cloud_instalment WHERE line_id = checked AND kind <> 'settlement';
    IF agreed IS DISTINCT FROM reached THEN
        RAISE EXCEPTION 'The instalments of line % are % and not the agreed sum %.', checked, reached, agreed
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS cloud_instalment_sum ON cloud_instalment;
CREATE CONSTRAINT TRIGGER cloud_instalment_sum AFTER INSERT OR UPDATE OF amount, line_id, kind OR DELETE
    ON cloud_instalment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION cloud_instalment_check_sum('line_id');
DROP TRIGGER IF EXISTS cloud_instalment_sum ON cloud_subscription_line;
CREATE CONSTRAINT TRIGGER cloud_instalment_sum AFTER UPDATE OF instalment_total
    ON cloud_subscription_line DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION cloud_instalment_check_sum('id');
"""


class CloudInstalment(models.Model):
    """One part of a sum that was agreed for a subscription line: billed once, on its day.

    Parts are made and changed by `cloud.subscription.line._apply_*` only, for together they are one sum.
    """

    _name = "cloud.instalment"
    _description = "Instalment"
    _order = "line_id, date_due, number, id"

    line_id = fields.Many2one(
        "cloud.subscription.line", string="Subscription Line", required=True, readonly=True, ondelete="cascade"
    )
    subscription_id = fields.Many2one(related="line_id.subscription_id", store=True, index=True)
    customer_id = fields.Many2one(related="line_id.customer_id", store=True, index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="line_id.subscription_id.currency_id")
    kind = fields.Selection(
        [("part", "Instalment"), ("down", "Down payment"), ("settlement", "Settlement")],
        required=True,
        readonly=True,
        default="part",
        help="Settlement: the rest of the sum as one charge, instead of the parts that were still to come.",
    )
    number = fields.Integer(
        required=True, readonly=True, help="Counts the parts from 1; 0 is the down payment, below it are settlements."
    )
    date_due = fields.Date(string="Due On", required=True, readonly=True, index=True)
    amount = DecimalField(required=True, readonly=True, currency_field="currency_id")
    discount = DecimalField(
        readonly=True, currency_field="currency_id", help="Of a settlement: what was taken off for paying early."
    )
    cancelled_date = fields.Date(
        string="Not Billed From", readonly=True, help="The day from which it was agreed that this part is not billed."
    )
    settled_by_id = fields.Many2one("cloud.instalment", readonly=True, ondelete="restrict", index="btree_not_null")
    reason = fields.Char(readonly=True)

    _number_uniq = models.UniqueIndex("(line_id, number)", "A line has one instalment of each number.")
    _amount_positive = models.Constraint("CHECK (amount > 0)", "An instalment is more than nothing.")
    _settled_is_cancelled = models.Constraint(
        "CHECK (settled_by_id IS NULL OR cancelled_date IS NOT NULL)", "What was settled is not billed."
    )

    def init(self):
        self.env.cr.execute(_GUARDS)

    # === COMPUTE === #

    @api.depends("kind", "number", "line_id.instalment_count")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for instalment in self:
            instalment.display_name = instalment._get_text()

    # === BUSINESS === #

    def _get_text(self):
        """What the part is called: Instalment 3 of 12."""
        self.ensure_one()
        if self.kind == "down":
            return self.env._("Down payment")
        if self.kind == "settlement":
            return self.env._("Settlement of what was left")
        return self.env._("Instalment %(number)s of %(count)s", number=self.number, count=self.line_id.instalment_count)

    def _get_charged(self):
        """Those of the parts that have a live charge, billed or in a run. Billing says which; without it none."""
        return self.browse()
