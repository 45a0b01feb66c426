from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ....engine.numbers import parse_decimal
from ....fields import DecimalField
from .agreed import clip, get_stretches, take_out


class CloudSubscriptionLine(models.Model):
    """What was agreed of a line for each day: served or not, and how many. Billing asks this and nothing else."""

    _inherit = "cloud.subscription.line"

    quantity_ids = fields.One2many("cloud.subscription.quantity", "line_id", string="Quantities", copy=False)
    quantity_today = DecimalField(
        string="Quantity Today",
        compute="_compute_quantity_today",
        help="Today's, or that of the first or last day of a line that does not run today.",
    )

    # === COMPUTE === #

    @api.depends("quantity", "quantity_ids.quantity", "quantity_ids.date_start", "date_start", "date_end")
    def _compute_quantity_today(self):
        today = fields.Date.context_today(self)
        for line in self:
            start = line._get_interval()[0]
            line.quantity_today = line._get_held(line._get_price_day(today) if start else today)

    # === BUSINESS === #

    def _get_agreed(self, start, end):
        """{line id: list of Agreed} of the local days [start, end), in order; a line without such days has [].

        Days that are absent are not served: before the start, after the end, or taken out (`_get_unserved`). A
        quantity of 0 is served and costs nothing. Takes a constant number of statements.
        """
        agreed = self._get_quantities(start, end)
        for line_id, taken in self._get_unserved(start, end).items():
            for left, right, _kind in taken:
                agreed[line_id] = take_out(agreed.get(line_id, []), left, right)
        return agreed

    def _get_quantities(self, start, end):
        """As `_get_agreed`, with the days on which fees rest: how many there are, whether they are paid for or not."""
        agreed = {}
        changes = self._fetch_quantities(end)
        for line_id, life_start, life_end, quantity in self._fetch_lives():
            left, right = max(start, life_start), min(end, life_end or end)
            stretches = []
            if left < right:
                whole = get_stretches(life_start, right, quantity, changes.get(line_id, ()))
                stretches = clip(whole, left, right)
            agreed[line_id] = stretches
        return agreed

    def _get_held(self, day, without=None):
        """The quantity of a line on a day. without: dated quantities that do not count."""
        self.ensure_one()
        dated = self.quantity_ids - without if without else self.quantity_ids
        held = dated.filtered(lambda one: one.date_start and one.date_start <= day)
        last = held.sorted(lambda one: (one.date_start, one.revision))[-1:]
        return last.quantity if last else self.quantity

    def _get_next_day(self, day):
        """The next day after this one on which another quantity of a line begins, or None."""
        self.ensure_one()
        return min((one.date_start for one in self.quantity_ids if one.date_start > day), default=None)

    def _fetch_lives(self):
        """(line id, first day, first day after the last or None, quantity of the start), one per line."""
        self.env["cloud.subscription"].flush_model()
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT l.id,
                   COALESCE(l.date_start, s.date_start),
                   LEAST(l.date_end, s.date_end),
                   l.quantity::text
              FROM cloud_subscription_line l
              JOIN cloud_subscription s ON s.id = l.subscription_id
             WHERE l.id = ANY(%s)
          ORDER BY l.id
            """,
                list(self.ids),
            )
        )
        return [(*row, None if quantity is None else parse_decimal(quantity)) for *row, quantity in rows]

    def _fetch_quantities(self, end):
        """{line id: pairs (day, quantity) before a day, in the order in which they hold}."""
        self.env["cloud.subscription.quantity"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT line_id, date_start, quantity::text
              FROM cloud_subscription_quantity
             WHERE line_id = ANY(%s)
               AND date_start < %s
          ORDER BY line_id, date_start, revision
            """,
                list(self.ids),
                end,
            )
        )
        changes = defaultdict(list)
        for line_id, day, quantity in rows:
            changes[line_id].append((day, parse_decimal(quantity)))
        return changes

    def _note_change(self, kind, date_from, date_to=None, policy=None, reason=None, **facts):
        """Note that something else is agreed of these lines; see `cloud.subscription.change`."""
        return self.env["cloud.subscription.change"]._note(self, kind, date_from, date_to, policy, reason, **facts)

    # === HOOKS === #

    def _get_unserved(self, start, end):
        """Return the days within [start, end) on which lines are not served: {line id: list of (start, end, kind)}.

        Half-open local days; recurring fees are not charged for them. To take days out, override and add yours to
        what super() returns; set-wise, with a constant number of statements.
        """
        return {}
