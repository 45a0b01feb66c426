"""What the linter of prices found: a plain value, made once and told on a form, in an approval and in a report."""

from dataclasses import dataclass

ERROR, WARNING, INFO = "error", "warning", "info"
SEVERITIES = (ERROR, WARNING, INFO)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """code: which check. severity: error (blocks the approval), warning, info. sentence: what is wrong, what to do.

    version, rule: what it is about; empty records where it is about none. record: where it is put right.
    """

    code: str
    severity: str
    sentence: str
    version: object
    rule: object
    record: object

    @property
    def rank(self):
        return SEVERITIES.index(self.severity)
