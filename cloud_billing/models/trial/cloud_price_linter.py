from odoo import models
from odoo.tools import SQL

from ...engine.numbers import divide, exact, parse_decimal
from ...engine.rating import RatingError, RatingFacts, get_reads, rate
from ...engine.schedule import OVER
from ...fields import format_decimal
from .lint_scene import LintScene, get_who
from .price_falls import find_falls
from .price_finding import ERROR, WARNING, Finding

_NAMES_TOLD = 5


class CloudPriceLinter(models.AbstractModel):
    """What is probably wrong with prices, before it costs money: each finding with its remedy and where to go.

    It reads and never changes. Whatever the number of prices, products and customers, it takes as many statements.
    """

    _name = "cloud.price.linter"
    _description = "Linter of Prices"

    # === BUSINESS === #

    def _lint(self, versions, today):
        """The findings on price versions, errors first: list of Finding. today: a date."""
        if not versions:
            return []
        scene = LintScene(versions, today)
        findings = [finding for check in self._get_checks() for finding in check(scene)]
        return sorted(findings, key=lambda finding: finding.rank)

    def _make(self, code, severity, sentence, version=None, rule=None, record=None):
        rule = rule if rule is not None else self.env["cloud.price.rule"]
        version = version if version is not None else rule.version_id
        return Finding(
            code=code,
            severity=severity,
            sentence=sentence,
            version=version,
            rule=rule,
            record=record if record is not None else rule or version,
        )

    # === BUSINESS: ONE PRICE BY ITSELF === #

    def _check_terms(self, scene):
        """Ladders with gaps or overlaps, missing numbers: what the engine refuses to price by."""
        for rule in scene.rules:
            problem = rule._get_problem()
            if problem:
                yield self._make("terms", ERROR, problem, rule=rule)

    def _check_falls(self, scene):
        """Totals that fall as the quantity rises: whoever uses a little more pays less."""
        for rule in scene.rules:
            terms = rule._get_terms()
            decimals = rule.currency_id.decimal_places
            for fall in find_falls(terms):
                yield self._make(
                    "falls",
                    WARNING,
                    self.env._(
                        "Price %(rule)s: %(bound)s %(unit)s cost %(at_bound)s, a little more costs %(above)s. Whoever "
                        "uses more pays less: check the prices and flat amounts of the tiers.",
                        rule=rule.name,
                        bound=format_decimal(self.env, fall.bound),
                        unit=rule.unit,
                        at_bound=self._round(fall.at_bound, decimals),
                        above=self._round(fall.above, decimals),
                    ),
                    rule=rule,
                )

    def _check_product(self, scene):
        """Prices of products that are not billed, or whose usage nobody counts."""
        for rule in scene.rules.filtered("product_id"):
            template = rule.product_id.product_tmpl_id
            if not template.cloud_billing_model:
                sentence = self.env._(
                    "Price %(rule)s never applies: %(product)s has no billing model. Choose one on the product, or "
                    "delete the price.",
                    rule=rule.name,
                    product=rule.product_id.display_name,
                )
                yield self._make("not_billed", WARNING, sentence, rule=rule, record=template)
            elif template.cloud_billing_model == "metered" and not template.cloud_meter_id:
                sentence = self.env._(
                    "Price %(rule)s: %(product)s is metered and has no meter, so nothing is counted. Choose one on the "
                    "product.",
                    rule=rule.name,
                    product=rule.product_id.display_name,
                )
                yield self._make("no_meter", ERROR, sentence, rule=rule, record=template)

    # === BUSINESS: PRICES AMONG EACH OTHER === #

    def _check_overlap(self, scene):
        """Two prices that nothing tells apart. The database refuses them; a restore may have brought them back."""
        groups = scene.rules.grouped(lambda rule: (rule.version_id, rule._get_scope_key()))
        for rules in groups.values():
            rules = rules.sorted(lambda rule: scene.get_window(rule)[0])
            for place, latter in enumerate(rules[1:], 1):
                former = rules[place - 1]
                end = scene.get_window(former)[1]
                if not end or end > scene.get_window(latter)[0]:
                    yield self._make("overlap", ERROR, former._get_overlap_sentence(latter), rule=latter)

    def _check_unreachable(self, scene):
        """Prices that never apply: outside the days of their version, for nobody, for nothing, or always beaten."""
        for rule in scene.rules.filtered(scene.is_price):
            reason = self._get_reason_unreachable(scene, rule)
            if reason:
                sentence = self.env._(
                    "Price %(rule)s (%(what)s, %(who)s) never applies: %(reason)s",
                    rule=rule.name,
                    what=rule.what,
                    who=rule.who,
                    reason=reason,
                )
                yield self._make("unreachable", WARNING, sentence, rule=rule)

    def _get_reason_unreachable(self, scene, rule):
        start, end = scene.get_window(rule)
        if end and start >= end:
            return self.env._("the next version begins before it does. Move it there, or give it earlier dates.")
        reason = self._get_reason_nobody(rule)
        if reason:
            return reason
        if rule.product_id:
            return None
        products = scene.get_products(rule)
        if not products:
            return self.env._("no product of it is billed this way. Choose another category, or delete it.")
        beaten_by = [scene.get_stronger(rule, product) for product in products]
        if all(others and scene.is_covered(rule, others) for others in beaten_by):
            names = ", ".join(beaten_by[0][:1].mapped("name"))
            return self.env._(
                "each of its products has a nearer price for the same people (%(names)s). Delete the one or the other.",
                names=names,
            )
        return None

    def _get_reason_nobody(self, rule):
        line = rule.subscription_line_id
        subscription = line.subscription_id or rule.subscription_id
        if subscription and subscription.plan_id != rule.plan_id:
            return self.env._(
                "%(subscription)s is billed by another plan, %(plan)s. Move it there, or delete it.",
                subscription=subscription.name,
                plan=subscription.plan_id.name,
            )
        if subscription.state in OVER:
            return self.env._("%(subscription)s has ended. Delete it.", subscription=subscription.name)
        if line and rule.product_id and rule.product_id != line.product_id:
            return self.env._(
                "the line is for %(product)s. Choose that product, or delete it.",
                product=line.product_id.display_name,
            )
        return None

    def _check_expired(self, scene):
        """Exceptions that have run out: from now on the general price holds, and perhaps nobody has noticed."""
        for rule in scene.rules.filtered("date_end"):
            if rule.date_end > scene.today or not get_who(rule):
                continue
            if rule.version_id.status != "in_force" or scene.has_successor(rule):
                continue
            yield self._make("expired", WARNING, self._get_expired_sentence(scene, rule), rule=rule)

    def _get_expired_sentence(self, scene, rule):
        values = {"rule": rule.name, "who": rule.who, "day": rule.date_end.isoformat()}
        if not scene.is_price(rule):
            return self.env._(
                "%(rule)s: what was agreed with %(who)s beside the price ended on %(day)s; since then they pay without "
                "it. Make a new version in which it goes on, or without it.",
                **values,
            )
        return self.env._(
            "Price %(rule)s: the exception for %(who)s ended on %(day)s; since then the price for everyone holds. "
            "Make a new version in which it goes on, or without it.",
            **values,
        )

    # === BUSINESS: PRICES AND CUSTOMERS === #

    def _check_unpriced(self, scene):
        """Products on active subscriptions without a price; an error where a version takes a price away."""
        if not scene.lines:
            return
        now = scene.lines._get_rules_in_force(scene.today)
        for version in scene.versions:
            lines = scene.lines.filtered(lambda line, plan=version.plan_id: line.subscription_id.plan_id == plan)
            if version.status in ("superseded", "replaced") or not lines:
                continue
            day = max(version.date_start, scene.today)
            priced = now if version.status == "in_force" else lines._get_rules_in_force(day, version._as_proposal())
            unpriced = lines.filtered(lambda line, priced=priced, day=day: line.id not in priced and _runs(line, day))
            lost = unpriced.filtered(lambda line: line.id in now)
            for some, severity in ((lost, ERROR), (unpriced - lost, WARNING)):
                if some:
                    yield self._make("unpriced", severity, self._get_unpriced_sentence(version, some), version=version)

    def _get_unpriced_sentence(self, version, lines):
        products = lines.product_id.mapped("display_name")
        more = ", ..." if len(products) > _NAMES_TOLD else ""
        return self.env._(
            "%(version)s has no price for %(products)s. Active subscriptions with it: %(count)s, for instance "
            "%(subscription)s. Add a price, or end those lines.",
            version=version.display_name,
            products=", ".join(products[:_NAMES_TOLD]) + more,
            count=len(lines.subscription_id),
            subscription=lines[0].subscription_id.name,
        )

    def _check_currency(self, scene):
        """Subscriptions whose customer pays in a currency in which there are no prices."""
        mismatched = scene.lines.subscription_id.filtered(
            lambda subscription: not subscription.plan_id._can_bill(subscription.customer_id)
        )
        for subscription in mismatched:
            sentence = self.env._(
                "%(subscription)s of %(customer)s is billed in %(currency)s by %(plan)s, but the customer pays in "
                "%(other)s. Give the subscription a plan in %(other)s.",
                subscription=subscription.name,
                customer=subscription.customer_id.name,
                currency=subscription.plan_id.currency_id.name,
                plan=subscription.plan_id.name,
                other=subscription.customer_id.currency_id.name,
            )
            version = scene.versions.filtered(lambda version, plan=subscription.plan_id: version.plan_id == plan)[:1]
            yield self._make("currency", ERROR, sentence, version=version, record=subscription)

    # === BUSINESS: PRICES AND USAGE === #

    def _check_units(self, scene):
        """Usage that comes in another unit than its meter counts: it cannot be rated."""
        for product, stream in self._fetch_other_units(scene):
            rules = scene.rules.filtered(lambda rule, product=product: rule.product_id == product)
            meter = product.product_tmpl_id.cloud_meter_id
            sentence = self.env._(
                "%(product)s counts %(unit)s, but the stream %(stream)s that is mapped to it brings %(other)s. Map the "
                "stream to another product, or correct the meter's unit.",
                product=product.display_name,
                unit=meter.unit,
                stream=stream.display_name,
                other=stream.unit,
            )
            yield self._make("unit", WARNING, sentence, version=rules[:1].version_id, rule=rules[:1], record=stream)

    def _fetch_other_units(self, scene):
        """Pairs (product, stream) of the lines of these plans whose units differ."""
        if not scene.lines:
            return []
        mappings = self.env["cloud.usage.mapping"].search_fetch(
            [("subscription_line_id", "in", scene.lines.ids)], ["stream_id", "subscription_line_id"]
        )
        mappings.stream_id.fetch(["unit"])
        pairs = {}
        for mapping in mappings:
            product = mapping.subscription_line_id.product_id
            meter, unit = product.product_tmpl_id.cloud_meter_id, mapping.stream_id.unit
            counts = meter.basis == "quantity" and meter.aggregation != "count"
            if counts and meter.unit and unit and meter.unit != unit and not self._has_conversion(meter, unit):
                pairs.setdefault((product, unit), mapping.stream_id)
        return [(product, stream) for (product, _unit), stream in pairs.items()]

    def _check_cost(self, scene):
        """Prices below what the provider charged for the last month that was billed, for a line of average size."""
        costs = self._fetch_costs(scene)
        for rule in scene.rules.filtered(lambda rule: scene.is_price(rule) and rule.version_id.tax_basis == "net"):
            for product in scene.get_products(rule):
                known = costs.get((product.id, rule.currency_id.id))
                if not known or (not rule.product_id and scene.get_stronger(rule, product)):
                    continue
                amount = self._price_average(rule, known)
                if amount is None or amount >= known["cost"]:
                    continue
                decimals = rule.currency_id.decimal_places
                sentence = self.env._(
                    "Price %(rule)s is below cost: %(quantity)s %(unit)s of %(product)s, an average line of %(month)s, "
                    "cost %(amount)s here and %(cost)s at the provider. Raise the price, or leave it knowingly.",
                    rule=rule.name,
                    quantity=self._round(known["quantity"], decimals),
                    unit=product.cloud_meter_id.unit or "",
                    product=product.display_name,
                    month=known["month"].strftime("%Y-%m"),
                    amount=self._round(amount, decimals),
                    cost=self._round(known["cost"], decimals),
                )
                yield self._make("below_cost", WARNING, sentence, rule=rule)

    def _price_average(self, rule, known):
        """The unrounded amount of an average line; None where the price does not ask for its quantity alone."""
        terms = rule._get_terms()
        if get_reads(terms) != {"quantity"}:
            return None
        facts = RatingFacts(
            quantity=known["quantity"],
            unit="",
            currency=rule.currency_id.name,
            rounding=parse_decimal(repr(rule.currency_id.rounding)),
            service_start=known["month"],
            service_end=known["month"].replace(day=2),
        )
        try:
            return rate(terms, facts, pricer=rule._get_pricer()).amount_exact
        except RatingError:
            return None

    def _fetch_costs(self, scene):
        """{(product id, currency id): {month, quantity, cost}} of an average line of the last month with costs."""
        self.env["cloud.rated.line"].flush_model()
        self.env["cloud.charge"].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT DISTINCT ON (product_id, currency_id) *
              FROM (SELECT r.product_id,
                           r.currency_id,
                           date_trunc('month', r.service_start)::date AS month,
                           SUM(r.measured_quantity)::text AS quantity,
                           SUM(r.cost_amount)::text AS cost,
                           COUNT(*) AS lines
                      FROM cloud_rated_line r
                      JOIN cloud_charge c ON c.id = r.charge_id
                     WHERE r.company_id = ANY(%s)
                       AND c.state = 'billed'
                       AND c.corrects_id IS NULL
                       AND r.cost_amount IS NOT NULL
                       AND r.measured_quantity > 0
                  GROUP BY r.product_id, r.currency_id, month) known
          ORDER BY product_id, currency_id, month DESC
            """,
                list(scene.versions.company_id.ids),
            )
        )
        with exact():
            return {
                (row["product_id"], row["currency_id"]): {
                    "month": row["month"],
                    "quantity": divide(parse_decimal(row["quantity"]), parse_decimal(row["lines"])),
                    "cost": divide(parse_decimal(row["cost"]), parse_decimal(row["lines"])),
                }
                for row in rows
            }

    def _round(self, number, decimals):
        return format_decimal(self.env, round(number, decimals), decimals)

    # === HOOKS === #

    def _get_checks(self):
        """Return the checks: functions (LintScene) -> iterable of Finding. To add one: extend the list of super().

        A check reads what the scene has and fetches the rest set-wise; it makes findings with `self._make`.
        """
        return [
            self._check_terms,
            self._check_overlap,
            self._check_unpriced,
            self._check_product,
            self._check_falls,
            self._check_unreachable,
            self._check_expired,
            self._check_currency,
            self._check_units,
            self._check_cost,
        ]

    def _has_conversion(self, meter, unit):
        """Return whether usage in a unit becomes the meter's own unit."""
        return "conversion_ids" in meter._fields and unit in meter.conversion_ids.mapped("unit")


def _runs(line, day):
    start, end = line._get_interval()
    return start <= day and (not end or end > day)
