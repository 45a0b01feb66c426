from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ....engine.numbers import parse_decimal
from ....fields import format_decimal
from .change_policy import CHANGE_POLICIES

# Numbers are given by writing one row per company, so that they are in the order in which transactions end: whoever
# sees a number sees all changes with a lower one. A sequence or a timestamp would lose what was slower.
_COUNTER = """
CREATE TABLE IF NOT EXISTS cloud_subscription_change_counter (
    company_id integer PRIMARY KEY REFERENCES res_company ON DELETE CASCADE,
    last_number integer NOT NULL
)
"""
# Deleted only with the draft that it belongs to, which the database does by itself (a trigger within a trigger).
_APPEND_ONLY = """
CREATE OR REPLACE FUNCTION cloud_subscription_change_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND pg_trigger_depth() > 1 THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'What was changed of an agreement is never edited or deleted; the next change is a new one.'
          USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE TRIGGER cloud_subscription_change_frozen BEFORE UPDATE OR DELETE ON cloud_subscription_change
    FOR EACH ROW EXECUTE FUNCTION cloud_subscription_change_refuse_change();
"""


class CloudSubscriptionChange(models.Model):
    """That something else was agreed for certain days: the timeline of a subscription, and what corrections look at.

    Billed fees of the days concerned are rated again as it is agreed now; the difference is a correction. A change
    that changes nothing makes none, so it is no harm to note too much.
    """

    _name = "cloud.subscription.change"
    _description = "Change of What Was Agreed"
    _order = "number desc, id desc"

    subscription_id = fields.Many2one(
        "cloud.subscription", required=True, readonly=True, ondelete="cascade", index=True
    )
    line_id = fields.Many2one(
        "cloud.subscription.line", readonly=True, ondelete="cascade", index=True, help="Empty: every line."
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="restrict", index=True)
    number = fields.Integer(
        required=True, readonly=True, help="Counts the company's changes. A charge knows as of which it was rated."
    )
    kind = fields.Selection(
        [("quantity", "Quantity"), ("end", "End"), ("lines", "Lines")], required=True, readonly=True
    )
    date_from = fields.Date(string="From", required=True, readonly=True, help="First day concerned.")
    date_to = fields.Date(string="To", readonly=True, help="First day that is not concerned any more. Empty: open.")
    policy = fields.Selection(
        CHANGE_POLICIES, string="Days Already Billed", readonly=True, help="What was agreed of days that were billed."
    )
    facts = fields.Json(readonly=True)
    reason = fields.Char(readonly=True)
    text = fields.Char(string="What Changed", compute="_compute_text")

    _dates_ordered = models.Constraint("CHECK (date_from < date_to)", "A change concerns at least one day.")
    _company_number = models.Index("(company_id, number)")

    def init(self):
        self.env.cr.execute(_COUNTER)
        self.env.cr.execute(_APPEND_ONLY)

    # === COMPUTE === #

    @api.depends("kind", "facts", "line_id.name", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_text(self):
        for change in self:
            change.text = change._get_text()

    @api.depends("text")
    def _compute_display_name(self):
        for change in self:
            change.display_name = change.text

    # === BUSINESS === #

    def _last_number(self, company):
        """The newest number of the company: what was agreed as of now. 0 before the first change."""
        rows = self.env.execute_query(
            SQL("SELECT last_number FROM cloud_subscription_change_counter WHERE company_id = %s", company.id)
        )
        return rows[0][0] if rows else 0

    def _take_number(self, company):
        """The next number, held until the transaction ends; one of two at the same moment is tried again."""
        rows = self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_subscription_change_counter AS counter (company_id, last_number)
                 VALUES (%s, 1)
            ON CONFLICT (company_id) DO UPDATE SET last_number = counter.last_number + 1
              RETURNING last_number
            """,
                company.id,
            )
        )
        return rows[0][0]

    @api.model
    def _note(self, places, kind, date_from, date_to=None, policy=None, reason=None, **facts):
        """Note one change of subscriptions or of subscription lines; see `_note_all`. facts: what `text` is made of."""
        vals = {"kind": kind, "date_from": date_from, "date_to": date_to, "policy": policy, "reason": reason}
        return self._note_all([(place, {**vals, "facts": facts}) for place in places])

    @api.model
    def _note_all(self, notes):
        """Note changes: pairs of a subscription or subscription line, and its values. Returns the changes.

        Drafts are passed over, for nothing is agreed of them yet. Values: kind, date_from, date_to (local days of the
        customer, half-open; None is open), policy, reason, facts (JSON). All of one call have one number per company.
        """
        agreed = [(place, vals) for place, vals in notes if place.state != "draft"]
        companies = self.env["res.company"].union(*(place.company_id for place, _vals in agreed))
        numbers = {company: self._take_number(company) for company in companies}
        # sudo: whoever may change an agreement leaves its trace; nobody may write one.
        return self.sudo().create(
            [
                {
                    **vals,
                    **_prepare_place(place),
                    "company_id": place.company_id.id,
                    "number": numbers[place.company_id],
                }
                for place, vals in agreed
            ]
        )

    def _get_day_text(self, day):
        """A day of the facts (text) or a date, as people write it; "" for none."""
        return format_date(self.env, fields.Date.to_date(day)) if day else ""

    def _get_number_text(self, number):
        """A quantity of the facts (text) as people write it."""
        return "" if number is None else format_decimal(self.env, parse_decimal(number))

    # === HOOKS === #

    def _get_text(self):
        """Return the sentence that the timeline shows of one change.

        To add a kind: extend the selection, override, return yours for your kind, else super().
        """
        self.ensure_one()
        facts = self.facts or {}
        line = self.line_id.name or self.env._("all lines")
        day = self._get_day_text(self.date_from)
        if self.kind == "quantity":
            return self.env._(
                "%(line)s: %(quantity)s instead of %(before)s from %(day)s",
                line=line,
                quantity=self._get_number_text(facts.get("quantity")),
                before=self._get_number_text(facts.get("before")),
                day=day,
            )
        if self.kind == "end":
            if facts.get("end"):
                return self.env._("%(line)s: ends on %(day)s", line=line, day=self._get_day_text(facts["end"]))
            return self.env._("%(line)s: runs on without an end", line=line)
        return self.env._("%(line)s: agreed from %(day)s", line=line, day=day)


def _prepare_place(place):
    if place._name == "cloud.subscription.line":
        return {"subscription_id": place.subscription_id.id, "line_id": place.id}
    return {"subscription_id": place.id}
