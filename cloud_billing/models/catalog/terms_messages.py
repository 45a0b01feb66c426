"""What the engine refuses of a price's terms, as sentences: which price, what is wrong, what to do.

The engine raises facts (`engine/rating/errors`); here, and only here, they become translated text. A charge model of
another module may use its own reasons: a reason without a sentence is shown as it is.
"""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# One sentence per TermsError.reason; %(term)s is the field, %(tier)s the number of the tier, %(start)s where it begins.
_SENTENCES = {
    "term_missing": _lt("%(term)s is missing. Fill it in."),
    "term_not_positive": _lt("%(term)s is 0 or below. Enter a number above 0."),
    "term_negative": _lt("%(term)s is below 0. Enter 0 or more, or leave it empty."),
    "maximum_negative": _lt("the maximum is below 0. Enter 0 or more, or leave it empty."),
    "minimum_negative": _lt("the minimum is below 0. Enter 0 or more, or leave it empty."),
    "minimum_above_maximum": _lt("the minimum is above the maximum. Lower the one or raise the other."),
    "percent_below_minus_100": _lt(
        "a discount of more than 100 %% of the cost would pay the customer. Enter -100 or more."
    ),
    "conversion_not_positive": _lt("%(term)s is 0 or below. Enter a number above 0, or leave it empty for 1."),
    "no_tiers": _lt("a ladder needs tiers. Add at least one; leave Up To empty on the last."),
    "bound_not_positive": _lt("the first tier ends at 0 or below. Enter the quantity up to which it holds."),
    "bound_not_ascending": _lt(
        "tier %(tier)s ends where the one before it does, at %(start)s. Enter a higher bound or delete it."
    ),
    "bound_missing": _lt("tier %(tier)s has no upper bound and is not the last. Only the last tier may be open."),
    "last_tier_closed": _lt("quantities above the last tier have no price. Leave Up To empty on the last tier."),
    "capacity_not_positive": _lt("tier %(tier)s has a size of 0 or below. Enter how much falls in it."),
    "unit_price_missing": _lt("tier %(tier)s has no unit price. Fill it in; 0 is a price."),
    "percent_missing": _lt("tier %(tier)s has no percentage. Fill it in; 0 is a percentage."),
    "unknown": _lt("it cannot be used (%(reason)s). Check how it is charged."),
}


def get_terms_sentence(env, rule_name, error, term=""):
    """The sentence for a TermsError in the language of `env`. term: what people call the field that error names."""
    known = error.reason in _SENTENCES
    # env._ takes no values for a lazy text.
    sentence = env._(_SENTENCES[error.reason if known else "unknown"])
    facts = {
        "term": term,
        "reason": error.reason,
        "tier": error.facts.get("tier"),
        "start": error.facts.get("starts_at"),
    }
    return env._("Price %(rule)s: %(problem)s", rule=rule_name, problem=sentence % facts)
