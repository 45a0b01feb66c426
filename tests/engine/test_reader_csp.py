"""Microsoft's bill to a partner: daily rated usage and licences, as files and as JSON lines, estimated and billed."""

import gzip
import json
import re

import pytest
from cloud_billing_engine.readers import CHARGE_KINDS, READERS, UsageRow
from cloud_billing_engine.readers.providers.csp import KINDS
from provider_samples import CSP, read_provider
from reader_samples import ROOT, csv_bytes, read

# A line of a new commerce reconciliation file: a seat for a year, paid by the month.
LICENCE = {
    "PartnerId": CSP["PartnerId"],
    "CustomerId": CSP["CustomerId"],
    "CustomerName": "Bakery",
    "CustomerDomainName": "bakery.onmicrosoft.com",
    "CustomerCountry": "NL",
    "InvoiceNumber": "G012345678",
    "MpnId": "1234567",
    "ResellerMpnId": "",
    "OrderId": "9f0c1a2b3c4d",
    "OrderDate": "10/4/2026",
    "ProductId": "CFQ7TTC0LH18",
    "SkuId": "0001",
    "AvailabilityId": "CFQ7TTC0K971",
    "SkuName": "Microsoft 365 Business Basic",
    "ProductName": "Microsoft 365 Business Basic",
    "ChargeType": "cycleCharge",
    "UnitPrice": "4.5",
    "Quantity": "12",
    "Subtotal": "54.00",
    "TaxTotal": "0",
    "Total": "54.00",
    "Currency": "EUR",
    "PriceAdjustmentDescription": "",
    "PublisherName": "Microsoft Corporation",
    "PublisherId": "",
    "SubscriptionDescription": "Business Basic",
    "SubscriptionId": "c3d4e5f6-0000-4000-8000-00000000cdef",
    "ChargeStartDate": "10/5/2026",
    "ChargeEndDate": "11/4/2026",
    "TermAndBillingCycle": "One-Year commitment for monthly/yearly billing",
    "EffectiveUnitPrice": "4.5",
    "UnitType": "Licenses",
    "AlternateId": "",
    "BillableQuantity": "12",
    "BillingFrequency": "Monthly",
    "PricingCurrency": "EUR",
    "PCToBCExchangeRate": "1",
    "PCToBCExchangeRateDate": "10/1/2026",
    "MeterDescription": "",
    "ReservationOrderId": "",
    "CreditReasonCode": "",
    "SubscriptionStartDate": "10/5/2026",
    "SubscriptionEndDate": "10/4/2027",
    "ReferenceId": "",
    "ProductQualifiers": "",
    "PromotionId": "",
    "ProductCategory": "",
}


def only(items):
    (item,) = items
    return item


def read_licence(**record):
    line = {**LICENCE, **record}
    return only(read(csv_bytes([list(line), list(line.values())]), reader="csp"))


class TestUsage:
    def test_becomes_a_row_of_its_day_with_the_partner_and_the_currency_as_the_account(self):
        row = only(read_provider("csp", {}))
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=2,
            external_id=None,
            provider="Microsoft",
            provider_account=f"{CSP['PartnerId']} / EUR",
            sub_account=CSP["CustomerId"],
            sub_account_name="Bakery",
            service="Virtual Machines",
            sku=CSP["MeterId"],
            sku_name="B2s",
            region="EUWEST",
            charge_kind="usage",
            unit="Hours",
            currency="EUR",
            service_start="2026-10-05 00:00:00",
            service_end="2026-10-06 00:00:00",
            billing_month="2026-10-01",
            quantity="23.350007",
            cost_billed="1.19552035",
            cost_effective=None,
            cost_list=None,
            cost_contracted=None,
            resource=CSP["ResourceURI"],
            tags="",
            content_hash=b"",
        )

    def test_keeps_every_other_column_as_a_tag(self):
        tags = json.loads(only(read_provider("csp", {})).tags)
        assert tags["tags"] == {"env": "prod"}
        assert tags["SubscriptionId"] == CSP["SubscriptionId"]
        assert tags["EntitlementId"] == CSP["EntitlementId"]
        assert tags["PCToBCExchangeRate"] == "0.92084576"
        assert "InvoiceNumber" not in tags

    def test_that_is_billed_names_its_invoice_and_is_another_content_at_the_same_place(self):
        estimate, billed = read_provider("csp", {}, {"InvoiceNumber": "G012345678"})
        assert json.loads(billed.tags)["InvoiceNumber"] == "G012345678"
        assert estimate.content_hash != billed.content_hash
        assert (estimate.provider_account, estimate.billing_month) == (billed.provider_account, billed.billing_month)

    def test_of_an_earlier_month_belongs_to_the_month_that_a_person_names(self):
        data = csv_bytes([list(CSP), list({**CSP, "UsageDate": "2026-09-30T00:00:00Z"}.values())])
        assert only(read(data, reader="csp")).billing_month == "2026-09-01"
        assert only(read(data, reader="csp", billing_month="2026-10-01")).billing_month == "2026-10-01"

    def test_in_blocks_is_multiplied_out(self):
        row = only(read_provider("csp", {"UnitType": "10K", "Quantity": "0.0047"}))
        # 0.0047 times ten thousand
        assert (row.quantity, row.unit) == ("47", "Units")

    def test_is_the_same_as_json_lines(self):
        plain = only(read_provider("csp", {}))
        # Numbers are numbers there, and null is not written as an empty text.
        numbers = {"Quantity", "BillingPreTaxTotal", "UnitPrice", "PricingPreTaxTotal"}
        line = "{" + ",".join(
            f'"{name}":{text if name in numbers else json.dumps(text or None)}' for name, text in CSP.items()
        )
        data = gzip.compress(f"{line}}}\n{line}}}\n".encode())
        rows = read(data, reader="csp", file_name="part-0.json.gz")
        assert [row.row_no for row in rows] == [1, 2]
        assert rows[0]._replace(row_no=2) == plain

    @pytest.mark.parametrize(
        ("written", "kind"), [("", "usage"), ("New", "usage"), ("customerCredit", "credit"), ("refund", "refund")]
    )
    def test_is_usage_unless_something_is_given_back(self, written, kind):
        assert only(read_provider("csp", {"ChargeType": written})).charge_kind == kind


class TestLicences:
    def test_are_for_the_days_of_their_term_the_last_one_included(self):
        row = read_licence()
        # 5 October to 4 November is one month: it ends when the 5th begins.
        assert (row.service_start, row.service_end) == ("2026-10-05 00:00:00", "2026-11-05 00:00:00")
        assert (row.service, row.sku, row.sku_name) == (
            "Microsoft 365 Business Basic", "CFQ7TTC0LH18/0001", "Microsoft 365 Business Basic",
        )  # fmt: skip
        assert (row.quantity, row.unit, row.cost_billed, row.currency) == ("12", "Licenses", "54.00", "EUR")
        assert (row.charge_kind, row.billing_month, row.resource) == (
            "purchase",
            "2026-10-01",
            LICENCE["SubscriptionId"],
        )

    def test_whose_last_day_is_before_the_first(self):
        error = read_licence(ChargeEndDate="10/4/2026")
        assert (error.column, error.reason) == ("ChargeEndDate", "end_before_start")
        assert read_licence(ChargeEndDate="10/5/2026").service_end == "2026-10-06 00:00:00"

    @pytest.mark.parametrize(("written", "kind"), KINDS.items())
    def test_every_type_of_line_is_a_charge_kind(self, written, kind):
        assert read_licence(ChargeType=written).charge_kind == kind
        assert kind in CHARGE_KINDS

    def test_of_an_unknown_type_are_bad_rows(self):
        assert read_licence(ChargeType="bribe").reason == "unknown_charge_category"
        assert read_licence(ChargeType="").reason == "unknown_charge_category"


class TestRecognition:
    @pytest.mark.parametrize("header", [list(CSP), list(LICENCE), [name[0].lower() + name[1:] for name in CSP]])
    def test_by_the_columns_and_by_no_other_reader(self, header):
        assert [name for name, reader in READERS.items() if reader.recognise(header)] == ["csp"]


def test_the_kinds_are_those_of_the_page_about_formats():
    page = (ROOT / "docs" / "formats.md").read_text().partition("(`csp`)")[2].partition("| ChargeType |")[2]
    told = {}
    for types, kind in re.findall(r"^\| (\w[\w, ]+) \| (\w+) \|", page.partition("\n\n")[0], re.MULTILINE):
        told |= dict.fromkeys(types.split(", "), kind)
    assert told == KINDS
