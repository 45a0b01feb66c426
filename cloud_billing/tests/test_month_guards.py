"""Each guard of the month in the database refuses what it is for; a new one without a trial or a test is noticed."""

from odoo.tests import tagged
from odoo.tools import SQL

from . import month_guards_before as before
from .guard_common import GuardCase
from .month_guards import DOUBLED, FROZEN, TRIALS, TRIGGERS

# The rooms whose tables these are; what Odoo's own tables have of ours bears our name.
ROOMS = ("billing", "invoicing", "correction", "closing", "month")


@tagged("post_install", "-at_install")
class TestGuardsBeforeTheMonth(GuardCase):
    """Usage and contracts, of which a month is made: what their tables refuse."""

    def setUp(self):
        super().setUp()
        self.guards = self.find_guards(before.TABLES)

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(before.TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        self.try_guards(self.guards, before.TRIALS, before.DOUBLED)


@tagged("post_install", "-at_install")
class TestMonthGuards(GuardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = cls.find_tables(ROOMS)
        ours = SQL(
            "t.relname = 'intervention'"
            " OR t.relname IN ('account_move', 'account_move_line', 'res_company') AND guard.name LIKE %s",
            "%cloud%",
        )
        cls.guards = cls.find_guards(cls.tables, ours)

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        self.try_guards(self.guards, TRIALS, DOUBLED)

    def test_approved_states_come_by_votes_and_stay(self):
        """For raw SQL too, of each record of a month that people approve, by its own trigger."""
        self.assert_frozen(self.tables, FROZEN)

    def test_each_trigger_has_a_test(self):
        of_standing = SQL("g.tgname LIKE %s", r"%\_standing\_%")
        which = SQL("t.relname = ANY(%s) OR t.relname = 'intervention' OR %s", self.tables, of_standing)
        self.assert_tested(TRIGGERS, which)
