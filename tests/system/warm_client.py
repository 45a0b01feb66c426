"""Stands for one Odoo process that a warm one (warm_odoo.py) starts: `python warm_client.py SOCKET <Odoo's arguments>`.

Its input, output, environment and folder are the Odoo's; it ends as the Odoo does, and the Odoo ends when it is killed.
"""

import json
import os
import signal
import socket
import sys


def run(place, arguments):
    """Have the Odoo started and wait for its end; returns its exit code, negative for a signal."""
    request = json.dumps({"arguments": arguments, "environ": dict(os.environ), "folder": os.getcwd()}).encode()
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(place)
        socket.send_fds(line, [len(request).to_bytes(4, "big")], [0, 1, 2])
        line.sendall(request)
        answers = line.makefile()
        pid = int(answers.readline())
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, _frame: os.kill(pid, number))
        return os.waitstatus_to_exitcode(int(answers.readline()))


if __name__ == "__main__":
    code = run(sys.argv[1], sys.argv[2:])
    if code < 0:
        # Not to be set for those that cannot be caught.
        if -code in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    sys.exit(code)
