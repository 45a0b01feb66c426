"""Small usage files written by hand, and a company that imports them."""

import csv
import io

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
