"""What a warm Odoo starts is a process of its own: it ends as it says, and with who stands for it."""

import os
import time

WAIT = "import os, time; print('PID', os.getpid(), flush=True); time.sleep(300)"
TELL = "import json, os, random; print('TOLD', json.dumps([os.getpid(), random.random(), os.environ['TZ']]))"

MAKE = "env['ir.model'].create({'name': 'Own', 'model': 'x_own'}); env.cr.commit(); print('TOLD 1')"
LOOK = "print('TOLD', 'true' if 'x_own' in env and env.cr.dbname == env.registry.db_name else 'false')"


class TestStartedProcesses:
    def test_have_the_models_of_their_database(self, database, tell):
        first, second = database(), database()
        tell(first, MAKE)
        assert (tell(first, LOOK), tell(second, LOOK)) == (True, False)

    def test_are_apart_and_end_with_who_stands_for_them(self, database, script, tell):
        name = database()
        first, second = tell(name, TELL), tell(name, TELL)
        assert first[0] != second[0] and first[1] != second[1]
        assert first[2] == second[2] == "UTC"
        waiting = script(name, WAIT)
        pid = int(next(line for line in waiting.stdout if line.startswith("PID")).split()[1])
        killed = script(name, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        killed.communicate(timeout=200)
        assert killed.returncode == -9
        os.kill(pid, 0)
        waiting.kill()
        waiting.wait()
        assert self.is_gone(pid)

    def is_gone(self, pid):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.05)
        return False
