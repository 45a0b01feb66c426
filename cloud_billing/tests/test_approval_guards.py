"""Each guard of policies, levels and delegations refuses what it is for; a new one without a trial is noticed."""

from odoo.tests import tagged
from odoo.tools import SQL

from .approval_guards import TRIALS, TRIGGERS
from .guard_common import GuardCase


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
        guards = self.find_guards(self.tables)
        self.assertEqual(sorted(guards), sorted(TRIALS))
        self.try_guards(guards, TRIALS)

    def test_each_trigger_has_a_test(self):
        lists = SQL("t.relname LIKE %s", r"cloud\_approval\_level\_%\_rel")
        self.assert_tested(TRIGGERS, SQL("t.relname = ANY(%s) OR %s", self.tables, lists))
