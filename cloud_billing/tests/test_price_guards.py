"""Each guard of prices in the database refuses what it is for; a new one without a trial is noticed."""

from odoo.tests import tagged
from odoo.tools import SQL

from .catalog_common import CatalogCase
from .guard_common import GuardCase
from .month_guards_prices import FROZEN, PARTS, TRIALS, TRIGGERS

ROOMS = ("catalog", "trial")


@tagged("post_install", "-at_install")
class TestPriceGuards(GuardCase, CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = cls.find_tables(ROOMS)
        cls.guards = cls.find_guards(cls.tables, SQL("guard.name = 'product_template_cloud_meter_if_metered'"))

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        self.try_guards(self.guards, TRIALS)

    def test_approved_states_come_by_votes_and_stay(self):
        self.assert_frozen(self.tables, FROZEN)

    def test_parts_of_what_was_approved_stay_as_they_are(self):
        """A price of an approved version, a product of an approved bundle: for raw SQL, each by its own trigger."""
        self.set_company_state("setup")
        version = self.make_version([{"product_id": self.metered.id, "unit_price": "1"}], approve=False)
        dated = {"company_id": self.company.id, "product_id": self.recurring.id, "date_start": "2026-01-01"}
        wholes = {
            record._name: record
            for record in (
                version,
                version.rule_ids,
                self.env["cloud.bundle"].create(dated),
                self.env["cloud.coupon"].create(
                    {"code": "X", "name": "X", "percent": 5, "company_id": self.company.id}
                ),
            )
        }
        self.env.flush_all()
        for name in ("cloud.price.plan.version", "cloud.bundle", "cloud.coupon"):
            self.cr.execute(f"UPDATE {wholes[name]._table} SET state = 'approved' WHERE id = %s", wholes[name].ids)
        self.set_company_state("live")
        self.assert_parts_stay(self.tables, wholes, PARTS)

    def test_each_trigger_has_a_test(self):
        self.assert_tested(TRIGGERS, SQL("t.relname = ANY(%s)", self.tables))
