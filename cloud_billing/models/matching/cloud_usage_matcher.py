from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import models

from .match_sql import UNOWNED, UNOWNED_OR_RULED, get_matches_sql
from .stretches import FOR_EVER, SINCE_EVER, Stretch, choose, join, without


class Group(NamedTuple):
    """Streams of one source that the same rules match.

    rules: the most specific first.   stretches: whose they are, by these rules, day by day.
    """

    source: models.BaseModel
    rules: models.BaseModel
    stream_ids: list
    stretches: list


class Owned(NamedTuple):
    """A stretch that a stream has an owner for already. mapping_id: the cloud.usage.mapping behind it."""

    mapping_id: int
    stretch: Stretch


class Kept(NamedTuple):
    """Days that stay with their owner, because they are billed to it for example. until: first day after them."""

    mapping_id: int
    until: object


class Plan(NamedTuple):
    """What matching does, before it is done.

    groups: the streams that it looks at, by what matches them.   new: {stream id: Stretches that get an owner}.
    prolonged: {mapping id: its new end}.   ended: ids of mappings that go.   kept: list of Kept.
    problems: {rule: why it gives no owner}.   touched: ids of the streams of which something changes.
    """

    groups: list
    new: dict
    prolonged: dict
    ended: list
    kept: list
    problems: dict
    touched: set

    def is_empty(self):
        return not self.touched


class CloudUsageMatcher(models.AbstractModel):
    """Gives streams their owners by the rules of the mapping table: set-wise, however many there are.

    To *fill* gives owners to days that have none, and changes nothing else. To *match again* also brings what rules
    gave before in line with the rules as they stand. What a person assigned always stays.
    """

    _name = "cloud.usage.matcher"
    _description = "Matching of Streams by Rules"

    # === BUSINESS === #

    def _fill(self, company, usage_import=None, rules=None):
        """Give owners to days without one; returns the Plan that was carried out.

        usage_import: only streams of its deliveries.   rules: only streams that one of them matches. All rules compete.
        """
        plan = self._plan_filling(company, usage_import, rules)
        self._carry_out(company, plan)
        return plan

    def _match_again(self, company, rules=None, with_billed=False):
        """Besides filling, change what rules gave before; returns the Plan that was carried out.

        with_billed: change days that are billed too, which the next run corrects; an accountant's decision, so whoever
        calls has checked the right. Else they stay with their owner, and the plan says so.
        """
        plan = self._plan_again(company, rules, with_billed)
        self._carry_out(company, plan)
        return plan

    def _plan_filling(self, company, usage_import=None, rules=None):
        """What `_fill` would do; the parameters are its own."""
        return self._plan(company, UNOWNED, usage_import=usage_import, rules=rules)

    def _plan_again(self, company, rules=None, with_billed=False):
        """What `_match_again` would do; the parameters are its own."""
        return self._plan(company, UNOWNED_OR_RULED, rules=rules, is_again=True, with_billed=with_billed)

    # === BUSINESS: WHAT IS TO BE DONE === #

    def _plan(self, company, candidates, usage_import=None, rules=None, is_again=False, with_billed=False):
        # sudo: who runs an import may read no rules; what they say was said by people who may.
        every = self.env["cloud.usage.match.rule"].sudo().search([("company_id", "=", company.id)])
        if not every and not is_again:
            return Plan([], {}, {}, [], [], {}, set())
        # Whoever else gives owners waits here, so that what is planned still holds when it is written.
        self.env["cloud.usage.store"]._hold_number(company)
        groups, problems = self._find_groups(company, every, candidates, usage_import, rules)
        owned = self._fetch_owned([stream_id for group in groups for stream_id in group.stream_ids])
        kept = self._fetch_kept(company, groups, owned, with_billed) if is_again else {}
        plan = Plan(groups, {}, {}, [], [], problems, set())
        for group in groups:
            for stream_id in group.stream_ids:
                self._plan_stream(plan, stream_id, group.stretches, owned.get(stream_id, ()), is_again, kept)
        return plan

    def _plan_stream(self, plan, stream_id, wanted, owned, is_again, kept):
        """Add to the plan what is to be done with one stream. kept: of `_fetch_kept`."""
        fixed, changeable = [], []
        for one in owned:
            if not is_again or not one.stretch.rule_id:
                fixed.append(one.stretch)
            elif one.mapping_id in kept:
                changeable.append(one)
                fixed.append(one.stretch._replace(end=min(one.stretch.end, kept[one.mapping_id])))
            else:
                changeable.append(one)
        new = without(wanted, fixed) if fixed else wanted
        if not changeable:
            if new:
                plan.new[stream_id] = new
                plan.touched.add(stream_id)
            return
        own = [stretch for stretch in fixed if stretch.rule_id] if is_again else []
        self._compare(plan, stream_id, join([*own, *new]), changeable)
        plan.kept.extend(
            Kept(one.mapping_id, kept[one.mapping_id])
            for one in changeable
            if one.mapping_id in kept and not _covers(wanted, one.stretch, kept[one.mapping_id])
        )

    def _compare(self, plan, stream_id, new, changeable):
        """Keep what stays as it is, move the end of what only ends elsewhere, replace the rest."""
        by_start = {(stretch.start, stretch.owner): stretch for stretch in new}
        left = set(by_start)
        for mapping_id, stretch in changeable:
            same = by_start.get((stretch.start, stretch.owner))
            left.discard((stretch.start, stretch.owner))
            if not same:
                plan.ended.append(mapping_id)
                plan.touched.add(stream_id)
            elif same.end != stretch.end:
                plan.prolonged[mapping_id] = same.end
                plan.touched.add(stream_id)
        if left:
            plan.touched.add(stream_id)
            plan.new[stream_id] = [by_start[key] for key in sorted(left, key=lambda key: key[0])]

    def _find_groups(self, company, every, candidates, usage_import, rules):
        """([Group], {rule: problem}) of the streams to look at. every: the rules that compete."""
        if usage_import:
            candidates += " AND c.id IN (SELECT s.stream_id FROM cloud_billing_usage.delivery_stream s"
            candidates += " JOIN cloud_usage_delivery d ON d.id = s.delivery_id WHERE d.import_id = %(import_id)s)"
        self.env.flush_all()
        self.env.cr.execute(
            get_matches_sql(candidates),
            {
                "company_id": company.id,
                "rule_ids": every.ids,
                "only_ids": rules.ids if rules is not None else None,
                "import_id": usage_import.id if usage_import else None,
            },
        )
        found = self.env.cr.fetchall()
        # sudo: of the sources only what they resell is read, for rules that name no product.
        sources = self.env["cloud.usage.source"].sudo().browse({source_id for source_id, _rules, _streams in found})
        used = every.browse({rule_id for _source, rule_ids, _streams in found for rule_id in rule_ids})
        owners, problems = {}, {}
        for product in dict.fromkeys(source.resale_product_id for source in sources):
            owners[product], of_product = used._get_owner_stretches(product)
            problems.update(of_product)
        ranks = {rule: rule._get_rank() for rule in used}
        groups = []
        for source_id, rule_ids, stream_ids in found:
            source = sources.browse(source_id)
            matching = used.browse(rule_ids).sorted(ranks.__getitem__, reverse=True)
            stretches = choose(
                (rule.date_start or SINCE_EVER, rule.date_end or FOR_EVER, owners[source.resale_product_id][rule])
                for rule in matching
            )
            groups.append(Group(source, matching, stream_ids, stretches))
        return groups, problems

    def _fetch_owned(self, stream_ids):
        """{stream id: [Owned]} of streams that have an owner for some days."""
        self.env.cr.execute(
            """
            SELECT stream_id, id, date_start, date_end, subscription_line_id, analytic_account_id, rule_id
              FROM cloud_usage_mapping
             WHERE stream_id = ANY(%s)
          ORDER BY stream_id, date_start NULLS FIRST
            """,
            [stream_ids],
        )
        owned = defaultdict(list)
        for stream_id, mapping_id, start, end, line_id, account_id, rule_id in self.env.cr.fetchall():
            stretch = Stretch(start or SINCE_EVER, end or FOR_EVER, (line_id, account_id), rule_id)
            owned[stream_id].append(Owned(mapping_id, stretch))
        return owned

    def _fetch_billed(self, groups, owned):
        """{mapping id: first day of the source after what is billed to it}, of owners that rules gave."""
        billed_until = self.env["cloud.usage.store"]._get_billed_until(self._get_ruled(owned))
        sources = {stream_id: group.source for group in groups for stream_id in group.stream_ids}
        days = {}
        for stream_id, some in owned.items():
            for one in some:
                if one.mapping_id in billed_until:
                    days[one.mapping_id] = _get_day_after(sources[stream_id], billed_until[one.mapping_id])
        return days

    def _get_ruled(self, owned):
        """The cloud.usage.mapping that rules gave. owned: of `_fetch_owned`."""
        return self.env["cloud.usage.mapping"].browse(
            one.mapping_id for some in owned.values() for one in some if one.stretch.rule_id
        )

    # === HOOKS === #

    def _fetch_kept(self, company, groups, owned, with_billed):
        """Return {mapping id: first day after those that stay with this owner}, of owners that rules gave.

        owned: of `_fetch_owned`. with_billed: billed days change too. To keep more: extend what super() returns.
        """
        return {} if with_billed else self._fetch_billed(groups, owned)


def _get_day_after(source, moment):
    """The first local day of a source that begins at an instant (naive UTC) or after it."""
    day = source._get_local_day(moment)
    return day if source._get_local_day(moment - timedelta(microseconds=1)) < day else day + timedelta(days=1)


def _covers(wanted, stretch, until):
    """Whether the rules give the days of a stretch that stay to its owner anyway."""
    kept = [stretch._replace(end=min(stretch.end, until))]
    return not without(kept, [one for one in wanted if one.owner == stretch.owner])
