"""Proof: one posted line, saved as a file, worked out again from its usage rows to its entry; see README.md.

Owns: what a proof file holds, counting its rows again, comparing every figure, and telling in plain words what ties.
Does not own: prices (`rating` does it, as it did the first time), where the file comes from, who may have it.
"""

from .check import check_proof
from .digests import digest
from .findings import Finding, Report
from .reading import FORMAT, ROW_COLUMNS, VERSION
from .words import tell

__all__ = ["FORMAT", "ROW_COLUMNS", "VERSION", "Finding", "Report", "check_proof", "digest", "tell"]
