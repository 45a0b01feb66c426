from datetime import date
from functools import lru_cache

from odoo import models
from odoo.tools import SQL

from ....engine import schedule
from ....sql_rows import as_table
from ...contract.line.agreed import clip
from ..collection import collection_put_off
from ..run_limit import PAYER, select_limited
from ..table_statistics import refresh_statistics

END_OF_TIME = date(9999, 12, 31)
# Columns of charges by which rating finds them and what belongs to them.
_READ_BY = ("id", "run_id", "is_rated", "customer_id", "component_id", "subscription_line_id", "period_id", "bill_id")
# Of a row that is due, what its charge says: names as in cloud_charge but for the line's.
_COLUMNS = {
    "line_id": "integer",
    "subscription_id": "integer",
    "customer_id": "integer",
    "kind": "text",
    "product_id": "integer",
    "meter_id": "integer",
    "period_id": "integer",
    "service_start": "date",
    "service_end": "date",
    "utc_start": "timestamp",
    "utc_end": "timestamp",
    "full_start": "date",
    "full_end": "date",
    "proration": "text",
    "billing_month": "date",
    "currency_id": "integer",
    "error_code": "text",
}


class CloudChargeDue(models.AbstractModel):
    """What falls due and is not charged yet: compares agreements and periods with the live charges, set-wise.

    It asks what is uncovered, not what is new, so that a line added late, a voided charge and a month that was mapped
    afterwards are all found by the same question. That nothing is charged twice is the EXCLUDE constraint's business.
    What is asked of the database: cloud_charge_due_select.py.
    """

    _name = "cloud.charge.due"
    _description = "Charges That Fall Due"

    # === BUSINESS === #

    @collection_put_off()
    def _make(self, run, now=None, limit=None):
        """Make the charges that fall due for a run; returns how many.

        now: naive UTC; with it, what has not ended (in advance: not begun) in the customer's time zone waits, whatever
        the local date of the cut-off says. A scheduled action gives it. Somebody else's charge of the same days is
        no error: it is his. limit: RunLimit of a part of the run; without one, all of it.
        """
        limit = limit or run._get_limit()
        return self._insert(run, list(self._get_rows(run.company_id, run.cutoff_date, now=now, limit=limit)))

    def _count_by_payer(self, companies, cutoff, limit=None):
        """About how much of the lines is due of each payer: list of (payer id, count), in the order of the ids.

        By the periods of which something was not charged yet: who cuts a run into shares must not wait for the answer
        as long as for what is due itself. So neither instalments nor fees with a period length of their own are among
        it, but lines of which another part of their days is due, or none.
        """
        self._flush_asked()
        return self.env.execute_query(
            SQL(
                """
            SELECT %(payer)s, COUNT(*)
              FROM cloud_billing_period p
              JOIN cloud_subscription_line l ON l.subscription_id = p.subscription_id
              JOIN cloud_customer customer ON customer.id = p.customer_id
             WHERE p.company_id = ANY(%(company_ids)s)
               AND p.state = 'due'
               AND CASE l.timing WHEN 'advance' THEN p.date_start ELSE p.date_end END <= %(cutoff)s
               AND %(limited)s
          GROUP BY 1
          ORDER BY 1
            """,
                payer=PAYER,
                company_ids=list(companies.ids),
                cutoff=cutoff,
                limited=select_limited(limit, SQL("p.subscription_id")),
            )
        )

    def _insert(self, run, rows):
        """Make the charges of rows of `_get_rows` for a run; returns how many."""
        if not rows:
            return 0
        components = self._get_components(rows)
        self.env["cloud.charge"].flush_model()
        made = self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_charge (
                   run_id, company_id, component_id, subscription_line_id, subscription_id, customer_id, kind,
                   product_id, meter_id, period_id, service_start, service_end, utc_start, utc_end, full_start,
                   full_end, proration, billing_month, currency_id, error_code,
                   create_uid, state, is_live, is_rated, correction_number, create_date, write_date)
            SELECT %(run_id)s, %(company_id)s, v.*,
                   %(uid)s, 'draft', TRUE, FALSE, 0, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM %(rows)s
                ON CONFLICT DO NOTHING
         RETURNING id
            """,
                run_id=run.id,
                company_id=run.company_id.id,
                uid=self.env.uid,
                rows=as_table(
                    "v",
                    {"component_id": "integer", **_COLUMNS},
                    [
                        (component_id, *(row[name] for name in _COLUMNS))
                        for row, component_id in zip(rows, components, strict=True)
                    ],
                ),
            )
        )
        self.env["cloud.charge"].invalidate_model()
        refresh_statistics(self.env, "cloud.charge", _READ_BY, len(made))
        return len(made)

    def _get_uncharged_periods(self, periods):
        """The ids of those periods in which something is not charged, whenever it falls due."""
        rows = self._get_rows(periods.company_id, END_OF_TIME, period_ids=periods.ids)
        return {row["period_id"] for row in rows}

    def _get_rows(self, companies, cutoff, now=None, period_ids=None, limit=None):
        """One dict per stretch of service that is due and uncovered, its UTC bounds included; an iterator.

        limit: of `cloud.bill.run._get_limit`.
        """
        get_bounds = lru_cache(maxsize=None)(schedule.utc_bounds)
        rows = self._fetch(companies, cutoff, period_ids, limit)
        calendars = {}
        for row in rows:
            if row["kind"] == "metered":
                calendars.setdefault(row["line_id"], set()).add(bool(row["billing_month"]))
        served = self._get_served([row for row in rows if row["kind"] == "recurring"])
        for row in rows:
            # One line cannot be cut by two calendars at once: some days would be counted twice, or never.
            is_mixed = len(calendars.get(row["line_id"], ())) > 1
            row["error_code"] = "two_calendars" if is_mixed else None
            stretches = [(row["service_start"], row["service_end"])]
            if row["kind"] == "recurring":
                stretches = _get_served_days(served[row["line_id"]], *stretches[0])
            stretches = _uncover(row, stretches)
            # In advance is on the first day that is still to be paid for: days billed elsewhere do not make it earlier.
            if not stretches or (row["is_advance"] and stretches[0][0] > cutoff):
                continue
            due = get_bounds(*stretches[0], row["tz"])[0] if row["is_advance"] else None
            for start, end in stretches:
                utc_start, utc_end = get_bounds(start, end, row["tz"])
                if now and (due or utc_end) > now:
                    continue
                yield {**row, "service_start": start, "service_end": end, "utc_start": utc_start, "utc_end": utc_end}

    def _get_served(self, rows):
        """{line id: list of Agreed} of recurring fees, for the days of these rows; see `_get_agreed` of the lines."""
        if not rows:
            return {}
        lines = self.env["cloud.subscription.line"].browse(sorted({row["line_id"] for row in rows}))
        return lines._get_agreed(min(row["service_start"] for row in rows), max(row["service_end"] for row in rows))

    def _fetch(self, companies, cutoff, period_ids, limit=None):
        self._flush_asked()
        return self.env.execute_query_dict(
            SQL(
                "SELECT * FROM (%s) due ORDER BY customer_id, line_id, service_start",
                self._select_due(companies, cutoff, period_ids, limit),
            )
        )

    def _flush_asked(self):
        for model in (
            "cloud.subscription",
            "cloud.subscription.line",
            "cloud.customer",
            "cloud.billing.period",
            "cloud.charge",
            "cloud.price.plan",
            "product.product",
            "product.template",
            "cloud.usage.mapping",
            "cloud.usage.stream",
            "cloud.usage.source",
        ):
            self.env[model].flush_model()

    # === HOOKS === #

    def _get_components(self, rows):
        """Return the component id of each row, in their order; made where it is missing. rows: of `_get_rows`."""
        known = self.env["cloud.charge.component"]._intern({_get_identity(row) for row in rows})
        return [known[_get_identity(row)] for row in rows]


def _get_identity(row):
    return row["line_id"], row["kind"], row["meter_id"]


def _get_served_days(agreed, start, end):
    """The stretches of [start, end) for which a fee is owed: list of (start, end), neighbours as one.

    In advance they fall due together, on the first of their days.
    """
    days = []
    for one in clip(agreed, start, end):
        if one.quantity == 0:
            continue
        if days and days[-1][1] == one.start:
            days[-1] = days[-1][0], one.end
        else:
            days.append((one.start, one.end))
    return days


def _uncover(row, stretches):
    """The parts of a row's stretches that no live charge covers: list of (start, end).

    A provider's month is charged whole, so one that is covered in part is somebody's to put right, not ours to cut.
    """
    if row["billing_month"] or row["kind"] == "one_time":
        return [] if row["ranges"] else stretches
    for left, right in row["ranges"] or ():
        stretches = [
            (start, end)
            for low, high in stretches
            for start, end in ((low, min(high, left)), (max(low, right), high))
            if start < end
        ]
    return stretches
