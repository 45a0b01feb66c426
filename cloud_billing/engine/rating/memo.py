"""What is worked out once for a frozen object, however often it is asked: terms price thousands of quantities."""

import weakref
from functools import wraps


def once_per_object(function):
    """Let a pure function of one frozen object remember its answers for as long as the object lives.

    By identity, not by equality: comparing all terms would cost more than most answers. A refusal is not remembered.
    The answer must not hold the object, or neither would ever go.
    """
    known = {}

    @wraps(function)
    def ask(thing):
        key = id(thing)
        found = known.get(key)
        # An identity is used again when its object is gone: the reference says whether it is still the same one.
        if found is not None and found[0]() is thing:
            return found[1]
        answer = function(thing)
        known[key] = (weakref.ref(thing, lambda _gone: known.pop(key, None)), answer)
        return answer

    return ask
