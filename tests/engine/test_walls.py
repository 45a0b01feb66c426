"""The walls between the rooms, read on the syntax tree: what may import what, and what exact arithmetic never holds.

The rooms and arrows are those of docs/architecture.md. Each wall has a test that it sees a hole in it.
"""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "cloud_billing"
ENGINE = ADDON / "engine"

# What each room of the engine may import of the engine, besides itself. A room not named here may import nothing.
ENGINE_ARROWS = {
    "json_door": {"numbers"},
    "rating": {"numbers", "json_door"},
    "schedule": {"numbers", "json_door"},
    "proof": {"numbers", "json_door", "rating"},
    "__main__": {"rating", "schedule", "proof"},
    "readers": {"numbers"},
    "connectors": {"numbers", "readers"},
    "ledgers": {"numbers"},
}
# Libraries beyond Python's own, by room; imported where they are used, so that the module installs without them.
THIRD_PARTY = {
    "connectors": {"cryptography", "paramiko", "requests_aws4auth", "zeep"},
    "readers": {"xmlschema", "openpyxl", "pyarrow"},
}
# Libraries that Odoo itself cannot start without.
ALWAYS_THERE = {"connectors": {"requests", "urllib3"}}
# rating, schedule and proof are pure: the same input gives the same answer on any day and on any machine.
PURE = ("rating", "schedule", "proof")
CLOCK_AND_OUTSIDE = {
    "asyncio", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "shutil", "socket",
    "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip
CLOCK_CALLS = {"now", "today", "utcnow"}
# What each room of the add-on may import of it. Rooms not named (fields.py, hooks.py) stand below models.
ADDON_ARROWS = {
    "engine": {"engine"},
    "models": {"models", "engine"},
    "report": {"report", "models"},
    "wizards": {"wizards", "models"},
    "controllers": {"controllers", "models"},
}
UPPER_ROOMS = set(ADDON_ARROWS) | {"tests"}


def files(*folders):
    """Python files of folders of the add-on, its own tests left out."""
    return sorted(path for folder in folders for path in folder.rglob("*.py") if ADDON / "tests" not in path.parents)


def parse(path):
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def room_of(path, base):
    """The first folder under `base`, or the file itself: rating for engine/rating/rate.py, numbers for numbers.py."""
    parts = path.relative_to(base).with_suffix("").parts
    return parts[0]


def imports(tree, path, base):
    """Every import of a module: (line, name, inside_a_function); relative ones resolved to '<base folder>.<room>...'.

    A relative import that climbs out of `base` keeps its leading dots.
    """
    inside = {
        child for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for child in ast.walk(node)
    }  # fmt: skip
    package = [base.name, *path.relative_to(base).parent.parts]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name, node in inside
        elif isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if not node.level:
                if node.module in ("odoo", "odoo.addons"):
                    yield from ((node.lineno, f"{node.module}.{name}", node in inside) for name in names)
                else:
                    yield node.lineno, node.module, node in inside
                continue
            kept = len(package) - node.level + 1
            start = package[:kept] if kept > 0 else ["." * node.level]
            # `from . import x` names modules; `from .x import y` names one.
            for tail in [node.module] if node.module else names:
                yield node.lineno, ".".join([*start, *tail.split(".")]), node in inside


def engine_holes(path, tree):
    """Imports of an engine file that go through a wall."""
    room = room_of(path, ENGINE)
    allowed = ENGINE_ARROWS.get(room, set()) | {room}
    for line, name, inside in imports(tree, path, ENGINE):
        top, _, rest = name.partition(".")
        if top == "engine":
            target = rest.partition(".")[0]
            if room != "__init__" and target not in allowed:
                yield f"{path.name}:{line}: {room} may not import {target}"
        elif name.startswith("."):
            yield f"{path.name}:{line}: imports from outside the engine"
        elif top in THIRD_PARTY.get(room, ()):
            if not inside:
                yield f"{path.name}:{line}: import {top} in the function that uses it"
        elif top not in sys.stdlib_module_names and top not in ALWAYS_THERE.get(room, ()):
            yield f"{path.name}:{line}: the engine may not import {name}"
        elif room in PURE and top in CLOCK_AND_OUTSIDE:
            yield f"{path.name}:{line}: {room} is pure and may not import {name}"


def clock_holes(path, tree):
    """Calls that ask the clock or the machine, in rooms that get everything as an argument."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK_CALLS:
            yield f"{path.name}:{node.lineno}: asks the clock ({node.func.attr}); take the date as an argument"
        if isinstance(node.func, ast.Name) and node.func.id in ("open", "print", "input"):
            yield f"{path.name}:{node.lineno}: {node.func.id}() in a pure room"


def addon_holes(path, tree):
    """Imports of an add-on file against the arrows wizards, controllers -> models -> engine."""
    room = room_of(path, ADDON)
    # The add-on's own __init__ is where Odoo starts: it names every room.
    if room == "__init__" or path == ADDON / "__manifest__.py":
        return
    for line, name, _inside in imports(tree, path, ADDON):
        for start in ("odoo.addons.cloud_billing.", "cloud_billing."):
            if name.startswith(start):
                target = name.removeprefix(start).partition(".")[0]
                if target in UPPER_ROOMS and target not in ADDON_ARROWS.get(room, {"engine"}):
                    yield f"{path.relative_to(ADDON)}:{line}: {room} may not import {target}"
        if name.partition(".")[0] == "cloud_billing_engine":
            yield f"{path.relative_to(ADDON)}:{line}: the engine has one name in one process"


def get_model_rooms():
    """The rooms of the models in the order in which they are loaded."""
    loaded = [node for node in parse(ADDON / "models" / "__init__.py").body if isinstance(node, ast.ImportFrom)]
    return [alias.name for node in loaded for alias in node.names]


def order_holes(path, tree):
    """Imports of a room of the models from one that is loaded after it."""
    rooms = get_model_rooms()
    room, *inside = path.relative_to(ADDON / "models").parts
    if not inside:
        return
    for line, name, _inside in imports(tree, path, ADDON):
        if name.startswith("cloud_billing.models."):
            target = name.removeprefix("cloud_billing.models.").partition(".")[0]
            if target not in rooms[: rooms.index(room) + 1]:
                yield f"{path.relative_to(ADDON)}:{line}: {room} is loaded before {target}"


def float_holes(path, tree):
    """float() and float literals; they have lost digits before any arithmetic begins."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
            yield f"{path.name}:{node.lineno}: float literal {node.value!r}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float":
            yield f"{path.name}:{node.lineno}: float()"


def decimal_holes(path, tree):
    """Decimal(0.1) is 0.1000000000000000055511151231257827..."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        literals = [part for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
        if function == "Decimal" and any(isinstance(part.value, float) for part in literals):
            yield f"{path.name}:{node.lineno}: Decimal of a float literal"


def eval_holes(path, tree):
    """Text that becomes code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("eval", "exec", "compile", "__import__"):
            yield f"{path.name}:{node.lineno}: {node.func.id}()"
        if isinstance(node, (ast.Name, ast.Attribute, ast.alias)):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "name", "")
            if name.rpartition(".")[2] == "safe_eval":
                yield f"{path.name}:{getattr(node, 'lineno', '?')}: safe_eval"


def proposal_holes(path, tree):
    """A run that is rated with prices nobody agreed on: only a preview does that, and rolls it back."""
    if (ADDON / "models" / "trial") in path.parents:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if function in ("_rate_chunk", "_make_bills") and (node.args or node.keywords):
            yield f"{path.name}:{node.lineno}: {function} with a proposal"


def holes(check, paths):
    return [hole for path in paths for hole in check(path, parse(path))]


class TestWallsStand:
    def test_the_engine_imports_no_odoo_and_its_rooms_meet_only_as_drawn(self):
        assert holes(engine_holes, files(ENGINE)) == []

    def test_rating_schedule_and_proof_ask_neither_clock_nor_machine(self):
        assert holes(clock_holes, files(*(ENGINE / room for room in PURE))) == []

    def test_wizards_and_controllers_call_models_and_models_call_the_engine(self):
        assert holes(addon_holes, files(ADDON)) == []

    def test_rooms_of_the_models_import_from_those_before_them(self):
        assert holes(order_holes, files(ADDON / "models")) == []

    def test_exact_arithmetic_knows_no_float(self):
        exact_rooms = [ENGINE / "rating", ENGINE / "schedule", ENGINE / "readers", ENGINE / "proof"]
        assert holes(float_holes, [*files(*exact_rooms), ENGINE / "numbers.py"]) == []

    def test_no_decimal_is_made_of_a_float_literal(self):
        assert holes(decimal_holes, files(ADDON)) == []

    def test_no_text_becomes_code(self):
        assert holes(eval_holes, files(ADDON)) == []

    def test_no_run_that_stays_is_rated_with_proposed_prices(self):
        assert holes(proposal_holes, files(ADDON)) == []

    def test_every_room_of_the_engine_is_drawn(self):
        rooms = {path.parent.name for path in ENGINE.glob("*/__init__.py")}
        assert rooms <= set(ENGINE_ARROWS)

    def test_engine_tests_are_no_package_so_that_the_engine_is_loaded_under_one_name(self):
        assert not (ROOT / "tests" / "engine" / "__init__.py").exists()


HOLES = [
    (engine_holes, "engine/rating/x.py", "import odoo", "may not import odoo"),
    (engine_holes, "engine/rating/x.py", "from odoo import models", "may not import odoo.models"),
    (engine_holes, "engine/rating/x.py", "from ..schedule import cycle", "rating may not import schedule"),
    (engine_holes, "engine/rating/x.py", "from .. import readers", "rating may not import readers"),
    (
        engine_holes,
        "engine/rating/models/x.py",
        "from ...schedule.cycle import Cycle",
        "rating may not import schedule",
    ),
    (engine_holes, "engine/schedule/x.py", "from ..rating.rate import rate", "schedule may not import rating"),
    (engine_holes, "engine/readers/x.py", "from ..connectors import aws", "readers may not import connectors"),
    (engine_holes, "engine/numbers.py", "from .rating import rate", "numbers may not import rating"),
    (engine_holes, "engine/rating/x.py", "from ...models import usage", "outside the engine"),
    (engine_holes, "engine/rating/x.py", "def f():\n    import requests", "may not import requests"),
    (engine_holes, "engine/connectors/x.py", "import zeep", "in the function that uses it"),
    (engine_holes, "engine/rating/x.py", "import time", "rating is pure"),
    (engine_holes, "engine/schedule/x.py", "from os import environ", "schedule is pure"),
    (clock_holes, "engine/schedule/x.py", "from datetime import date\ndate.today()", "asks the clock"),
    (clock_holes, "engine/rating/x.py", "open('x')", "open() in a pure room"),
    (addon_holes, "models/usage/x.py", "from ...wizards import upload", "models may not import wizards"),
    (
        addon_holes,
        "models/usage/x.py",
        "from odoo.addons.cloud_billing.controllers import portal",
        "import controllers",
    ),
    (addon_holes, "wizards/x.py", "from ..engine.readers import focus", "wizards may not import engine"),
    (addon_holes, "controllers/x.py", "from ..wizards import upload", "controllers may not import wizards"),
    (addon_holes, "fields.py", "from .models import usage", "fields may not import models"),
    (addon_holes, "models/usage/x.py", "import cloud_billing_engine.numbers", "one name"),
    (addon_holes, "models/usage/x.py", "from ...tests.common import Case", "models may not import tests"),
    (order_holes, "models/usage/x.py", "from ..billing import periods", "usage is loaded before billing"),
    (
        order_holes,
        "models/usage/deep/x.py",
        "def f():\n    from ... import matching",
        "usage is loaded before matching",
    ),
    (float_holes, "engine/rating/x.py", "half = 0.5", "float literal 0.5"),
    (float_holes, "engine/rating/x.py", "float('1')", "float()"),
    (decimal_holes, "models/x.py", "Decimal(0.1)", "float literal"),
    (decimal_holes, "models/x.py", "decimal.Decimal(-0.1)", "float literal"),
    (eval_holes, "models/x.py", "eval('1')", "eval()"),
    (eval_holes, "models/x.py", "from odoo.tools.safe_eval import safe_eval", "safe_eval"),
    (eval_holes, "models/x.py", "tools.safe_eval.safe_eval('1')", "safe_eval"),
    (proposal_holes, "models/billing/x.py", "self._rate_chunk(proposal)", "_rate_chunk with a proposal"),
    (proposal_holes, "wizards/x.py", "run._make_bills(proposal=one)", "_make_bills with a proposal"),
]


@pytest.mark.parametrize(("check", "path", "source", "told"), HOLES)
def test_a_hole_in_a_wall_is_seen(check, path, source, told):
    assert told in "\n".join(check(ADDON / path, ast.parse(source)))


ARROWS = [
    (engine_holes, "engine/rating/models/x.py", "from ...numbers import exact\nfrom ..facts import RatedPart"),
    (engine_holes, "engine/connectors/x.py", "import requests\nfrom ..readers import focus\ndef f():\n    import zeep"),
    (engine_holes, "engine/readers/x.py", "import csv\nfrom . import rows"),
    (addon_holes, "models/usage/x.py", "from ...engine.readers import focus\nfrom ...fields import DecimalField"),
    (addon_holes, "wizards/x.py", "from ..models.usage import usage_store\nfrom ..fields import DecimalField"),
    (addon_holes, "fields.py", "from .engine.numbers import exact"),
    (order_holes, "models/usage/deep/x.py", "from ...catalog import meters\nfrom ..file_parts import read"),
    (decimal_holes, "models/x.py", "Decimal('0.1')\nDecimal(1)"),
    (eval_holes, "models/x.py", "re.compile('x')\nself.eval('x')"),
    (proposal_holes, "models/trial/x.py", "run._rate_chunk(proposal)"),
    (proposal_holes, "models/billing/x.py", "self._rate_chunk()"),
]


@pytest.mark.parametrize(("check", "path", "source"), ARROWS)
def test_an_arrow_that_is_drawn_may_be_followed(check, path, source):
    assert list(check(ADDON / path, ast.parse(source))) == []
