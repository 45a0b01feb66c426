"""Hundreds of hostile files: each is read, or refused with a reason that has its sentence, soon and in little memory.

`make test` reads 300 of them, CLOUD_BILLING_TORTURE=long 10,000. They are read in processes of their own, so that a
process that dies is found and its memory is known.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hostile_files import ATTACKS, make_hostile

WORKER = Path(__file__).with_name("hostile_worker.py")
FILES = 10_000 if os.environ.get("CLOUD_BILLING_TORTURE") == "long" else 300
WORKERS = 2
SECONDS, MEGABYTES = 20, 512


def read_all(first):
    """What became of every WORKERS-th file from `first` on; a file that ended its process is told as such."""
    told, number = [], first
    while number < FILES:
        command = [sys.executable, WORKER, str(number), str(WORKERS), str(FILES)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        lines = done.stdout.splitlines()
        told += [json.loads(line) for line in lines if line.startswith("{")]
        if not done.returncode:
            break
        number = int(next(line for line in reversed(lines) if line.isdigit()))
        file = make_hostile(number)
        told.append({"number": number, "kind": file.kind, "name": file.name, "seconds": 0, "megabytes": 0,
                     "end": f"!the process ended with {done.returncode}: {done.stdout[-300:]}"})  # fmt: skip
        number += WORKERS
    return told


def test_each_hostile_file_is_read_or_refused_in_time_and_memory():
    with ThreadPoolExecutor(WORKERS) as pool:
        told = [one for part in pool.map(read_all, range(WORKERS)) for one in part]
    assert sorted(one["number"] for one in told) == list(range(FILES))
    assert [one for one in told if one["end"].startswith(("!", "read,"))] == []
    assert [one for one in told if one["seconds"] > SECONDS or one["megabytes"] > MEGABYTES] == []
    assert {one["kind"] for one in told if not one["kind"].startswith("damaged")} == set(ATTACKS)
    # Not all of it is refused: damage that leaves a row as it is leaves it to be read.
    ends = Counter(one["end"] for one in told)
    assert ends["rows"] > FILES // 10 and len(ends) > 15


def test_a_file_is_the_same_whenever_it_is_made():
    for number in range(12):
        first, again = make_hostile(number), make_hostile(number)
        assert first[:3] == again[:3]
        if first.kind not in ("a gzip that grows", "a line of a gigabyte"):
            assert b"".join(first.chunks()) == b"".join(again.chunks())
