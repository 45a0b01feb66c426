from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.numbers import to_text
from ...fields import DecimalField

# What a billed charge was made of stays, also for raw SQL: another quantity is another revision.
_APPEND_ONLY = """
CREATE OR REPLACE FUNCTION cloud_subscription_quantity_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM cloud_charge c
         WHERE c.subscription_line_id = OLD.line_id AND c.state = 'billed' AND c.service_end > OLD.date_start
    ) THEN
        RAISE EXCEPTION 'The quantity from % on was billed: enter another one beside it, it never changes.',
              OLD.date_start USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER cloud_subscription_quantity_frozen
    BEFORE UPDATE OF line_id, date_start, quantity, revision OR DELETE ON cloud_subscription_quantity
    FOR EACH ROW EXECUTE FUNCTION cloud_subscription_quantity_refuse_change();
"""


class CloudSubscriptionQuantity(models.Model):
    """From which day on how many of a line were agreed; it holds until the next day that has one.

    Before the first of them the quantity of the line holds, which is that of its start. Of two revisions of a day the
    later one holds.
    """

    _name = "cloud.subscription.quantity"
    _description = "Dated Quantity"
    _order = "line_id, date_start, revision"

    line_id = fields.Many2one("cloud.subscription.line", required=True, ondelete="cascade", index=True)
    subscription_id = fields.Many2one(related="line_id.subscription_id", store=True, index=True)
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    date_start = fields.Date(string="From", required=True, help="First day on which the quantity holds.")
    quantity = DecimalField(required=True, help="0 pauses the fee of the line: nothing is billed for those days.")
    revision = fields.Integer(default=1, readonly=True, required=True, help="Of several of one day the last holds.")
    origin = fields.Selection(
        [("typed", "Entered by a person"), ("order", "From an order"), ("source", "Delivered by a source")],
        default="typed",
        readonly=True,
        required=True,
    )
    reason = fields.Char()

    _revision_uniq = models.UniqueIndex(
        "(line_id, date_start, revision)", "There is a quantity of this line for this day already: try again."
    )
    _quantity_positive = models.Constraint("CHECK (quantity >= 0)", "A quantity is 0 or more.")

    def init(self):
        self.env.cr.execute(_APPEND_ONLY)

    # === COMPUTE === #

    @api.depends("line_id", "date_start", "quantity")
    def _compute_display_name(self):
        for dated in self:
            dated.display_name = self.env._(
                "%(line)s: %(quantity)s from %(day)s",
                line=dated.line_id.name or "",
                quantity="" if dated.quantity is None else to_text(dated.quantity),
                day=fields.Date.to_string(dated.date_start) or "",
            )

    # === CONSTRAINTS === #

    @api.constrains("line_id", "date_start", "quantity")
    def _check_place(self):
        problems = [problem for dated in self for problem in dated._get_problems()]
        if problems:
            raise ValidationError("\n".join(problems))

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._note_changes()
        return made

    # === BUSINESS === #

    def _get_problems(self):
        """Why a dated quantity cannot be, as sentences with a remedy."""
        self.ensure_one()
        line, values = self.line_id, {"line": self.line_id.display_name, "day": fields.Date.to_string(self.date_start)}
        start, end = line._get_interval()
        problems = []
        if line.billing_model != "recurring":
            problems.append(
                self.env._(
                    "%(line)s is not a recurring fee, so its quantity has no days. Change the line itself.", **values
                )
            )
        if self.date_start < start or (end and self.date_start >= end):
            problems.append(
                self.env._(
                    "%(line)s runs from %(start)s until %(end)s: the day %(day)s lies outside. Choose a day within.",
                    start=fields.Date.to_string(start),
                    end=fields.Date.to_string(end) or self.env._("open"),
                    **values,
                )
            )
        return problems

    def _note_changes(self):
        """Leave a trace of each quantity, with what held on that day before it."""
        for dated in self:
            others = dated.line_id.quantity_ids - dated
            later = [other.date_start for other in others if other.date_start > dated.date_start]
            before = [other for other in others if other.date_start <= dated.date_start]
            held = max(before, key=lambda other: (other.date_start, other.revision), default=dated.line_id)
            dated.line_id._note_change(
                "quantity",
                dated.date_start,
                min(later, default=None),
                reason=dated.reason,
                quantity=to_text(dated.quantity),
                before=None if held.quantity is None else to_text(held.quantity),
            )
