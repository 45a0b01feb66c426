from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ....engine.numbers import to_text
from ....fields import DecimalField
from ..change.change_policy import get_policy
from .billed_days import refuse_billed_days

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
    is_carried = fields.Boolean(
        string="Goes On",
        readonly=True,
        help="Agreed of the line that this one takes the place of. As there, its day may lie behind the end.",
    )

    _revision_uniq = models.UniqueIndex(
        "(line_id, date_start, revision)", "There is a quantity of this line for this day already: try again."
    )
    _quantity_positive = models.Constraint("CHECK (quantity >= 0)", "A quantity is 0 or more. End the line to stop it.")

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
        self._check_same_day(vals_list)
        made = super().create(vals_list)
        made._check_not_billed()
        made._note_changes()
        return made

    def write(self, vals):
        if not {"line_id", "date_start", "quantity"} & set(vals):
            return super().write(vals)
        self._check_not_charged()
        result = super().write(vals)
        self._check_not_billed()
        self._note_changes()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unbilled(self):
        self._check_not_charged()

    def unlink(self):
        gone = [(dated.line_id, dated.date_start, dated.quantity) for dated in self]
        result = super().unlink()
        self.env["cloud.subscription.change"]._note_all(
            [prepare_note(line, day, line._get_held(day), quantity) for line, day, quantity in gone]
        )
        return result

    def _check_same_day(self, vals_list):
        """Refuse a second quantity of a day that a person enters; a later revision is made by `_apply_quantity`."""
        days = {
            (vals.get("line_id"), fields.Date.to_date(vals.get("date_start")))
            for vals in vals_list
            if not vals.get("revision")
        }
        typed = [vals for vals in vals_list if not vals.get("revision")]
        lines = self.env["cloud.subscription.line"].browse({line_id for line_id, _day in days if line_id})
        known = {(dated.line_id.id, dated.date_start) for dated in lines.quantity_ids} & days
        if len(days) < len(typed):
            known |= days
        if known:
            line_id, day = min(known, key=lambda place: (place[0] or 0, place[1]))
            raise UserError(
                self.env._(
                    "%(line)s has a quantity from %(day)s already. Change that one, or choose another day.",
                    line=lines.browse(line_id).display_name or "",
                    day=fields.Date.to_string(day),
                )
            )

    def _check_not_billed(self):
        """Refuse a quantity within charged days, unless it was agreed what happens to them."""
        if get_policy(self.env)[0]:
            return
        refused = self._get_charged()
        if refused:
            sentences = [
                self.env._(
                    "%(line)s is charged up to %(day)s. Let the quantity hold from that day on, or choose what"
                    " happens to the days that are charged already: credit the difference, or give nothing back.",
                    line=dated.line_id.display_name,
                    day=fields.Date.to_string(day),
                )
                for dated, day in refused.items()
            ]
            refuse_billed_days(next(iter(refused)).subscription_id, sentences, "change")

    def _check_not_charged(self):
        """What charges were made of stays: another quantity of the same day is a new one."""
        refused = self._get_charged()
        if refused:
            sentences = [
                self.env._(
                    "%(quantity)s was charged already, so it stays. Change the quantity again from a day on, and"
                    " choose what happens to the days that are charged.",
                    quantity=dated.display_name,
                )
                for dated in refused
            ]
            refuse_billed_days(next(iter(refused)).subscription_id, sentences, "change")

    def _get_charged(self):
        """{dated quantity: first day behind what is charged of its line} of those that hold on charged days."""
        charged_until = self.line_id._get_charged_until()
        days = {dated: charged_until.get(dated.line_id.id) for dated in self}
        return {dated: day for dated, day in days.items() if day and dated.date_start < day}

    # === BUSINESS === #

    def _carry_over(self, followers, date_from):
        """Let what was agreed of the days after one go on with other lines. followers: {line: the one in its place}."""
        self.create(
            [
                {
                    "line_id": followers[dated.line_id].id,
                    "date_start": dated.date_start,
                    "quantity": dated.quantity,
                    "revision": dated.revision,
                    "origin": dated.origin,
                    "reason": dated.reason,
                    "is_carried": True,
                }
                for dated in self.sorted(lambda one: (one.date_start, one.revision))
                if dated.date_start > date_from and dated.line_id in followers
            ]
        )

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
        if self.date_start < start or (end and self.date_start >= end and not self.is_carried):
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
        policy, reason = get_policy(self.env)
        self.env["cloud.subscription.change"]._note_all(
            [
                prepare_note(
                    dated.line_id,
                    dated.date_start,
                    dated.quantity,
                    dated.line_id._get_held(dated.date_start, without=dated),
                    policy=policy,
                    reason=dated.reason or reason,
                )
                for dated in self
            ]
        )


def prepare_note(line, day, quantity, before, policy=None, reason=None):
    """A pair of `cloud.subscription.change._note_all`: another quantity of a line, up to the next day that has one."""
    facts = {"quantity": _as_text(quantity), "before": _as_text(before)}
    return line, {
        "kind": "quantity",
        "date_from": day,
        "date_to": line._get_next_day(day),
        "policy": policy,
        "reason": reason,
        "facts": facts,
    }


def _as_text(quantity):
    return None if quantity is None else to_text(quantity)
