from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

from ...engine.schedule import utc_bounds
from ...sql_rows import as_table
from .stretches import FOR_EVER, SINCE_EVER

_DAY = timedelta(days=1)
_COLUMNS = {
    "stream_id": "int",
    "subscription_line_id": "int",
    "analytic_account_id": "int",
    "rule_id": "int",
    "date_start": "date",
    "date_end": "date",
    "utc_start": "timestamp",
    "utc_end": "timestamp",
}


class CloudUsageMatcher(models.AbstractModel):
    """Writes owners: a handful of statements for any number of streams, whose constraints are those of the table."""

    _inherit = "cloud.usage.matcher"

    # === BUSINESS === #

    def _carry_out(self, company, plan):
        """Do what a Plan says, under one number of the usage store, and say so in the audit trail."""
        if plan.is_empty():
            return
        self._record_billed(plan)
        zones = {stream_id: group.source.tz for group in plan.groups for stream_id in group.stream_ids}
        self._end(plan.ended)
        self._prolong(plan.prolonged, zones)
        self._give(plan.new, zones)
        self.env.invalidate_all(flush=False)
        # sudo: figures of streams are counted; who matches by rules may not write them.
        streams = self.env["cloud.usage.stream"].sudo().browse(sorted(plan.touched))
        self.env["cloud.usage.store"]._reassign_company(company, streams.ids)
        self.env["cloud.usage.store"]._refresh_streams(company, "SELECT unnest(%s)", [streams.ids])
        self.env["cloud.audit.event"]._record(
            "usage_matched",
            detail={
                "streams": len(plan.touched),
                "given": sum(map(len, plan.new.values())),
                "moved_ends": len(plan.prolonged),
                "ended": len(plan.ended),
            },
            company=company,
        )

    def _end(self, mapping_ids):
        """Delete owners that rules gave and give no longer."""
        if mapping_ids:
            self.env.cr.execute("DELETE FROM cloud_usage_mapping WHERE id = ANY(%s)", [mapping_ids])

    def _prolong(self, ends, zones):
        """Move the ends of owners that rules gave."""
        if not ends:
            return
        # sudo: as the rules themselves: who runs an import gives owners by them, whatever else that person may read.
        mappings = self.env["cloud.usage.mapping"].sudo().browse(ends)
        get_bounds = _BoundsByZone()
        rows = [
            (mapping.id, *get_bounds(SINCE_EVER, ends[mapping.id], zones[mapping.stream_id.id])[2:])
            for mapping in mappings
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE cloud_usage_mapping m
                   SET date_end = v.date_end,
                       utc_end = v.utc_end,
                       write_uid = %(user_id)s,
                       write_date = now() AT TIME ZONE 'UTC'
                  FROM %(ended)s
                 WHERE m.id = v.id
                """,
                ended=as_table("v", {"id": "int", "date_end": "date", "utc_end": "timestamp"}, rows),
                user_id=self.env.uid,
            )
        )

    def _give(self, new, zones):
        """Insert owners. new: {stream id: Stretches}."""
        get_bounds = _BoundsByZone()
        rows = []
        for stream_id, stretches in new.items():
            for stretch in stretches:
                start, utc_start, end, utc_end = get_bounds(stretch.start, stretch.end, zones[stream_id])
                rows.append((stream_id, *stretch.owner, stretch.rule_id, start, end, utc_start, utc_end))
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO cloud_usage_mapping (
                    stream_id, source_id, company_id, subscription_line_id, customer_id, analytic_account_id, rule_id,
                    date_start, date_end, utc_start, utc_end, create_uid, create_date, write_uid, write_date
                )
                     SELECT v.stream_id, s.source_id, s.company_id, v.subscription_line_id, l.customer_id,
                            v.analytic_account_id, v.rule_id, v.date_start, v.date_end, v.utc_start, v.utc_end,
                            %(user_id)s, now() AT TIME ZONE 'UTC', %(user_id)s, now() AT TIME ZONE 'UTC'
                       FROM %(rows)s
                       JOIN cloud_usage_stream s ON s.id = v.stream_id
                  LEFT JOIN cloud_subscription_line l ON l.id = v.subscription_line_id
                   ORDER BY v.stream_id, v.date_start
                """,
                rows=as_table("v", _COLUMNS, rows),
                user_id=self.env.uid,
            )
        )

    def _record_billed(self, plan):
        """Say in the audit trail which owners of billed days go or end before them: each is a correction."""
        # sudo: as in _prolong; the trail tells what was changed.
        mappings = self.env["cloud.usage.mapping"].sudo().browse([*plan.ended, *plan.prolonged])
        billed_until = self.env["cloud.usage.store"]._get_billed_until(mappings)
        changed = mappings.filtered(
            lambda one: (
                one.id in billed_until
                and (
                    one.id not in plan.prolonged
                    or not one._keeps_billed_days({"date_end": _as_day(plan.prolonged[one.id])}, billed_until[one.id])
                )
            )
        )
        if changed:
            self.env["cloud.audit.event"]._record(
                "billed_days_remapped",
                changed,
                detail=lambda one: {
                    "owner": one.display_name,
                    "billed_until": billed_until[one.id],
                    "change": {"date_end": fields.Date.to_string(_as_day(plan.prolonged[one.id]) or None)}
                    if one.id in plan.prolonged
                    else "matched anew by rules",
                },
            )


class _BoundsByZone:
    """(first day, its instant, end day, its instant) of stretches; None where open. Each day is worked out once."""

    def __init__(self):
        self.known = {}

    def __call__(self, start, end, zone):
        return *self._get(start, zone, 0), *self._get(end, zone, 1)

    def _get(self, day, zone, side):
        key = day, zone, side
        if key not in self.known:
            self.known[key] = (None, None)
            if day not in (SINCE_EVER, FOR_EVER):
                bounds = utc_bounds(day, day + _DAY, zone) if side == 0 else utc_bounds(day - _DAY, day, zone)
                self.known[key] = (day, bounds[side])
        return self.known[key]


def _as_day(day):
    return False if day == FOR_EVER else day
