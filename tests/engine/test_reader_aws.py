"""AWS reports: what each column becomes, kinds and costs, both generations, a month before and after its invoice."""

import csv
import io
import json
import re
from collections import Counter
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cloud_billing_engine.readers import CHARGE_KINDS, UsageRow
from cloud_billing_engine.readers.providers.aws_cur import KINDS
from provider_samples import AWS, provider_file, read_provider
from reader_samples import ROOT, csv_bytes, read


def read_aws(*records):
    return read_provider("aws_cur", *records)


def only(items):
    (item,) = items
    return item


# The columns of CUR 2.0 for the same line, from AWS's table of columns: one map per family of columns.
CUR_2 = {
    "identity_line_item_id": AWS["identity/LineItemId"],
    "bill_invoice_id": "",
    "bill_billing_entity": "AWS",
    "bill_bill_type": "Anniversary",
    "bill_payer_account_id": "111122223333",
    "bill_billing_period_start_date": "2026-10-01 00:00:00.000",
    "bill_billing_period_end_date": "2026-11-01 00:00:00.000",
    "line_item_usage_account_id": "444455556666",
    "line_item_usage_account_name": "Bakery",
    "line_item_line_item_type": "Usage",
    "line_item_usage_start_date": "2026-10-05 10:00:00.000",
    "line_item_usage_end_date": "2026-10-05 11:00:00.000",
    "line_item_product_code": "AmazonEC2",
    "line_item_usage_type": "EU-BoxUsage:m5.large",
    "line_item_resource_id": "i-0abc",
    "line_item_usage_amount": "2.5",
    "line_item_currency_code": "USD",
    "line_item_unblended_cost": "0.2675",
    "line_item_line_item_description": "$0.107 per On Demand Linux m5.large Instance Hour",
    "pricing_public_on_demand_cost": "0.28",
    "pricing_unit": "Hrs",
    "product_region_code": "eu-west-1",
    "product_sku": "VEAJHRNKTJZQ",
    "product": '{"product_name": "Amazon Elastic Compute Cloud", "vcpu": 2}',
    "resource_tags": '{"user_team": "web"}',
    "cost_category": "{}",
    "discount": '{"edp_discount": -0.01}',
}


class TestALine:
    def test_becomes_a_row_with_every_value_as_written(self):
        row = only(read_aws({}))
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=2,
            external_id=None,
            provider="AWS",
            provider_account="111122223333",
            sub_account="444455556666",
            sub_account_name="",
            service="AmazonEC2",
            sku="VEAJHRNKTJZQ",
            sku_name="$0.107 per On Demand Linux m5.large Instance Hour",
            region="eu-west-1",
            charge_kind="usage",
            unit="Hrs",
            currency="USD",
            service_start="2026-10-05 10:00:00",
            service_end="2026-10-05 11:00:00",
            billing_month="2026-10-01",
            quantity="2.5",
            cost_billed="0.2675",
            cost_effective="0.2675",
            cost_list="0.28",
            cost_contracted="0.2675",
            resource="i-0abc",
            tags="",
            content_hash=b"",
        )

    def test_keeps_its_tags_and_every_other_column(self):
        tags = json.loads(only(read_aws({})).tags)
        assert tags["tags"] == {"user:Team": "web"}
        assert tags["product/ProductName"] == "Amazon Elastic Compute Cloud"
        assert tags["lineItem/LineItemType"] == "Usage"
        assert not [name for name in tags if name.startswith("resourceTags/")]

    def test_of_cur_2_0_is_the_same_row_with_its_maps_as_tags(self):
        row = only(read(csv_bytes([CUR_2, CUR_2.values()]), reader="aws_cur"))
        plain = only(read_aws({}))
        assert row._replace(tags="", content_hash=b"", sub_account_name="") == plain._replace(tags="", content_hash=b"")
        assert row.sub_account_name == "Bakery"
        tags = json.loads(row.tags)
        assert tags["tags"] == {"user_team": "web"}
        assert tags["product"] == {"product_name": "Amazon Elastic Compute Cloud", "vcpu": "2"}
        assert tags["discount"] == {"edp_discount": "-0.01"}

    def test_of_the_second_generation_is_the_same_in_parquet_with_maps_times_and_floats(self):
        maps = ("product", "resource_tags", "cost_category", "discount")
        columns = {name: pa.array([text or None]) for name, text in CUR_2.items() if name not in maps}
        for name in maps:
            pairs = list(json.loads(CUR_2[name]).items())
            kind = pa.float64() if name == "discount" else pa.string()
            value = [(key, text if name == "discount" else str(text)) for key, text in pairs]
            columns[name] = pa.array([value], pa.map_(pa.string(), kind))
        for name in ("line_item_usage_amount", "line_item_unblended_cost", "pricing_public_on_demand_cost"):
            columns[name] = pa.array([float(CUR_2[name])])
        for name in (name for name in CUR_2 if name.endswith("_date")):
            columns[name] = pa.array([datetime.fromisoformat(CUR_2[name])], pa.timestamp("ms"))
        out = io.BytesIO()
        pq.write_table(pa.table(columns), out)
        row = only(read(out.getvalue(), reader="aws_cur"))
        assert row == only(read(csv_bytes([CUR_2, CUR_2.values()]), reader="aws_cur"))

    def test_without_a_sku_is_known_by_its_usage_type(self):
        row = only(read_aws({"product/sku": "", "lineItem/LineItemDescription": ""}))
        assert row.sku == row.sku_name == "EU-BoxUsage:m5.large"


class TestRecordsThatEndEarly:
    # The last column of the plain file is a tag; before it come others, and the unit before those.
    HEADER, RECORD = (line.decode().split(",") for line in provider_file("aws_cur").splitlines())

    def read(self, *records):
        return read(csv_bytes([self.HEADER, *records]), reader="aws_cur")

    def test_all_in_the_same_place_lack_what_is_a_tag(self):
        rows = self.read(self.RECORD[:-2], self.RECORD[:-2])
        assert [row.cost_billed for row in rows] == ["0.2675"] * 2
        assert "tags" not in json.loads(rows[0].tags)

    def test_the_first_one_shows_where(self):
        _row, longer, shorter = self.read(self.RECORD[:-1], self.RECORD, self.RECORD[:-2])
        assert (longer.reason, longer.value) == ("too_many_cells", "25")
        assert (shorter.reason, shorter.value) == ("too_few_cells", "23")
        _row, cut = self.read(self.RECORD, self.RECORD[:-1])
        assert (cut.reason, cut.value) == ("too_few_cells", "24")

    def test_where_a_cell_is_needed_that_they_lack(self):
        assert self.HEADER[22] == "pricing/unit"
        assert len(self.read(self.RECORD[:23])) == 1
        (error,) = self.read(self.RECORD[:22])
        assert (error.reason, error.value) == ("too_few_cells", "22")

    def test_of_other_providers_are_cut_off(self):
        header, record = (line.decode().split(",") for line in provider_file("oci_cost").splitlines())
        (error,) = read(csv_bytes([header, record[:-1]]), reader="oci_cost")
        assert error.reason == "too_few_cells"


class TestKinds:
    @pytest.mark.parametrize(("line_type", "kind"), KINDS.items())
    def test_every_type_of_line_is_a_charge_kind(self, line_type, kind):
        row = only(read_aws({"lineItem/LineItemType": line_type}))
        assert row.charge_kind == kind
        assert kind in CHARGE_KINDS

    def test_are_those_of_the_page_about_formats(self):
        page = (ROOT / "docs" / "formats.md").read_text().partition("(`aws_cur`)")[2].partition("| type of line |")[2]
        told = {}
        for types, kinds in re.findall(
            r"^\| ([A-Z]\w+[^|]*) \| ([a-z, ]+) \|", page.partition("\n\n")[0], re.MULTILINE
        ):
            names, kinds = types.split(", "), kinds.split(", ")
            told |= dict(zip(names, kinds if len(kinds) > 1 else kinds * len(names), strict=True))
        assert told == KINDS

    def test_discounts_and_what_commitments_cost_are_never_taken_for_usage(self):
        usage = {name for name, kind in KINDS.items() if kind == "usage"}
        assert usage == {"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"}


class TestCosts:
    @pytest.mark.parametrize(
        ("record", "effective", "contracted"),
        [
            ({"lineItem/NetUnblendedCost": "0.25"}, "0.25", "0.25"),
            ({"lineItem/LineItemType": "SavingsPlanCoveredUsage", "savingsPlan/SavingsPlanEffectiveCost": "0.1"},
             "0.1", "0.2675"),
            ({"lineItem/LineItemType": "SavingsPlanCoveredUsage"}, None, "0.2675"),
            ({"lineItem/LineItemType": "DiscountedUsage", "lineItem/UnblendedCost": "0",
              "reservation/EffectiveCost": "0.07"}, "0.07", None),
            ({"lineItem/LineItemType": "SavingsPlanNegation", "lineItem/UnblendedCost": "-0.2675"}, "0", None),
            # Committed 10, used 7.5: the rest was paid for nothing.
            ({"lineItem/LineItemType": "SavingsPlanRecurringFee", "savingsPlan/TotalCommitmentToDate": "10",
              "savingsPlan/UsedCommitment": "7.5"}, "2.5", None),
            ({"lineItem/LineItemType": "SavingsPlanUpfrontFee"}, "0", None),
            ({"lineItem/LineItemType": "RIFee", "reservation/UnusedRecurringFee": "3.25",
              "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "1.5"}, "4.75", None),
            ({"lineItem/LineItemType": "Fee", "reservation/ReservationARN": "arn:aws:ec2:r/1"}, "0", None),
            ({"lineItem/LineItemType": "Fee"}, "0.2675", None),
            ({"lineItem/LineItemType": "Tax"}, "0.2675", None),
        ],
    )  # fmt: skip
    def test_what_commitments_make_of_a_line(self, record, effective, contracted):
        row = only(read_aws(record))
        assert (row.cost_effective, row.cost_contracted) == (effective, contracted)

    def test_what_a_commitment_costs_and_what_it_saves_add_up_to_what_is_billed(self):
        # An hour of 0.30 under a plan: covered usage 0.30 billed, negated -0.30, fee 0.20 of which 0.18 was used.
        rows = read_aws(
            {"lineItem/LineItemType": "SavingsPlanCoveredUsage", "lineItem/UnblendedCost": "0.30",
             "savingsPlan/SavingsPlanEffectiveCost": "0.18"},
            {"lineItem/LineItemType": "SavingsPlanNegation", "lineItem/UnblendedCost": "-0.30"},
            {"lineItem/LineItemType": "SavingsPlanRecurringFee", "lineItem/UnblendedCost": "0.20",
             "savingsPlan/TotalCommitmentToDate": "0.20", "savingsPlan/UsedCommitment": "0.18"},
        )  # fmt: skip
        assert sum(Decimal(row.cost_billed) for row in rows) == Decimal("0.20")
        assert sum(Decimal(row.cost_effective) for row in rows) == Decimal("0.20")

    def test_very_long_and_very_small_numbers_add_up_exactly(self):
        record = {"lineItem/LineItemType": "RIFee", "reservation/UnusedRecurringFee": "1e60"}
        row = only(read_aws({**record, "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "1e-60"}))
        assert row.cost_effective == f"1{60 * '0'}.{59 * '0'}1"


class TestDeliveries:
    def test_the_id_of_a_line_changes_with_every_delivery_and_does_not_make_it_another(self):
        first, again = read_aws({}, {"identity/LineItemId": "another"})
        assert first.content_hash == again.content_hash
        assert json.loads(again.tags)["identity/LineItemId"] == "another"

    def test_the_invoice_makes_it_final_and_is_new_content(self):
        first, final = read_aws({}, {"bill/InvoiceId": "987654321"})
        assert first.content_hash != final.content_hash
        assert "bill/InvoiceId" not in json.loads(first.tags)
        assert json.loads(final.tags)["bill/InvoiceId"] == "987654321"


@pytest.mark.samples
class TestTheSamples:
    # Rows, unblended and on-demand cost are added up from the cells themselves, without the reader.
    FILES = (
        ("aws/koku_2023-06-01_not_final.csv", 3),
        ("aws/koku_2023-06-01_final.csv", 3),
        ("generated/aws_cur_legacy_generated.csv", 399),
    )

    @pytest.mark.parametrize(("name", "count"), FILES)
    def test_give_all_rows_and_the_costs_to_the_last_digit(self, samples, name, count):
        with open(samples / name, newline="", encoding="utf-8-sig") as file:
            cells = list(csv.DictReader(file))
        rows = read((samples / name).read_bytes(), reader="aws_cur")
        assert len(rows) == len(cells) == count
        assert all(isinstance(row, UsageRow) for row in rows)
        for field, column in (
            ("cost_billed", "lineItem/UnblendedCost"),
            ("cost_list", "pricing/publicOnDemandCost"),
            ("quantity", "lineItem/UsageAmount"),
        ):
            assert sum(Decimal(getattr(row, field)) for row in rows) == sum(Decimal(cell[column]) for cell in cells)
        assert Counter(row.sub_account for row in rows) == Counter(cell["lineItem/UsageAccountId"] for cell in cells)
        assert {row.billing_month for row in rows} == {cells[0]["bill/BillingPeriodStartDate"][:8] + "01"}

    def test_with_a_column_name_too_many_is_read_as_if_the_last_cell_were_empty(self, samples):
        # This file's header has 131 names, the last one a cost category, and all its records have 130 cells.
        rows = read((samples / "aws/koku_test_cur.csv").read_bytes(), reader="aws_cur")
        with open(samples / "aws/koku_test_cur.csv", newline="") as file:
            cells = list(csv.DictReader(file))
        assert len(rows) == len(cells) == 19
        for column, field in (("cost_billed", "lineItem/UnblendedCost"), ("quantity", "lineItem/UsageAmount")):
            said = [format(Decimal(cell[field]), "f") for cell in cells]
            assert [getattr(row, column) for row in rows] == said
            assert sum(map(Decimal, said)) > 0
        assert [(row.sub_account, row.service) for row in rows] == [
            (cell["lineItem/UsageAccountId"], cell["lineItem/ProductCode"]) for cell in cells
        ]

    def test_a_month_is_final_when_its_lines_name_the_invoice(self, samples):
        def invoices(name):
            rows = read((samples / f"aws/koku_2023-06-01_{name}.csv").read_bytes(), reader="aws_cur")
            return [json.loads(row.tags).get("bill/InvoiceId") for row in rows]

        assert invoices("not_final") == [None] * 3
        assert invoices("final") == ["987654321"] * 3

    def test_covered_usage_costs_what_the_plan_says(self, samples):
        rows = read((samples / "aws/koku_2023-06-01_final.csv").read_bytes(), reader="aws_cur")
        # Three rows of SavingsPlanEffectiveCost 0.1, 0.1 and 0.1 in the file.
        with open(samples / "aws/koku_2023-06-01_final.csv", newline="") as file:
            said = [cell["savingsPlan/SavingsPlanEffectiveCost"] for cell in csv.DictReader(file)]
        assert [row.cost_effective for row in rows] == said
