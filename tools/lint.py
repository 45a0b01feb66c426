"""`make lint`: every check of the text of this project, in well under a minute; all of them run, then the answer.

pylint-odoo's messages that are switched off stand here with the reason.
"""

import os
import subprocess
import sys
import time

import check_data
import check_words
import python_env
from common import DEV, ROOT, main, say

NOT_OURS = {
    "missing-readme": "README.rst stands at the root of the project, for users and developers alike",
    "manifest-required-author": "the add-on is not the Odoo Community Association's",
    "consider-merging-classes-inherited": "a large abstract model stands in several files, one concern each",
}
# B608 takes every f-string with SQL words for an injection; pylint-odoo's sql-injection reads what is put in and where.
BANDIT_OFF = "B608"


def lint():
    programs = python_env.ensure("lint").parent
    packages = sorted(path.parent.name for path in ROOT.glob("*/__manifest__.py"))
    pylint = [programs / "pylint", "--disable=all", "--enable=odoolint", f"--disable={','.join(NOT_OURS)}"]
    template = "{relpath}:{line}: {test_id} {msg}"
    bandit = [programs / "bandit", "-ll", "-q", "-s", BANDIT_OFF, "-f", "custom", "--msg-template", template]
    checks = [
        ("ruff", lambda: _program([programs / "ruff", "check", "--quiet", "--output-format=concise", "."])),
        ("ruff format", lambda: _program([programs / "ruff", "format", "--check", "--output-format=concise", "."])),
        ("pylint-odoo", lambda: _program([*pylint, "--score=n", *packages])),
        ("bandit", lambda: _program([*bandit, "-r", *packages, "tools"])),
        ("rst", lambda: _program([programs / "python", "tools/check_rst.py"])),
        ("data", lambda: "\n".join(check_data.problems(ROOT))),
        ("words", lambda: "\n".join(check_words.problems(ROOT))),
    ]
    failed = []
    for name, check in checks:
        start = time.monotonic()
        found = check()
        say(f"{name:12} {'failed' if found else 'ok':6} {time.monotonic() - start:5.1f} s")
        if found:
            say("\n".join("    " + line for line in found.splitlines()))
            failed.append(name)
    say(f"lint: {'failed: ' + ', '.join(failed) if failed else 'ok'}")
    return 1 if failed else 0


def tidy(*files):
    """Let ruff put files into the project's form: order of imports, layout."""
    ruff = python_env.ensure("lint").with_name("ruff")
    for command in ([ruff, "check", "--fix-only", "--quiet"], [ruff, "format"]):
        subprocess.run([*command, *(files or ["."])], cwd=ROOT, check=False)


def _program(command):
    """What a linter has to say; empty when it is content."""
    environ = {**os.environ, "RUFF_CACHE_DIR": str(DEV / "ruff"), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    if not done.returncode:
        return ""
    return (done.stdout + done.stderr).strip() or f"exit {done.returncode}"


if __name__ == "__main__":
    main(lambda: tidy(*sys.argv[2:]) if sys.argv[1:2] == ["format"] else lint())
