"""`python3 -m engine rating < request.json > answer.json`, run in the folder that holds `engine`; or `schedule`.

`python3 -m engine proof line.json [usage.csv ...]` checks a proof file, with the original usage files where given.

The one place where the rooms meet a terminal: they stay pure. Their README.md show requests and answers.
Ends with 0 when every request was answered or everything ties, 1 when one was refused (its answer says why) or
something does not tie, 2 when asked for neither or a file cannot be read.
"""

import hashlib
import sys
from pathlib import Path

from .proof import check_proof, tell
from .rating.wire import answer_text as answer_rating
from .schedule.wire import answer_text as answer_schedule

ROOMS = {"rating": answer_rating, "schedule": answer_schedule}
_USAGE = """usage: python3 -m engine rating|schedule < request.json
       python3 -m engine proof FILE.json [USAGE FILE ...]
"""


def main(arguments):
    if len(arguments) >= 2 and arguments[0] == "proof":
        return _prove(arguments[1], arguments[2:])
    if len(arguments) != 1 or arguments[0] not in ROOMS:
        sys.stderr.write(_USAGE)
        return 2
    text, is_fine = ROOMS[arguments[0]](sys.stdin.read())
    sys.stdout.write(text + "\n")
    return 0 if is_fine else 1


def _prove(name, usage_files):
    try:
        text = Path(name).read_bytes().decode("utf-8")
        given = [(Path(file).name, _get_checksum(file)) for file in usage_files]
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    report = check_proof(text, given)
    sys.stdout.write("\n".join(tell(report)) + "\n")
    return 0 if report.is_fine else 1


def _get_checksum(name):
    checksum = hashlib.sha256()
    with open(name, "rb") as file:
        while part := file.read(1024 * 1024):
            checksum.update(part)
    return checksum.hexdigest()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
