import psycopg2
from odoo import fields, models
from odoo.exceptions import ConcurrencyError

from ....fields import DecimalField

# What an approved line used of what is included stays, and nothing is added to it.
_FREEZE = """
CREATE OR REPLACE FUNCTION cloud_rated_grant_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM cloud_rated_line r
                WHERE r.id IN (NEW.rated_line_id, OLD.rated_line_id) AND r.is_frozen) THEN
        RAISE EXCEPTION 'Rated line % is approved: what it used of what is included never changes.',
              COALESCE(NEW.rated_line_id, OLD.rated_line_id) USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER cloud_rated_grant_frozen BEFORE INSERT OR UPDATE OR DELETE ON cloud_rated_grant
    FOR EACH ROW EXECUTE FUNCTION cloud_rated_grant_refuse_change();
"""


class CloudRatedGrant(models.Model):
    """What a rated line used of an included quantity in one of its periods. What is left is a sum over these."""

    _name = "cloud.rated.grant"
    _description = "Included Quantity Used"
    _order = "period_start desc, pool_key, draw_number"
    _rec_name = "allowance_id"

    rated_line_id = fields.Many2one("cloud.rated.line", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one("res.company", required=True, ondelete="restrict", index=True)
    customer_id = fields.Many2one(related="rated_line_id.customer_id")
    subscription_line_id = fields.Many2one(related="rated_line_id.subscription_line_id")
    service_start = fields.Date(related="rated_line_id.service_start")
    is_frozen = fields.Boolean(related="rated_line_id.is_frozen")
    allowance_id = fields.Many2one(
        "cloud.price.allowance", string="Included", required=True, ondelete="restrict", index=True
    )
    unit = fields.Char(related="allowance_id.unit")
    pool_key = fields.Char(required=True, help="Whose quantity it is: the allowance, and who shares it.")
    period_start = fields.Date(string="Granted From", required=True, help="First day of the period that granted it.")
    period_end = fields.Date(string="Granted To", help="First day after that period. Empty: for the whole contract.")
    date_expires = fields.Date(string="Gone On", help="First day on which what is left cannot be used any more.")
    quantity_granted = DecimalField(string="Granted", required=True, help="In that period, to all who share it.")
    quantity_used = DecimalField(
        string="Used", required=True, help="By this line. Below 0: a correction gives back what is not used any more."
    )
    draw_number = fields.Integer(
        required=True, help="Counts those who drew on the quantity of a period: two never draw at once."
    )

    # Two workers who saw the same rest would both use it up: the second one starts again.
    _draw_uniq = models.UniqueIndex("(pool_key, period_start, draw_number)", "Somebody else used it meanwhile.")
    _granted_not_negative = models.Constraint("CHECK (quantity_granted >= 0)", "What is granted is 0 or more.")

    def init(self):
        self.env.cr.execute(_FREEZE)

    # === ACTIONS === #

    def action_explain(self):
        """How the amount of the line that used it came about."""
        self.ensure_one()
        return self.rated_line_id.action_explain()

    # === BUSINESS === #

    def _insert(self, rows):
        """Insert in bulk; rows: (rated line id, company id, Draw). One statement, whatever their number."""
        if not rows:
            return
        try:
            self.env.cr.execute_values(
                """
                INSERT INTO cloud_rated_grant (
                       rated_line_id, company_id, allowance_id, pool_key, period_start, period_end, date_expires,
                       quantity_granted, quantity_used, draw_number, create_uid, write_uid, create_date, write_date)
                SELECT v.line_id, v.company_id, v.allowance_id, v.pool_key, v.period_start::date, v.period_end::date,
                       v.expires::date, v.granted::numeric, v.used::numeric,
                       ROW_NUMBER() OVER (PARTITION BY v.pool_key, v.period_start ORDER BY v.line_id)
                       + COALESCE((SELECT MAX(g.draw_number)
                                     FROM cloud_rated_grant g
                                    WHERE g.pool_key = v.pool_key
                                      AND g.period_start = v.period_start::date), 0),
                       v.uid, v.uid, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM (VALUES %s) AS v (line_id, company_id, allowance_id, pool_key, period_start, period_end, expires,
                                         granted, used, uid)
                """,
                [
                    (
                        line_id,
                        company_id,
                        draw.allowance_id,
                        draw.pool_key,
                        draw.period_start,
                        draw.period_end,
                        draw.expires,
                        draw.granted,
                        draw.used,
                        self.env.uid,
                    )
                    for line_id, company_id, draw in rows
                ],
                page_size=len(rows),
            )
        except psycopg2.errors.UniqueViolation as error:
            raise ConcurrencyError("somebody else drew on the same included quantity") from error
        self.invalidate_model()
