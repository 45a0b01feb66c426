"""What was done to an amount: noted while it is priced, told when somebody reads it.

A note is a tuple: the function that tells it, and the values that function takes, all of them frozen. Telling writes
text and works nothing out, so a note can be told at any time, or never, and cannot be refused then.
"""

from ...numbers import to_text


def tell_steps(notes):
    """The steps as the workings show them: a dict each, with `step`, `before`, `after` and what else made it."""
    return [tell(*values) for tell, *values in notes]


def tell_rounding(before, after, step):
    return {
        "step": "rounding",
        "before": to_text(before),
        "after": to_text(after),
        "to": to_text(step),
        "mode": "half_up",
    }
