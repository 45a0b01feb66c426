"""Who lends the rights of the module says which: each `sudo()` of the add-ons has a comment that begins with "sudo:".

It stands on the line, or anywhere in its statement, or just above it. Where rights are handed back (`sudo(False)`,
`sudo(self.env.su)`) nothing is lent.
"""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"#+ *sudo: \w")


def is_true(node):
    return isinstance(node, ast.Constant) and node.value is True


def lends(node):
    """Whether a node of the syntax tree is a call that goes on with all rights."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr == "sudo":
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        return not given or is_true(given[0])
    return any(keyword.arg == "su" and is_true(keyword.value) for keyword in node.keywords)


def silent_loans(source):
    """The lines of a module that lend rights and do not say which."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = {token.start[0]: token for token in tokens if token.type == tokenize.COMMENT}
    told = {line for line, token in comments.items() if COMMENT.match(token.string)}
    alone = {line for line, token in comments.items() if token.line.strip() == token.string}
    tree = ast.parse(source)
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    for node in filter(lends, ast.walk(tree)):
        start = max(one.lineno for one in statements if one.lineno <= node.lineno <= one.end_lineno)
        # Of a comment that goes on for some lines the first one says it.
        while start - 1 in alone:
            start -= 1
        if told.isdisjoint(range(start, node.end_lineno + 1)):
            yield node.end_lineno


def own_files():
    folders = [path.parent for path in ROOT.glob("cloud_billing*/__manifest__.py")]
    return [path for folder in folders for path in sorted(folder.rglob("*.py")) if folder / "tests" not in path.parents]


def test_every_loan_says_which_right_it_is():
    silent = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in own_files()
        for line in silent_loans(path.read_text(encoding="utf-8"))
    ]
    assert silent == []


def test_all_add_ons_are_looked_at():
    assert len({path.relative_to(ROOT).parts[0] for path in own_files()}) == len(list(ROOT.glob("cloud_billing*/")))


@pytest.mark.parametrize(
    "source",
    [
        "records.sudo().write(vals)",
        "records.sudo(True).write(vals)",
        "records.sudo(flag=True).write(vals)",
        "env = self.env(su=True)",
        "# Why.\nrecords.sudo().write(vals)",
        "# sudo:\nrecords.sudo().write(vals)",
        "# sudo: lends the right.\nrecords.sudo().write(vals)\nrecords.sudo().unlink()",
        "# sudo: lends the right.\n\nrecords.sudo().write(vals)",
        "records.write(  # sudo: of another statement.\n)\nrecords.sudo().unlink()",
        "if a:\n    # sudo: lends the right.\n    b()\nelif c.sudo():\n    d()",
    ],
)
def test_a_silent_loan_is_seen(source):
    assert list(silent_loans(source))


@pytest.mark.parametrize(
    "source",
    [
        "records.sudo().write(vals)  # sudo: lends the right.",
        "# sudo: lends the right\n# to write.\nrecords.sudo().write(vals)",
        "# sudo: lends the right.\nx = (\n    records\n    .sudo()\n    .search([])\n)",
        "x = (\n    records\n    # sudo: lends the right.\n    .sudo()\n    .search([])\n)",
        "records.sudo(False)\nmade.sudo(self.env.su)",
    ],
)
def test_a_loan_that_is_told_passes(source):
    assert not list(silent_loans(source))
