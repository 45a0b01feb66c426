"""What connectors say as codes and values, as sentences a person reads: what is wrong, and what to do about it.

The engine raises facts (`engine/connectors/errors`); here, and only here, they become translated text. The sentences
stand in `sentences/`, a file per kind of connector. A connector of another module adds its own with `add`; a code that
has none is shown as it is, with its values.
"""

from .sentences import EMPTY, ERRORS, FACTS, PROBLEMS, REASONS, TEXTS


def add(errors=(), facts=(), problems=(), texts=()):
    """Make sentences known: {code: lazy text} of each table; texts: {English text of the engine: lazy text}."""
    for table, more in ((ERRORS, errors), (FACTS, facts), (PROBLEMS, problems), (TEXTS, texts)):
        table.update(more)


def explain_error(env, code, values=None):
    """The sentence for a ConnectorError: what went wrong and what to do."""
    values = dict(values or {})
    if code == "host_refused" and not values.get("host"):
        # What is no address at all names no host, and is not shown: it may hold a password.
        values["host"] = env._("An address")
    if values.get("said"):
        # In whatever words the provider has for it.
        values["said"] = env._("It says: “%(said)s”.", said=str(values["said"]).rstrip(" ."))
    if "reason" in values:
        values["reason"] = translate(env, values["reason"], REASONS)
    return _say(env, ERRORS, code, values).strip()


def explain_fact(env, code, values=None):
    """The sentence for one thing that a test saw."""
    return _say(env, FACTS, code, dict(values or {}))


def is_empty(code):
    """Whether a fact says that what is wanted is not there, so that a person must look."""
    return code in EMPTY


def explain_problem(env, problem, settings=()):
    """The sentence for a Problem of a setting; settings: those of its connector, for the labels."""
    labels = {setting.name: translate(env, setting.label) for setting in settings}
    values = {**problem.values, "setting": labels.get(problem.setting, problem.setting)}
    return _say(env, PROBLEMS, problem.code, values)


def translate(env, text, texts=None):
    """A text of the engine in the language of `env`; as it is where no translation is known."""
    found = (TEXTS if texts is None else texts).get(text)
    return env._(found) if found else text


def _say(env, sentences, code, values):
    sentence = sentences.get(code)
    if not sentence:
        told = ", ".join(f"{name}: {value}" for name, value in values.items() if value not in (None, ""))
        return f"{code} ({told})" if told else code
    # env._ takes no values for a lazy text. What the engine did not give is empty, never an error in its place.
    translated = env._(sentence)
    return translated % _Values(values)


class _Values(dict):
    """Values of a sentence; what is missing is an empty text."""

    def __missing__(self, key):
        return ""
