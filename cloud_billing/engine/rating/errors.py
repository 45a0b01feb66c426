"""What rating refuses, as facts. The caller makes the sentence, in the reader's language."""


class RatingError(Exception):
    """Base of all refusals of rating. `reason`: a code; `facts`: what the sentence needs, by name."""

    def __init__(self, reason, **facts):
        details = ", ".join(f"{name}={value!r}" for name, value in facts.items())
        super().__init__(f"{reason} ({details})" if details else reason)
        self.reason = reason
        self.facts = facts


class TermsError(RatingError):
    """The price's terms cannot be applied. Facts: charge_model, term.

    Reasons: unknown_charge_model, term_missing, term_negative, term_not_positive, not_finite, unknown_cost_basis,
    unknown_block_rounding, percent_below_minus_100, minimum_above_maximum. Of a matrix: no_cells,
    cell_without_dimension, cell_names_twice, cell_double; facts cell (its number from 1), double_of, values. Of a
    formula: those of formula.parse(), with position (from 1), found, expected, name, limit. Around the charge model:
    conversion_not_positive, unknown_quantity_rounding, maximum_negative, minimum_negative. Of an adjustment (fact:
    rule): adjustment_empty (neither a percentage nor an amount, or both), percent_below_minus_100, discount_raises,
    limit_negative, limit_without_discount.
    """


class TierError(TermsError):
    """A ladder is broken. `tier`: its number from 1 (0: there is none); `starts_at`: its lower bound.

    Reasons: no_tiers, bound_not_positive, bound_not_ascending, bound_missing (open before the last), last_tier_closed,
    unit_price_missing, percent_missing, unit_price_not_used (stairstep, graduated percentage), capacity_not_positive.
    """

    def __init__(self, tier, starts_at, reason):
        super().__init__(reason, tier=tier, starts_at=starts_at)
        self.tier = tier
        self.starts_at = starts_at


class FactsError(RatingError):
    """What is to be priced contradicts itself, or lacks what the price looks at.

    Reasons: not_finite, interval, rounding, proration, exchange_rate, exchange_currency, quantity_missing,
    cost_missing, value_missing, events_missing, quantity_negative, events_do_not_add_up, dimensions_do_not_add_up,
    no_cell (values), variable_missing (name, position), variable_twice, variable_name_taken, division_by_zero
    (position), step_not_positive (position), too_many_digits, grant_negative, grants_not_possible (the price does not
    look at the quantity), counter_not_possible (the charge model has no counter), counter_prorated,
    carried_counted_missing (each stretch is rounded on its own: the measured total does not say what was counted). Of
    a true-up: minimum_negative. Of a bundle: no_parts, price_negative, amount_not_rounded,
    discount_kind (neither a percentage nor an amount, or both), discount_negative.
    """


class CandidateError(RatingError):
    """A candidate rule has a role, scope level or product level that resolution does not know."""


class PriceMissing(RatingError):
    """No price rule is in force that fits. `facts`: at, lost (pairs of rule and reason), dimensions (pairs)."""


class AmbiguousPrice(RatingError):
    """Several price rules are in force and equally specific. `rules`: their RuleFacts."""

    def __init__(self, rules, at):
        super().__init__("equally_specific", at=at, rules=rules)
        self.rules = rules
