from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_date, format_datetime

from .calendar_sql import select_accounts, select_arrived

_DAY = timedelta(days=1)


class CloudUsageCalendar(models.AbstractModel):
    """What has arrived of a source by account and day (or month): present, missing, late, duplicate, revised."""

    _name = "cloud.usage.calendar"
    _description = "Completeness Calendar"

    # === ACTIONS === #

    @api.model
    def get_calendar(self, source_id=None, month=None):
        """What the calendar shows of a source, or of the first one; month: 'YYYY-MM-DD', any day of it.

        Days of the month, or months of its year where the source delivers by month. Returns {"source", "sources",
        "period", "first", "previous", "next", "columns", "accounts", "counts"}; "accounts" have "cells", one per
        column, see `_make_cell`. A constant number of statements.
        """
        self._check_role()
        sources = self.env["cloud.usage.source"].search([("company_id", "in", self.env.companies.ids)])
        source = sources.browse(source_id).exists() if source_id else sources._get_first_expected()
        now = fields.Datetime.now()
        chosen = {"sources": [{"id": one.id, "name": one.display_name} for one in sources], "source": False}
        if not source:
            return chosen
        source.check_access("read")
        day = fields.Date.to_date(month) if month else now.date()
        return {**chosen, **self._get_figures(source, day, now)}

    @api.model
    def open_cell(self, source_id, account, key, what):
        """The action for a cell: its usage rows ('rows'), or the imports that brought it ('imports')."""
        self._check_role()
        source = self.env["cloud.usage.source"].browse(source_id)
        source.check_access("read")
        start = fields.Date.to_date(key)
        of_account = [("source_id", "=", source.id), ("stream_id.provider_account", "=", account)]
        if source._get_period() == "month" and source.shape == "snapshot":
            of_period = [("billing_month", "=", start)]
        else:
            first, last = source._get_bounds(start)
            of_period = [("service_start", ">=", first), ("service_start", "<", last)]
        title = f"{source.name} · {account or '–'} · {source._format_period(start)}"
        if what == "imports":
            records = self.env["cloud.usage.record"]._read_group([*of_account, *of_period], ["import_id"])
            ids = [usage_import.id for (usage_import,) in records]
            return self._open("cloud_billing.cloud_usage_import_action", title, [("id", "in", ids)])
        return self._open("cloud_billing.cloud_usage_record_action", title, [*of_account, *of_period])

    @api.model
    def seal_now(self, source_id):
        """Close at once the months of a source that close by themselves within the hour."""
        self._check_role()
        if not self.env.user.has_group("cloud_billing.group_accountant"):
            raise AccessError(self.env._("To close a month takes the role of an accountant."))
        source = self.env["cloud.usage.source"].browse(source_id)
        source.check_access("read")
        self.env["cloud.usage.seal"]._seal_source(source, fields.Datetime.now())

    def _open(self, action_id, title, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(action_id)
        return {**action, "name": title, "display_name": title, "domain": domain, "context": {}}

    def _check_role(self):
        if not self.env.user.has_group("cloud_billing.group_viewer"):
            raise AccessError(
                self.env._("The calendar is for people with a Cloud Billing role: ask your billing administrator.")
            )
        self.env["cloud.sharing.group"]._check_whole_company()

    # === BUSINESS === #

    def _get_figures(self, source, day, now):
        period = source._get_period()
        first, last = _get_span(day, period)
        keys = list(_get_keys(first, last, period))
        arrived = {(row["account"], row["period"]): row for row in self._fetch(source, first, last)}
        if not self.env["cloud.field.access"]._may_see_costs():
            for row in arrived.values():
                row["cost"] = None
        accounts = [
            {
                "account": account,
                "name": account or source.name,
                "cells": [
                    self._make_cell(source, account, begun, key, arrived.get((account, key)), now) for key in keys
                ],
            }
            for account, begun in self._fetch_accounts(source, first, last)
        ]
        self._add_seals(source, first, last, accounts, now)
        states = [cell["state"] for account in accounts for cell in account["cells"]]
        step = relativedelta(years=1) if period == "month" else relativedelta(months=1)
        return {
            "source": {
                "id": source.id,
                "name": source.name,
                "cadence": source.cadence or False,
                "needs_seal": source.needs_seal,
                "can_set": self.env["cloud.usage.source"].has_access("write"),
                "can_sign": self.env.user.has_group("cloud_billing.group_accountant"),
                "cadence_label": dict(source._fields["cadence"]._description_selection(self.env)).get(
                    source.cadence, ""
                ),
            },
            "period": period,
            "first": fields.Date.to_string(first),
            "title": format_date(self.env, first, date_format="y" if period == "month" else "MMMM y"),
            "previous": fields.Date.to_string(first - step),
            "next": fields.Date.to_string(first + step),
            "columns": [self._make_column(key, period) for key in keys],
            "accounts": accounts,
            "counts": {state: states.count(state) for state in _STATES},
            "labels": self._get_state_labels(),
        }

    def _add_seals(self, source, first, last, accounts, now):
        """Give each account its seals: {month: {"state", "label", "problems", "change"}}; open ones that ended too."""
        if not source.needs_seal:
            return
        Seal = self.env["cloud.usage.seal"]
        months = [month for month in _get_keys(first, last, "month") if month < now.date().replace(day=1)]
        seals = Seal.search([("source_id", "=", source.id), ("month", "in", months)], order="id")
        labels = dict(Seal._fields["kind"]._description_selection(self.env))
        found = {}
        for seal in seals:
            text = self.env._("Broken") if seal.broken_number else labels[seal.kind]
            found[seal.provider_account, seal.month] = {
                "state": seal.state,
                "label": text,
                "reason": seal.reason or "",
                "problems": seal.problems or [],
                "change": False,
            }
        latest = {(seal.provider_account, seal.month): seal for seal in seals}
        cells = None
        if source._get_period() == "day" and source.cadence:
            cells = [
                (account["account"], [(fields.Date.to_date(cell["key"]), cell["state"]) for cell in account["cells"]])
                for account in accounts
            ]
        for partition, problems in Seal._get_open(source, months, now, cells=cells) if months else ():
            former = latest.get((partition.account, partition.month), Seal)
            found[partition.account, partition.month] = {
                "state": "broken" if former else "open",
                "label": self.env._("Open again") if former else self.env._("Open"),
                "reason": "",
                "problems": problems,
                "change": former._tell_change(partition) or False,
            }
        for account in accounts:
            account["seals"] = {
                fields.Date.to_string(month): facts
                for (name, month), facts in found.items()
                if name == account["account"]
            }

    def _get_cells(self, source, first, last, now):
        """[(account, [(day or month, state)])] of a source for what lies in [first, last)."""
        keys = list(_get_keys(first, last, source._get_period()))
        arrived = {(row["account"], row["period"]): row for row in self._fetch(source, first, last)}
        return [
            (
                account,
                [
                    (key, _get_state(source, key, arrived.get((account, key)), source._get_due(key), begun, now)[0])
                    for key in keys
                ],
            )
            for account, begun in self._fetch_accounts(source, first, last)
        ]

    def _fetch(self, source, first, last):
        """What has arrived, as select_arrived says it."""
        self.env.flush_all()
        return self.env.execute_query_dict(
            select_arrived(source, first, last, source._get_period(), source.tz, source._get_wait())
        )

    def _fetch_accounts(self, source, first, last):
        """(account, its Beginning in three months): who is expected to deliver."""
        found = self.env.execute_query(select_accounts(source, first, last))
        return [(account, Beginning(day, moment)) for account, day, moment in found]

    def _make_column(self, key, period):
        if period == "month":
            return {"key": fields.Date.to_string(key), "label": format_date(self.env, key, date_format="MMM")}
        return {
            "key": fields.Date.to_string(key),
            "label": str(key.day),
            "weekday": format_date(self.env, key, date_format="EEEEE"),
            "is_weekend": key.weekday() > 4,
        }

    def _make_cell(self, source, account, begun, key, row, now):
        """A day, or month, of an account: its state of _STATES and what it is made of, as texts for people.

        begun: the Beginning of the account.
        """
        due = source._get_due(key)
        state, missing_hours = _get_state(source, key, row, due, begun, now)
        cell = {
            "key": fields.Date.to_string(key),
            "state": state,
            "account": account,
            "month": fields.Date.to_string(key.replace(day=1)),
            "label": source._format_period(key),
            "due": self._tell_moment(due, source.tz),
            "row_count": row["row_count"] if row else 0,
        }
        if row:
            cell.update(
                quantity=row["quantity"],
                cost=row["cost"],
                currency=row["currency"] or "",
                first_at=self._tell_moment(row["first_at"], source.tz),
                changed_at=self._tell_moment(row["changed_at"], source.tz),
                confirmed_at=self._tell_moment(row["confirmed_at"], source.tz),
                repeats=row["repeats"],
                delivery_count=row["delivery_count"],
                missing_hours=missing_hours,
            )
        return cell

    def _tell_moment(self, moment, tz):
        return format_datetime(self.env, moment, tz=tz) if moment else False

    def _get_state_labels(self):
        return {
            "present": self.env._("Present"),
            "missing": self.env._("Missing"),
            "partial": self.env._("Hours missing"),
            "late": self.env._("Late"),
            "duplicate": self.env._("Rows twice"),
            "revised": self.env._("Revised"),
            "waiting": self.env._("Not due yet"),
            "none": self.env._("Nothing expected"),
        }


class Beginning(NamedTuple):
    """Since when an account delivers: no day before the first one is expected, nothing can be late before it came."""

    day: date
    moment: datetime


_STATES = ("present", "missing", "partial", "late", "duplicate", "revised", "waiting", "none")


def _get_state(source, key, row, due, begun, now):
    """(state, hours without usage) of a day or month; what needs a person comes before what is only told."""
    is_there = bool(row and row["row_count"])
    if not is_there:
        if not source.cadence or not due or key < begun.day:
            return "none", 0
        return ("missing" if now > due else "waiting"), 0
    hours = _count_missing_hours(source, key, row["hours"]) if source.cadence == "hourly" and now > due else 0
    if hours:
        return "partial", hours
    if row["repeats"]:
        return "duplicate", 0
    if row["changed_at"]:
        return "revised", 0
    if source.cadence and due and row["first_at"] > due >= begun.moment:
        return "late", 0
    return "present", 0


def _count_missing_hours(source, key, hours):
    """How many of the day's hours, as its time zone has them, have no usage."""
    zone = ZoneInfo(source.tz)
    start = datetime.combine(key, datetime.min.time(), zone).astimezone(timezone.utc)
    end = datetime.combine(key + _DAY, datetime.min.time(), zone).astimezone(timezone.utc)
    there = {(start + timedelta(hours=n)).astimezone(zone).hour for n in range(int((end - start) / timedelta(hours=1)))}
    return sum(1 for hour in there if not hours >> hour & 1)


def _get_span(day, period):
    """[first, last) of what the calendar shows: the month of a day, or its year."""
    if period == "month":
        return date(day.year, 1, 1), date(day.year + 1, 1, 1)
    first = day.replace(day=1)
    return first, first + relativedelta(months=1)


def _get_keys(first, last, period):
    step = relativedelta(months=1) if period == "month" else _DAY
    while first < last:
        yield first
        first += step
