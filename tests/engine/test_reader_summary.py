"""The preview of a delivery: exact control totals by account, month, currency and kind, in bounded memory."""

import itertools
import json
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import Preview, RowError, UsageRow, summary
from reader_samples import focus_file, read, read_focus

ITEMS = read_focus(
    {"BilledCost": "0.1", "ListCost": "0.30"},
    {"BilledCost": "0.2", "SubAccountId": "S-2", "SubAccountName": "School", "EffectiveCost": "NULL"},
    {"BilledCost": "x"},
    {
        "BilledCost": "-5",
        "ChargeCategory": "Credit",
        "ContractedCost": "NULL",
        "ChargePeriodEnd": "2026-10-31 00:00:00",
    },
    {"BilledCost": "1e-40", "BillingAccountId": "A-2", "BillingPeriodStart": "2026-09-01 00:00:00"},
    {"BilledCost": "7", "BillingCurrency": "EUR", "ChargePeriodStart": "2026-09-30 23:00:00"},
    {"BilledCost": "y", "ServiceName": "NULL"},
)


def preview_of(items):
    preview = Preview()
    assert list(preview.watch(items)) == items
    return preview


class TestTotals:
    def test_of_every_cost_are_exact(self):
        totals = preview_of(ITEMS).totals
        # 0.1 + 0.2 - 5 + 1e-40 + 7
        assert totals["cost_billed"] == Decimal("2.3000000000000000000000000000000000000001")
        # 1.55 in all five rows but the second.
        assert totals["cost_effective"] == Decimal("6.20")
        # 0.30 + 4 x 2.00, and 1.60 in all but the credit.
        assert totals["cost_list"] == Decimal("8.30")
        assert totals["cost_contracted"] == Decimal("6.40")

    def test_of_a_cost_that_no_row_gives_are_not_zero(self):
        nothing = preview_of(read_focus({"ListCost": "NULL"}))
        assert nothing.totals["cost_list"] is None
        assert nothing.totals.as_dict()["cost_list"] is None
        zero = preview_of(read_focus({"ListCost": "0.00"}))
        assert zero.totals["cost_list"] == 0
        assert zero.totals.as_dict()["cost_list"] == "0.00"

    def test_by_partition(self):
        partitions = preview_of(ITEMS).partitions()
        assert {key: (totals.rows, totals["cost_billed"]) for key, totals in partitions.items()} == {
            ("A-1", "2026-10-01"): (4, Decimal("2.3")),
            ("A-2", "2026-09-01"): (1, Decimal("1e-40")),
        }

    def test_by_charge_kind_and_currency(self):
        found = preview_of(ITEMS).totals_by("charge_kind", "currency")
        assert {key: totals["cost_billed"] for key, totals in found.items()} == {
            ("usage", "USD"): Decimal("0.3000000000000000000000000000000000000001"),
            ("credit", "USD"): Decimal(-5),
            ("usage", "EUR"): Decimal(7),
        }

    def test_of_numbers_as_large_and_as_small_as_can_be_stay_exact(self):
        preview = preview_of(read_focus({"BilledCost": "1e60"}, {"BilledCost": "1e-60"}))
        assert preview.totals["cost_billed"] == Decimal("1" + "0" * 60 + "." + "0" * 59 + "1")


class TestCounts:
    def test_rows_and_errors_add_up_to_the_records(self):
        preview = preview_of(ITEMS)
        assert (preview.rows, preview.errors) == (5, 2)

    def test_dates_reach_from_the_first_start_to_the_last_end(self):
        preview = preview_of(ITEMS)
        assert (preview.service_start, preview.service_end) == ("2026-09-30 23:00:00", "2026-10-31 00:00:00")

    def test_problems_by_reason_and_column_with_the_first_examples(self):
        preview = preview_of(read_focus(*[{"BilledCost": "x"}] * 9, {"ServiceName": ""}))
        problem = preview.problems["not_a_number", "BilledCost"]
        assert (problem.count, [example.row_no for example in problem.examples]) == (9, [2, 3, 4, 5, 6])
        assert preview.problems["missing_value", "ServiceName"].count == 1

    def test_the_first_rows_are_kept(self):
        preview = preview_of(read_focus(*[{}] * 30))
        assert [row.row_no for row in preview.first_rows] == list(range(2, 22))

    def test_sub_accounts_come_with_name_and_the_most_money_first(self):
        found = [(*entry[:5], entry[5].rows) for entry in preview_of(ITEMS).sub_accounts()]
        assert found == [
            ("Nimbus", "A-1", "S-1", "Bakery", "EUR", 1),
            ("Nimbus", "A-1", "S-1", "Bakery", "USD", 2),
            ("Nimbus", "A-1", "S-2", "School", "USD", 1),
            ("Nimbus", "A-2", "S-1", "Bakery", "USD", 1),
        ]

    def test_nothing_read_is_nothing_counted(self):
        preview = Preview()
        assert (preview.rows, preview.errors, preview.service_start) == (0, 0, None)
        assert preview.totals["cost_billed"] is None


class TestAsDict:
    def test_is_json_with_amounts_as_text(self):
        told = preview_of(ITEMS).as_dict()
        assert json.loads(json.dumps(told)) == told
        assert (told["rows"], told["errors"]) == (5, 2)
        assert told["totals"]["cost_billed"] == "2.3000000000000000000000000000000000000001"
        assert [(line["billing_month"], line["currency"], line["rows"]) for line in told["by_partition"]] == [
            ("2026-10-01", "EUR", 1),
            ("2026-10-01", "USD", 3),
            ("2026-09-01", "USD", 1),
        ]
        assert [line["currency"] for line in told["by_currency"]] == ["EUR", "USD"]
        assert told["by_service"] == [
            {"service": "Machines", "currency": line["currency"], **{k: line[k] for k in line if k != "currency"}}
            for line in told["by_currency"]
        ]
        assert [problem["reason"] for problem in told["problems"]] == ["not_a_number", "missing_value"]
        assert told["problems"][0]["examples"][0]["row_no"] == 4

    def test_quantities_are_added_up_by_service_and_unit(self):
        found = preview_of(
            read_focus(
                {"PricingQuantity": "1250.50"},
                {"PricingQuantity": "0.25"},
                {"PricingQuantity": "3", "PricingUnit": "GB"},
                {"PricingQuantity": "NULL", "ConsumedQuantity": "NULL", "PricingUnit": "GB"},
            )
        ).as_dict()["by_quantity"]
        assert [(line["service"], line["rows"], line["quantity"]) for line in found] == [
            ("Machines", 2, "3"),
            ("Machines", 2, "1250.75"),
        ]
        assert found[0]["unit"] == "GB"

    def test_rows_without_a_billing_month_are_told_by_the_month_of_their_service(self):
        rows = [item._replace(billing_month=None) for item in ITEMS if isinstance(item, UsageRow)]
        found = preview_of(rows).as_dict()["by_service_month"]
        assert sum(line["rows"] for line in found) == 5
        # One row begins on the last evening of September.
        first = found[0]
        assert (first["month"], first["currency"], first["cost_billed"]) == ("2026-09-01", "EUR", "7")
        assert preview_of(ITEMS).as_dict()["by_service_month"] == []


class TestBounds:
    RECORDS = tuple(
        {"BilledCost": "1", "SubAccountId": f"S-{n % 40}", "BillingAccountId": f"A-{n % 5}", "ServiceName": f"V-{n}"}
        for n in range(80)
    )

    def test_beyond_them_lists_are_cut_and_totals_are_not(self, monkeypatch):
        monkeypatch.setattr(summary, "MAX_GROUPS", 3)
        preview = preview_of(read_focus(*self.RECORDS, {"ChargeCategory": "Tax", "BilledCost": "100"}))
        assert (preview.rows, preview.totals.rows, preview.totals["cost_billed"]) == (81, 81, Decimal(180))
        assert preview.is_cut
        assert {key: totals["cost_billed"] for key, totals in preview.totals_by("charge_kind").items()} == {
            ("usage",): Decimal(80),
            ("tax",): Decimal(100),
        }
        for fields in (("service",), ("sub_account",), ("provider_account",)):
            found = preview.totals_by(*fields)
            assert sum(totals["cost_billed"] for totals in found.values()) == 180
            assert len(found) == 3 + 1
        told = json.loads(json.dumps(preview.as_dict()))
        assert sum(line["rows"] for line in told["by_quantity"]) == 81
        assert [line["quantity"] for line in told["by_quantity"] if line["unit"] is None] == [None]

    def test_what_is_listed_is_complete_although_others_are_not(self, monkeypatch):
        monkeypatch.setattr(summary, "MAX_GROUPS", 3)
        preview = preview_of(read_focus(*self.RECORDS))
        listed = {account: totals for (account,), totals in preview.totals_by("sub_account").items() if account}
        # 80 rows over 40 sub-accounts, two each, the second one long after the list was full.
        assert {account: totals.rows for account, totals in listed.items()} == {"S-0": 2, "S-1": 2, "S-2": 2}

    def test_totals_by_what_is_not_kept_together_are_refused(self):
        with pytest.raises(ValueError, match="sub_account, service"):
            preview_of(ITEMS).totals_by("sub_account", "service")

    def test_within_them_nothing_is_cut(self):
        assert not preview_of(ITEMS).is_cut


@pytest.mark.samples
def test_the_real_sample_ties_out(samples):
    preview = preview_of(read((samples / "focus/focus_1.0_sample_1000.csv").read_bytes()))
    assert (preview.rows, preview.errors) == (1000, 0)
    assert preview.totals["cost_billed"] == Decimal("20.52022672899")
    by_provider = preview.totals_by("provider", "billing_month")
    assert {key: totals.rows for key, totals in by_provider.items()} == {
        ("AWS", "2024-09-01"): 942,
        ("Microsoft", "2024-09-01"): 51,
        ("Oracle", "2024-09-01"): 6,
        ("Oracle", "2024-10-01"): 1,
    }
    assert sum(totals["cost_billed"] for totals in by_provider.values()) == Decimal("20.52022672899")


def test_watching_reads_no_further_than_asked():
    items = iter([item for item in read(focus_file({}, {}, {})) if isinstance(item, (UsageRow, RowError))])
    preview = Preview()
    assert len(list(itertools.islice(preview.watch(items), 2))) == 2
    assert preview.rows == 2
