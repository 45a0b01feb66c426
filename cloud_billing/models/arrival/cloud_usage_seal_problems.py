from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date, format_datetime

from .cloud_usage_seal import tell_costs
from .cloud_usage_source_cadence import MONTHS_BACK
from .seal_sql import Partition, select_partitions
from .seal_waiting_sql import select_waiting_imports, select_waiting_rows


class Beside(NamedTuple):
    """What the months of a source are judged by, beside what has arrived of them.

    controls: its current control totals.   gaps: {(account, month): days that are missing}.
    rows: {(account, month), or None for all of them: {kind: rows that wait}}.   imports: {the same: {state: names}}.
    has_costs: whether money is told.
    """

    controls: object
    gaps: dict
    rows: dict
    imports: dict
    has_costs: bool = False


class CloudUsageSeal(models.Model):
    """Which months are open, what speaks against closing them, and what is left for a person to sign."""

    _inherit = "cloud.usage.seal"

    # === BUSINESS: THE MONTHS === #

    @api.model
    def _get_months(self, today):
        """The months that are looked after: the last ones that have ended."""
        first = today.replace(day=1)
        return [first - relativedelta(months=n) for n in range(1, MONTHS_BACK + 1)]

    @api.model
    def _get_open(self, source, months, now, has_costs=True, cells=None):
        """[(Partition, sentences of what speaks against it)] of a source's months without a seal.

        has_costs: tell money to who may see it; what is kept for everybody has none.
        cells: [(account, [(day, state)])] of the months, where the calendar has them already.
        """
        self.env.flush_all()
        partitions = [Partition(*row) for row in self.env.execute_query(select_partitions(source, months))]
        live = self.search([("source_id", "=", source.id), ("month", "in", months), ("broken_number", "=", 0)])
        sealed = {(seal.provider_account, seal.month) for seal in live}
        waiting = [one for one in partitions if (one.account, one.month) not in sealed]
        if not waiting:
            return []
        beside = self._get_beside(source, months, now, cells)
        beside = beside._replace(has_costs=has_costs and self.env["cloud.field.access"]._may_see_costs())
        return [(one, self._get_problems(source, one, beside, now)) for one in waiting]

    @api.model
    def _get_one(self, source, account, month, now, has_costs=True):
        """(Partition, sentences) of one month, also where nothing of it has arrived; has_costs: as of _get_open."""
        for partition, problems in self._get_open(source, [month], now, has_costs):
            if partition.account == account:
                return partition, problems
        return Partition(source.id, account, month), [self.env._("Nothing of it has arrived.")]

    # === BUSINESS: WHAT SPEAKS AGAINST THEM === #

    def _get_beside(self, source, months, now, cells=None):
        """The Beside of a source's months: what they are judged by, asked once for all of them; cells: of _get_open."""
        # sudo: whether a total matches is for everybody; its figures are told only to who may see costs.
        controls = (
            self.env["cloud.usage.control"]
            .sudo()
            .search([("source_id", "=", source.id), ("month", "in", months), ("is_current", "=", True)])
        )
        rows, imports = {}, {}
        for account, month, kind, count in self.env.execute_query(select_waiting_rows(source, months)):
            rows.setdefault(month and (account, month), {})[kind] = count
        for account, month, state, name in self.env.execute_query(select_waiting_imports(source, months)):
            imports.setdefault(month and (account, month), {}).setdefault(state, []).append(name)
        gaps = self._find_gaps(cells) if cells is not None else self._get_gaps(source, months, now)
        return Beside(controls, gaps, rows, imports)

    def _get_problems(self, source, partition, beside, now):
        """Sentences: why a month does not close by itself; empty where it may."""
        problems = []
        if not partition.row_count:
            problems.append(self.env._("Nothing of it has arrived."))
        elif not source._is_final(partition, now):
            problems.append(self.env._("The provider does not call it final yet."))
        if days := beside.gaps.get((partition.account, partition.month)):
            problems.append(
                self.env._(
                    "Days that are missing or lack hours: %(days)s.",
                    days=", ".join(str(day.day) for day in days),
                )
            )
        return [
            *problems,
            *self._get_waiting_problems(partition, beside),
            *self._get_total_problems(source, partition, beside),
        ]

    def _get_waiting_problems(self, partition, beside):
        """Sentences: what was delivered of a month and is no usage, because somebody has to decide on it first."""
        places = ((partition.account, partition.month), None)

        def count_rows(kind):
            return sum(beside.rows.get(place, {}).get(kind, 0) for place in places)

        def find_names(state):
            return [name for place in places for name in beside.imports.get(place, {}).get(state, ())]

        problems = []
        if count := count_rows("rejected"):
            problems.append(self.env._("Rows that cannot be read: %(count)s. Correct or waive them.", count=count))
        if count := count_rows("quarantined"):
            problems.append(
                self.env._("Rows that came again with other content: %(count)s. Accept or waive them.", count=count)
            )
        if found := find_names("staging"):
            problems.append(
                self.env._("%(names)s may still change it: let it be imported, or cancel it.", names=", ".join(found))
            )
        if found := find_names("refused"):
            problems.append(
                self.env._(
                    "%(names)s would take rows of it away: agree to that on the import, or delete it.",
                    names=", ".join(found),
                )
            )
        return problems

    def _get_total_problems(self, source, partition, beside):
        """Sentences: control totals beside a month that differ, or are not there."""
        mine = beside.controls.filtered(
            lambda control: control.month == partition.month and control.provider_account in ("", partition.account)
        )
        differing = mine.filtered(lambda control: control.state != "match")
        problems = [control._tell_difference(beside.has_costs) for control in differing]
        if source.needs_total and not mine:
            problems.append(self.env._("There is no control total beside it."))
        return problems

    def _get_gaps(self, source, months, now):
        """{(account, month): days that are missing, or lack hours}, of a source with days."""
        if source._get_period() == "month" or not source.cadence:
            return {}
        calendar = self.env["cloud.usage.calendar"]
        first, last = min(months), max(months) + relativedelta(months=1)
        return self._find_gaps(calendar._get_cells(source, first, last, now))

    def _find_gaps(self, cells):
        """{(account, month): days that are missing, or lack hours}. cells: [(account, [(day, state)])]."""
        gaps = {}
        for account, days in cells:
            for day, state in days:
                if state in ("missing", "partial"):
                    gaps.setdefault((account, day.replace(day=1)), []).append(day)
        return gaps

    # === BUSINESS: WHAT IS SIGNED === #

    def _check_may_sign(self, partition, problems, now):
        """Raise a UserError where there is nothing to sign: the month is not over, or nothing speaks against it."""
        source = self.env["cloud.usage.source"].browse(partition.source_id)
        over = partition.month + relativedelta(months=1)
        if now < source._get_midnight(over):
            raise UserError(
                self.env._(
                    "%(month)s is not over: it can be signed from %(day)s on.",
                    month=format_date(self.env, partition.month, date_format="MMMM y"),
                    day=format_date(self.env, over),
                )
            )
        if not problems:
            raise UserError(
                self.env._(
                    "Nothing speaks against this month, so nobody signs it: it closes by itself within the hour."
                )
            )

    @api.model
    def _get_former(self, partition):
        """The seal that a month had last and that was broken, empty where it never had one."""
        return self.search(
            [
                ("source_id", "=", partition.source_id), ("provider_account", "=", partition.account),
                ("month", "=", partition.month), ("broken_number", ">", 0),
            ],
            order="id desc", limit=1,
        )  # fmt: skip

    def _tell_change(self, partition, has_costs=True):
        """A sentence: what is other in a month now than when this seal was set; None where it is the same.

        has_costs: tell money to who may see it; what is kept for everybody has none.
        """
        # sudo: whether it changed is for everybody; the figures are told only to who may see costs.
        costs = self.sudo().costs
        if not self or (self.row_count, costs) == (partition.row_count, partition.costs):
            return None
        has_costs = has_costs and self.env["cloud.field.access"]._may_see_costs()
        before = self._tell_content(self.row_count, has_costs and costs)
        after = self._tell_content(partition.row_count, has_costs and partition.costs)
        values = {
            "moment": format_datetime(self.env, self.sealed_at, tz=self.source_id.tz),
            "before": before,
            "after": after,
            "name": self.broken_import_id.name,
        }
        if before == after:
            return self.env._("Since it was sealed on %(moment)s its costs changed, first by %(name)s.", **values)
        return self.env._(
            "Since it was sealed on %(moment)s: %(before)s became %(after)s, first by %(name)s.", **values
        )

    def _tell_content(self, row_count, costs):
        """Rows and money of a month, in words."""
        return ", ".join(filter(None, (self.env._("%(count)s rows", count=row_count), tell_costs(costs))))
