"""What the tests of public methods share, for this add-on and for those beside it: which there are, and asking each.

An add-on beside this one has two lists of its own in its tests, reviewed like these.
"""

import inspect
import json
from collections import defaultdict
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import Controller
from odoo.service.model import get_public_method
from odoo.sql_db import Cursor
from odoo.tools import SQL, mute_logger
from psycopg2 import DataError, IntegrityError

# The family: this add-on and those beside it.
OURS = "odoo.addons.cloud_billing"
# Of Odoo, and asked for rights and rows by Odoo wherever they are called.
ORM = {"create", "write", "unlink", "copy", "copy_data", "init", "load", "default_get"}
# Rows by which somebody might be told what is not his.
MARK = "Zzbolt"
REFUSALS = (AccessError, MissingError, UserError)
LOGGERS = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.models", "odoo.sql_db")


def get_public_methods(env, addon="cloud_billing"):
    """{(model, method): the models that have it} of an add-on's methods that RPC calls.

    Each is named once, by the first model whose class defines it: one of a mixin by the mixin.
    """
    found = defaultdict(list)
    for name in sorted(env):
        for definition in type(env[name]).__mro__:
            if not definition.__module__.startswith(f"odoo.addons.{addon}."):
                continue
            for method, function in vars(definition).items():
                if method.startswith("_") or method in ORM or not callable(function):
                    continue
                try:
                    get_public_method(env[name], method)
                except (AccessError, AttributeError):
                    continue
                found[definition, method].append(name)
    methods = defaultdict(set)
    for (_definition, method), names in found.items():
        # What every model of Odoo gets is asked of one of ours.
        methods["base" if "base" in names else names[0], method].update(
            {"cloud.customer"} if "base" in names else names
        )
    return methods


def get_calls(env, addon="cloud_billing"):
    """Pairs of a model and a method of an add-on to call on it: those of a mixin on the models that have it."""
    calls = set()
    for (_first, method), names in get_public_methods(env, addon).items():
        concrete = [name for name in names if not env[name]._abstract] or names
        calls |= {(name, method) for name in concrete if not is_of_odoo(env[name], method)}
    return sorted(calls)


def is_of_odoo(record, method):
    """Whether a method extends one of Odoo's, which asks for itself."""
    return any(
        method in vars(definition) for definition in type(record).__mro__ if not definition.__module__.startswith(OURS)
    )


def get_routes(addon="cloud_billing"):
    """{"path auth methods"} of the controllers of an add-on."""
    found = set()
    for controller in Controller.children_classes.values():
        for definition in {one for top in controller for one in top.__mro__}:
            if not definition.__module__.startswith(f"odoo.addons.{addon}."):
                continue
            for function in vars(definition).values():
                routing = getattr(function, "original_routing", None)
                if routing:
                    verbs = ",".join(routing.get("methods") or ["any"])
                    found |= {f"{path} {routing['auth']} {verbs}" for path in routing["routes"]}
    return found


def get_arguments(bound, method):
    """A value for each argument that the method wants."""
    wanted = list(inspect.signature(getattr(type(bound), method)).parameters.values())[1:]
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    names = [one.name for one in wanted if one.default is one.empty and one.kind in kinds]
    return [{"request": {}, "source_id": 1, "key": "2026-03-01"}.get(name, "x") for name in names]


def as_text(value):
    return json.dumps(value, default=str, ensure_ascii=False)


class AskingMethods:
    """Mixed into a test case."""

    @contextmanager
    def watching_writes(self):
        """Yields the list of statements that change something."""
        writes, execute = [], Cursor.execute

        def watch(cursor, query, params=None, log_exceptions=True):
            text = (query.code if isinstance(query, SQL) else str(query)).lstrip().upper()
            if text.startswith(("INSERT", "UPDATE", "DELETE", "COPY", "WITH")):
                writes.append(text[:80])
            return execute(cursor, query, params, log_exceptions)

        with patch.object(Cursor, "execute", watch):
            yield writes

    @contextmanager
    def asking(self):
        """Nothing stays of what is asked, a refusal is an answer, and names nobody else."""
        self.env.invalidate_all()
        self.cr.execute("SAVEPOINT asked")
        try:
            with mute_logger(*LOGGERS):
                yield
        except REFUSALS as error:
            self.assertNotIn(MARK, str(error))
        except (ValueError, TypeError, AttributeError, KeyError, IntegrityError, DataError):
            # A value made up here, or no record, tells nothing.
            return
        finally:
            self.env.cr.clear()
            self.cr.execute("ROLLBACK TO SAVEPOINT asked")
            self.env.invalidate_all(flush=False)

    def assert_reviewed(self, found, path):
        """`path`: a list that people read before it changes: is what is new there meant to be called by everybody?"""
        known = {line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}
        new, gone = sorted(found - known), sorted(known - found)
        self.assertFalse(new or gone, f"{path.name}: review and add {new}; take out {gone}")

    def find_answered(self, users, addon="cloud_billing"):
        """Call every public method as each of these users; nothing may be written or told of what is marked.

        Returns {(model, method)} of those that answer with more than a window: what that shows is asked for when it
        opens, with the rights of who opens it.
        """
        answered = set()
        for model, method in get_calls(self.env, addon):
            record = self.env[model]
            if not record._abstract:
                found = record.browse() if record._transient else record.sudo().search([], limit=1)
                record = record.browse(found.id or 1)
            for user in users:
                with self.subTest(model=model, method=method, login=user.login):
                    with self.asking(), self.watching_writes() as writes:
                        asked = record.with_user(user)
                        result = getattr(asked, method)(*get_arguments(asked, method))
                        self.env.flush_all()
                        self.assertNotIn(MARK, as_text(result))
                        if not (isinstance(result, dict) and result.get("type", "").startswith("ir.actions.")):
                            answered.add((model, method))
                    self.assertFalse(writes)
        return answered
