"""Records to engine candidates: which prices may apply to many subscription lines, in a constant number of statements.

The fetches name what is read: Odoo's own prefetch takes 1000 records at a time, and 10,000 lines would take ten rounds.
What is priced need not be a line yet: a `PriceScope` is enough, and a version need not be approved to be asked what it
would say (`Proposal`).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from odoo.fields import Domain

from ...engine.rating import Candidate


@dataclass(frozen=True)
class Proposal:
    """A version that takes part in resolution as if it were approved. version: one cloud.price.plan.version.

    since None: as an approval would put it in force, from its own first day until the next approved version begins, in
    place of an approved one of that day. since a day: in force alone from that day on, instead of all versions of its
    plan, with the prices that hold on its own first day; so the past is asked what the version would have said.
    """

    version: object
    since: date | None = None


def get_candidates(lines, at_start, at_end, proposal=None):
    """{line id: list of Candidate}; see `cloud.price.plan._get_candidates`."""
    return get_scope_candidates(lines.env, _get_line_scopes(lines), at_start, at_end, proposal)


def get_scope_candidates(env, scopes, at_start, at_end, proposal=None):
    """{key: list of Candidate} of what is priced, by any key. scopes: {key: PriceScope}."""
    versions = _find_versions(env, scopes.values(), proposal)
    rules = _find_rules(env, versions, scopes.values(), at_start, at_end, proposal)
    validities = _get_validities(rules, versions, at_start, at_end, proposal)
    offers = _Offers(rules, validities)
    return {key: offers.get_matching(scope) for key, scope in scopes.items()}


class PriceScope:
    """What is priced, as prices see it: its plan, for whom and what it is, most specific first.

    plan: one price plan. product: one variant. customer, subscription, line: one record, or an empty one where there
    is none: then the prices for everyone apply, or those of the customer. Records of a form that is not saved yet do.

    who: (field of the rule, id, scope level, depth). what: (field of the rule, id, product level, depth).
    """

    def __init__(self, plan, product, customer, subscription, line):
        chain = customer._get_scope_chain() if customer else customer
        self.plan_id = plan._origin.id
        self.billing_model = product.product_tmpl_id.cloud_billing_model
        self.who = [
            *([("subscription_line_id", line._origin.id, "line", 0)] if line else []),
            *([("subscription_id", subscription._origin.id, "subscription", 0)] if subscription else []),
            *(
                ("customer_id", customer_id, "parent" if depth else "customer", depth)
                for depth, customer_id in enumerate(chain.ids)
            ),
            (None, False, "everyone", 0),
        ]
        self.what = [
            ("product_id", product._origin.id, "product", 0),
            *(
                ("categ_id", categ_id, "category", depth)
                for depth, categ_id in enumerate(_get_categ_chain(product.product_tmpl_id.categ_id))
            ),
            (None, False, "any", 0),
        ]

    def get_ids(self, field):
        return {record_id for name, record_id, _level, _depth in (*self.who, *self.what) if name == field and record_id}


def _get_line_scopes(lines):
    """{line id: PriceScope}. The line's id may be that of a line in a form that is not saved yet."""
    lines.fetch(["subscription_id", "product_id"])
    lines.subscription_id.fetch(["plan_id", "customer_id"])
    lines.subscription_id.customer_id.fetch(["parent_id", "parent_path"])
    lines.product_id.fetch(["product_tmpl_id"])
    lines.product_id.product_tmpl_id.fetch(["categ_id", "cloud_billing_model"])
    lines.product_id.product_tmpl_id.categ_id.fetch(["parent_path"])
    return {
        line.id: PriceScope(
            line.subscription_id.plan_id, line.product_id, line.subscription_id.customer_id, line.subscription_id, line
        )
        for line in lines
    }


def _get_categ_chain(categ):
    """Ids of a product category and those above it, nearest first."""
    return [int(categ_id) for categ_id in reversed((categ.parent_path or "").split("/")) if categ_id]


def _find_versions(env, scopes, proposal):
    """The versions that give prices, by plan and first day: the approved ones, and a proposed one."""
    Version = env["cloud.price.plan.version"]
    names = ["plan_id", "date_start", "name", "state"]
    domain = Domain("plan_id", "in", list({scope.plan_id for scope in scopes})) & Domain("state", "=", "approved")
    versions = Version.search_fetch(domain, names, order="plan_id, date_start")
    if not proposal:
        return versions
    proposed = proposal.version
    proposed.fetch(names)
    replaced = versions.filtered(
        lambda version: (
            version.plan_id == proposed.plan_id and (proposal.since or version.date_start == proposed.date_start)
        )
    )
    return (versions - replaced | proposed).sorted(lambda version: (version.plan_id.id, version.date_start))


def _find_rules(env, versions, scopes, at_start, at_end, proposal):
    """Rules of these versions that match at least one scope, as far as each of their fields can tell."""
    Rule = env["cloud.price.rule"]
    domain = Domain("version_id", "in", versions.ids)
    for name in ("subscription_line_id", "subscription_id", "customer_id", "product_id", "categ_id"):
        wanted = set().union(*(scope.get_ids(name) for scope in scopes))
        domain &= Domain(name, "in", [*sorted(wanted), False])
    in_time = Domain("date_start", "=", False) | Domain("date_start", "<", at_end)
    in_time &= Domain("date_end", "=", False) | Domain("date_end", ">", at_start)
    domain &= in_time | Domain("version_id", "=", proposal.version.id) if proposal else in_time
    return Rule.search_fetch(domain, Rule._get_candidate_fields())


def _get_validities(rules, versions, at_start, at_end, proposal):
    """{rule: (valid_from, valid_to)} of the rules in force somewhere in [at_start, at_end).

    A version holds until the plan's next approved one begins; its rules may hold for a part of that.
    """
    ends = {
        version: follower.date_start for version, follower in pairwise(versions) if version.plan_id == follower.plan_id
    }
    validities = {}
    for rule in rules:
        version = rule.version_id
        if proposal and proposal.since and version == proposal.version:
            if not rule.date_start or rule.date_start <= version.date_start:
                validities[rule] = proposal.since, None
            continue
        valid_from = max(version.date_start, rule.date_start or version.date_start)
        valid_to = min((day for day in (ends.get(version), rule.date_end) if day), default=None)
        if valid_from < at_end and (valid_to is None or valid_to > max(at_start, valid_from)):
            validities[rule] = valid_from, valid_to
    return validities


class _Offers:
    """The rules, found by plan, for whom and what; each turned into an engine candidate once per way of matching."""

    def __init__(self, rules, validities):
        self.validities = validities
        self.rules = defaultdict(list)
        self.candidates = {}
        in_force = rules.filtered(lambda rule: rule in validities).sorted(lambda rule: validities[rule][0])
        in_force._prefetch_terms()
        for rule in in_force:
            self.rules[self._get_key(rule)].append(rule)

    @staticmethod
    def _get_key(rule):
        who = next(
            (
                (name, rule[name].id)
                for name in ("subscription_line_id", "subscription_id", "customer_id")
                if rule[name]
            ),
            (None, False),
        )
        what = next(((name, rule[name].id) for name in ("product_id", "categ_id") if rule[name]), (None, False))
        return rule.plan_id.id, *who, *what

    def get_matching(self, scope):
        """The candidates for one line, most specific first."""
        return [
            self._get_candidate(rule, scope.billing_model, who[2:], what[2:])
            for who in scope.who
            for what in scope.what
            for rule in self.rules.get((scope.plan_id, *who[:2], *what[:2]), ())
            if scope.billing_model in rule._get_billing_models()
        ]

    def _get_candidate(self, rule, billing_model, who, what):
        key = rule.id, billing_model, who, what
        if key not in self.candidates:
            valid_from, valid_to = self.validities[rule]
            terms = rule._get_terms(billing_model, valid_from, valid_to)
            self.candidates[key] = Candidate(
                rule=terms.rule,
                terms=terms,
                scope_level=who[0],
                scope_depth=who[1],
                product_level=what[0],
                product_depth=what[1],
                valid_from=valid_from,
                valid_to=valid_to,
            )
        return self.candidates[key]
