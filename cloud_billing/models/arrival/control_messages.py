"""Sentences for files that say no control totals."""


def explain_control_file(env, error, file_name):
    """What is wrong with a file of control totals and what to do; error: the engine's ControlFileError."""
    values = {"file": file_name, "row": error.row_no or "", "value": error.value}
    sentences = {
        "too_large": env._(
            "%(file)s is too large for control totals. Give the totals of months, not the usage itself."
        ),
        "encoding": env._("%(file)s is not text in UTF-8. Save it as CSV in UTF-8."),
        "manifest": env._(
            "%(file)s is no manifest that is known: the manifest of an AWS report or export lists its files, that of an"
            " Azure export its blobs."
        ),
        "empty": env._("%(file)s is empty."),
        "columns": env._(
            "%(file)s has the columns %(value)s. Name a column month, and at least one of cost, quantity and rows;"
            " account and currency may stand beside them."
        ),
        "month": env._("%(file)s, row %(row)s: “%(value)s” is no month. Write it like 2026-03."),
        "number": env._("%(file)s, row %(row)s: “%(value)s” is no number. Write it with a point, like 1234.56."),
    }
    return sentences[error.reason] % values
