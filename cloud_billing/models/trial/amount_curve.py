"""The curve of amounts over quantities: which quantities to ask the price of, and the points of the chart."""

from dataclasses import replace

from ...engine.numbers import to_text
from ..catalog.price_curve import get_places


def ask_along(question, answer):
    """The same question for rising quantities, or costs where there is no quantity: list of PriceQuestion.

    Evenly from 0 to twice the quantity, or beyond the last bound of a ladder where there is none yet; the bounds of a
    ladder and what lies right behind them are asked too, because there the line bends or jumps.
    """
    name = "quantity" if question.quantity is not None or question.cost is None else "cost"
    bounds = [tier.up_to for tier in answer.terms.tiers if tier.up_to is not None] if answer.terms else []
    return [replace(question, **{name: place}) for place in get_places(bounds, getattr(question, name))]


def draw_curve(question, answer, questions, answers, labels):
    """What the widget amount_chart draws, or False where a price along the way is missing.

    labels: (of the quantity, of the amount).
    """
    if any(other.refused for other in answers):
        return False
    chosen = _get_place(question)
    return {
        "points": [
            [to_text(_get_place(asked)), to_text(other.amount)] for asked, other in zip(questions, answers, strict=True)
        ],
        "marker": None if chosen is None else [to_text(chosen), to_text(answer.amount)],
        "x_label": labels[0],
        "y_label": labels[1],
    }


def _get_place(question):
    return question.cost if question.quantity is None else question.quantity
