"""The whole check of one proof file, in the order in which the money came about."""

from decimal import DecimalException

from ..json_door import RequestError, load
from .check_books import check_approval, check_invoice
from .check_line import check_line
from .digests import digest_without
from .findings import Report
from .reading import read_proof

_BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError, DecimalException, ZeroDivisionError)


def check_proof(text, files=()):
    """The Report on a proof file.

    text: its content. files: pairs (name, sha256) of original usage files that are at hand, to be compared.
    """
    report = Report()
    try:
        document = load(text)
        proof = read_proof(document)
    except RequestError as error:
        report.add("unreadable", False, reason=error.reason, at=error.facts["at"])
        return report
    report.compare("file_digest", proof["digest"], digest_without(document, "digest"))
    _check_files(proof, dict(files), report)
    for line in proof["lines"]:
        _try(report, f"{line['name']} ({line['id']})", check_line, line, proof["files"])
    if proof["invoice"] is None:
        report.add("not_invoiced", None)
    else:
        _try(report, proof["invoice"]["number"], check_invoice, proof["invoice"], proof["lines"])
    if proof["approval"] is None:
        report.add("not_approved", None)
    else:
        _try(report, proof["approval"]["run"]["name"], check_approval, proof["approval"], proof["lines"])
    return report


def _try(report, name, check, *values):
    """A check of objects that hold what nobody foresaw ends as a finding, not as a fault."""
    try:
        check(*values, report)
    except _BROKEN as error:
        report.add("cannot_read", False, name, what=check.__name__.removeprefix("check_"), detail=repr(error))


def _check_files(proof, given, report):
    """Original files that are at hand have the checksums that were written down when they were imported."""
    known = {file["sha256"]: file["name"] for file in proof["files"]}
    for name, checksum in given.items():
        report.add("original_file", checksum in known, name, checksum=checksum)
    missing = [file["name"] for file in proof["files"] if file["sha256"] not in given.values()]
    if missing:
        report.add("original_files_elsewhere", None, files=", ".join(dict.fromkeys(missing)))
