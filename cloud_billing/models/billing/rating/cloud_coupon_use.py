from odoo import fields, models

from ....fields import DecimalField

# The limits hold for raw SQL and for runs that rate at the same moment. Both write the coupon first, so under
# REPEATABLE READ the second one fails with a serialization error, is tried again, and sees what the first one used.
_GUARDS = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_coupon_limit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    broken text;
BEGIN
    PERFORM 1 FROM cloud_coupon WHERE id IN (SELECT coupon_id FROM new_use) ORDER BY id FOR UPDATE;
    UPDATE cloud_coupon SET use_version = use_version + 1 WHERE id IN (SELECT coupon_id FROM new_use);
    SELECT c.code INTO broken
      FROM cloud_coupon c
      JOIN cloud_coupon_use u ON u.coupon_id = c.id
      JOIN cloud_rated_line r ON r.id = u.rated_line_id
      JOIN cloud_charge h ON h.id = r.charge_id AND h.is_live
     WHERE c.id IN (SELECT coupon_id FROM new_use)
  GROUP BY c.id
    HAVING SUM(u.amount) > c.amount_limit
     LIMIT 1;
    IF broken IS NULL THEN
        SELECT c.code INTO broken
          FROM cloud_coupon c
          JOIN cloud_coupon_use u ON u.coupon_id = c.id
          JOIN cloud_rated_line r ON r.id = u.rated_line_id
          JOIN cloud_charge h ON h.id = r.charge_id AND h.is_live
         WHERE u.redemption_id IN (SELECT redemption_id FROM new_use)
      GROUP BY c.id, u.redemption_id
        HAVING SUM(u.amount) > c.customer_limit
         LIMIT 1;
    END IF;
    IF broken IS NOT NULL THEN
        RAISE EXCEPTION 'Coupon % would take off more than its limit.', broken USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER cloud_coupon_use_limit AFTER INSERT ON cloud_coupon_use
    REFERENCING NEW TABLE AS new_use
    FOR EACH STATEMENT EXECUTE FUNCTION cloud_billing_guard_coupon_limit();

CREATE OR REPLACE FUNCTION cloud_billing_guard_coupon_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM cloud_rated_line
         WHERE is_frozen AND id IN (
             CASE WHEN TG_OP <> 'INSERT' THEN OLD.rated_line_id END,
             CASE WHEN TG_OP <> 'DELETE' THEN NEW.rated_line_id END)
    ) THEN
        RAISE EXCEPTION 'What an approved rated line used of a coupon never changes.'
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER cloud_coupon_use_frozen BEFORE INSERT OR UPDATE OR DELETE ON cloud_coupon_use
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_coupon_use();
"""


class CloudCouponUse(models.Model):
    """How much money of a redeemed coupon a rated line used; negative where a correction gives some back."""

    _name = "cloud.coupon.use"
    _description = "Use of a Coupon"
    _order = "id desc"

    # A draft's lines are deleted and rated anew: what they used goes with them.
    rated_line_id = fields.Many2one("cloud.rated.line", required=True, ondelete="cascade", index=True)
    charge_id = fields.Many2one(related="rated_line_id.charge_id")
    redemption_id = fields.Many2one("cloud.coupon.redemption", required=True, ondelete="restrict", index=True)
    coupon_id = fields.Many2one("cloud.coupon", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    currency_id = fields.Many2one(related="coupon_id.currency_id")
    period = fields.Integer(help="Month of the redemption, from 0.")
    amount = DecimalField(required=True, currency_field="currency_id")

    _once_per_line = models.UniqueIndex(
        "(rated_line_id, redemption_id)", "What a rated line used of a coupon is known already."
    )

    def init(self):
        self.env.cr.execute(_GUARDS)

    # === BUSINESS === #

    def _insert(self, rows):
        """Insert uses in one statement. rows: (charge id, redemption id, period, amount); each goes with the first
        rated line of its charge, and a charge that has none used nothing."""
        if not rows:
            return
        self.flush_model()
        self.env.cr.execute_values(
            """
            INSERT INTO cloud_coupon_use (
                   rated_line_id, redemption_id, coupon_id, company_id, period, amount, create_uid, create_date)
            SELECT line.id, r.id, r.coupon_id, r.company_id, v.period, v.amount::numeric, v.uid,
                   now() AT TIME ZONE 'UTC'
              FROM (VALUES %s) AS v (charge_id, redemption_id, period, amount, uid)
              JOIN cloud_coupon_redemption r ON r.id = v.redemption_id
              JOIN LATERAL (SELECT id
                              FROM cloud_rated_line
                             WHERE charge_id = v.charge_id
                          ORDER BY sequence, id
                             LIMIT 1) line ON TRUE
            """,
            [(*row, self.env.uid) for row in rows],
            page_size=len(rows),
        )
        self.invalidate_model()
