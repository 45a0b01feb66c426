from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger
from psycopg2.errors import CheckViolation

from .billing_common import D
from .invoicing_common import InvoicingCase


@tagged("post_install", "-at_install")
class TestGoodwill(InvoicingCase):
    """Acme pays 100.00 for March; 15.00 are given for an outage on 10 March."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.company_data["default_account_revenue"].copy({"name": "Goodwill", "code": "499901"})
        cls.product = cls.make_product("Goodwill", False, property_account_income_id=cls.account.id)
        cls.company.cloud_goodwill_product_id = cls.product
        cls.set_company_state("live")

    def goodwill(self, **vals):
        return (
            self.env["cloud.goodwill"]
            .with_user(self.user_accountant)
            .create(
                {
                    "name": "Goodwill for the outage",
                    "customer_id": self.acme.id,
                    "amount": "15.00",
                    "product_id": self.product.id,
                    "service_start": "2026-03-10",
                    "service_end": "2026-03-11",
                    "reason": "Ticket 4711",
                    **vals,
                }
            )
        )

    def given(self, **vals):
        goodwill = self.goodwill(**vals)
        goodwill.action_submit()
        self.vote(goodwill.request_id)
        return goodwill

    def noted(self):
        found = self.env["cloud.intervention"].search(
            [("kind", "in", ("goodwill", "reversed")), ("company_id", "=", self.company.id)], order="id"
        )
        return [(one.kind, str(one.amount), one.reason, one.approver_names) for one in found]

    def test_nothing_is_given_before_another_person_agrees(self):
        goodwill = self.goodwill()
        with self.assertRaisesRegex(UserError, "company is live|is live"):
            goodwill.action_approve_directly()
        goodwill.action_submit()
        self.assertEqual((goodwill.state, len(goodwill.adjustment_ids)), ("pending", 0))
        self.assertEqual(self.noted(), [])
        with self.assertRaises(UserError):
            self.vote(goodwill.request_id, user=self.user_accountant)
        rows = {row["label"]: row["new"] for row in goodwill.request_id.effect["rows"]}
        self.assertEqual((rows["Credit"], rows["Reason"]), ("15.00 USD", "Ticket 4711"))

    def test_once_agreed_it_is_on_the_next_bill_on_its_own_account(self):
        goodwill = self.given()
        adjustment = goodwill.adjustment_ids
        self.assertEqual((adjustment.state, str(adjustment.amount), adjustment.kind), ("agreed", "-15.00", "goodwill"))
        self.assertEqual(self.noted(), [("goodwill", "-15.00", "Ticket 4711", "Chris Checker")])
        run = self.make_run("2026-04-01")
        # 100.00 (and what is due in advance of April) less 15.00
        self.assertIn(("Goodwill for the outage", "-15.00"), self.told(run))
        move = self.post(run)
        line = move.invoice_line_ids.filtered(lambda line: line.product_id == self.product)
        self.assertEqual((line.account_id, line.price_subtotal), (self.account, -15.0))
        # Billed once: the next run has nothing of it.
        self.assertNotIn("Goodwill for the outage", dict(self.told(self.make_run("2026-05-01"))))

    def test_two_other_people_agree_above_the_companys_limit_of_a_customers_month(self):
        self.company.sudo().cloud_goodwill_limit = D("30")
        self.user_administrator.sudo().group_ids |= self.env.ref("cloud_billing.group_approver")
        # 30.01 is above it by itself.
        self.assertEqual(self.given(amount="30.01", customer_id=self.make_customer("Bolt").id).state, "pending")
        # 15.00 + 15.00 = 30.00 are not; 0.01 more are above it.
        first = self.given()
        self.assertEqual((first.state, self.given().state), ("approved", "approved"))
        third = self.given(amount="0.01")
        self.assertEqual((third.state, len(third.adjustment_ids)), ("pending", 0))
        # What is not given after all does not count: 15.00 + 0.01 + 14.99 = 30.00.
        first.adjustment_ids.with_user(self.user_accountant).action_cancel()
        self.assertEqual(self.given(amount="14.99").state, "approved")

    def test_a_rejected_one_gives_nothing(self):
        goodwill = self.goodwill()
        goodwill.action_submit()
        self.vote(goodwill.request_id, decision="reject", comment="Why?")
        self.assertEqual((goodwill.state, len(goodwill.adjustment_ids)), ("rejected", 0))

    def test_what_was_agreed_is_not_changed(self):
        goodwill = self.given()
        with self.assertRaisesRegex(UserError, "approved"):
            goodwill.amount = "20.00"
        # The one-off amount can be edited like any; one that says otherwise waits, so it is not charged.
        goodwill.adjustment_ids.with_user(self.user_accountant).write({"amount": D("-20.00")})
        self.assertEqual(goodwill.adjustment_ids.state, "draft")
        self.assertNotIn("Goodwill for the outage", dict(self.told(self.make_run("2026-04-01"))))

    def test_goodwill_without_an_agreement_is_no_one_off_amount(self):
        with self.assertRaisesRegex(CheckViolation, "goodwill"), mute_logger("odoo.sql_db"), self.cr.savepoint():
            self.adjust("-5.00", kind="goodwill")
            self.env.flush_all()

    def test_what_is_not_given_after_all_is_in_the_register_too(self):
        goodwill = self.given()
        goodwill.adjustment_ids.with_user(self.user_accountant).action_cancel()
        self.assertEqual([row[:2] for row in self.noted()], [("goodwill", "-15.00"), ("reversed", "15.00")])

    def test_an_accountant_fills_in_the_form_with_the_companys_product(self):
        form = Form(self.env["cloud.goodwill"].with_user(self.user_accountant).with_company(self.company))
        form.customer_id, form.amount, form.name, form.reason = self.acme, "5", "Sorry", "Because"
        goodwill = form.save()
        self.assertEqual((goodwill.product_id, goodwill.state), (self.product, "draft"))
