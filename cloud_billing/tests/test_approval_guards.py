"""Each guard of policies, levels and delegations refuses what it is for; a new one without a trial is noticed."""

from odoo.tests import tagged

from .approval_guards import TRIALS, TRIGGERS
from .test_month_guards import GuardCase


@tagged("post_install", "-at_install")
class TestApprovalGuards(GuardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = [
            model._table
            for model in cls.env.registry.values()
            if model._auto and not model._abstract and cls.is_defined_in(model, ("approval",))
            if model._name.startswith(("cloud.approval.", "cloud.change.level"))
        ]

    def test_each_has_a_trial_and_refuses_what_it_is_for(self):
        self.env.cr.execute(
            r"""
            SELECT guard.name, guard.relation::regclass::text
              FROM (SELECT conname AS name, conrelid AS relation FROM pg_constraint WHERE contype IN ('c', 'u', 'x')
                     UNION
                    SELECT c.relname, i.indrelid
                      FROM pg_index i
                      JOIN pg_class c ON c.oid = i.indexrelid
                     WHERE i.indisunique AND NOT i.indisprimary) guard
             WHERE guard.name NOT LIKE '%%\_finite'
               AND guard.relation::regclass::text = ANY(%s)
            """,
            [self.tables],
        )
        guards = dict(self.env.cr.fetchall())
        self.assertEqual(sorted(guards), sorted(TRIALS))
        for guard, (kept, refused) in TRIALS.items():
            self.try_guard(guard, guards[guard], kept, refused)

    def test_each_trigger_has_a_test(self):
        self.env.cr.execute(
            r"""
            SELECT t.relname || ' ' || g.tgname
              FROM pg_trigger g
              JOIN pg_class t ON t.oid = g.tgrelid
             WHERE NOT g.tgisinternal
               AND (t.relname = ANY(%s) OR t.relname LIKE 'cloud\_approval\_level\_%%\_rel')
            """,
            [self.tables],
        )
        self.assertEqual(sorted(name for (name,) in self.env.cr.fetchall()), sorted(TRIGGERS))
        self.assert_tested(TRIGGERS)
