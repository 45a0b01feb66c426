"""What the tests of minimums and commitments share: fees of any amount, a minimum, and what became of it."""

from .billing_common import BillingCase


class SpendCase(BillingCase):
    """One customer in Amsterdam. Support costs 1.00 a month and disk 0.10 per GB, so quantities are amounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls.make_customer("Acme")
        cls.minimum = cls.env["product.product"].create(
            {
                "name": "Minimum spend",
                "type": "service",
                "categ_id": cls.categ.id,
                "taxes_id": [(5,)],
                "property_account_income_id": cls.company_data["default_account_revenue"].copy().id,
            }
        )
        cls.make_version(
            {"product_id": cls.support.id, "unit_price": "1.00"},
            {"product_id": cls.set_up.id, "unit_price": "1.00"},
            {"product_id": cls.disk.id, "unit_price": "0.10"},
        )

    @classmethod
    def make_fee(cls, customer, amount, product=None, **vals):
        """A subscription with a monthly fee of an amount."""
        product = product or cls.support
        line = {"product_id": product.id, "name": product.name, "quantity": amount}
        return cls.make_subscription(customer, line, **vals)

    @classmethod
    def make_minimum(cls, amount, customer=None, approve=True, **vals):
        """An approved minimum of a customer, from 1 March 2026 on unless told otherwise."""
        state = cls.company.cloud_billing_state
        cls.set_company_state("setup")
        if vals.get("scope", "customer") == "customer":
            vals["customer_id"] = (customer or cls.customer).id
        commitment = cls.env["cloud.spend.commitment"].create(
            {
                "name": "Minimum spend",
                "amount": amount,
                "date_start": "2026-03-01",
                "product_id": cls.minimum.id,
                **vals,
            }
        )
        if approve:
            commitment.action_approve_directly()
        cls.env.flush_all()
        cls.set_company_state(state)
        return commitment

    def true_ups(self, run):
        """(customer, amount, first day) of the true-ups of a run."""
        lines = run.bill_ids.rated_line_ids.filtered(lambda line: line.charge_id.kind == "minimum")
        return [
            (line.customer_id.name, str(line.amount), str(line.service_start))
            for line in lines.sorted(lambda line: (line.service_start, line.id))
        ]
