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
    "no_cells": _lt("a matrix needs prices. Add a row with the values that it is for, and its price."),
    "cell_without_dimension": _lt(
        "row %(cell)s names no value, so it is for any usage. Enter its values, or use Price of the Rest."
    ),
    "cell_names_twice": _lt("two of its dimensions are the same. Choose another one, or leave it empty."),
    "cell_double": _lt("rows %(double_of)s and %(cell)s are for the same values. Delete one of them."),
    "formula_too_long": _lt(
        "the formula is longer than %(limit)s characters. Shorten it, or use another way to charge."
    ),
    "formula_too_deep": _lt(
        "the formula has more than %(limit)s brackets within each other, at character %(position)s. Write it flatter."
    ),
    "formula_character": _lt(
        'the formula cannot hold "%(found)s", at character %(position)s. Write numbers with a point and no thousands '
        "separators, names, + - * / and brackets."
    ),
    "formula_number": _lt(
        "the number at character %(position)s of the formula has more than %(limit)s digits. Shorten it."
    ),
    "formula_unexpected": _lt(
        "at character %(position)s of the formula stands %(found)s where %(expected)s is expected. Correct it there."
    ),
    "formula_unknown_function": _lt(
        'the formula knows no "%(name)s(..)", at character %(position)s. It knows %(known)s.'
    ),
    "formula_arguments": _lt(
        '"%(name)s" at character %(position)s of the formula has %(given)s values in its brackets and needs '
        "%(expected)s. Separate them by commas."
    ),
    "formula_unknown_name": _lt(
        'the formula names "%(name)s", at character %(position)s, which nothing is called. It may name %(known)s.'
    ),
    "formula_division_by_zero": _lt(
        "the formula divides by zero, at character %(position)s. Divide by something else."
    ),
    "formula_step_not_positive": _lt(
        "the formula rounds to a multiple of 0 or less, at character %(position)s. Enter a step above 0, such as 0.01."
    ),
    "formula_too_many_digits": _lt("the numbers of the formula come to more than 120 digits. Use smaller ones."),
    "unknown": _lt("it cannot be used (%(reason)s). Check how it is charged."),
}


# What the formula's reader expects next, in words; else it is a sign, shown as it is.
_EXPECTED = {
    "operator": _lt("one of + - * / or the end"),
    "operand": _lt("a number, a name or a bracket"),
}


def get_terms_sentence(env, rule_name, error, term=""):
    """The sentence for a TermsError in the language of `env`. term: what people call the field that error names."""
    known = error.reason in _SENTENCES
    # env._ takes no values for a lazy text.
    sentence = env._(_SENTENCES[error.reason if known else "unknown"])
    return env._("Price %(rule)s: %(problem)s", rule=rule_name, problem=sentence % _get_facts(env, error, term))


def _get_facts(env, error, term):
    """The placeholders of all sentences, as far as the error has them."""
    facts = {**error.facts, "term": term, "reason": error.reason, "start": error.facts.get("starts_at")}
    if "expected" in facts and error.reason == "formula_unexpected":
        expected = facts["expected"]
        facts["expected"] = env._(_EXPECTED[expected]) if expected in _EXPECTED else f'"{expected}"'
        facts["found"] = f'"{facts["found"]}"' if facts["found"] else env._("the end")
    if "known" in facts:
        facts["known"] = ", ".join(facts["known"])
    return facts
