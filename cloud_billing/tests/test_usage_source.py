from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from ..engine.readers import READERS
from .common import CloudBillingCase


@tagged("post_install", "-at_install")
class TestNewSource(CloudBillingCase):
    def _make(self, **vals):
        return self.env["cloud.usage.source"].create({"name": "Nimbus", "reader": "focus", **vals})

    def test_usage_is_billed_and_taxes_credits_and_refunds_are_kept(self):
        policies = {line.charge_kind: line.policy for line in self._make().policy_ids}
        self.assertEqual(
            policies,
            {
                "usage": "bill",
                "tax": "keep",
                "credit": "keep",
                "refund": "keep",
                "purchase": "hold",
                "adjustment": "hold",
                "fee": "hold",
            },
        )

    def test_a_kind_that_nobody_decided_gets_its_line(self):
        source = self._make(policy_ids=[(0, 0, {"charge_kind": "usage", "policy": "keep"})])
        policies = {line.charge_kind: line.policy for line in source.policy_ids}
        self.assertEqual(len(policies), 7)
        self.assertEqual(policies["usage"], "keep")

    def test_the_reader_says_whether_months_are_restated(self):
        bill = self._make()
        self.assertEqual((bill.shape, bill.month_basis), ("snapshot", "provider"))
        events = self._make(name="Meters", reader="csv")
        self.assertEqual((events.shape, events.month_basis), ("append", "customer"))

    def test_every_registered_reader_can_be_chosen(self):
        offered = dict(self.env["cloud.usage.source"]._fields["reader"]._description_selection(self.env))
        self.assertEqual(set(READERS), set(offered))

    def test_names_of_columns_are_read_line_by_line(self):
        source = self._make(name="Meters", reader="csv", column_names="quantity = Menge\n\naccount=Kunde ")
        options = source._get_reader_options()
        self.assertEqual(options["columns"], {"quantity": "Menge", "account": "Kunde"})

    def test_a_line_that_names_no_column_is_refused_with_the_names(self):
        with self.assertRaisesRegex(ValidationError, 'the line "amount = Menge" is not understood. Write one of id,'):
            self._make(name="Meters", reader="csv", column_names="amount = Menge")

    def test_a_currency_has_three_letters(self):
        with self.assertRaisesRegex(ValidationError, "Write its three letters"):
            self._make(default_currency="E1")

    def test_two_sources_of_a_company_have_different_names(self):
        self._make()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self._make()


@tagged("post_install", "-at_install")
class TestSourceWithUsage(CloudBillingCase):
    def setUp(self):
        super().setUp()
        self.source = self.env["cloud.usage.source"].create({"name": "Nimbus", "reader": "focus"})
        self.env["cloud.usage.import"].create(
            {"source_id": self.source.id, "name": "UI1", "state": "imported", "import_number": 1}
        )

    def test_its_reader_stays(self):
        with self.assertRaisesRegex(UserError, "has imported usage already, so its Reader stays"):
            self.source.reader = "csv"

    def test_its_name_changes(self):
        self.source.name = "Nimbus 2"
        self.assertEqual(self.source.import_count, 1)


@tagged("post_install", "-at_install")
class TestRightsOnSources(CloudBillingCase):
    def test_an_operator_does_not_decide_what_is_billed(self):
        source = self.env["cloud.usage.source"].create({"name": "Nimbus", "reader": "focus"})
        with self.assertRaises(AccessError):
            source.policy_ids[0].with_user(self.user_operator).policy = "keep"
        with self.assertRaises(AccessError):
            self.env["cloud.usage.source"].with_user(self.user_operator).create({"name": "b", "reader": "focus"})

    def test_a_company_does_not_see_the_sources_of_another(self):
        other = self.env["res.company"].create({"name": "Other"})
        source = self.env["cloud.usage.source"].create({"name": "N", "reader": "focus", "company_id": other.id})
        self.assertFalse(self.env["cloud.usage.source"].with_user(self.user_viewer).search([("id", "=", source.id)]))
        lines = self.env["cloud.usage.source.policy"].with_user(self.user_viewer)
        self.assertFalse(lines.search([("source_id", "=", source.id)]))
