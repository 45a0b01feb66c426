from odoo import models

# What is left of a billed line is what it says, less the corrections that lowered it, less what was given back. Two
# credits at once: each writes the charge that they cite, so the second one fails and, tried again, sees the first.
_GUARD = """
CREATE OR REPLACE FUNCTION cloud_price_credit_refuse_excess() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cited_id integer;
    line_left numeric;
    charge_left numeric;
BEGIN
    SELECT corrects_id INTO cited_id FROM cloud_charge WHERE id = NEW.charge_id AND is_price_credit;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    UPDATE cloud_charge SET write_date = write_date WHERE id = cited_id;
    SELECT SUM(r.amount) INTO line_left
      FROM cloud_rated_line r
      JOIN cloud_charge c ON c.id = r.charge_id
     WHERE c.is_live
       AND (r.id = NEW.corrects_id AND c.state = 'billed' OR r.corrects_id = NEW.corrects_id AND r.amount < 0);
    SELECT SUM(r.amount) INTO charge_left
      FROM cloud_rated_line r
      JOIN cloud_charge c ON c.id = r.charge_id
     WHERE c.is_live
       AND (c.id = cited_id OR c.corrects_id = cited_id)
       AND (c.state = 'billed' OR r.amount < 0);
    IF NEW.corrects_id IS NULL OR LEAST(line_left, charge_left) < 0 THEN
        RAISE EXCEPTION 'Rated line % gives back more than is left of what was billed.', NEW.id
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER cloud_price_credit_limited AFTER INSERT OR UPDATE OF amount, corrects_id ON cloud_rated_line
    FOR EACH ROW WHEN (NEW.amount < 0) EXECUTE FUNCTION cloud_price_credit_refuse_excess();
"""


class CloudRatedLine(models.Model):
    """Nobody is given back more than was billed: the database keeps count."""

    _inherit = "cloud.rated.line"

    def init(self):
        result = super().init()
        self.env.cr.execute(_GUARD)
        return result
