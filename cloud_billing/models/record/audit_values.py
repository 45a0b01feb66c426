"""Values of fields as an auditor reads them: labels, names with ids, digits as they are; secrets as fingerprints."""

import hashlib
import json
import re

from odoo.fields import NO_ACCESS
from odoo.tools import hmac

MAX_TEXT = 1000
MAX_NAMES = 50

_SECRET = re.compile(
    r"(^|_)(password|passwd|pass|pwd|passphrase|secret|token|credential|totp|api_?key|private_?key)s?(_|$)",
    re.IGNORECASE,
)
_DIGESTED = ("binary", "image")


def is_secret(field):
    """Whether a value must not be read in the log: nobody may read the field, or it is called like a secret."""
    return field.groups == NO_ACCESS or bool(_SECRET.search(field.name)) or _is_parameter(field)


def _is_parameter(field):
    # Some parameters of the system are passwords, and nothing but their key says so.
    return field.model_name == "ir.config_parameter" and field.name == "value"


class ValueTexts:
    """Texts of the values of one model's fields. Names of many records are read together, before one is asked for.

    `model` comes with sudo: what is recorded is the module's to know.
    """

    def __init__(self, model):
        self._model = model
        self._wanted = {}
        self._labels = {}

    def want(self, field, value):
        """Say that the text of a value will be asked for."""
        if value is not None and field.type in ("many2one", "many2many"):
            self._wanted.setdefault(field.comodel_name, set()).update(
                value if isinstance(value, list) else [int(value)]
            )

    def read_names(self):
        """Read the names of all records that were wanted: one statement per model, more where a name takes more."""
        for model_name, ids in self._wanted.items():
            # A value may be all that is left of what was deleted.
            records = self._model.env[model_name].browse(sorted(ids)).exists()
            self._wanted[model_name] = {record.id: f"{record.display_name} (#{record.id})" for record in records}

    def tell(self, field, value):
        """The text of a value, None for nothing. value: as `audit_snapshot` reads it."""
        if value is None:
            return None
        if is_secret(field):
            return f"fingerprint {self._fingerprint(field, value)}"
        if field.type == "boolean":
            return "Yes" if value in (True, "true") else "No"
        if field.type == "selection":
            return self._get_labels(field).get(value, value)
        if field.type == "many2one":
            return self._tell_record(field, int(value))
        return value if field.type in _DIGESTED else _cut(value if isinstance(value, str) else _as_json(value))

    def tell_records(self, field, ids):
        """The names of records, None for none."""
        if not ids:
            return None
        names = [self._tell_record(field, one) for one in ids[:MAX_NAMES]]
        more = f" and {len(ids) - MAX_NAMES} more" if len(ids) > MAX_NAMES else ""
        return ", ".join(names) + more

    def _tell_record(self, field, record_id):
        return self._wanted.get(field.comodel_name, {}).get(record_id, f"(#{record_id})")

    def _get_labels(self, field):
        if field.name not in self._labels:
            # In the source language, whoever makes the change: the log is in one language.
            model = self._model.with_context(lang=None)
            self._labels[field.name] = dict(field._description_selection(model.env))
        return self._labels[field.name]

    def _fingerprint(self, field, value):
        """Tells that two values differ and nothing else: keyed, so that a short password is not guessed from it."""
        scope = f"cloud_billing.audit.{field.model_name}.{field.name}"
        # sudo: lends the right to use the key of the installation; only the fingerprint leaves.
        return hmac(self._model.env(su=True), scope, str(value))[:16]


def _as_json(value):
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _cut(text):
    if len(text) <= MAX_TEXT:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{text[:MAX_TEXT]}... ({len(text)} characters, SHA-256 {digest})"
