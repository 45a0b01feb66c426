"""What a login reaches by methods: a reviewed list, nothing without a role, nothing foreign in a sharing group."""

import inspect
import json
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import Controller
from odoo.service.model import get_public_method
from odoo.sql_db import Cursor
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import DataError, IntegrityError

from .access_common import MonthOfTwoCase, make_member

OURS = "odoo.addons.cloud_billing."
METHODS = Path(__file__).with_name("reviewed_methods.txt")
ROUTES = Path(__file__).with_name("reviewed_routes.txt")
# Of Odoo, and asked for rights and rows by Odoo wherever they are called.
ORM = {"create", "write", "unlink", "copy", "copy_data", "init", "load", "default_get"}
# Rows by which somebody might be told what is not his.
MARK = "Zzbolt"
REFUSALS = (AccessError, MissingError, UserError)
LOGGERS = ("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule", "odoo.models", "odoo.sql_db")


def get_public_methods(env):
    """{(model, method): the models that have it} of this add-on's methods that RPC calls.

    Each is named once, by the first model whose class defines it: one of a mixin by the mixin.
    """
    found = defaultdict(list)
    for name in sorted(env):
        for definition in type(env[name]).__mro__:
            if not definition.__module__.startswith(OURS):
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


def get_calls(env):
    """Pairs of a model and a method of ours to call on it: those of a mixin on the models that have it."""
    calls = set()
    for (_first, method), names in get_public_methods(env).items():
        concrete = [name for name in names if not env[name]._abstract] or names
        calls |= {(name, method) for name in concrete if not is_of_odoo(env[name], method)}
    return sorted(calls)


def is_of_odoo(record, method):
    """Whether a method extends one of Odoo's, which asks for itself."""
    return any(
        method in vars(definition) for definition in type(record).__mro__ if not definition.__module__.startswith(OURS)
    )


def get_routes():
    """{"path auth methods"} of the controllers of this add-on."""
    found = set()
    for controller in Controller.children_classes.values():
        for definition in {one for top in controller for one in top.__mro__}:
            if not definition.__module__.startswith(OURS):
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


class MethodsCase(MonthOfTwoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt.partner_id.name = cls.bolt.name = MARK

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


@tagged("post_install", "-at_install")
class TestTheListOfMethodsIsReviewed(MethodsCase):
    """The lists are read by people before they change: is what is new there meant to be called by everybody?"""

    def assert_reviewed(self, found, path):
        known = {line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")}
        new, gone = sorted(found - known), sorted(known - found)
        self.assertFalse(new or gone, f"{path.name}: review and add {new}; take out {gone}")

    def test_every_public_method(self):
        self.assert_reviewed({" ".join(pair) for pair in get_public_methods(self.env)}, METHODS)

    def test_every_route(self):
        self.assert_reviewed(get_routes(), ROUTES)


@tagged("post_install", "-at_install")
class TestNobodyGetsInByAMethod(MethodsCase):
    # Without a role: whoever reloads a form is told to reload, and where a template for a file lies is no secret.
    ANSWERED = {("cloud.price.rehearsal", "action_refresh"), ("cloud.price.sample", "get_import_templates")}

    def test_a_login_without_a_role_is_refused_or_shown_a_window_that_stays_empty(self):
        self.bill_march()
        users = [
            new_test_user(self.env, "methods_portal", groups="base.group_portal"),
            new_test_user(self.env, "methods_plain", groups="base.group_user"),
        ]
        self.env.flush_all()
        answered = set()
        for model, method in get_calls(self.env):
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
                        # What a window shows is asked for when it opens, with the rights of who opens it.
                        if not (isinstance(result, dict) and result.get("type", "").startswith("ir.actions.")):
                            answered.add((model, method))
                    self.assertFalse(writes)
        self.assertLessEqual(answered, self.ANSWERED)


@tagged("post_install", "-at_install")
class TestAMemberIsToldNothingOfOthers(MethodsCase):
    """Acme's account manager, with nearly every role, asks about everything that is there; Bolt is never named."""

    def setUp(self):
        super().setUp()
        self.bill_march()
        make_member(self.viewer)
        self.share(self.viewer, customer_ids=self.acme)
        self.env.flush_all()

    def read_all(self, record):
        """What the client would read of a record and its lines, but the names of records that it points to.

        Those Odoo tells whoever may read the record that points.
        """
        told = [as_text(record.read(load=None))]
        for name, field in record._fields.items():
            if field.type in ("one2many", "many2many") and field.comodel_name.startswith("cloud."):
                told.append(as_text(record[name].read(load=None)))
        return " ".join(told)

    def assert_untold(self, result):
        self.assertNotIn(MARK, as_text(result))
        if isinstance(result, dict) and result.get("res_id") and result.get("res_model"):
            opened = self.env[result["res_model"]].with_user(self.viewer).browse(result["res_id"])
            self.assertNotIn(MARK, self.read_all(opened))

    def get_foreign(self, records):
        """Two records that the member does not see, as he would name them by their ids."""
        return (records.sudo().search([]) - records.search([]).sudo())[:2].with_user(self.viewer)

    def test_by_no_method(self):
        for model, method in get_calls(self.env):
            records = self.env[model].with_user(self.viewer)
            if records._transient:
                continue
            asked = [records]
            if not records._abstract and records.has_access("read"):
                asked = [*records.search([], limit=2), *self.get_foreign(records)]
            for record in asked:
                with self.subTest(record=record, method=method), self.asking():
                    self.assert_untold(getattr(record, method)(*get_arguments(record, method)))

    def test_by_no_dialog_about_records_of_others(self):
        dialogs = [
            self.env[name] for name in sorted(self.env) if name.startswith("cloud.") and self.env[name]._transient
        ]
        about = ("cloud.customer", "cloud.subscription", "cloud.subscription.line", "cloud.charge", "cloud.rated.line")
        made = 0
        for model in (*about, "cloud.bill", "cloud.bill.run", "cloud.usage.stream", "account.move"):
            foreign = self.get_foreign(self.env[model].with_user(self.viewer))
            self.assertTrue(foreign, model)
            context = {"active_model": model, "active_id": foreign[0].id, "active_ids": foreign.ids}
            for dialog in dialogs:
                links = [
                    name
                    for name, field in dialog._fields.items()
                    if field.comodel_name == model and field.type == "many2one"
                ]
                with self.subTest(dialog=dialog._name, about=model), self.asking():
                    opened = dialog.with_user(self.viewer).with_context(**context)
                    opened = opened.create(dict.fromkeys(links, foreign[0].id))
                    made += 1
                    self.assertNotIn(MARK, self.read_all(opened))
        self.assertGreater(made, 100)
