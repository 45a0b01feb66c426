"""Every code that a connector can say has a sentence, and every error says what to do."""

import ast
import re
from pathlib import Path

from odoo.exceptions import ValidationError
from odoo.tests import TransactionCase, tagged

from ..engine.connectors import ConnectorError, Problem
from ..models.connection import connector_messages
from .connection_common import ConnectionCase

FOLDER = Path(__file__).parents[1] / "engine" / "connectors"
MODELS = Path(connector_messages.__file__).parent


def find_codes(name, position=0):
    """The texts that calls of `name(...)` in the connectors' rooms have at a position, where they are written out."""
    found = set()
    for path in (*FOLDER.rglob("*.py"), *MODELS.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == name:
                for arg in node.args[position : position + 1]:
                    # One of two, by a condition.
                    texts = (arg.body, arg.orelse) if isinstance(arg, ast.IfExp) else (arg,)
                    found |= {one.value for one in texts if isinstance(one, ast.Constant)}
    return found


class TestSentences(TransactionCase):
    def test_every_error_has_one(self):
        codes = find_codes("ConnectorError") | find_codes("fault")
        self.assertTrue({"host_refused", "unreachable"} & codes)
        self.assertEqual(codes - set(connector_messages.ERRORS), set())

    def test_every_fact_has_one(self):
        self.assertEqual(find_codes("Fact") - set(connector_messages.FACTS), set())

    def test_every_problem_of_a_setting_has_one(self):
        self.assertEqual(find_codes("Problem", 1) - set(connector_messages.PROBLEMS), set())

    def test_every_reason_of_the_guard_has_one(self):
        table = re.findall(r"^(\w+) {2,}\S", (FOLDER / "guard.py").read_text(), re.MULTILINE)
        reasons = set(table) - {"reason"}
        self.assertTrue(reasons)
        self.assertEqual(reasons - set(connector_messages.REASONS), set())

    def test_all_are_sentences_with_whatever_values(self):
        for table in (connector_messages.ERRORS, connector_messages.FACTS):
            for code in table:
                text = connector_messages.explain_error(self.env, code) if table is connector_messages.ERRORS else (
                    connector_messages.explain_fact(self.env, code)
                )  # fmt: skip
                self.assertTrue(text.rstrip().endswith((".", "!", "?", ":")) or "%" not in text, (code, text))
                self.assertNotIn("%(", text)

    def test_an_address_without_a_host_is_spoken_of_all_the_same(self):
        self.assertEqual(
            connector_messages.explain_error(self.env, "host_refused", {"host": "", "reason": "scheme"}),
            "An address was not spoken to: only https is allowed. Correct the address, or have a billing administrator"
            " allow the host on the page Hosts.",
        )

    def test_an_error_is_told_with_its_values(self):
        error = ConnectorError("host_refused", host="10.0.0.1", reason="inner")
        self.assertEqual(
            connector_messages.explain_error(self.env, error.code, error.values),
            "10.0.0.1 was not spoken to: it lies inside a network, and nobody ticked it as one of ours. Correct "
            "the address, or have a billing administrator allow the host on the page Hosts.",
        )

    def test_a_code_of_another_module_is_shown_as_it_is(self):
        self.assertEqual(
            connector_messages.explain_error(self.env, "moon_is_full", {"phase": "3"}), "moon_is_full (phase: 3)"
        )
        problem = Problem("folder", "odd", {"value": "x"})
        self.assertEqual(connector_messages.explain_problem(self.env, problem), "odd (value: x, setting: folder)")


@tagged("post_install", "-at_install")
class TestKindsThatAreNotThere(ConnectionCase):
    def test_a_connector_of_an_unknown_kind_is_refused_with_a_sentence(self):
        values = {"name": "Other", "source_id": self.events.id, "kind": "no_such"}
        with self.assertRaisesRegex(ValidationError, "There is no connector called no_such. Choose one of the list"):
            self.env["cloud.connector"].with_user(self.user_administrator).create(values)
        with self.assertRaisesRegex(ValidationError, "no connector called no_such"):
            self.connector.with_user(self.user_administrator).write({"kind": "no_such"})
