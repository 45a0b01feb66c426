"""`python3 -m engine rating < request.json > answer.json`, run in the folder that holds `engine`; or `schedule`.

The one place where rating and schedule meet a terminal: both stay pure. Their README.md show requests and answers.
Ends with 0 when every request was answered, 1 when one was refused (its answer says why), 2 when asked for neither.
"""

import sys

from .rating.wire import answer_text as answer_rating
from .schedule.wire import answer_text as answer_schedule

ROOMS = {"rating": answer_rating, "schedule": answer_schedule}


def main(arguments):
    if len(arguments) != 1 or arguments[0] not in ROOMS:
        sys.stderr.write("usage: python3 -m engine rating|schedule < request.json\n")
        return 2
    text, is_fine = ROOMS[arguments[0]](sys.stdin.read())
    sys.stdout.write(text + "\n")
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
