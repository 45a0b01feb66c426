from datetime import timedelta

from odoo import api, fields, models

from ....engine.rating import RatingError, resolve
from ...catalog.price_scope import PriceScope


class CloudSubscriptionLine(models.Model):
    """A line with a bundle: which parts it has, which optional ones were chosen, whether they have prices."""

    _inherit = "cloud.subscription.line"

    option_ids = fields.Many2many(
        "product.product",
        "cloud_subscription_line_option_rel",
        "line_id",
        "product_id",
        string="Optional Parts",
        domain="[('id', 'in', available_option_ids)]",
        help="Of a bundle: the optional parts that were agreed. They are charged from the next charge on.",
    )
    available_option_ids = fields.Many2many("product.product", compute="_compute_bundle")
    bundle_text = fields.Char(string="Made Of", compute="_compute_bundle", help="The parts of a bundle, today.")

    # === COMPUTE === #

    @api.depends("product_id", "option_ids", "date_start", "date_end", "subscription_id.date_start")
    @api.depends_context("lang")
    def _compute_bundle(self):
        bundles = self._get_bundles(fields.Date.context_today(self))
        for line in self:
            bundle = bundles.get(line, self.env["cloud.bundle"])
            optional = bundle.part_ids.filtered("is_optional")
            chosen = optional.filtered(lambda part, line=line: part.product_id in line.option_ids._origin)
            line.available_option_ids = optional.product_id
            line.bundle_text = bundle._get_parts_text(bundle.part_ids - optional + chosen) if bundle else False

    @api.depends("option_ids")
    def _compute_price_text(self):
        result = super()._compute_price_text()
        bundles = self._get_bundles(fields.Date.context_today(self))
        for line, bundle in bundles.items():
            if line.has_price and bundle.pricing == "sum":
                discount = bundle._get_discount_text()
                line.price_text = (
                    self.env._("Sum of its parts less %(discount)s", discount=discount)
                    if discount
                    else self.env._("Sum of its parts")
                )
        return result

    # === BUSINESS === #

    def _get_bundles(self, today):
        """{line: the bundle in force} on the nearest day of each line whose product is a bundle."""
        found = {}
        for company, lines in self.filtered("product_id").grouped("company_id").items():
            versions = self.env["cloud.bundle"].search(
                [
                    ("company_id", "=", company.id),
                    ("product_id", "in", lines.product_id._origin.ids),
                    ("state", "=", "approved"),
                ],
                order="date_start",
            )
            for line in lines if versions else ():
                day = line._get_price_day(today) if line._is_priceable() else today
                held = versions.filtered(
                    lambda one, line=line, day=day: one.product_id == line.product_id._origin and one.date_start <= day
                )
                if held:
                    found[line] = held[-1]
        return found

    def _get_rules_in_force(self, today, proposal=None):
        """Of a bundle that is the sum of its parts: the price of its first part, where every part has one.

        A bundle with one price needs it, and prices of its parts where they are not written down.
        """
        rules = super()._get_rules_in_force(today, proposal)
        bundles = {line: bundle for line, bundle in self._get_bundles(today).items() if line._is_priceable()}
        if not bundles:
            return rules
        days = {line: line._get_price_day(today) for line in bundles}
        scopes = {
            (line.id, part.product_id.id): line._make_part_scope(part)
            for line, bundle in bundles.items()
            for part in line._get_priced_parts(bundle)
        }
        candidates = self.env["cloud.price.plan"]._get_scope_candidates(
            scopes, min(days.values()), max(days.values()) + timedelta(days=1), proposal
        )
        for line, bundle in bundles.items():
            try:
                found = [
                    resolve(candidates[line.id, part.product_id.id], days[line]).chosen.rule.rule_id
                    for part in line._get_priced_parts(bundle)
                ]
            except RatingError:
                rules.pop(line.id, None)
                continue
            if bundle.pricing == "sum" and found:
                rules[line.id] = self.env["cloud.contract.rate"]._find_prices(found[:1])[found[0]]
        return rules

    def _get_priced_parts(self, bundle):
        """The parts that the price plan prices: see `bundle_pricing.make_part_items`."""
        self.ensure_one()
        chosen = self.option_ids._origin
        return bundle.part_ids.filtered(
            lambda part: (
                part.billing_model != "metered"
                and (not part.is_optional or part.product_id in chosen)
                and (bundle.pricing == "sum" or part.is_optional or part.standalone_price is None)
            )
        )

    def _make_part_scope(self, part):
        subscription = self.subscription_id
        return PriceScope(subscription.plan_id, part.product_id, subscription.customer_id, subscription, self)
