"""CSV that is written row by row and knows its digest and its count when it is done: memory stays flat."""

import csv
import hashlib
import io

from ...csv_cells import as_cell


class DigestCsv:
    """Writes rows to a binary file. A text that a spreadsheet would take for a formula is told apart.

    names: the columns, which are the file's format and not translated.
    """

    def __init__(self, target, names):
        self._target = target
        self._text = io.StringIO()
        self._writer = csv.writer(self._text)
        self._digest = hashlib.sha256()
        self.count = 0
        self._put(names)

    def write(self, row):  # pylint: disable=method-required-super
        self._put(row)
        self.count += 1

    @property
    def digest(self):
        """SHA-256 of all that was written, in hexadecimal."""
        return self._digest.hexdigest()

    def _put(self, row):
        self._writer.writerow([as_cell(value) for value in row])
        content = self._text.getvalue().encode()
        self._text.seek(0)
        self._text.truncate()
        self._digest.update(content)
        self._target.write(content)
