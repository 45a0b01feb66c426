from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation, ExclusionViolation

from .billing_common import BillingCase


@tagged("post_install", "-at_install")
class TestDaysBilledOnce(BillingCase):
    """Of one component no day is in two live charges, whoever writes them; half-open, and of each component alone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "31.00"})
        customer = cls.make_customer("Acme")
        cls.make_subscription(customer, cls.support, date_start="2026-03-01")

    def setUp(self):
        super().setUp()
        self.charge = self.make_run().bill_ids.charge_ids
        self.env.flush_all()

    def copy_charge(self, start, end, component_id=None):
        """The charge of March once more, for other days."""
        self.env.cr.execute(
            """
            INSERT INTO cloud_charge (company_id, customer_id, subscription_id, subscription_line_id, component_id,
                   kind, product_id, currency_id, service_start, service_end, utc_start, utc_end, full_start, full_end,
                   state, is_live, is_rated, correction_number)
            SELECT company_id, customer_id, subscription_id, subscription_line_id, %s, kind, product_id, currency_id,
                   %s, %s, utc_start, utc_end, full_start, full_end, 'draft', TRUE, FALSE, 0
              FROM cloud_charge
             WHERE id = %s
            """,
            [component_id or self.charge.component_id.id, start, end, self.charge.id],
        )

    def refuse(self, error, *days):
        with mute_logger("odoo.sql_db"), self.assertRaises(error), self.env.cr.savepoint():
            self.copy_charge(*days)

    def test_a_day_of_march_is_refused_and_the_days_beside_it_are_not(self):
        for days in (("2026-03-31", "2026-04-01"), ("2026-02-01", "2026-03-02"), ("2026-01-01", "2027-01-01")):
            self.refuse(ExclusionViolation, *days)
        self.copy_charge("2026-02-01", "2026-03-01")
        self.copy_charge("2026-04-01", "2026-05-01")

    def test_the_first_and_the_last_day_that_there_is_are_of_their_component_alone(self):
        # sudo: components are made by billing only.
        following = self.charge.component_id.sudo().copy({"kind": "one_time"})
        self.copy_charge("9999-12-01", "9999-12-31")
        self.refuse(ExclusionViolation, "9999-12-30", "9999-12-31")
        self.copy_charge("0001-01-01", "0001-01-02", following.id)
        self.refuse(ExclusionViolation, "0001-01-01", "0001-01-02", following.id)
        self.copy_charge("2026-03-01", "2026-04-01", following.id)

    def test_days_of_no_calendar_of_ours_are_refused(self):
        self.refuse(CheckViolation, "9999-12-01", "10000-01-02")
        self.refuse(CheckViolation, "0001-12-31 BC", "0001-01-02")
