"""Every guard of the database is in one of the lists: of a room that no list names, and of Odoo's own tables, too."""

from odoo.tests import tagged
from odoo.tools import SQL

from . import (
    approval_guards,
    contract_guards,
    control_guards,
    month_guards,
    month_guards_before,
    month_guards_prices,
    usage_guards,
)
from .guard_common import GuardCase

LISTS = (
    approval_guards,
    contract_guards,
    control_guards,
    month_guards,
    month_guards_before,
    month_guards_prices,
    usage_guards,
)


@tagged("post_install", "-at_install")
class TestGuardLists(GuardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = [
            model._table
            for model in cls.env.registry.values()
            if model._auto and not model._abstract and model._original_module == "cloud_billing"
        ]
        cls.env.cr.execute(
            "SELECT oid::regclass::text FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace::regnamespace::text LIKE 'cloud\\_billing\\_%'"
        )
        cls.tables += [table for (table,) in cls.env.cr.fetchall()]

    def test_every_guard_has_a_trial(self):
        of_odoos_tables = SQL(
            "guard.name IN (SELECT c.name FROM ir_model_constraint c JOIN ir_module_module m ON m.id = c.module"
            " WHERE m.name = 'cloud_billing')"
        )
        tried = set().union(*(guards.TRIALS for guards in LISTS))
        self.assertEqual(sorted(self.find_guards(self.tables, of_odoos_tables)), sorted(tried))

    def test_every_trigger_has_a_test(self):
        which = SQL(
            "t.oid::regclass::text = ANY(%s) OR t.relname LIKE %s OR g.tgname LIKE %s",
            self.tables,
            r"cloud\_%\_rel",
            "cloud%",
        )
        tested = {}
        for guards in LISTS:
            tested.update(getattr(guards, "TRIGGERS", {}))
        self.assert_tested(tested, which)
