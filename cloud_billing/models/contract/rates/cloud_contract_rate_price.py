from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ....engine.rating import Adjustment, Candidate, RuleFacts, Terms
from ...catalog.price_candidates import overlap

_KEY = "rate "


class CloudContractRate(models.Model):
    """Prices of contracts as the engine reads them: nearer than every rule of a plan, found for many lines at once."""

    _inherit = "cloud.contract.rate"

    # === BUSINESS === #

    @api.model
    def _get_offers(self, scopes, at_start, at_end, proposed_dates=None):
        """{key: list of Candidate} of what contracts themselves say somewhere in [at_start, at_end); one statement.

        scopes: {key: PriceScope}. Keys without any are absent. proposed_dates: `rate_dates` of
        `price_candidates.Proposal`.
        """
        proposed_dates = proposed_dates or {}
        subscription_ids = {scope.subscription_id for scope in scopes.values() if scope.subscription_id}
        if not subscription_ids:
            return {}
        agreed = Domain("state", "=", "approved") & Domain("date_start", "<", at_end)
        agreed &= Domain("date_end", "=", False) | Domain("date_end", ">", at_start)
        domain = Domain("subscription_id", "in", sorted(subscription_ids))
        domain &= agreed | Domain("id", "in", list(proposed_dates)) if proposed_dates else agreed
        # sudo: lends the right to know what a contract says to whoever prices it.
        rates = self.sudo().search_fetch(domain, self._get_candidate_fields())
        if not rates:
            return {}
        rates._prefetch_prices()
        by_subscription = defaultdict(list)
        for rate in rates:
            dates = proposed_dates.get(rate.id, (rate.date_start, rate.date_end or None))
            if overlap(dates, (at_start, at_end)):
                by_subscription[rate.subscription_id.id].append((rate, dates))
        offers = {}
        for key, scope in scopes.items():
            fitting = [held for held in by_subscription.get(scope.subscription_id, ()) if held[0]._fits(scope)]
            if fitting:
                offers[key] = [rate._get_candidate(scope.billing_model, *dates) for rate, dates in fitting]
        return offers

    @api.model
    def _find_prices(self, price_ids):
        """{id of an engine rule: the cloud.price.rule or cloud.contract.rate it is of}."""
        price_ids = set(price_ids)
        rate_ids = {price_id: self._get_rate_id(price_id) for price_id in price_ids}
        # Browsed together, so that they are read together.
        rules = self.env["cloud.price.rule"].browse(sorted(one for one in price_ids if not rate_ids[one]))
        rates = self.browse(sorted(filter(None, rate_ids.values())))
        return {rule.id: rule for rule in rules} | {rate._get_price_id(): rate for rate in rates}

    @api.model
    def _get_rate_id(self, price_id):
        """The id of the record that an engine rule is of; None where it is of a rule of a plan, or nothing of ours."""
        is_rate = isinstance(price_id, str) and price_id.startswith(_KEY)
        return int(price_id.removeprefix(_KEY)) if is_rate else None

    def _get_price_id(self):
        return f"{_KEY}{self.id}"

    def _get_candidate(self, billing_model, valid_from, valid_to):
        """The engine's Candidate of this rate for a product of a billing model; valid_to: None where it is open."""
        self.ensure_one()
        facts = self._get_facts(valid_from, valid_to)
        if self.kind == "price":
            model = "per_unit" if billing_model == "metered" else "flat"
            applied = {"terms": Terms(model, unit_price=self.unit_price, rule=facts)}
        else:
            change = Adjustment(rule=facts, percent=self.percent, amount=self.amount, label=self.label or "")
            applied = {"adjustment": change}
        return Candidate(
            rule=facts,
            role=self.kind,
            scope_level="contract_line" if self.line_id else "contract",
            product_level="product" if self.product_id or self.kind == "price" else "any",
            valid_from=valid_from,
            valid_to=valid_to,
            final=self.is_final,
            sequence=self.sequence,
            counter=self.scope_hash,
            **applied,
        )

    def _get_facts(self, valid_from, valid_to):
        """Where the price comes from, as the workings print it."""
        origin = dict(self._fields["origin"]._description_selection(self.env))[self.origin]
        return RuleFacts(
            rule_id=self._get_price_id(),
            rule_name=self.name,
            plan_name=self.env._("Contract %(subscription)s", subscription=self.subscription_id.name),
            version_name=origin,
            scope=self.what,
            valid_from=valid_from,
            valid_to=valid_to,
        )

    def _fits(self, scope):
        """Whether it is for what is priced. scope: PriceScope.

        The price of a line is that of its own product: a part of a bundle has a price of its own, or none.
        """
        if self.line_id and self.line_id.id != scope.line_id:
            return False
        if self.billing_model and self.billing_model != scope.billing_model:
            return False
        product = self.product_id or (self.line_id.product_id if self.kind == "price" else self.product_id)
        return not product or product.id == scope.product_id

    def _prefetch_prices(self):
        """Load what the candidates of these rates need beyond their own fields, whatever their number."""
        self.subscription_id.fetch(["name", "plan_id"])
        self.line_id.fetch(["name", "product_id"])
        self.product_id.fetch(["default_code", "product_tmpl_id"])

    @api.model
    def _get_candidate_fields(self):
        return [
            "name",
            "subscription_id",
            "line_id",
            "product_id",
            "billing_model",
            "kind",
            "origin",
            "sequence",
            "unit_price",
            "is_final",
            "percent",
            "amount",
            "label",
            "date_start",
            "date_end",
            "scope_hash",
        ]
