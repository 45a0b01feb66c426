"""JSON of thousands of dicts that have parts in common."""

import json

# Made once: json.dumps() makes one for each of a hundred thousand lines.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class SharedJson:
    """Writes dicts as JSON; what many of them share is written once.

    Half of the workings of a price tell its rule and its terms, which are the same objects in the workings of all
    lines of one price. shared: names of such parts. While this lives nobody changes them.
    """

    def __init__(self, shared=()):
        self._shared = shared
        # With the part itself, so that no other one gets its identity.
        self._known = {}

    def write(self, told):  # pylint: disable=method-required-super
        """The JSON text of a dict; of its parts the shared ones come last."""
        own = {name: part for name, part in told.items() if name not in self._shared}
        texts = [f'"{name}":{self._write_once(told[name])}' for name in self._shared if name in told]
        if not own or not texts:
            return _write(told)
        return f"{_write(own)[:-1]},{','.join(texts)}}}"

    def _write_once(self, part):
        known = self._known.get(id(part))
        if known is None:
            known = self._known[id(part)] = part, _write(part)
        return known[1]
