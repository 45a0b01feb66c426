"""What a check found: codes and figures. words.py makes sentences of them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One comparison. code: what was compared; of: whose it is, such as a line's name, "" for the file's own.

    is_fine: True ties, False does not, None says what this file cannot prove. facts: figures as text.
    """

    code: str
    is_fine: bool | None
    of: str = ""
    facts: dict = field(default_factory=dict)


class Report:
    """Findings, in the order in which they were made."""

    def __init__(self):
        self.findings = []

    def add(self, code, is_fine, of="", **facts):
        self.findings.append(Finding(code, is_fine, of, facts))

    def compare(self, code, expected, found, of="", **facts):
        """Whether two figures are the same. expected: as it stands in the file; found: worked out again."""
        self.add(code, expected == found, of, expected=_show(expected), found=_show(found), **facts)

    @property
    def wrong(self):
        return [finding for finding in self.findings if finding.is_fine is False]

    @property
    def is_fine(self):
        return not self.wrong and any(finding.is_fine for finding in self.findings)


def _show(value):
    return "none" if value is None else str(value)
