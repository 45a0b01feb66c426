"""Azure cost details: agreements and generations of columns, dates, blocks of units, kinds."""

import csv
import json
import re
from collections import Counter
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import CHARGE_KINDS, READERS, RejectedFile, RowError, UsageRow
from cloud_billing_engine.readers.providers.azure_cost import KINDS, split_unit
from provider_samples import AZURE, read_provider
from reader_samples import ROOT, csv_bytes, read


def read_azure(*records):
    return read_provider("azure_cost", *records)


def only(items):
    (item,) = items
    return item


def one(record):
    """The only row of a file with the columns of this record alone."""
    return only(read(csv_bytes([record, record.values()]), reader="azure_cost"))


# Microsoft Customer Agreement, version 2023-12-01-preview: small first letters, ISO dates, costs in three currencies.
MCA = {
    "invoiceId": "",
    "billingAccountId": "8611537",
    "billingProfileId": "AAAA-BBBB",
    "billingPeriodStartDate": "2026-10-01",
    "billingPeriodEndDate": "2026-10-31",
    "date": "2026-10-05",
    "SubscriptionId": "1caaa5a3-2b66-438e-8ab4-bce37d518c5d",
    "subscriptionName": "Bakery",
    "ProductId": "AAA-88134",
    "productName": "Virtual Machines BS Series - B1s - EU West",
    "meterId": "f31064a2-ed95-4e11-8b69-270f2fc4fbdd",
    "meterCategory": "Virtual Machines",
    "meterName": "B1s",
    "quantity": "24",
    "costInBillingCurrency": "0.3",
    "costInPricingCurrency": "0.33",
    "costInUsd": "0.33",
    "paygCostInBillingCurrency": "0.48",
    "billingCurrency": "EUR",
    "pricingCurrency": "USD",
    "resourceLocation": "westeurope",
    "location": "EU West",
    "ResourceId": "/subscriptions/1caaa5a3/vm-1",
    "tags": '{"org": "bakery", "env": "prod"}',
    "unitOfMeasure": "1 Hour",
    "chargeType": "Usage",
}
# The pay-as-you-go file of former years: no billing account, no period, no kind of charge.
FORMER = {
    "SubscriptionGuid": "1caaa5a3-2b66-438e-8ab4-bce37d518c5d",
    "ResourceLocation": "westeurope",
    "UsageDateTime": "2026-10-05 00:00:00",
    "MeterCategory": "Virtual Machines",
    "MeterId": "f31064a2-ed95-4e11-8b69-270f2fc4fbdd",
    "MeterName": "B1s",
    "UsageQuantity": "24",
    "PreTaxCost": "0.3",
    "InstanceId": "/subscriptions/1caaa5a3/vm-1",
    "Currency": "EUR",
    "UnitOfMeasure": "1 Hour",
}


class TestALine:
    def test_becomes_a_row_with_every_value_as_written(self):
        row = only(read_azure({}))
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=2,
            external_id=None,
            provider="Microsoft",
            provider_account="8611537",
            sub_account="1caaa5a3-2b66-438e-8ab4-bce37d518c5d",
            sub_account_name="Bakery",
            service="Virtual Machines",
            sku="f31064a2-ed95-4e11-8b69-270f2fc4fbdd",
            sku_name="B1s",
            region="westeurope",
            charge_kind="usage",
            unit="Hours",
            currency="EUR",
            service_start="2026-10-05 00:00:00",
            service_end="2026-10-06 00:00:00",
            billing_month="2026-10-01",
            quantity="24",
            cost_billed="0.3",
            cost_effective=None,
            cost_list=None,
            cost_contracted=None,
            resource="/subscriptions/1caaa5a3/vm-1",
            tags="",
            content_hash=b"",
        )

    def test_keeps_its_tags_with_or_without_braces_and_every_other_column(self):
        tags = json.loads(only(read_azure({})).tags)
        assert tags["tags"] == {"env": "prod", "org": "bakery"} == json.loads(one(MCA).tags)["tags"]
        assert (tags["EffectivePrice"], tags["PartNumber"], tags["ChargeType"]) == ("0.0125", "AAA-88134", "Usage")
        assert json.loads(only(read_azure({"Tags": "no tags at all"})).tags)["tags"] == "{no tags at all}"

    def test_of_a_customer_agreement_is_the_same_row_and_knows_the_list_price(self):
        row = one(MCA)
        plain = only(read_azure({}))
        assert row._replace(tags="", content_hash=b"", cost_list=None) == plain._replace(tags="", content_hash=b"")
        assert row.cost_list == "0.48"
        assert json.loads(row.tags)["costInPricingCurrency"] == "0.33"

    def test_of_former_years_is_a_row_without_an_account(self):
        row = one(FORMER)
        plain = only(read_azure({}))
        less = {"tags": "", "content_hash": b"", "provider_account": "", "sub_account_name": ""}
        assert row._replace(**less) == plain._replace(**less)
        named = only(read(csv_bytes([FORMER, FORMER.values()]), reader="azure_cost", provider_account="P-1"))
        assert (row.provider_account, named.provider_account) == ("", "P-1")
        assert row.content_hash == named.content_hash

    def test_of_a_purchase_has_no_meter_and_is_known_by_its_product(self):
        empty = {"MeterId": "", "MeterCategory": "", "MeterName": "", "SubscriptionId": "", "UnitOfMeasure": ""}
        record = {**empty, "ChargeType": "Purchase", "PublisherName": "Contoso"}
        row = only(read_azure(record))
        assert (row.service, row.sku, row.sku_name) == ("Contoso", "AAA-88134", AZURE["Product"])
        assert (row.charge_kind, row.unit) == ("purchase", "")
        assert only(read_azure({**empty, "ChargeType": "RoundingAdjustment"})).service == "RoundingAdjustment"

    @pytest.mark.parametrize(("charge_type", "kind"), [*KINDS.items(), ("usage", "usage"), ("", "usage")])
    def test_is_of_a_charge_kind(self, charge_type, kind):
        assert only(read_azure({"ChargeType": charge_type})).charge_kind == kind
        assert kind in CHARGE_KINDS

    def test_kinds_are_those_of_the_page_about_formats(self):
        page = (ROOT / "docs" / "formats.md").read_text().partition("(`azure_cost`)")[2]
        rows = re.findall(r"^\| ([A-Z][^|]*) \| (\w+) \|$", page.partition("| ChargeType |")[2], re.MULTILINE)
        assert {name: kind for names, kind in rows for name in names.split(", ") if name in KINDS} == KINDS


class TestDates:
    @pytest.mark.parametrize(
        "written",
        ["10/05/2026", "10/5/2026", "10/05/2026 00:00:00", "2026-10-05", "2026-10-05 00:00:00", "2026-10-05T00:00:00Z"],
    )
    def test_in_every_style_are_one_day_and_one_content(self, written):
        row = only(read_azure({"Date": written}))
        assert (row.service_start, row.service_end) == ("2026-10-05 00:00:00", "2026-10-06 00:00:00")
        assert row.content_hash == only(read_azure({})).content_hash

    @pytest.mark.parametrize(
        "written", ["02/30/2026", "0/1/2026", "13/13/2026", "32/01/2026", "10/05/26", "10-05-2026", "5 Oct 2026"]
    )
    def test_half_written_are_refused(self, written):
        error = only(read_azure({"Date": written}))
        assert (error.column, error.reason, error.value) == ("Date", "bad_date", written)

    def test_with_the_day_first_refuse_the_file_and_are_never_turned_round(self):
        # The first row would be 9 May: that it is 5 September, only the second one tells.
        with pytest.raises(RejectedFile) as caught:
            read_azure({"Date": "05/09/2026"}, {"Date": "21/09/2026"})
        refusal = caught.value
        assert (refusal.reason, refusal.row, refusal.column, refusal.detail) == ("day_first", 3, "Date", "21/09/2026")

    def test_the_billing_period_says_the_month_and_the_day_where_there_is_none(self):
        row = only(read_azure({"Date": "09/30/2026"}))
        assert (row.service_start[:10], row.billing_month) == ("2026-09-30", "2026-10-01")
        assert only(read_azure({"Date": "09/30/2026", "BillingPeriodStartDate": ""})).billing_month == "2026-09-01"


class TestUnits:
    @pytest.mark.parametrize(
        ("written", "block_size", "unit"),
        [
            ("1 Hour", "1", "Hours"),
            ("100 Hours", "100", "Hours"),
            ("10K", "10000", "Units"),
            ("1M", "1000000", "Units"),
            ("1B", "1000000000", "Units"),
            ("1/Month", "1", "Units/Month"),
            ("10000 /Hour", "10000", "Units/Hour"),
            ("1 GB/Month", "1", "GB/Month"),
            ("10K Transactions", "10000", "Transactions"),
            ("10 Hrs", "10", "Hours"),
            ("1 GB Hour", "1", "GB Hour"),
            ("Unit", "1", "Units"),
            ("500", "500", "Units"),
            ("0.5 GB", "0.5", "GB"),
            ("10000s", "1", "10000s"),
            ("Text", "1", "Text"),
            ("", "1", ""),
        ],
    )
    def test_are_split_into_block_size_and_unit(self, written, block_size, unit):
        assert split_unit(written) == (block_size, unit)

    def test_in_blocks_are_multiplied_out_and_what_was_written_stays_in_the_tags(self):
        # 0.0004 of ten thousand operations at 0.1 each is 0.00004: the quantity counts blocks, so 4 operations.
        row = only(read_azure({"Quantity": "0.0004", "UnitOfMeasure": "10K", "Cost": "0.00004"}))
        assert (row.quantity, row.unit) == ("4", "Units")
        tags = json.loads(row.tags)
        assert tags["Quantity"] == "0.0004"
        assert (tags["PricingBlockSize"], tags["PricingBlockUnit"], tags["UnitOfMeasure"]) == ("10000", "Units", "10K")

    def test_of_one_meter_are_one_unit_in_blocks_of_any_size(self):
        rows = read_azure(
            {"Quantity": "7", "UnitOfMeasure": "1 Hour"}, {"Quantity": "0.07", "UnitOfMeasure": "100 Hours"}
        )
        assert [(row.quantity, row.unit) for row in rows] == [("7", "Hours")] * 2

    def test_without_a_quantity_stay_without(self):
        assert only(read_azure({"Quantity": "", "UnitOfMeasure": "100 Hours"})).quantity is None

    @pytest.mark.samples
    def test_agree_with_microsofts_list(self, samples):
        with open(samples / "azure/finops_toolkit_PricingUnits.csv", newline="", encoding="utf-8-sig") as file:
            listed = {row["UnitOfMeasure"].strip(): row["PricingBlockSize"] for row in csv.DictReader(file)}
        assert len(listed) > 350
        assert {unit: split_unit(unit)[0] for unit in listed} == listed


@pytest.mark.samples
class TestTheSamples:
    # Counts and sums come from the cells themselves, without the reader.
    @pytest.mark.parametrize(
        ("name", "count", "cost", "quantity"),
        [
            ("azure/finops_toolkit_EA_ActualCost_Small.csv", 11, "Cost", "Quantity"),
            ("azure/finops_toolkit_EA_AmortizedCost_Small.csv", 28, "Cost", "Quantity"),
            ("azure/koku_costreport_v1.csv", 3, "PreTaxCost", "UsageQuantity"),
            ("generated/azure_mca_generated.csv", 42, "CostInBillingCurrency", "Quantity"),
        ],
    )
    def test_give_all_rows_and_the_costs_to_the_last_digit(self, samples, name, count, cost, quantity):
        with open(samples / name, newline="", encoding="utf-8-sig") as file:
            cells = list(csv.DictReader(file))
        rows = read((samples / name).read_bytes(), reader="azure_cost")
        assert [reader for reader, other in READERS.items() if other.recognise(list(cells[0]))] == ["azure_cost"]
        assert not [row for row in rows if isinstance(row, RowError)]
        assert len(rows) == len(cells) == count
        assert sum(Decimal(row.cost_billed) for row in rows) == sum(Decimal(cell[cost]) for cell in cells)
        with open(samples / "azure/finops_toolkit_PricingUnits.csv", newline="", encoding="utf-8-sig") as file:
            blocks = {row["UnitOfMeasure"].strip(): Decimal(row["PricingBlockSize"]) for row in csv.DictReader(file)}
        quantities = [
            Decimal(cell[quantity]) * blocks.get(cell.get("UnitOfMeasure") or "Unit", Decimal(1)) for cell in cells
        ]
        assert [Decimal(row.quantity) for row in rows] == quantities
        accounts = Counter(cell.get("SubscriptionId") or cell.get("SubscriptionGuid") for cell in cells)
        assert Counter(row.sub_account for row in rows) == accounts
        kinds = Counter(KINDS[cell.get("ChargeType") or "Usage"] for cell in cells)
        assert Counter(row.charge_kind for row in rows) == kinds

    def test_a_file_without_rows_is_refused_by_that_name(self, samples):
        with pytest.raises(RejectedFile) as caught:
            read((samples / "azure/finops_toolkit_EA_NoRows.csv").read_bytes(), reader="azure_cost")
        assert caught.value.reason == "no_rows"
