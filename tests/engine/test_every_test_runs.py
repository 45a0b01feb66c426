"""No test is lost in silence: what Odoo's runner would leave out without a word is found here, on the syntax tree.

Odoo takes `test_*` modules that `tests/__init__.py` imports, no sub-folders, in them classes that come from Odoo's own
test cases (a bare unittest.TestCase has no tags and is passed over), and of a class only the test methods that stand
in its own body.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Classes of the standard library that Odoo's runner passes over.
BARE = {"TestCase", "unittest.TestCase", "IsolatedAsyncioTestCase", "unittest.IsolatedAsyncioTestCase"}


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_tests(tree):
    """Names of the test modules that a tests/__init__.py imports."""
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.level == 1]
    named = {alias.name for node in nodes if not node.module for alias in node.names}
    return {name for name in named if name.startswith("test_")}


def own_tests(class_node):
    return {
        node.name
        for node in class_node.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name.startswith("test")
    }


def classes_of(trees):
    """Every class of a tests folder by name: trees is {module name: syntax tree}."""
    return {node.name: node for tree in trees.values() for node in tree.body if isinstance(node, ast.ClassDef)}


def origins(class_node, classes):
    """The classes of this folder that a class is made of, itself first, and the base names that lead out of it."""
    ours, outside, waiting = [], set(), [class_node]
    while waiting:
        node = waiting.pop()
        if node in ours:
            continue
        ours.append(node)
        for base in node.bases:
            name = ast.unparse(base)
            if name.rpartition(".")[2] in classes and name not in BARE:
                waiting.append(classes[name.rpartition(".")[2]])
            else:
                outside.add(name)
    return ours, outside


def lost_in(module, tree, classes):
    """What Odoo's runner would leave out of one test module, a sentence each."""
    lost = []
    ran = 0
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            lost.append(f"{module}.{node.name}: a test outside a class")
        if not isinstance(node, ast.ClassDef):
            continue
        ours, outside = origins(node, classes)
        inherited = {name for parent in ours[1:] for name in own_tests(parent)} - own_tests(node)
        if not own_tests(node) and not inherited:
            continue
        if outside and outside <= BARE | {"object"}:
            lost.append(f"{module}.{node.name}: a bare unittest.TestCase; take odoo.tests.TransactionCase")
            continue
        if not outside:
            lost.append(f"{module}.{node.name}: no test case at all")
            continue
        ran += len(own_tests(node))
        keeps = any("allow_inherited_tests_method" in ast.unparse(part) for parent in ours for part in parent.body)
        if inherited and not keeps:
            lost.append(f"{module}.{node.name}: inherited tests do not run: {', '.join(sorted(inherited))}")
    if not ran:
        lost.append(f"{module}: no test of this file would run")
    return lost


def lost_tests(folder):
    """What would be left out of a whole tests folder."""
    present = {path.stem for path in folder.glob("test_*.py")}
    imported = imported_tests(parse(folder / "__init__.py")) if (folder / "__init__.py").is_file() else set()
    lost = [f"{name}: tests/__init__.py does not import it" for name in sorted(present - imported)]
    lost += [f"{name}: tests/__init__.py imports it and there is no such file" for name in sorted(imported - present)]
    lost += [
        f"{path.relative_to(folder)}: Odoo's runner does not look into sub-folders"
        for path in sorted(folder.glob("*/**/test_*.py"))
    ]
    trees = {path.stem: parse(path) for path in sorted(folder.glob("*.py"))}
    classes = classes_of(trees)
    return lost + [line for name in sorted(present) for line in lost_in(name, trees[name], classes)]


ADDONS = sorted(path.parent for path in ROOT.glob("*/__manifest__.py"))


@pytest.mark.parametrize("addon", ADDONS, ids=[addon.name for addon in ADDONS])
def test_every_odoo_test_would_run(addon):
    assert lost_tests(addon / "tests") == []


@pytest.mark.parametrize("addon", ADDONS, ids=[addon.name for addon in ADDONS])
@pytest.mark.parametrize("name", ["reviewed_methods.txt", "reviewed_routes.txt"])
def test_every_add_on_has_what_it_opens_to_callers_reviewed(addon, name):
    tests = [path for path in (addon / "tests").glob("test_*.py") if f'"{name}"' in path.read_text(encoding="utf-8")]
    assert (addon / "tests" / name).is_file() and tests


@pytest.mark.parametrize("suite", ["engine", "system", "tools"])
def test_every_plain_test_file_holds_a_test(suite):
    folder = ROOT / "tests" / suite
    empty = [
        path.name for path in sorted(folder.rglob("test_*.py")) if "def test" not in path.read_text(encoding="utf-8")
    ]
    assert empty == []


class TestWhatOdooLeavesOutIsSeen:
    RUNS = "from odoo.tests import TransactionCase\nclass TestA(TransactionCase):\n    def test_a(self): pass\n"

    def lost(self, tmp_path, init, **modules):
        for name, text in {"__init__": init, **modules}.items():
            (tmp_path / f"{name}.py").write_text(text)
        return "\n".join(lost_tests(tmp_path))

    def test_a_folder_in_order_loses_nothing(self, tmp_path):
        assert self.lost(tmp_path, "from . import test_a", test_a=self.RUNS) == ""

    def test_a_file_that_is_not_imported(self, tmp_path):
        assert "test_a: tests/__init__.py does not import it" in self.lost(tmp_path, "", test_a=self.RUNS)

    def test_an_import_without_a_file(self, tmp_path):
        assert "test_b: tests/__init__.py imports it" in self.lost(
            tmp_path, "from . import test_a, test_b", test_a=self.RUNS
        )

    def test_a_file_in_a_sub_folder(self, tmp_path):
        (tmp_path / "more").mkdir()
        (tmp_path / "more" / "test_b.py").write_text(self.RUNS)
        assert "sub-folders" in self.lost(tmp_path, "from . import test_a", test_a=self.RUNS)

    @pytest.mark.parametrize("base", ["TestCase", "unittest.TestCase"])
    def test_a_bare_test_case(self, tmp_path, base):
        text = self.RUNS.replace("(TransactionCase)", f"({base})")
        assert "a bare unittest.TestCase" in self.lost(tmp_path, "from . import test_a", test_a=text)

    def test_a_bare_test_case_behind_a_common_class(self, tmp_path):
        common = "import unittest\nclass Common(unittest.TestCase):\n    pass\n"
        text = "from .common import Common\nclass TestA(Common):\n    def test_a(self): pass\n"
        assert "a bare unittest.TestCase" in self.lost(tmp_path, "from . import test_a", test_a=text, common=common)

    def test_inherited_own_tests(self, tmp_path):
        text = self.RUNS + "class TestB(TestA):\n    def test_b(self): pass\n"
        assert "TestB: inherited tests do not run: test_a" in self.lost(tmp_path, "from . import test_a", test_a=text)

    def test_inherited_test_methods_that_a_class_asks_for(self, tmp_path):
        text = self.RUNS + "class TestB(TestA):\n    allow_inherited_tests_method = True\n"
        assert self.lost(tmp_path, "from . import test_a", test_a=text) == ""

    def test_a_test_outside_a_class(self, tmp_path):
        text = self.RUNS + "def test_b(): pass\n"
        assert "test_b: a test outside a class" in self.lost(tmp_path, "from . import test_a", test_a=text)

    def test_a_file_without_a_test(self, tmp_path):
        assert "no test of this file would run" in self.lost(tmp_path, "from . import test_a", test_a="X = 1\n")
