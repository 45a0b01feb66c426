"""What tests about prices and contracts share: products, a plan, prices, customers, subscriptions and charges."""

from contextlib import contextmanager
from types import SimpleNamespace

from odoo.exceptions import RedirectWarning, UserError

from .common import CloudBillingCase


class CatalogCase(CloudBillingCase):
    """A company in Setting up, with a metered, a recurring and a one-time product and an empty plan."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        cls.categ_root = cls.env["product.category"].create({"name": "Hosting"})
        cls.categ = cls.env["product.category"].create({"name": "Compute", "parent_id": cls.categ_root.id})
        cls.meter = cls.env["cloud.meter"].create({"name": "Disk", "code": "test_disk", "unit": "GB-Months"})
        cls.metered = cls.make_product("Disk", "metered", cloud_meter_id=cls.meter.id)
        cls.recurring = cls.make_product("Support", "recurring")
        cls.one_time = cls.make_product("Set-up", "one_time")
        cls.plan = cls.make_plan("Public prices")

    @contextmanager
    def refused(self, sentence):
        """A person is told so (a regular expression), and nothing of the attempt stays."""
        with self.assertRaisesRegex(UserError, sentence), self.cr.savepoint():
            yield

    @contextmanager
    def refused_with_button(self, sentence):
        """As `refused`, with a button beside the sentence: `label` and `action` of what is yielded, afterwards.

        `buttons`: (label, action) of each, where there may be several.
        """
        warning = SimpleNamespace(label=None, action=None, buttons=None)
        with self.assertRaisesRegex(RedirectWarning, sentence) as caught, self.cr.savepoint():
            yield warning
        _message, warning.action, warning.label, _context, *more = caught.exception.args
        warning.buttons = more[0] if more else [(warning.label, warning.action)]

    @classmethod
    def make_product(cls, name, billing_model, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "categ_id": cls.categ.id,
                "cloud_billing_model": billing_model,
                **vals,
            }
        )

    @classmethod
    def make_plan(cls, name, **vals):
        return cls.env["cloud.price.plan"].create({"name": name, "company_id": cls.company.id, **vals})

    @classmethod
    def make_version(cls, rules=(), plan=None, date_start="2026-01-01", approve=True):
        """A version with the given prices; approved unless told otherwise."""
        version = cls.env["cloud.price.plan.version"].create(
            {
                "plan_id": (plan or cls.plan).id,
                "date_start": date_start,
                "rule_ids": [(0, 0, vals) for vals in rules],
            }
        )
        if approve:
            version.action_approve_directly()
        return version

    @classmethod
    def make_customer(cls, name, **vals):
        partner = cls.env["res.partner"].create({"name": name})
        return cls.env["cloud.customer"].create(
            {"partner_id": partner.id, "company_id": cls.company.id, "tz": "Europe/Amsterdam", **vals}
        )

    @classmethod
    def make_subscription(cls, customer, products, plan=None, **vals):
        """A draft that starts on 2026-01-01, with one line per product."""
        return cls.env["cloud.subscription"].create(
            {
                "customer_id": customer.id,
                "plan_id": (plan or cls.plan).id,
                "date_start": "2026-01-01",
                "line_ids": [(0, 0, {"product_id": product.id}) for product in products],
                **vals,
            }
        )

    @classmethod
    def make_charge(cls, line, service_start, service_end, state="billed"):
        """A charge as billing makes it, without the price."""
        component = cls.env["cloud.charge.component"].create(
            {"subscription_line_id": line.id, "kind": line.billing_model, "meter_id": line.meter_id.id}
        )
        return cls.env["cloud.charge"].create(
            {
                "company_id": line.company_id.id,
                "customer_id": line.customer_id.id,
                "subscription_id": line.subscription_id.id,
                "subscription_line_id": line.id,
                "component_id": component.id,
                "kind": line.billing_model,
                "product_id": line.product_id.id,
                "meter_id": line.meter_id.id,
                "service_start": service_start,
                "service_end": service_end,
                "full_start": service_start,
                "full_end": service_end,
                "utc_start": service_start,
                "utc_end": service_end,
                "currency_id": line.subscription_id.currency_id.id,
                "state": state,
            }
        )
