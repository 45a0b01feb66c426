from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.tools import SQL

from ..control.cloud_protected_mixin import TOKEN
from . import agreed_writes, exact_values

_OWNERS = ("subscription_line_id", "analytic_account_id")


class CloudUsageMapping(models.Model):
    """That usage of a sealed month becomes another one's, or nobody's, takes two people.

    Days that nobody owned get an owner as ever, and what changes on other days than those is free.
    """

    _inherit = "cloud.usage.mapping"

    # === BUSINESS === #

    def _filter_guarded(self, companies):
        """Those that say whose usage of a sealed month is."""
        guarded = super()._filter_guarded(companies)
        return guarded & guarded.browse(guarded._get_sealed_months())

    def _filter_guarded_existence(self, companies, sign):
        """None that is made: no two owners have a day, so what is given to a new one was nobody's."""
        return self.browse() if sign == agreed_writes.CREATE else super()._filter_guarded_existence(companies, sign)

    def _filter_guarded_changes(self, vals, names, companies):
        """Those that `vals` would take a day of a sealed month from."""
        changed = super()._filter_guarded_changes(vals, names, companies)
        months = changed._get_sealed_months()
        return changed.filtered(lambda mapping: mapping._loses_day(vals, months[mapping.id]))

    def _loses_day(self, vals, months):
        """Whether a write takes a day of these months (their first days) from who has it."""
        if any(exact_values.changes(self, name, vals[name]) for name in _OWNERS if name in vals):
            return True
        start, end = (fields.Date.to_date(vals.get(name, self[name])) for name in ("date_start", "date_end"))
        for month in months:
            first = max(month, self.date_start or month)
            after = month + relativedelta(months=1)
            after = min(after, self.date_end or after)
            if (start and start > first) or (end and end < after):
                return True
        return False

    def _get_sealed_months(self):
        """{mapping id: first days of the sealed months that it has days of}; without those that have none."""
        for model, names in (
            ("cloud.usage.mapping", ["stream_id", "date_start", "date_end"]),
            ("cloud.usage.stream", ["provider_account"]),
            ("cloud.usage.seal", ["broken_number"]),
        ):
            self.env[model].flush_model(names)
        rows = self.env.execute_query(
            SQL(
                """
            SELECT m.id, array_agg(DISTINCT s.month ORDER BY s.month)
              FROM cloud_usage_mapping m
              JOIN cloud_usage_stream t ON t.id = m.stream_id
              JOIN cloud_usage_seal s
                ON s.source_id = t.source_id
               AND s.broken_number = 0
               AND (COALESCE(t.provider_account, '') = '' OR s.provider_account IN ('', t.provider_account))
               AND (m.date_start IS NULL OR s.month >= date_trunc('month', m.date_start))
               AND (m.date_end IS NULL OR s.month < m.date_end)
             WHERE m.id = ANY(%s)
          GROUP BY m.id
            """,
                list(self.ids),
            )
        )
        return dict(rows)

    @api.model
    def _hand_over(self, successors, day):
        """Another line of the same contract takes the place of one: its usage stays with who has it."""
        if any(line.subscription_id != follower.subscription_id for line, follower in successors.items()):
            return super()._hand_over(successors, day)
        lines = self.env["cloud.subscription.line"].union(*successors)
        with agreed_writes.opened(self.env, self._get_handover_keys(lines), TOKEN):
            return super()._hand_over(successors, day)

    @api.model
    def _get_handover_keys(self, lines):
        """What of `agreed_writes` it takes that the usage of these lines goes to others."""
        # sudo: as `_hand_over`.
        mappings = self.sudo().search([("subscription_line_id", "in", lines.ids)])
        return [
            (self._name, mapping_id, name)
            for mapping_id in mappings.ids
            for name in ("subscription_line_id", "date_end")
        ]

    @api.model
    def _get_take_back_keys(self, lines, former):
        """What of `agreed_writes` `_take_back` of these lines takes."""
        ended = [mapping_id for mapping_id, _end in former["mappings"]]
        moved = [mapping_id for mapping_id, _line in former.get("moved", ())]
        # sudo: as `_take_back`.
        own = self.sudo().search([("subscription_line_id", "in", lines.ids)])
        return [
            *((self._name, mapping_id, "date_end") for mapping_id in ended),
            *((self._name, mapping_id, "subscription_line_id") for mapping_id in moved),
            *((self._name, mapping_id, agreed_writes.UNLINK) for mapping_id in own.ids),
        ]

    def _get_touched_domain(self):
        return [("id", "in", self.subscription_line_id.ids)]
