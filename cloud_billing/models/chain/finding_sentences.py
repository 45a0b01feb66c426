"""What is wrong with a chain, as sentences that say what happened and what can have done it."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# One sentence per kind of finding; its values, the number of the seal and of the event.
_SENTENCES = {
    "changed": _lt("Seal %(seq)s: event %(event_id)s was changed after it was sealed."),
    "missing": _lt("Seal %(seq)s: event %(event_id)s was deleted."),
    "company": _lt(
        "Seal %(seq)s: event %(event_id)s belongs to another company (%(company)s) than the chain it is sealed in."
    ),
    "gap": _lt("Seals %(first)s to %(last)s are missing: they were deleted with what they sealed, or without it."),
    "order": _lt("Seal %(seq)s (event %(event_id)s) does not follow the one before it: the order was changed."),
    "seal": _lt("Seal %(seq)s of event %(event_id)s was not made by the sealer: it was changed, moved or made up."),
    "key": _lt(
        "Seal %(seq)s of event %(event_id)s was made with the key %(fingerprint)s, which is not in the key file: put "
        "that version of the key back. If there never was such a key, the chain was rebuilt from here on."
    ),
    "forged": _lt(
        "Event %(event_id)s was not written by the program as it is: it was inserted by hand, or changed before it was "
        "sealed."
    ),
    "unmarked": _lt(
        "Event %(event_id)s has no mark of the program: it was inserted by hand, or the server could not read its key "
        "when it was written."
    ),
    "copy": _lt("Event %(event_id)s is a copy of another event, inserted by hand."),
    "anchor": _lt("Seal %(seq)s is another one than was anchored: the chain was rebuilt from there or before."),
    "cut": _lt("The chain was anchored at seal %(seq)s and ends at %(last)s: its end was cut off."),
}


def explain(env, finding):
    """The sentence of a finding, in the person's language."""
    sentence = env._(_SENTENCES[finding["kind"]])
    return sentence % finding
