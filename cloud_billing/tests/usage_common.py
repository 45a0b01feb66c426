"""Small usage files written by hand, and a company that imports them."""

import csv
import io
import zipfile

from ..models.usage.usage_requests import TotalsRequest
from .catalog_common import CatalogCase
from .common import CloudBillingCase

# Every obligatory column of FOCUS with one plain row: one hour of service on 1 March 2026, cost 10.
PLAIN_ROW = {
    "ProviderName": "Nimbus",
    "PublisherName": "Nimbus",
    "InvoiceIssuerName": "Nimbus",
    "BillingAccountId": "acct-1",
    "BillingAccountName": "Main account",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-03-01T00:00:00Z",
    "BillingPeriodEnd": "2026-04-01T00:00:00Z",
    "ChargePeriodStart": "2026-03-01T00:00:00Z",
    "ChargePeriodEnd": "2026-03-01T01:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "Compute hours",
    "ServiceCategory": "Compute",
    "ServiceName": "Compute",
    "SubAccountId": "sub-1",
    "SubAccountName": "Alpha",
    "RegionId": "eu-1",
    "SkuId": "sku-1",
    "ResourceId": "vm-1",
    "PricingQuantity": "1",
    "PricingUnit": "Hours",
    "BilledCost": "10",
    "EffectiveCost": "9",
    "ListCost": "12",
    "ContractedCost": "11",
}


def focus_csv(*rows, columns=None):
    """The bytes of a FOCUS file: each row is PLAIN_ROW with what its dict says instead."""
    columns = columns or list(PLAIN_ROW)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for row in rows:
        values = {**PLAIN_ROW, **row}
        writer.writerow([values.get(column, "") for column in columns])
    return out.getvalue().encode()


def archive(members, method=zipfile.ZIP_DEFLATED):
    """A zip archive of {name: content}."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return out.getvalue()


def hour(day, resource="vm-1", cost="10", **more):
    """One row of an hour at the start of a day of March 2026."""
    return {
        "ChargePeriodStart": f"2026-03-{day:02d}T00:00:00Z",
        "ChargePeriodEnd": f"2026-03-{day:02d}T01:00:00Z",
        "ResourceId": resource,
        "BilledCost": cost,
        **more,
    }


APRIL = {"BillingPeriodStart": "2026-04-01T00:00:00Z", "BillingPeriodEnd": "2026-05-01T00:00:00Z"}


def events_csv(*rows):
    """The bytes of a file of events: rows are (id, day of March 2026, account, quantity)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "start", "account", "service", "quantity", "unit"])
    for external_id, day, account, quantity in rows:
        writer.writerow([external_id, f"2026-03-{day:02d}T12:00:00Z", account, "Calls", quantity, "Call"])
    return out.getvalue().encode()


class UsageCase(CloudBillingCase):
    """A source of bills and a source of events; imports run in the test's own transaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Source = cls.env["cloud.usage.source"]
        cls.bills = Source.create({"name": "Nimbus bills", "company_id": cls.company.id, "reader": "focus"})
        cls.events = Source.create({"name": "Own meters", "company_id": cls.company.id, "reader": "csv"})
        cls.store = cls.env["cloud.usage.store"]

    @classmethod
    def deliver(cls, source, content, name="usage.csv", **vals):
        """Import one file at once; returns its import."""
        usage_import = cls.env["cloud.usage.import"]._create_with_files(source, [(name, content)], **vals)
        usage_import.action_import()
        cls.env.invalidate_all()
        return usage_import

    def counts(self, usage_import):
        """(read, accepted, known, quarantined, rejected)"""
        return (
            usage_import.rows_read,
            usage_import.rows_accepted,
            usage_import.rows_known,
            usage_import.rows_quarantined,
            usage_import.rows_rejected,
        )

    def live_rows(self, source):
        """The usage rows of a source that count now, oldest first."""
        return self.env["cloud.usage.record"].search(
            [("source_id", "=", source.id), ("is_live", "=", True)], order="service_start, id"
        )


class UsageOwnerCase(UsageCase, CatalogCase):
    """Besides the sources: two customers with a metered line each, a cost centre, and charges as billing makes them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme, cls.bolt = (cls.make_customer(name) for name in ("Acme", "Bolt"))
        cls.acme_line, cls.bolt_line = (
            cls.make_subscription(customer, cls.metered).line_ids for customer in (cls.acme, cls.bolt)
        )
        plan = cls.env["account.analytic.plan"].search([], limit=1)
        cls.cost_centre = cls.env["account.analytic.account"].create({"name": "Research", "plan_id": plan.id})

    def stream(self, source, **domain):
        """The one stream of a source with these values."""
        return self.env["cloud.usage.stream"].search(
            [("source_id", "=", source.id), *((name, "=", value) for name, value in domain.items())]
        )

    @classmethod
    def assign(cls, stream, owner, date_start=None, date_end=None):
        """Give a stream an owner, a subscription line or a cost centre."""
        field = "subscription_line_id" if owner._name == "cloud.subscription.line" else "analytic_account_id"
        return cls.env["cloud.usage.mapping"].create(
            {"stream_id": stream.id, field: owner.id, "date_start": date_start, "date_end": date_end}
        )

    def bill(self, line, service_start, service_end, billing_month=None, corrects=None):
        """A billed charge of all usage until now, as billing leaves it behind; without amounts."""
        Component, Charge = self.env["cloud.charge.component"], self.env["cloud.charge"]
        identity = {"subscription_line_id": line.id, "kind": "metered", "meter_id": line.meter_id.id}
        component = Component.search([(name, "=", value) for name, value in identity.items()])
        values = {
            "company_id": line.company_id.id,
            "customer_id": line.customer_id.id,
            "subscription_id": line.subscription_id.id,
            "subscription_line_id": line.id,
            "component_id": (component or Component.create(identity)).id,
            "kind": "metered",
            "product_id": line.product_id.id,
            "meter_id": line.meter_id.id,
            "service_start": service_start,
            "service_end": service_end,
            "full_start": service_start,
            "full_end": service_end,
            "utc_start": service_start,
            "utc_end": service_end,
            "billing_month": billing_month,
            "corrects_id": corrects and corrects.id,
            "usage_number": self.store._last_number(line.company_id),
            "currency_id": line.subscription_id.currency_id.id,
            "state": "billed",
        }
        return Charge.create({name: value for name, value in values.items() if name in Charge._fields})

    def totals(self, line, number=None, month="2026-03-01", **request):
        """The Totals of one line, a list; of March unless told otherwise."""
        values = {
            "key": "it",
            "subscription_line_id": line.id,
            "aggregation": "sum",
            "basis": "quantity",
            "billing_month": month,
            "utc_start": None,
            "utc_end": None,
            **request,
        }
        number = self.store._last_number(self.company) if number is None else number
        return self.store._totals(self.company, number, [TotalsRequest(**values)])

    def cost(self, line, number=None, **request):
        """The billed cost of one line in March, 0 when nothing counts."""
        found = self.totals(line, number, **request)
        return found[0].cost_billed if found else 0
