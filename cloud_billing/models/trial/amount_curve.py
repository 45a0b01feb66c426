"""The curve of amounts over quantities: which quantities to ask the price of, and the points of the chart."""

from dataclasses import replace

from ...engine.numbers import to_text
from ..catalog.price_curve import get_places


def ask_along(question, answer):
    """The same question for rising quantities: list of PriceQuestion; of costs or values where one has no quantity.

    Evenly from 0 to twice the quantity, or beyond the last bound of a ladder where there is none yet; the bounds of a
    ladder and what lies right beside them are asked too, because there the line bends or jumps. None where the question
    is of more than one number: then there is no line.
    """
    if question.dimensions or question.events:
        return []
    name = get_axis(question)
    bounds = [tier.up_to for tier in answer.terms.tiers if tier.up_to is not None] if answer.terms else []
    return [replace(question, **{name: place}) for place in get_places(bounds, getattr(question, name))]


def draw_curve(question, answer, questions, answers, labels):
    """What the widget amount_chart draws, or False where a price along the way is missing.

    labels: (of the quantity, of the amount).
    """
    if not answers or any(other.refused for other in answers):
        return False
    axis = get_axis(question)
    chosen = getattr(question, axis)
    return {
        "points": [
            [to_text(getattr(asked, axis)), to_text(other.amount)]
            for asked, other in zip(questions, answers, strict=True)
        ],
        "marker": None if chosen is None else [to_text(chosen), to_text(answer.amount)],
        "x_label": labels[0],
        "y_label": labels[1],
    }


def get_axis(question):
    """Which number of a question the curve runs along: quantity, cost or value."""
    if question.quantity is not None or (question.cost is None and question.value is None):
        return "quantity"
    return "value" if question.cost is None else "cost"
