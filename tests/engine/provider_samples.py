"""One plain record of each provider's bill, written from the provider's documentation, and files made of it."""

from reader_samples import csv_bytes, read

AWS = {
    "identity/LineItemId": "wbwkdlyirz4ieg3oohfyxnzmvrmyjnrbqrqeqbgdmyzlhxsfhbda",
    "bill/InvoiceId": "",
    "bill/BillingEntity": "AWS",
    "bill/BillType": "Anniversary",
    "bill/PayerAccountId": "111122223333",
    "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
    "bill/BillingPeriodEndDate": "2026-11-01T00:00:00Z",
    "lineItem/UsageAccountId": "444455556666",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-10-05T10:00:00Z",
    "lineItem/UsageEndDate": "2026-10-05T11:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageType": "EU-BoxUsage:m5.large",
    "lineItem/ResourceId": "i-0abc",
    "lineItem/UsageAmount": "2.5",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "0.2675",
    "lineItem/LineItemDescription": "$0.107 per On Demand Linux m5.large Instance Hour",
    "product/ProductName": "Amazon Elastic Compute Cloud",
    "product/regionCode": "eu-west-1",
    "product/sku": "VEAJHRNKTJZQ",
    "pricing/publicOnDemandCost": "0.28",
    "pricing/unit": "Hrs",
    "resourceTags/user:Team": "web",
    "resourceTags/user:Customer": "",
}
# Enterprise Agreement, cost details of today.
AZURE = {
    "BillingAccountId": "8611537",
    "BillingAccountName": "Bakery Group",
    "BillingPeriodStartDate": "10/01/2026",
    "BillingPeriodEndDate": "10/31/2026",
    "SubscriptionId": "1caaa5a3-2b66-438e-8ab4-bce37d518c5d",
    "SubscriptionName": "Bakery",
    "Date": "10/05/2026",
    "Product": "Virtual Machines BS Series - B1s - EU West",
    "PartNumber": "AAA-88134",
    "MeterId": "f31064a2-ed95-4e11-8b69-270f2fc4fbdd",
    "MeterCategory": "Virtual Machines",
    "MeterName": "B1s",
    "Quantity": "24",
    "EffectivePrice": "0.0125",
    "Cost": "0.3",
    "BillingCurrency": "EUR",
    "ResourceLocation": "westeurope",
    "ResourceId": "/subscriptions/1caaa5a3/vm-1",
    "Tags": '"env": "prod","org": "bakery"',
    "UnitOfMeasure": "1 Hour",
    "ChargeType": "Usage",
    "PayGPrice": "0.02",
}
# The standard export, its nested columns with dots as a flattening query names them.
GCP = {
    "billing_account_id": "01A2B3-C4D5E6-F70809",
    "service.id": "6F81-5844-456A",
    "service.description": "Compute Engine",
    "sku.id": "D2F0-E5A4-1B2C",
    "sku.description": "N1 Predefined Instance Core running in Netherlands",
    "usage_start_time": "2026-10-05 10:00:00 UTC",
    "usage_end_time": "2026-10-05 11:00:00 UTC",
    "project.id": "bakery-prod",
    "project.name": "Bakery",
    "labels": '[{"key": "team", "value": "web"}, {"key": "env", "value": "prod"}]',
    "location.location": "europe-west4",
    "location.region": "europe-west4",
    "export_time": "2026-10-05 14:12:08 UTC",
    "cost": "1.25",
    "currency": "EUR",
    "currency_conversion_rate": "0.93",
    "usage.amount": "7200",
    "usage.unit": "seconds",
    "usage.amount_in_pricing_units": "2",
    "usage.pricing_unit": "hour",
    "credits": "[]",
    "invoice.month": "202610",
    "cost_type": "regular",
    "cost_at_list": "1.5",
}
OCI = {
    "lineItem/referenceNo": "V2.6kJpEaaa==",
    "lineItem/tenantId": "ocid1.tenancy.oc1..aaaa",
    "lineItem/intervalUsageStart": "2026-10-05T10:00Z",
    "lineItem/intervalUsageEnd": "2026-10-05T11:00:00Z",
    "product/service": "COMPUTE",
    "product/compartmentId": "ocid1.compartment.oc1..bbbb",
    "product/compartmentName": "bakery",
    "product/region": "eu-amsterdam-1",
    "product/availabilityDomain": "AD-1",
    "product/resourceId": "ocid1.instance.oc1..cccc",
    "usage/billedQuantity": "4",
    "usage/billedQuantityOverage": "",
    "cost/subscriptionId": "12345",
    "cost/productSku": "B93113",
    "product/Description": "Compute - Standard - E4 - OCPU",
    "cost/unitPrice": "0.025",
    "cost/myCost": "0.1",
    "cost/currencyCode": "EUR",
    "cost/billingUnitReadable": "ONE HOURS OCPUS",
    "cost/skuUnitDescription": "OCPU Per Hour",
    "lineItem/isCorrection": "false",
    "lineItem/backreferenceNo": "",
    "tags/orcl-cloud.free-tier-retained": "",
    "tags/team": "web",
}
RECORDS = {"aws_cur": AWS, "azure_cost": AZURE, "gcp_billing": GCP, "oci_cost": OCI}


def provider_file(reader, *records, columns=None, **options):
    """A file of records that differ from the plain one as given; columns that only they name come last."""
    plain = RECORDS[reader]
    columns = columns or list(dict.fromkeys([*plain, *(name for record in records for name in record)]))
    rows = [[{**plain, **record}.get(name, "") for name in columns] for record in records or [{}]]
    return csv_bytes([columns, *rows], **options)


def read_provider(reader, *records, **options):
    """Everything the reader yields for records that differ from the plain one as given."""
    return read(provider_file(reader, *records), reader=reader, **options)
