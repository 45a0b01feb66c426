"""Google's billing export: credits inside the row, the invoice month, late rows, lists in JSON or Python."""

import ast
import csv
import json
from collections import Counter
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import READERS, RowError, UsageRow
from cloud_billing_engine.readers.providers.gcp_billing import KINDS, read_list
from provider_samples import GCP, read_provider
from reader_samples import ROOT, csv_bytes, read


def read_gcp(*records):
    return read_provider("gcp_billing", *records)


def only(items):
    (item,) = items
    return item


class TestARow:
    def test_becomes_a_row_with_every_value_as_written(self):
        row = only(read_gcp({}))
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=2,
            external_id=None,
            provider="Google Cloud",
            provider_account="01A2B3-C4D5E6-F70809",
            sub_account="bakery-prod",
            sub_account_name="Bakery",
            service="Compute Engine",
            sku="D2F0-E5A4-1B2C",
            sku_name="N1 Predefined Instance Core running in Netherlands",
            region="europe-west4",
            charge_kind="usage",
            unit="hour",
            currency="EUR",
            service_start="2026-10-05 10:00:00",
            service_end="2026-10-05 11:00:00",
            billing_month="2026-10-01",
            quantity="2",
            cost_billed="1.25",
            cost_effective="1.25",
            cost_list="1.5",
            cost_contracted="1.25",
            resource="",
            tags="",
            content_hash=b"",
        )

    def test_keeps_its_labels_and_every_other_column(self):
        tags = json.loads(only(read_gcp({})).tags)
        assert tags["tags"] == {"team": "web", "env": "prod"}
        assert (tags["usage.amount"], tags["usage.unit"], tags["service.id"]) == ("7200", "seconds", "6F81-5844-456A")
        assert (tags["export_time"], tags["cost_type"]) == ("2026-10-05 14:12:08 UTC", "regular")
        assert "credits" not in tags

    def test_keeps_googles_own_tags_apart_from_its_labels(self):
        tags = json.loads(only(read_gcp({"tags": '[{"key": "cost-centre", "value": "7"}]'})).tags)
        assert tags["tags"] == {"team": "web", "env": "prod"}
        assert tags["resource_tags"] == [{"key": "cost-centre", "value": "7"}]

    def test_with_underscores_in_the_names_of_columns_is_the_same(self):
        header = [name.replace(".", "_") for name in GCP]
        row = only(read(csv_bytes([header, GCP.values()]), reader="gcp_billing"))
        assert row._replace(tags="") == only(read_gcp({}))._replace(tags="")

    def test_without_pricing_units_has_the_measured_ones_and_never_a_mixture(self):
        row = only(read_gcp({"usage.pricing_unit": ""}))
        assert (row.quantity, row.unit) == ("7200", "seconds")
        assert json.loads(row.tags)["usage.amount_in_pricing_units"] == "2"
        assert only(read_gcp({"usage.pricing_unit": "", "usage.amount": "", "usage.unit": ""})).quantity is None

    def test_of_no_project_and_no_region_is_a_row_too(self):
        row = only(read_gcp({"project.id": "", "location.region": "", "location.location": "global"}))
        assert (row.sub_account, row.region) == ("", "global")

    def test_labels_that_are_no_list_stay_as_they_are(self):
        assert json.loads(only(read_gcp({"labels": "team:web"})).tags)["tags"] == "team:web"

    @pytest.mark.parametrize(("cost_type", "kind"), KINDS.items())
    def test_is_of_a_charge_kind(self, cost_type, kind):
        assert only(read_gcp({"cost_type": cost_type})).charge_kind == kind
        assert f"| {cost_type} | {kind} |" in (ROOT / "docs" / "formats.md").read_text().partition("`gcp_billing`")[2]


class TestCredits:
    JSON = '[{"name": "Sustained use", "amount": -0.25, "type": "SUSTAINED_USAGE_DISCOUNT"}, {"amount": "-0.5"}]'

    def test_are_taken_off_the_billed_cost_and_not_off_the_contracted_one(self):
        row = only(read_gcp({"credits": self.JSON}))
        # 1.25 - 0.25 - 0.5 = 0.5
        assert (row.cost_billed, row.cost_effective, row.cost_contracted) == ("0.50", "0.50", "1.25")
        assert json.loads(row.tags)["credits"] == [
            {"name": "Sustained use", "amount": "-0.25", "type": "SUSTAINED_USAGE_DISCOUNT"},
            {"amount": "-0.5"},
        ]

    def test_of_any_size_are_taken_off_exactly(self):
        row = only(read_gcp({"cost": "1e60", "credits": '[{"amount": 1e-60}]'}))
        assert row.cost_billed == f"1{60 * '0'}.{59 * '0'}1"

    def test_as_python_prints_them_are_the_same_content_to_the_last_digit(self):
        digits = "-0.1234567890123456789012345"
        as_json = f'[{{"name": "it\'s \\"x\\"", "amount": {digits}, "id": null}}]'
        as_python = f"[{{'amount': {digits}, 'id': None, 'name': 'it\\'s \"x\"'}}]"
        first, second = read_gcp({"credits": as_json}, {"credits": as_python})
        assert first.cost_billed == "1.1265432109876543210987655"
        assert second[1:] == first[1:]

    @pytest.mark.parametrize(
        "cell",
        [
            "none", "{}", "[1]", "[[]]", '[{"amount": -1}', "[{'amount': -1}", "[{**{}}]", "[{'amount': x}]",
            "[{'amount': 1+1}]", "[{'amount': open('/etc/passwd')}]", "[" * 5000, "[" * 5000 + "]" * 5000, "nan",
            '[{"amount": -1, "x": [[[[[[]]]]]]}]',
        ],
    )  # fmt: skip
    def test_that_are_no_list_are_a_bad_row_and_nothing_is_evaluated(self, cell):
        error = only(read_gcp({"credits": cell}))
        assert (error.row_no, error.column, error.reason, error.value) == (2, "credits", "bad_list", cell[:200])

    @pytest.mark.parametrize(
        ("amount", "reason"),
        [("null", "not_a_number"), ('"much"', "not_a_number"), ("NaN", "not_a_number"), ("true", "not_a_number"),
         ("1e999", "number_too_large"), ("[]", "not_a_number")],
    )  # fmt: skip
    def test_without_a_plain_amount_are_a_bad_row(self, amount, reason):
        error = only(read_gcp({"credits": f'[{{"amount": {amount}}}]'}))
        assert (error.column, error.reason) == ("credits", reason)


class TestMonths:
    def test_the_invoice_says_the_month_whatever_the_usage_says(self):
        row = only(read_gcp({"usage_start_time": "2026-09-30 22:00:00 UTC", "invoice.month": "202611"}))
        assert (row.service_start, row.billing_month) == ("2026-09-30 22:00:00", "2026-11-01")

    @pytest.mark.parametrize("month", ["202613", "2026", "October", "20261001", "196910", "10/2026"])
    def test_that_are_none_are_a_bad_row(self, month):
        error = only(read_gcp({"invoice.month": month}))
        assert (error.column, error.reason, error.value) == ("invoice.month", "bad_date", month)

    def test_a_late_row_is_another_row_of_its_month_and_the_others_stay_the_same(self):
        first = read_gcp({}, {"sku.id": "B"})
        later = read_gcp({}, {"export_time": "2026-10-09 03:00:00 UTC"}, {"sku.id": "B"})
        hashes = [row.content_hash for row in later]
        assert len(set(hashes)) == 3
        assert {row.content_hash for row in first} < set(hashes)


@pytest.mark.samples
class TestTheSamples:
    # Counts and sums come from the cells themselves, without the reader.
    @pytest.mark.parametrize(
        ("name", "count", "in_python"),
        [("gcp/koku_202011_bq_export.csv", 25, True), ("generated/gcp_bq_export_generated.csv", 48, False)],
    )
    def test_give_all_rows_and_the_net_cost_to_the_last_digit(self, samples, name, count, in_python):
        with open(samples / name, newline="", encoding="utf-8-sig") as file:
            cells = list(csv.DictReader(file))
        rows = read((samples / name).read_bytes(), reader="gcp_billing")
        assert [reader for reader, other in READERS.items() if other.recognise(list(cells[0]))] == ["gcp_billing"]
        assert not [row for row in rows if isinstance(row, RowError)]
        assert len(rows) == len(cells) == count
        load = ast.literal_eval if in_python else json.loads
        credits = [Decimal(str(credit["amount"])) for cell in cells for credit in load(cell["credits"])]
        cost = sum(Decimal(cell["cost"]) for cell in cells)
        assert sum(Decimal(row.cost_contracted) for row in rows) == cost
        assert sum(Decimal(row.cost_billed) for row in rows) == cost + sum(credits)
        assert bool(credits) == in_python
        quantity = sum(Decimal(cell["usage.amount_in_pricing_units"]) for cell in cells)
        assert sum(Decimal(row.quantity) for row in rows) == quantity
        assert Counter(row.billing_month for row in rows) == Counter(
            f"{cell['invoice.month'][:4]}-{cell['invoice.month'][4:]}-01" for cell in cells
        )
        assert Counter(row.sub_account for row in rows) == Counter(cell["project.id"] for cell in cells)


def test_a_list_in_json_and_in_python_is_one_list():
    assert read_list("[{'a': -5e-06, 'b': None, 'c': True}]") == read_list('[{"a": -5e-06, "b": null, "c": true}]')
