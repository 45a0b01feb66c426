"""Bills as AWS, Azure, Google and Oracle write them, from the upload to rows and streams."""

import csv
import io
from decimal import Decimal

from odoo.tests import tagged

from .test_usage_import_wizard import WizardCase

AWS = {
    "identity/LineItemId": "first",
    "bill/InvoiceId": "",
    "bill/PayerAccountId": "111122223333",
    "bill/BillingPeriodStartDate": "2026-10-01T00:00:00Z",
    "lineItem/UsageAccountId": "444455556666",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-10-05T10:00:00Z",
    "lineItem/UsageEndDate": "2026-10-05T11:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageType": "EU-BoxUsage:m5.large",
    "lineItem/UsageAmount": "1",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "1.50",
    "pricing/publicOnDemandCost": "2",
    "resourceTags/user:Team": "web",
}
AZURE = {
    "BillingAccountId": "8611537",
    "BillingPeriodStartDate": "10/01/2026",
    "SubscriptionId": "1caaa5a3-2b66",
    "SubscriptionName": "Bakery",
    "Date": "10/05/2026",
    "MeterId": "f31064a2",
    "MeterCategory": "Virtual Machines",
    "MeterName": "B1s",
    "Quantity": "24",
    "Cost": "0.3",
    "BillingCurrency": "EUR",
    "Tags": '"env": "prod"',
    "UnitOfMeasure": "1 Hour",
    "ChargeType": "Usage",
}
GOOGLE = {
    "billing_account_id": "01A2B3-C4D5E6",
    "service.description": "Compute Engine",
    "sku.id": "D2F0-E5A4",
    "sku.description": "N1 Core",
    "usage_start_time": "2026-10-05 10:00:00 UTC",
    "usage_end_time": "2026-10-05 11:00:00 UTC",
    "project.id": "bakery-prod",
    "labels": '[{"key": "team", "value": "web"}]',
    "cost": "1.25",
    "currency": "EUR",
    "usage.amount_in_pricing_units": "2",
    "usage.pricing_unit": "hour",
    "credits": "[]",
    "invoice.month": "202610",
    "cost_type": "regular",
}
ORACLE = {
    "lineItem/referenceNo": "V2.1",
    "lineItem/tenantId": "ocid1.tenancy.oc1..aaaa",
    "lineItem/intervalUsageStart": "2026-10-05T10:00Z",
    "lineItem/intervalUsageEnd": "2026-10-05T11:00Z",
    "product/service": "COMPUTE",
    "product/compartmentId": "ocid1.compartment.oc1..bbbb",
    "product/compartmentName": "bakery",
    "usage/billedQuantity": "4",
    "cost/productSku": "B93113",
    "cost/myCost": "0.1",
    "cost/currencyCode": "EUR",
    "lineItem/isCorrection": "false",
}


def bill(plain, *rows):
    """The bytes of a file: each row is the plain one with what its dict says instead."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(plain))
    writer.writeheader()
    writer.writerows({**plain, **row} for row in rows)
    return out.getvalue().encode()


AWS_ROWS = (
    {},
    {"lineItem/UsageStartDate": "2026-10-05T11:00:00Z", "lineItem/UsageEndDate": "2026-10-05T12:00:00Z",
     "lineItem/UnblendedCost": "2.25"},
    {"lineItem/LineItemType": "Tax", "lineItem/UnblendedCost": "0.79"},
    {"lineItem/LineItemType": "EdpDiscount", "lineItem/UnblendedCost": "-0.10"},
)  # fmt: skip
AZURE_ROWS = (
    {},
    {"Date": "10/06/2026", "Cost": "0.6", "Quantity": "48"},
    {"ChargeType": "Purchase", "Cost": "10", "MeterId": "reservation"},
)
GOOGLE_ROWS = (
    {},
    {"usage_start_time": "2026-09-30 23:00:00 UTC", "credits": '[{"name": "Committed", "amount": -0.25}]'},
    {"cost_type": "rounding_error", "cost": "0.01"},
)


@tagged("post_install", "-at_install")
class TestProvidersBills(WizardCase):
    def bring_new(self, name, content):
        """Import a file of a new source as a person does: the reader is the one that the wizard proposes."""
        wizard = self.upload((f"{name}.csv", content), source_choice="new", source_id=False, source_name=name)
        wizard._onchange_file_ids()
        self.assertEqual(wizard.reader, name)
        wizard.action_look()
        usage_import = self.bring(wizard)
        self.assertEqual(usage_import.state, "imported")
        self.assertEqual(usage_import.cost_billed, Decimal(wizard.preview["totals"]["cost_billed"]))
        return usage_import

    def streams(self, usage_import):
        """{charge kind: rows} of the streams that an import brought; one stream of each kind in these files."""
        streams = self.env["cloud.usage.stream"].search([("source_id", "=", usage_import.source_id.id)])
        found = {stream.charge_kind: stream.row_count for stream in streams}
        self.assertEqual(len(streams), len(found))
        return found

    def months(self, usage_import):
        return {str(month) for month in usage_import.delivery_ids.mapped("billing_month")}

    def test_of_aws_come_in_with_kinds_and_costs_apart(self):
        usage_import = self.bring_new("aws_cur", bill(AWS, *AWS_ROWS))
        self.assertEqual(self.counts(usage_import), (4, 4, 0, 0, 0))
        # 1.50 + 2.25 + 0.79 - 0.10
        self.assertEqual(usage_import.cost_billed, Decimal("4.44"))
        self.assertEqual(self.streams(usage_import), {"usage": 2, "tax": 1, "adjustment": 1})
        self.assertEqual(self.months(usage_import), {"2026-10-01"})
        row = self.live_rows(usage_import.source_id).filtered(lambda row: row.cost_billed == Decimal("2.25"))
        self.assertEqual(row.tags["tags"], {"user:Team": "web"})

    def test_of_aws_delivered_again_with_new_ids_change_nothing(self):
        first = self.bring_new("aws_cur", bill(AWS, *AWS_ROWS))
        again = [{**row, "identity/LineItemId": "second"} for row in AWS_ROWS]
        usage_import = self.deliver(first.source_id, bill(AWS, *again))
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("known", (4, 0, 4, 0, 0)))

    def test_of_aws_that_become_final_take_the_place_of_the_estimate_at_the_same_cost(self):
        first = self.bring_new("aws_cur", bill(AWS, *AWS_ROWS))
        final = [{**row, "bill/InvoiceId": "987654321"} for row in AWS_ROWS]
        usage_import = self.deliver(first.source_id, bill(AWS, *final))
        self.assertEqual(usage_import.state, "imported")
        rows = self.live_rows(first.source_id)
        self.assertEqual(sum(rows.mapped("cost_billed")), Decimal("4.44"))
        self.assertEqual({row.tags["bill/InvoiceId"] for row in rows}, {"987654321"})

    def test_of_azure_come_in_with_their_dates_and_mark(self):
        usage_import = self.bring_new("azure_cost", b"\xef\xbb\xbf" + bill(AZURE, *AZURE_ROWS))
        self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))
        # 0.3 + 0.6 + 10
        self.assertEqual(usage_import.cost_billed, Decimal("10.9"))
        self.assertEqual(self.streams(usage_import), {"usage": 2, "purchase": 1})
        self.assertEqual(self.months(usage_import), {"2026-10-01"})
        last = self.live_rows(usage_import.source_id)[-1]
        self.assertEqual(
            (str(last.service_start), str(last.service_end)), ("2026-10-06 00:00:00", "2026-10-07 00:00:00")
        )

    def test_of_google_come_in_net_of_credits_in_the_month_of_the_invoice(self):
        usage_import = self.bring_new("gcp_billing", bill(GOOGLE, *GOOGLE_ROWS))
        self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))
        # 1.25 + (1.25 - 0.25) + 0.01; before credits 1.25 + 1.25 + 0.01
        self.assertEqual(usage_import.cost_billed, Decimal("2.26"))
        rows = self.live_rows(usage_import.source_id)
        self.assertEqual(sum(rows.mapped("cost_contracted")), Decimal("2.51"))
        self.assertEqual(self.streams(usage_import), {"usage": 2, "adjustment": 1})
        self.assertEqual(self.months(usage_import), {"2026-10-01"})
        self.assertEqual(str(rows[0].service_start), "2026-09-30 23:00:00")

    def test_of_oracle_only_add_and_correct_by_lines_of_their_own(self):
        second = {"lineItem/referenceNo": "V2.2", "cost/myCost": "0.2"}
        correction = {"lineItem/referenceNo": "V2.3", "cost/myCost": "-0.2", "lineItem/isCorrection": "true"}
        usage_import = self.bring_new("oci_cost", bill(ORACLE, {}, second))
        self.assertEqual((usage_import.source_id.shape, self.counts(usage_import)), ("append", (2, 2, 0, 0, 0)))
        later = self.deliver(usage_import.source_id, bill(ORACLE, second, correction))
        self.assertEqual(self.counts(later), (2, 1, 1, 0, 0))
        # 0.1 + 0.2 - 0.2
        self.assertEqual(sum(self.live_rows(usage_import.source_id).mapped("cost_billed")), Decimal("0.1"))
        self.assertEqual(self.streams(later), {"usage": 2, "adjustment": 1})

    def test_name_what_is_wrong_with_a_row_and_what_to_do(self):
        for name, plain, row, sentence in (
            ("aws_cur", AWS, {"lineItem/LineItemType": "Bribe"}, "&#34;Bribe&#34; is not a kind of charge that"),
            ("azure_cost", AZURE, {"Date": "5 Oct 2026"}, "&#34;5 Oct 2026&#34; is not a date. Write it as"),
            (
                "gcp_billing",
                GOOGLE,
                {"credits": "many"},
                "&#34;many&#34; is not a list in JSON. Export the table again",
            ),
        ):
            wizard = self.look(
                bill(plain, {}, row), source_choice="new", source_id=False, source_name=name, reader=name
            )
            self.assertEqual(wizard.problem_count, 1)
            self.assertIn(sentence, str(wizard.preview_problems).replace("&quot;", "&#34;"))
            self.assertIn(next(iter(row)), wizard.preview_problems)

    def test_with_the_day_first_are_refused_as_a_whole(self):
        # What 05/09 says, nobody knows any more once another date has its day first.
        self.assert_refused(
            'usage.csv, row 3, column Date: the date "21/09/2026" has its day first, .* Export the file',
            bill(AZURE, {"Date": "05/09/2026"}, {"Date": "21/09/2026"}),
            source_choice="new", source_id=False, source_name="Azure", reader="azure_cost",
        )  # fmt: skip

    def test_of_one_provider_are_refused_by_the_reader_of_another(self):
        self.assert_refused(
            "usage.csv, row 1: this is another kind of file: the columns bill/PayerAccountId, .* are missing",
            bill(AZURE, {}),
            source_choice="new", source_id=False, source_name="AWS", reader="aws_cur",
        )  # fmt: skip
