"""What the tests of the shape of bills share: a monthly fee under a plan in euro, and amounts given or taken once."""

from .billing_common import BillingCase


class InvoicingCase(BillingCase):
    """Support costs 100.00 a month from March 2026 on; Acme, in Amsterdam, has one subscription of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "100.00"})
        cls.extra = cls.make_product("Extra work", False)
        cls.acme = cls.make_customer("Acme")
        cls.subscription = cls.make_subscription(cls.acme, cls.support, date_start="2026-03-01")

    def adjust(self, amount=None, **vals):
        """A one-off amount of Acme for 10 March, made by the accountant."""
        return (
            self.env["cloud.adjustment"]
            .with_user(self.user_accountant)
            .create(
                {
                    "name": "Extra work",
                    "customer_id": self.acme.id,
                    "product_id": self.extra.id,
                    "amount": amount,
                    "service_start": "2026-03-10",
                    "service_end": "2026-03-11",
                    "reason": "Agreed by phone",
                    **vals,
                }
            )
        )

    def discount(self, percent, **vals):
        return self.adjust(kind="discount", percent=percent, name="Discount", **vals)

    def told(self, run):
        """(text, amount) of the rated lines of a run, in their order on the invoices."""
        lines = run.bill_ids.rated_line_ids.sorted(lambda line: (line.bill_id.id, line._get_invoice_order()))
        return [(line.name, str(line.amount)) for line in lines]
