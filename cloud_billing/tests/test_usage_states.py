"""Every live row is in exactly one state, derived and never written on it; and a proof that says so."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from .usage_common import UsageOwnerCase, events_csv, focus_csv, hour


@tagged("post_install", "-at_install")
class TestStates(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # One row per state, each of another amount.
        rows = {
            "billed": {"SubAccountId": "billed", "BilledCost": "1"},
            "bill": {"SubAccountId": "bill", "BilledCost": "2"},
            "keep": {"SubAccountId": "keep", "BilledCost": "4", "ChargeCategory": "Tax"},
            "hold": {"SubAccountId": "hold", "BilledCost": "8", "ChargeCategory": "Purchase"},
            "internal": {"SubAccountId": "internal", "BilledCost": "16"},
            "unmatched": {"SubAccountId": "unmatched", "BilledCost": "32"},
        }
        cls.deliver(cls.bills, focus_csv(*({**hour(1), **row} for row in rows.values())))
        streams = cls.env["cloud.usage.stream"].search([("source_id", "=", cls.bills.id)])
        cls.by_name = {stream.sub_account: stream for stream in streams}
        cls.assign(cls.by_name["billed"], cls.acme_line)
        cls.assign(cls.by_name["internal"], cls.cost_centre)
        cls.charge = cls.bill(cls, cls.acme_line, "2026-03-01", "2026-04-01", "2026-03-01")
        cls.assign(cls.by_name["bill"], cls.bolt_line)

    def states(self):
        return {state: costs.get("USD", 0) for state, (_rows, costs) in self.store._get_states(self.company).items()}

    def test_each_row_is_in_one_of_them(self):
        self.assertEqual(
            self.states(),
            {
                "billed": 1, "bill": 2, "keep": 4, "hold": 8, "internal": 16, "unmatched": 32, "uncounted": 0,
                "held": 0, "waived": 0,
            },
        )  # fmt: skip
        self.assertEqual(self.store._prove_states(self.company), {})

    def test_late_rows_of_a_billed_month_are_not_billed_yet(self):
        self.deliver(
            self.bills,
            focus_csv({**hour(1), "SubAccountId": "billed", "BilledCost": "1"}, {**hour(2), "SubAccountId": "billed"}),
            allow_removal=True,
        )
        # The month came anew as a whole. One row is what the charge counted in the delivery before; the other is late.
        self.assertEqual((self.states()["billed"], self.states()["bill"]), (1, 10))

    def test_a_charge_that_was_voided_bills_nothing(self):
        self.env.cr.execute("UPDATE cloud_charge SET is_live = FALSE, state = 'voided' WHERE id = %s", [self.charge.id])
        self.assertEqual((self.states()["billed"], self.states()["bill"]), (0, 3))

    def test_a_row_remapped_after_billing_is_to_be_billed_to_its_new_owner(self):
        self.by_name["billed"].mapping_ids.write({"subscription_line_id": self.bolt_line.id})
        self.assertEqual((self.states()["billed"], self.states()["bill"]), (0, 3))

    def test_the_proof_finds_a_row_with_two_owners(self):
        # What the EXCLUDE constraint refuses; here it is taken away first.
        self.env.cr.execute(
            """
            ALTER TABLE cloud_billing_usage.assignment DROP CONSTRAINT assignment_int4range_tsrange_excl;
            INSERT INTO cloud_billing_usage.assignment (
                company_id, stream_id, subscription_line_id, policy, from_number
            )
                 SELECT company_id, stream_id, subscription_line_id, policy, from_number + 1
                   FROM cloud_billing_usage.assignment
                  WHERE subscription_line_id IS NOT NULL
                  LIMIT 1
            """
        )
        differences = self.store._prove_states(self.company)
        self.assertEqual(differences["rows"], (6, 7))
        with mute_logger("odoo.addons.cloud_billing.models.usage.usage_importer"):
            self.env["cloud.usage.importer"]._report_unproven(self.company, differences)
            self.env["cloud.usage.importer"]._report_unproven(self.company, differences)
        activities = self.env["mail.activity"].search([("res_model", "=", "cloud.usage.source")])
        self.assertIn(self.user_administrator, activities.user_id)
        self.assertEqual(len(activities), len(activities.user_id))

    def test_the_nightly_action_is_content(self):
        with self.enter_registry_test_mode():
            self.env.ref("cloud_billing.cron_prove_usage_states").method_direct_trigger()
        self.assertFalse(self.env["mail.activity"].search([("res_model", "=", "cloud.usage.source")]))

    def test_the_proof_names_an_import_that_took_other_rows_than_it_says(self):
        later = self.deliver(self.bills, focus_csv(hour(1, BillingAccountId="acct-2"), hour(2, cost="ten")))
        later.reject_ids.action_waive("Nonsense")
        self.assertEqual(self.store._prove_states(self.company), {})
        self.env.flush_all()
        # As if a row had come or gone behind its back: the counts still add up.
        self.env.cr.execute(
            "UPDATE cloud_usage_import SET rows_accepted = 3, rows_rejected = 2, rows_read = 5 WHERE id = %s",
            [later.id],
        )
        self.assertEqual(self.store._prove_states(self.company), {later.name: (3, 1), f"{later.name} ?": (2, 1)})

    def test_the_proof_holds_for_what_was_replaced_undone_corrected_or_came_otherwise(self):
        first = self.deliver(self.events, events_csv(("e1", 1, "x", "1"), ("e2", 2, "x", "many")))
        reject = first.reject_ids
        reject.corrected_text = reject.original_text.replace("many", "2")
        reject.action_retry()
        self.deliver(self.events, events_csv(("e1", 1, "x", "7"))).reject_ids.action_accept()
        self.deliver(self.events, events_csv(("e3", 3, "x", "1"))).action_undo()
        self.deliver(self.bills, focus_csv(hour(1), hour(2)), allow_removal=True)
        self.assertEqual(self.store._prove_states(self.company), {})
