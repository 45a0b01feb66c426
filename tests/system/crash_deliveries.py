"""What the sources of the story of crash_story.py deliver: files of calls, and a provider's bills."""

import csv
import io

CUSTOMERS = 12
# Calls of each customer and day of March 2026, and how often a day's are split.
PARTS = 2


def events(first_day, last_day, extra=""):
    """The bytes of a file of calls: customer n makes n + day calls on a day, in two parts. extra: lines at its end."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "start", "account", "service", "quantity", "unit"])
    for customer in range(CUSTOMERS):
        for day in range(first_day, last_day + 1):
            for part in range(PARTS):
                quantity = (customer + day) if part == 0 else "0.25"
                key = f"c{customer}-{day}-{part}"
                writer.writerow(
                    [key, f"2026-03-{day:02d}T10:0{part}:00Z", f"acct {customer:02}", "Calls", quantity, "Call"]
                )
    return (out.getvalue() + extra).encode()


def bill(cents):
    """The bytes of a provider's bill of March 2026: ten resources of each customer at so many cents."""
    columns = [
        "ProviderName",
        "PublisherName",
        "InvoiceIssuerName",
        "BillingAccountId",
        "BillingAccountName",
        "BillingCurrency",
        "BillingPeriodStart",
        "BillingPeriodEnd",
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "ChargeCategory",
        "ChargeClass",
        "ChargeDescription",
        "ServiceCategory",
        "ServiceName",
        "SubAccountId",
        "SubAccountName",
        "RegionId",
        "SkuId",
        "ResourceId",
        "PricingQuantity",
        "PricingUnit",
        "BilledCost",
        "EffectiveCost",
        "ListCost",
        "ContractedCost",
    ]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    for customer in range(CUSTOMERS):
        for number in range(10):
            cost = f"{(cents + customer) / 100:.2f}"
            writer.writerow(
                ["Nimbus", "Nimbus", "Nimbus", "acct-1", "Main", "USD", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"]
                + [f"2026-03-{number + 1:02d}T00:00:00Z", f"2026-03-{number + 1:02d}T01:00:00Z", "Usage", "", "Compute"]
                + ["Compute", "Compute", f"sub {customer:02}", "Alpha", "eu-1", "sku-1", f"vm-{number}", "1", "Hours"]
                + [cost] * 4
            )
    return out.getvalue().encode()


LATE = "".join(f"late{n},2026-03-31T21:59:59.999999Z,acct {n:02},Calls,100,Call\n" for n in range(4))
# Name of the file, its source, its bytes. The second bill restates March; the second file of calls repeats all others.
FIRST = (("calls-1.csv", "Calls", events(1, 31)), ("bill-1.csv", "Provider", bill(100)))
SECOND = (("calls-2.csv", "Calls", events(20, 31, LATE)), ("bill-2.csv", "Provider", bill(90)))
