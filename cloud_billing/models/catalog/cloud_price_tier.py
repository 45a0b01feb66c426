from decimal import Decimal
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.numbers import exact
from ...engine.rating import Tier
from ...fields import DecimalField, format_decimal
from .content import as_content

_ZERO = Decimal(0)
# The stored fields of a tier that are terms. All of them are covered by an approval.
TIER_FIELDS = ("up_to", "unit_price", "percent", "flat_amount")
# What a tier's columns mean depends on the charge model: these read no price per unit.
_WITHOUT_UNIT_PRICE = {"stairstep", "graduated_percentage"}


class CloudPriceTier(models.Model):
    """One step of a ladder: up to and including a quantity or a value, and what it costs there.

    Tiers stand in the order of their bounds, so that a ladder has no gaps; the open one is the last.
    """

    _name = "cloud.price.tier"
    _description = "Price Tier"
    _inherit = ["cloud.protected.mixin"]
    _protected_parent = "rule_id"
    # PostgreSQL puts the empty bound last.
    _order = "rule_id, up_to, id"

    rule_id = fields.Many2one("cloud.price.rule", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rule_id.company_id", store=True, precompute=True, index=True)
    currency_id = fields.Many2one(related="rule_id.currency_id")
    starts_at = DecimalField(string="From", compute="_compute_starts_at", help="Where the tier before it ends.")
    up_to = DecimalField(string="Up To", help="Inclusive upper bound. Empty on the last tier, which has none.")
    capacity = DecimalField(
        string="Size",
        compute="_compute_capacity",
        inverse="_inverse_capacity",
        help="How much falls in this tier: its upper bound less where it begins. Empty on the last tier.",
    )
    is_open = fields.Boolean(string="No Upper Bound", compute="_compute_is_open")
    meaning = fields.Char(compute="_compute_meaning", help="Which quantities the tier holds for.")
    unit_price = DecimalField(help="For each unit within the tier.")
    percent = DecimalField(string="Percent", help="Of the value that falls in the tier: 2.5 is two and a half percent.")
    flat_amount = DecimalField(help="Added once when the quantity reaches the tier.")

    _bound_positive = models.Constraint("CHECK (up_to > 0)", "A tier ends above 0: enter its upper bound.")

    # === COMPUTE === #

    @api.depends("rule_id.tier_ids.up_to")
    def _compute_starts_at(self):
        for tier in self:
            below = [
                other.up_to
                for other in tier.rule_id.tier_ids
                if other.up_to is not None and (tier.up_to is None or other.up_to < tier.up_to)
            ]
            tier.starts_at = max(below, default=0)

    # Not by the bounds: a form would forget the size that was just typed. `_forget_sizes` and the form keep it true.
    @api.depends("rule_id")
    def _compute_capacity(self):
        with exact():
            for tier in self:
                tier.capacity = None if tier.up_to is None else tier.up_to - tier.starts_at

    def _inverse_capacity(self):
        """Another size moves the bounds of the tiers above with it: their own sizes stay."""
        for rule, changed in self.grouped("rule_id").items():
            tiers = rule.tier_ids._in_order()
            bounds = [_ZERO, *tiers.mapped("up_to")]
            with exact():
                sizes = [
                    tier.capacity if tier in changed or above is None else above - below
                    for tier, (below, above) in zip(tiers, pairwise(bounds), strict=True)
                ]
            tiers._set_bounds(sizes)

    @api.depends("up_to")
    def _compute_is_open(self):
        for tier in self:
            tier.is_open = tier.up_to is None

    @api.depends("up_to", "starts_at")
    @api.depends_context("lang")
    def _compute_meaning(self):
        for tier in self:
            tier.meaning = tier._get_meaning()

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._capacities_to_bounds(vals_list)
        for vals in vals_list:
            self._refuse_bound(vals, self.env["cloud.price.rule"].browse(vals.get("rule_id")))
        tiers = super().create(vals_list)
        tiers._forget_sizes()
        return tiers

    def write(self, vals):
        # A form sends both: the bound is what is kept.
        vals = {name: value for name, value in vals.items() if name != "capacity" or "up_to" not in vals}
        self._refuse_bound(vals, self.rule_id[:1])
        result = super().write(vals)
        if "up_to" in vals:
            self._forget_sizes()
        return result

    def unlink(self):
        self._forget_sizes()
        return super().unlink()

    def _forget_sizes(self):
        """A bound that came, moved or went changes the sizes of its neighbours."""
        self.rule_id.tier_ids.invalidate_recordset(["capacity"], flush=False)

    def _refuse_bound(self, vals, rule):
        """Name the rule before the database refuses the bound without its name."""
        bound = self._fields["up_to"].convert_to_cache(vals.get("up_to"), self)
        if bound is not None and bound <= 0:
            raise ValidationError(
                self.env._(
                    "Price %(rule)s: a tier ends at %(bound)s. Enter a bound above 0, or leave it empty on the "
                    "last tier.",
                    rule=rule.name or "",
                    bound=format_decimal(self.env, bound),
                )
            )

    @api.model
    def _capacities_to_bounds(self, vals_list):
        """New tiers given by their sizes, as tiers with bounds: each begins where the one before it ends."""
        vals_list = [dict(vals) for vals in vals_list]
        rules = self.env["cloud.price.rule"].browse({vals.get("rule_id") for vals in vals_list if vals.get("capacity")})
        ends = {rule.id: max((tier.up_to for tier in rule.tier_ids if tier.up_to), default=_ZERO) for rule in rules}
        for vals in vals_list:
            capacity = self._fields["capacity"].convert_to_cache(vals.pop("capacity", None), self)
            bound = self._fields["up_to"].convert_to_cache(vals.get("up_to"), self)
            if capacity is not None and bound is None:
                with exact():
                    bound = vals["up_to"] = ends.get(vals.get("rule_id"), _ZERO) + capacity
            if bound is not None:
                ends[vals.get("rule_id")] = bound
        return vals_list

    # === BUSINESS === #

    def _in_order(self):
        """The tiers by their bounds, the open one last; also those of a form that is not saved yet."""
        return self.sorted(lambda tier: (tier.up_to is None, tier.up_to or 0))

    def _set_bounds(self, sizes):
        """Bounds from sizes, in the order in which the tiers stand here; a tier without a size is the open one."""
        bound = _ZERO
        with exact():
            for tier, size in zip(self, sizes, strict=True):
                bound += size or 0
                tier.up_to = None if size is None else bound

    def _get_tier(self):
        """The engine's Tier, with what the charge model of its rule reads."""
        self.ensure_one()
        model = self.rule_id.charge_model
        return Tier(
            up_to=self.up_to,
            unit_price=_ZERO if model in _WITHOUT_UNIT_PRICE else self.unit_price,
            flat_amount=self.flat_amount or _ZERO,
            percent=self.percent if model == "graduated_percentage" else None,
        )

    def _get_content(self):
        """What an approval covers of the tier, in the order of TIER_FIELDS."""
        return [as_content(self[name]) for name in TIER_FIELDS]

    # === BUSINESS: TEXTS === #

    def _get_meaning(self):
        """For which quantities the tier holds, in words: a bound belongs to the tier that it ends."""
        start = format_decimal(self.env, self.starts_at)
        if self.is_open:
            return self.env._("above %(start)s", start=start) if self.starts_at else self.env._("any quantity")
        end = format_decimal(self.env, self.up_to)
        if self.starts_at:
            return self.env._("above %(start)s up to and including %(end)s", start=start, end=end)
        return self.env._("up to and including %(end)s", end=end)

    def _get_summary(self):
        """The step in words: "0-100 at 0.10", the open one "then 0.08"."""
        self.ensure_one()
        price = self._get_price_text()
        if self.is_open:
            return self.env._("then %(price)s", price=price) if self.starts_at else price
        return self.env._(
            "%(start)s-%(end)s at %(price)s",
            start=format_decimal(self.env, self.starts_at),
            end=format_decimal(self.env, self.up_to),
            price=price,
        )

    def _get_price_text(self):
        """What the tier costs, without the quantities it is for: "0.10", "0.10 + 5.00 once", "2.5 %", "30.00"."""
        model, decimals = self.rule_id.charge_model, self.currency_id.decimal_places
        amount = format_decimal(self.env, self.flat_amount or _ZERO, decimals)
        if model == "stairstep":
            return amount
        if model == "graduated_percentage":
            price = self.env._("%(percent)s %%", percent=format_decimal(self.env, self.percent))
        else:
            price = format_decimal(self.env, self.unit_price, decimals)
        if not self.flat_amount:
            return price
        return self.env._("%(price)s + %(amount)s once", price=price, amount=amount)
