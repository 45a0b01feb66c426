"""Records to engine candidates: which prices may apply to many subscription lines, in a constant number of statements.

Lines that differ only by ids which no price names share one answer: of 10,000 lines most do. What is priced need not be
a line yet: a `PriceScope` is enough, and a version need not be approved to be asked what it would say (`Proposal`).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import NamedTuple

from odoo.fields import Domain

from .cloud_version_part_mixin import WHAT_FIELDS, WHO_FIELDS
from .price_scope import EVERYONE, PriceScope, Who, get_line_scopes
from .version_timeline import Subscriber, get_timeline


@dataclass(frozen=True)
class Proposal:
    """What takes part in resolution as if it were approved: a version, or a membership of a rate class.

    version: one cloud.price.plan.version. since None: as an approval would put it in force, from its own first day
    until the next approved version begins, in place of the approved ones of that day. since a day: in force alone from
    that day on, instead of all versions of its plan, with the prices that hold on its own first day; so the past is
    asked what the version would have said. member: one cloud.rate.class.member. rate_dates: {cloud.contract.rate id:
    (from, until or None)}, prices of contracts that hold on these days, whatever they say themselves, agreed or not.
    """

    version: object = None
    since: date | None = None
    member: object = None
    rate_dates: dict = field(default_factory=dict, compare=False)


def get_candidates(lines, at_start, at_end, proposal=None):
    """{line id: list of Candidate}; see `cloud.price.plan._get_candidates`."""
    return get_scope_candidates(lines.env, get_line_scopes(lines), at_start, at_end, proposal)


def get_scope_candidates(env, scopes, at_start, at_end, proposal=None):
    """{key: list of Candidate} of what is priced, by any key. scopes: {key: PriceScope}.

    Those that meet the same prices have one list in common: it is read, never changed.
    """
    proposal = proposal or Proposal()
    asked = get_asked(env, scopes, at_start, at_end, proposal)
    offers = _Offers(_find_rules(env, asked.values(), at_start, at_end, proposal), at_start, at_end, proposal)
    rates = env["cloud.contract.rate"]._get_offers(scopes, at_start, at_end, proposal.rate_dates)
    found = {key: offers.get_matching(one) for key, one in asked.items()}
    return {key: [*rates[key], *shared] if key in rates else shared for key, shared in found.items()}


def get_plan_rule_ids(candidates):
    """The ids of cloud.price.rule among candidates: what a contract itself says is a rate, with a text for its id."""
    return {candidate.rule.rule_id for candidate in candidates if isinstance(candidate.rule.rule_id, int)}


def get_asked(env, scopes, at_start, at_end, proposal=None):
    """{key: scope with what is dated about it}: `scope`, `who` with the rate classes, `versions` that hold for it."""
    proposal = proposal or Proposal()
    timelines = _Timelines(_find_versions(env, scopes.values(), proposal), at_start, at_end, proposal)
    memberships = _Memberships(env, scopes.values(), at_start, at_end, proposal)
    return {
        key: _Asked(scope, timelines.get(scope), (*scope.who, *memberships.get(scope), EVERYONE))
        for key, scope in scopes.items()
    }


class _Asked(NamedTuple):
    """A PriceScope with what is dated about it. versions: ((version, from, until), ...). who: with the rate classes."""

    scope: PriceScope
    versions: tuple
    who: tuple


def _find_versions(env, scopes, proposal):
    """The versions that give prices, by plan, first day and revision: the approved ones, and a proposed one."""
    Version = env["cloud.price.plan.version"]
    names = ["plan_id", "date_start", "revision", "name", "state", "policy", "grandfather_until"]
    domain = Domain("plan_id", "in", list({scope.plan_id for scope in scopes})) & Domain("state", "=", "approved")
    versions = Version.search_fetch(domain, names, order="plan_id, date_start, revision")
    proposed = proposal.version
    if not proposed:
        return versions
    proposed.fetch(names)
    replaced = versions.filtered(
        lambda version: (
            version.plan_id == proposed.plan_id and (proposal.since or version.date_start == proposed.date_start)
        )
    )
    return (versions - replaced | proposed).sorted(lambda version: (version.plan_id.id, version.date_start))


class _Timelines:
    """Which version holds when, for whoever asks. Most ask the same: whose policies make no difference share one."""

    def __init__(self, versions, at_start, at_end, proposal):
        self.by_plan = defaultdict(list)
        for version in versions:
            self.by_plan[version.plan_id.id].append(version)
        self.is_same_for_all = {
            plan_id: all(version.policy == "at_once" for version in held) for plan_id, held in self.by_plan.items()
        }
        self.window = at_start, at_end
        self.proposal = proposal
        self.timelines = {}

    def get(self, scope):
        """((version, from, until or None), ...) of the versions that hold somewhere in the time asked for."""
        subscriber = Subscriber() if self.is_same_for_all.get(scope.plan_id) else scope.subscriber
        key = scope.plan_id, subscriber
        if key not in self.timelines:
            entries = self._make(*key)
            self.timelines[key] = tuple(entry for entry in entries if overlap(entry[1:], self.window) is not None)
        return self.timelines[key]

    def _make(self, plan_id, subscriber):
        proposal = self.proposal
        if proposal.since and proposal.version.plan_id.id == plan_id:
            return [(proposal.version, proposal.since, None)]
        return get_timeline(self.by_plan.get(plan_id, ()), subscriber)


class _Memberships:
    """Which rate classes hold when, for whoever asks."""

    def __init__(self, env, scopes, at_start, at_end, proposal):
        customers = env["cloud.customer"].browse(sorted({one for scope in scopes for one in scope.customer_ids}))
        Member = env["cloud.rate.class.member"]
        self.stretches = Member._get_stretches(customers, proposal.member) if customers else {}
        members = Member.union(*(member for held in self.stretches.values() for member, _start, _end in held))
        members.class_id.fetch(["parent_path"])
        self.window = at_start, at_end
        self.entries = {}

    def get(self, scope):
        """The Who's of the classes of the customer, and of those they are within, nearest first."""
        key = scope.customer_ids
        if key not in self.entries:
            self.entries[key] = tuple(
                Who("rate_class_id", class_id, "rate_class", depth, start, end)
                for rate_class, start, end in self._get_nearest(key)
                for depth, class_id in enumerate(rate_class._get_chain_ids())
            )
        return self.entries[key]

    def _get_nearest(self, customer_ids):
        """[(class, from, until or None)] in the time asked for: the customer's own, else that of the nearest payer."""
        held = [self.stretches[customer_id] for customer_id in customer_ids if customer_id in self.stretches]
        days = sorted({start for stretches in held for _member, start, _end in stretches})
        nearest = []
        for start, end in zip_longest(days, days[1:]):
            rate_class = next(filter(None, (_get_class_on(stretches, start) for stretches in held)), None)
            if rate_class and nearest and nearest[-1][0] == rate_class and nearest[-1][2] == start:
                nearest[-1] = rate_class, nearest[-1][1], end
            elif rate_class:
                nearest.append((rate_class, start, end))
        return [entry for entry in nearest if overlap(entry[1:], self.window) is not None]


def _get_class_on(stretches, day):
    """The class of one customer on a day, None where there is none."""
    return next(
        (member.class_id for member, start, end in stretches if start <= day and (end is None or day < end)), None
    )


def _find_rules(env, asked, at_start, at_end, proposal):
    """Rules of the versions in force that match at least one of what is asked, as far as each field can tell."""
    Rule = env["cloud.price.rule"]
    versions = {entry[0].id for held in {one.versions for one in asked} for entry in held}
    domain = Domain("version_id", "in", list(versions))
    wanted = defaultdict(set)
    for who in {who for one in asked for who in one.who}:
        wanted[who.field].add(who.record_id)
    for name, record_id, _level, _depth in {entry for what in {one.scope.what for one in asked} for entry in what}:
        wanted[name].add(record_id)
    for name in (*WHO_FIELDS, *WHAT_FIELDS):
        domain &= Domain(name, "in", [*sorted(wanted[name] - {False}), False])
    in_time = Domain("date_start", "=", False) | Domain("date_start", "<", at_end)
    in_time &= Domain("date_end", "=", False) | Domain("date_end", ">", at_start)
    domain &= in_time | Domain("version_id", "=", proposal.version.id) if proposal.since else in_time
    return Rule.search_fetch(domain, Rule._get_candidate_fields())


class _Offers:
    """The rules, found by version, for whom and what; each turned into an engine candidate once per way of matching."""

    def __init__(self, rules, at_start, at_end, proposal):
        self.window = at_start, at_end
        self.proposal = proposal
        self.rules = defaultdict(list)
        self.named = set()
        self.candidates = {}
        self.matching = {}
        rules._prefetch_terms()
        for rule in rules.sorted(lambda rule: rule.date_start or rule.version_id.date_start):
            who, what = (_get_first(rule, names) for names in (WHO_FIELDS, WHAT_FIELDS))
            self.rules[(rule.version_id.id, *who, *what)].append(rule)
            self.named.add(who)

    def get_matching(self, asked):
        """The candidates for what is asked, most specific first, each in order of time."""
        # For whom no rule is, none matches: what is asked for two such lines is the same.
        named = tuple([who for who in asked.who if who[:2] in self.named])
        key = asked.versions, named, asked.scope.product
        if key not in self.matching:
            self.matching[key] = self._find_matching(*key)
        return self.matching[key]

    def _find_matching(self, versions, named, product):
        return [
            self._get_candidate(rule, product.billing_model, who, what, validity)
            for who in named
            for what in product.what
            for version, start, end in versions
            for rule in self.rules.get((version.id, *who[:2], *what[:2]), ())
            if product.billing_model in rule._get_billing_models()
            and (validity := self._get_validity(rule, start, end, who))
        ]

    def _get_validity(self, rule, start, end, who):
        """(from, until or None) of a rule for one way of matching, None when not in the time asked for.

        A version holds until the plan's next one begins; its rules may hold for a part of that.
        """
        if self.proposal.since and rule.version_id == self.proposal.version:
            if rule.date_start and rule.date_start > rule.version_id.date_start:
                return None
            dates = start, end
        else:
            dates = overlap((start, end), (rule.date_start or None, rule.date_end or None))
        validity = dates and overlap(dates, (who.valid_from, who.valid_to))
        return validity if validity and overlap(validity, self.window) else None

    def _get_candidate(self, rule, billing_model, who, what, validity):
        key = rule.id, billing_model, who, what, validity
        if key not in self.candidates:
            self.candidates[key] = rule._get_candidate(
                billing_model,
                *validity,
                scope_level=who.level,
                scope_depth=who.depth,
                product_level=what[2],
                product_depth=what[3],
            )
        return self.candidates[key]


def _get_first(rule, names):
    """(name, id) of the field that a rule has, of these of which it has one at most."""
    return next(((name, rule[name].id) for name in names if rule[name]), (None, False))


def overlap(first, second):
    """The (from, until) that two such have in common; None on either side is open. None when they have nothing."""
    start = max((day for day in (first[0], second[0]) if day), default=None)
    end = min((day for day in (first[1], second[1]) if day), default=None)
    return (start, end) if start is None or end is None or start < end else None
