"""Exact numbers in SQL text: a number out of a tag's text, a number rounded to a step."""

# What engine.numbers.parse_decimal takes, so that no number that SQL adds up is refused where it is read.
_PLAIN_NUMBER = r"'^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?$'"


def parse_number(text):
    """The number that a text says, NULL where it says none; a cast that could fail is never reached.

    text: SQL text, a column. CASE keeps the order of its tests, which AND does not.
    """
    return f"""CASE WHEN length({text}) <= 100 AND {text} ~ {_PLAIN_NUMBER}
                            THEN CASE WHEN abs({text}::numeric) < 1e60 AND scale({text}::numeric) <= 60
                                      THEN {text}::numeric END END"""


def round_number(number, step, mode):
    """The multiple of a step as a count of steps: up is away from zero, half up too, down towards zero.

    number, step, mode: SQL text; step above 0. div() and mod() are exact, `/` is not.
    """
    return f"""CASE {mode}
                       WHEN 'up' THEN div({number}, {step}) + sign(mod({number}, {step}))
                       WHEN 'down' THEN div({number}, {step})
                       ELSE div(2 * ({number}) + sign({number}) * ({step}), 2 * ({step})) END"""
