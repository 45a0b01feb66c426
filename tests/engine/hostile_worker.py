"""Reads hostile files in a process of its own, as the wizard and the import do: python hostile_worker.py FIRST STEP END

Prints a line of JSON per file: {"number", "kind", "end", "seconds", "megabytes"}, before it the number alone. `end` is
a refusal's reason, "rows" or the name of an exception that nobody should see, with its place.
"""

import json
import re
import signal
import sys
import time
import traceback
from itertools import chain
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import conftest  # noqa: F401, E402 (the engine under its stand-alone name)
from cloud_billing_engine.readers import (  # noqa: E402
    FILE_REASONS,
    READERS,
    ROW_REASONS,
    Limits,
    Preview,
    RejectedFile,
    RowError,
    UsageRow,
    get_reader,
    open_several,
    read_header,
    read_outline,
)
from hostile_files import make_hostile  # noqa: E402

SECONDS = 20


class TooSlow(Exception):
    """A file took longer than it may."""


def look(file):
    """What the wizard does before a reader is chosen."""
    for ask in (read_header, read_outline):
        try:
            found = ask(iter(file.chunks()), file_name=file.name, limits=Limits())
        except RejectedFile as error:
            check_reason(error)
        else:
            for reader in READERS.values():
                if ask is read_header:
                    reader.recognise(found)
                elif found and hasattr(reader, "recognise_tree"):
                    reader.recognise_tree(found)


def read(file):
    """What importing does: 'rows' or the reason of the refusal; 'errors' where no row could be read."""
    preview = Preview()
    try:
        for item in chain.from_iterable(read_each(file)):
            if isinstance(item, RowError):
                assert item.reason in ROW_REASONS, item.reason
            else:
                assert isinstance(item, UsageRow), item
            preview.add(item)
    except RejectedFile as error:
        return check_reason(error)
    json.dumps(preview.as_dict(), allow_nan=False)
    return "rows" if preview.rows else "errors"


def read_each(file):
    """The items of a file; of an archive of several those of each file in it."""
    reader, how = get_reader(file.reader), {"limits": Limits(), "options": file.options}
    archive = open_several(iter(file.chunks()), file_name=file.name, **how)
    if not archive:
        yield reader.read(iter(file.chunks()), file_name=file.name, **how)
        return
    how["options"] = {**(file.options or {}), "is_member": True}
    for member in archive.choose()[0]:
        yield reader.read(archive.read(member), file_name=f"{file.name}/{member}", **how)


def check_reason(error):
    assert error.reason in FILE_REASONS, error.reason
    assert error.file, error.reason
    str(error)
    return error.reason


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def stop(*_signal):
    raise TooSlow


def peak():
    """Megabytes of memory that the process held at most since this was asked last."""
    found = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(encoding="ascii"))[1])
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return found // 1024


def main(first, step, end):
    signal.signal(signal.SIGALRM, stop)
    for number in range(first, end, step):
        say(str(number))
        file = make_hostile(number)
        peak()
        # Processor time: what the machine does besides is not the file's fault.
        start = time.process_time()
        signal.setitimer(signal.ITIMER_REAL, 6 * SECONDS)
        try:
            look(file)
            ended = read(file)
            if file.is_refused and ended == "rows":
                ended = "read, though nothing of it should be"
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            ended = f"!{type(error).__name__}: {str(error)[:200]} ({Path(frame.filename).name}:{frame.lineno})"
        signal.setitimer(signal.ITIMER_REAL, 0)
        told = {"number": number, "kind": file.kind, "reader": file.reader, "name": file.name, "end": ended}
        say(json.dumps({**told, "seconds": time.process_time() - start, "megabytes": peak()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
