"""The sentences for what a sender is told: why an event is refused, or a request, and what to do about it."""

from ...engine.readers.own.events import ACTIONS, FLAT, MAX_KEY, MAX_NAME, MAX_PROPERTIES, MAX_VALUE

# So often may one key come in one request with other content: what comes of it depends on what came before it.
MAX_VERSIONS = 5


def explain(env, code, member, value=""):
    """One sentence or two: what is wrong with an event, and the remedy."""
    return fill(get_sentences(env), code, member, value)


def fill(sentences, code, member, value=""):
    """The sentence for a code; sentences: those of get_sentences, asked once for any number of events."""
    return sentences.get(code, sentences["other"]) % {
        "code": code, "member": member or sentences["the_event"], "value": value[:MAX_NAME],
        "known": ", ".join(sorted(FLAT)), "actions": ", ".join(ACTIONS), "max_key": MAX_KEY, "max_name": MAX_NAME,
        "max_value": MAX_VALUE, "max_properties": MAX_PROPERTIES, "max_versions": MAX_VERSIONS,
    }  # fmt: skip


def get_sentences(env):
    """{code: sentence with places for its values} in the language of the user."""
    return {
        "other": env._("It is refused (%(code)s)."),
        "the_event": env._("The event"),
        "not_an_object": env._("%(member)s is not a JSON object. Send one object per event."),
        "key_twice": env._("The member %(member)s stands twice in one object. Send each member once."),
        "unknown_member": env._(
            "The member %(member)s is not known. Known are %(known)s; all else belongs in properties."
        ),
        "missing_value": env._("%(member)s is missing. Give it a value."),
        "not_a_text": env._("%(member)s is no text. Send a text."),
        "field_too_long": env._(
            "%(member)s is too long (%(value)s). Keys have up to %(max_key)s characters, names of properties"
            " %(max_name)s and their values %(max_value)s."
        ),
        "not_a_number": env._("%(member)s is not a number: %(value)s. Send plain digits with a decimal point."),
        "number_too_long": env._("%(member)s has too many digits: %(value)s. Send up to 100 characters."),
        "number_too_large": env._("%(member)s is too large or too small: %(value)s. Correct it."),
        "float_number": env._(
            "%(member)s came as a number that has lost digits: %(value)s. Through JSON-2 send it as a text, or use the"
            " address of the source, which reads numbers as they are written."
        ),
        "bad_date": env._(
            "%(member)s is no moment: %(value)s. Write it like 2026-03-01T10:00:00Z, or as seconds since 1970."
        ),
        "end_before_start": env._("end_time is not after time: %(value)s. Correct one of them, or leave end_time out."),
        "not_json_data": env._("The data is not JSON: %(value)s. Send data as a JSON object."),
        "bad_specversion": env._("specversion is %(value)s. Send 1.0."),
        "nested_property": env._("The property %(member)s holds a list or an object. Send texts, numbers or booleans."),
        "too_many_properties": env._("The event has %(value)s properties. Send up to %(max_properties)s."),
        "nul_character": env._("A text holds a character 0. Leave it out."),
        "half_character": env._("A text holds half of a character. Send well-formed Unicode."),
        "two_customers": env._("The event names a customer and a subscription. Send one of them."),
        "unknown_action": env._("The action %(value)s is not known. Send %(actions)s, or none."),
        "too_many_versions": env._(
            "This event comes more than %(max_versions)s times with other content in one request. Send the rest in the"
            " next request."
        ),
        "nothing_to_cancel": env._(
            "There is no event with this key. Send the event first, or check the key; then cancel it."
        ),
        "cancelled": env._("The event was cancelled and stays so. Send what happened under a new key."),
        "being_read": env._(
            "A file with this event is being read at this moment. Send the event again in some minutes."
        ),
    }


def explain_quarantine(env):
    """What is told of an event whose key came before with other content."""
    return env._(
        "An event with this key and other content is here. Both wait for a person. To replace the former one, send"
        ' this one with the action "correct".'
    )


def explain_problem(env, code, values):
    """The sentence about a request that is refused as a whole, with the remedy."""
    return _get_problems(env)[code] % values


def _get_problems(env):
    return {
        "bad_json": env._("The body is not JSON (line and column %(detail)s). Send JSON in UTF-8."),
        "not_utf8": env._("The body is not UTF-8 (byte %(detail)s). Send JSON in UTF-8."),
        "too_deep": env._("The JSON is nested too deeply. Send events without lists or objects in their properties."),
        "not_events": env._("The body holds no events. Send an event, a list of events, or an object with events."),
        "bad_content_type": env._(
            "The content type %(detail)s is not known. Send application/json, application/cloudevents+json or"
            " application/cloudevents-batch+json, not compressed."
        ),
        "too_large": env._("The body is longer than %(most)s bytes. Send smaller batches."),
        "too_many_events": env._("The request has %(count)s events. Send up to %(most)s at once."),
        "too_fast": env._("The source takes %(rate)s events a minute. Wait as Retry-After says, then send them again."),
        "busy": env._("Others write what this request needs. Nothing of it was taken; send it again."),
        "not_proved": env._(
            "The request proves nobody who may push here. Send a valid API key of the source's integration user as"
            " Authorization: Bearer, or a valid Cloud-Billing-Signature."
        ),
        "not_allowed": env._(
            "There is no source with this address that this user may push to. Ask the billing administrator for it."
        ),
        "signature_old": env._(
            "The signature's time is more than %(minutes)s minutes away from the server's. Set the clock, and sign"
            " again."
        ),
        "unsigned_headers": env._(
            "A signature covers the body only. Send the event as application/cloudevents+json, or use an API key."
        ),
        "key_missing": env._(
            "The server cannot read its signing keys. Nothing was taken; send it again once they are there."
        ),
        "replayed": env._(
            "This signed request was taken before. To learn what became of its events sign it again, with a new time."
        ),
    }
