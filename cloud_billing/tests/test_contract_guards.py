"""Each guard of contracts and of the cutover refuses what it is for; a new one without a trial or a test is noticed."""

from odoo.tests import tagged
from odoo.tools import SQL

from . import month_guards_before as before
from .catalog_common import CatalogCase
from .contract_guards import FROZEN, PARTS, TRIALS, TRIGGERS
from .guard_common import GuardCase

ROOMS = ("contract", "cutover")


@tagged("post_install", "-at_install")
class TestContractGuards(GuardCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tables = cls.find_tables(ROOMS)
        cls.guards = cls.find_guards(set(cls.tables).difference(before.TABLES))

    def test_each_has_a_trial(self):
        self.assertEqual(sorted(self.guards), sorted(TRIALS))

    def test_each_refuses_what_it_is_for_and_nothing_else(self):
        self.try_guards(self.guards, TRIALS)

    def test_approved_states_come_by_votes_and_stay(self):
        # An agreed price is kept by its subscription's company, by a trigger of its own.
        self.assert_frozen(set(self.tables) - {"cloud_contract_rate"}, FROZEN)

    def test_each_trigger_has_a_test(self):
        self.assert_tested(TRIGGERS, SQL("t.relname = ANY(%s)", self.tables))


@tagged("post_install", "-at_install")
class TestWhatWasAgreed(GuardCase, CatalogCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customer = cls.make_customer("Acme")
        cls.indexation = cls.env["cloud.indexation"].create(
            {"name": "2027", "company_id": cls.company.id, "percent": "3", "date_from": "2027-01-01"}
        )
        cls.minimum = cls.env["cloud.spend.commitment"].create(
            {"customer_id": customer.id, "amount": "500", "date_start": "2026-03-01", "product_id": cls.recurring.id}
        )
        cls.env.flush_all()
        for record in (cls.indexation, cls.minimum):
            cls.env.cr.execute(f"UPDATE {record._table} SET state = 'approved' WHERE id = %s", record.ids)
        cls.set_company_state("live")

    def test_parts_of_what_was_approved_stay_as_they_are(self):
        wholes = {record._name: record for record in (self.indexation, self.minimum)}
        self.assert_parts_stay(self.find_tables(ROOMS), wholes, PARTS)

    def test_the_end_of_an_approved_minimum_stays(self):
        ended = f"UPDATE cloud_spend_commitment SET date_end = '2026-04-01' WHERE id = {self.minimum.id}"
        self.try_statements("cloud_spend_commitment", "cloud_billing_guard_end", (), [ended])
