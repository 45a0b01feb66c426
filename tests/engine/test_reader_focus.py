"""FOCUS: what each column becomes, in whatever order, case and spelling of null it comes."""

import csv
import hashlib
import json
import random
import time
from collections import Counter
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import RejectedFile, RowError, UsageRow, get_reader
from cloud_billing_engine.readers.providers.focus import (
    ACCOUNT_COLUMNS,
    ADDED_IN_1_1,
    ADDED_IN_1_2,
    COLUMNS,
    MANDATORY,
    NULLABLE,
    NUMBER_COLUMNS,
    OTHER_COLUMNS,
    SALE_COLUMNS,
)
from cloud_billing_engine.readers.values import bare_number
from hypothesis import given
from hypothesis import strategies as st
from reader_samples import FOCUS_1_0, RECORD, csv_bytes, focus_file, read, read_focus


def only(items):
    (item,) = items
    return item


def refused(data, **options):
    with pytest.raises(RejectedFile) as caught:
        read(data, **options)
    return caught.value


class TestARecord:
    def test_becomes_a_row_with_every_value_as_written(self):
        row = only(read_focus({}))
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=2,
            external_id=None,
            provider="Nimbus",
            provider_account="A-1",
            sub_account="S-1",
            sub_account_name="Bakery",
            service="Machines",
            sku="SKU-1",
            sku_name="Machine hours",
            region="",
            charge_kind="usage",
            unit="Hours",
            currency="USD",
            service_start="2026-10-05 10:00:00",
            service_end="2026-10-05 11:00:00",
            billing_month="2026-10-01",
            quantity="10.0",
            cost_billed="1.50",
            cost_effective="1.55",
            cost_list="2.00",
            cost_contracted="1.60",
            resource="",
            tags="",
            content_hash=b"",
        )
        assert len(row.content_hash) == 16

    def test_keeps_every_other_column_as_a_tag(self):
        columns = [*FOCUS_1_0, "Tags", "x_Team", "ResourceName", "ConsumedQuantity"]
        record = {"Tags": '{"b": 1.50, "a": "x"}', "x_Team": 'the "web"', "ResourceName": "vm", "ConsumedQuantity": "7"}
        row = only(read(focus_file(record, columns=columns)))
        assert json.loads(row.tags) == {
            "PublisherName": "Nimbus",
            "InvoiceIssuerName": "Nimbus",
            "BillingPeriodEnd": "2026-11-01 00:00:00",
            "ServiceCategory": "Compute",
            "ConsumedQuantity": "7",
            "ResourceName": "vm",
            "tags": {"a": "x", "b": "1.50"},
            "x_Team": 'the "web"',
        }

    @pytest.mark.parametrize("column", ["BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "PricingQuantity"])
    def test_keeps_zero_and_not_given_apart(self, column):
        field = {"BilledCost": "cost_billed", "PricingQuantity": "quantity"}.get(column)
        field = field or f"cost_{column.removesuffix('Cost').lower()}"
        assert getattr(only(read_focus({column: "0.000"})), field) == "0.000"
        if column != "BilledCost":
            assert getattr(only(read_focus({column: "NULL"})), field) is None
            assert getattr(only(read_focus({column: ""})), field) is None

    @pytest.mark.parametrize(
        ("written", "read_as"),
        [
            ("0.00000080000", "0.00000080000"),
            ("5e-06", "0.000005"),
            ("1E3", "1000"),
            ("-0.5", "-0.5"),
            ("-0", "0"),
            ("-0.00", "0.00"),
            ("+7", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("007", "7"),
            ("999999999999999.123456789012", "999999999999999.123456789012"),
        ],
    )
    def test_numbers_keep_every_digit_and_lose_the_exponent(self, written, read_as):
        assert only(read_focus({"BilledCost": written})).cost_billed == read_as
        assert only(read_focus({"PricingQuantity": written})).quantity == read_as

    @pytest.mark.parametrize(
        "column",
        [
            "BilledCost",
            "EffectiveCost",
            "ListCost",
            "ContractedCost",
            "PricingQuantity",
            "ConsumedQuantity",
            "ListUnitPrice",
            "ContractedUnitPrice",
        ],
    )
    def test_zeros_that_say_nothing_are_no_other_content(self, column):
        """A CSV with 1.50 and the same rows as Parquet, which knows no such zeros, are one delivery."""

        def hashed(number):
            columns = list(dict.fromkeys([*FOCUS_1_0, column]))
            return only(read(focus_file({**RECORD, column: number}, columns=columns))).content_hash

        assert hashed("1.5") == hashed("1.500") != hashed("20") == hashed("20.0")

    def test_compact_dates_are_those_of_the_long_form(self):
        long = {"BillingPeriodStart": "2026-10-01", "ChargePeriodStart": "2026-10-05T10:00:00Z"}
        compact = {"BillingPeriodStart": "20261001", "ChargePeriodStart": "20261005T100000Z"}
        assert read_focus(long) == read_focus(compact)
        assert only(read_focus(compact)).billing_month == "2026-10-01"

    @pytest.mark.parametrize(
        ("category", "charge_class", "kind"),
        [
            ("Usage", "NULL", "usage"),
            ("usage", "", "usage"),
            ("Purchase", "NULL", "purchase"),
            ("Tax", "NULL", "tax"),
            ("Credit", "NULL", "credit"),
            ("Adjustment", "NULL", "adjustment"),
            ("Usage", "Correction", "adjustment"),
            ("Credit", "Correction", "adjustment"),
        ],
    )
    def test_a_correction_is_an_adjustment_whatever_its_category(self, category, charge_class, kind):
        row = only(read_focus({"ChargeCategory": category, "ChargeClass": charge_class}))
        assert row.charge_kind == kind
        if charge_class == "Correction":
            assert json.loads(row.tags)["ChargeCategory"] == category

    def test_a_negative_amount_stays_what_its_category_says(self):
        row = only(read_focus({"BilledCost": "-3.10"}))
        assert (row.charge_kind, row.cost_billed) == ("usage", "-3.10")

    @pytest.mark.parametrize(
        ("start", "month", "is_tagged"),
        [
            ("2026-10-01 00:00:00", "2026-10-01", False),
            ("2026-10-01T00:00:00.000Z", "2026-10-01", False),
            ("2026-10-01", "2026-10-01", False),
            # 1 October in Amsterdam is 30 September in UTC; the provider calls it October.
            ("2026-10-01T00:00:00+02:00", "2026-10-01", False),
            ("2026-10-15 00:00:00", "2026-10-01", True),
            ("2026-10-01T07:00:00Z", "2026-10-01", True),
        ],
    )
    def test_the_billing_month_is_the_calendar_month_in_which_the_period_starts(self, start, month, is_tagged):
        row = only(read_focus({"BillingPeriodStart": start}))
        assert row.billing_month == month
        assert json.loads(row.tags).get("BillingPeriodStart") == (start if is_tagged else None)

    def test_dates_in_other_styles_are_the_same_moment(self):
        styles = [
            "2026-10-05 10:00:00",
            "2026-10-05T10:00Z",
            "2026-10-05T12:00:00.000+02:00",
            "2026-10-05 10:00:00 UTC",
        ]
        rows = read_focus(*({"ChargePeriodStart": style} for style in styles))
        assert {row.service_start for row in rows} == {"2026-10-05 10:00:00"}
        assert len({row.content_hash for row in rows}) == 1

    def test_fractions_of_a_second_are_cut_and_still_tell_contents_apart(self):
        whole, part = read_focus({}, {"ChargePeriodStart": "2026-10-05T10:00:00.250Z"})
        assert part.service_start == whole.service_start
        assert part.content_hash != whole.content_hash


class TestQuantity:
    COLUMNS = (*FOCUS_1_0, "ConsumedQuantity", "ConsumedUnit")

    def read(self, quantity, unit, consumed, consumed_unit):
        record = {
            "PricingQuantity": quantity,
            "PricingUnit": unit,
            "ConsumedQuantity": consumed,
            "ConsumedUnit": consumed_unit,
        }
        return only(read(focus_file(record, columns=self.COLUMNS)))

    def test_the_priced_pair_comes_first(self):
        row = self.read("2", "Hours", "7200", "Seconds")
        assert (row.quantity, row.unit) == ("2", "Hours")

    def test_without_it_the_consumed_pair_never_a_mixture(self):
        row = self.read("NULL", "Hours", "7.2e3", "Seconds")
        assert (row.quantity, row.unit) == ("7200", "Seconds")
        assert json.loads(row.tags)["PricingUnit"] == "Hours"
        row = self.read("2", "NULL", "7200", "Seconds")
        assert (row.quantity, row.unit) == ("7200", "Seconds")
        assert json.loads(row.tags)["PricingQuantity"] == "2"

    def test_a_quantity_without_any_unit_is_still_a_quantity(self):
        for consumed in ("NULL", "7200"):
            row = self.read("2", "NULL", consumed, "NULL")
            assert (row.quantity, row.unit) == ("2", "")

    def test_no_quantity_is_not_zero(self):
        row = self.read("NULL", "NULL", "NULL", "NULL")
        assert (row.quantity, row.unit) == (None, "")

    def test_a_broken_consumed_quantity_matters_only_where_it_is_taken(self):
        assert self.read("2", "Hours", "a lot", "Seconds").quantity == "2"
        error = self.read("NULL", "NULL", "a lot", "Seconds")
        assert (error.column, error.reason) == ("ConsumedQuantity", "not_a_number")

    def test_that_is_nothing_but_zeros_takes_no_time(self):
        # Beside a number with zeros behind its decimals, which are looked for from the end. It is a tag.
        zeros = f"1{'0' * 120_000}"
        begun = time.monotonic()
        row = self.read("1.50", "Hours", zeros, "Seconds")
        assert json.loads(row.tags)["ConsumedQuantity"] == zeros
        assert time.monotonic() - begun < 5


class TestSku:
    def test_the_price_id_stands_in_for_a_missing_sku(self):
        columns = [*FOCUS_1_0, "SkuPriceId", "SkuMeter"]
        record = {"SkuId": "NULL", "SkuPriceId": "P-9", "ChargeDescription": "", "SkuMeter": "Machine time"}
        row = only(read(focus_file(record, columns=columns)))
        assert (row.sku, row.sku_name) == ("P-9", "Machine time")


class TestABadRecord:
    @pytest.mark.parametrize(
        ("column", "value", "reason"),
        [
            *((name, "NULL", "missing_value") for name in MANDATORY if name not in NULLABLE),
            ("BilledCost", "1,234.00", "not_a_number"),
            ("BilledCost", "NaN", "not_a_number"),
            ("BilledCost", "Infinity", "not_a_number"),
            ("BilledCost", "=1+1", "not_a_number"),
            ("BilledCost", "１", "not_a_number"),
            ("BilledCost", " 1", "not_a_number"),
            ("BilledCost", "1e400", "number_too_large"),
            ("BilledCost", "1e-400", "number_too_large"),
            ("BilledCost", "1" * 101, "number_too_long"),
            ("ListCost", "x", "not_a_number"),
            ("EffectiveCost", "--1", "not_a_number"),
            ("ContractedCost", "0x10", "not_a_number"),
            ("PricingQuantity", "ten", "not_a_number"),
            ("ChargePeriodStart", "9/2/2023", "bad_date"),
            ("ChargePeriodStart", "2026-02-30 00:00:00", "bad_date"),
            ("ChargePeriodEnd", "2026-10-05 25:00:00", "bad_date"),
            ("BillingPeriodStart", "October", "bad_date"),
            ("ChargePeriodEnd", "9999-12-31T23:59:59-14:00", "bad_date"),
            ("ChargePeriodEnd", "2026-10-05 10:00:00", "end_before_start"),
            ("ChargePeriodEnd", "2026-10-05 09:59:59", "end_before_start"),
            ("BillingPeriodEnd", "2026-10-01 00:00:00", "end_before_start"),
            ("BillingCurrency", "Dollars", "bad_currency"),
            ("BillingCurrency", "U$D", "bad_currency"),
            ("ChargeCategory", "Refund", "unknown_charge_category"),
            ("ChargeClass", "Estimate", "unknown_charge_class"),
            ("SubAccountId", "s" * 501, "field_too_long"),
            ("SkuId", "s" * 501, "field_too_long"),
        ],
    )
    def test_names_row_column_reason_and_value_and_the_others_go_on(self, column, value, reason):
        first, error, last = read_focus({}, {column: value}, {})
        assert isinstance(first, UsageRow)
        assert (error.row_no, error.column, error.reason) == (3, column, reason)
        assert error.value == ("" if reason == "missing_value" else value[:200])
        assert isinstance(last, UsageRow)
        assert last.row_no == 4

    def test_keeps_its_text_so_that_it_can_be_corrected(self):
        error = only(read_focus({"BilledCost": "a,b", "ServiceName": 'the "big" one'}))
        header = ",".join(FOCUS_1_0)
        assert only(read(f"{header}\n{error.text}\n".encode())).value == "a,b"
        row = only(read(f"{header}\n{error.text.replace(chr(34) + 'a,b' + chr(34), '7')}\n".encode()))
        assert (row.cost_billed, row.service) == ("7", 'the "big" one')

    def test_is_named_by_the_header_s_own_spelling(self):
        data = focus_file({"BilledCost": "x"}).replace(b"BilledCost", b"BILLEDCOST")
        assert only(read(data)).column == "BILLEDCOST"

    def test_costs_that_providers_leave_out_are_no_error(self):
        row = only(read_focus({"ContractedCost": "NULL", "EffectiveCost": "", "ListCost": "NULL"}))
        assert (row.cost_effective, row.cost_list, row.cost_contracted) == (None, None, None)

    def test_too_many_and_too_few_cells(self):
        lines = focus_file({}, {}).decode().splitlines()
        long, short = read("\n".join([lines[0], lines[1] + ",x", lines[2].rpartition(",")[0]]).encode())
        width = len(FOCUS_1_0)
        assert (long.row_no, long.column, long.reason, long.value) == (2, None, "too_many_cells", str(width + 1))
        assert (short.row_no, short.column, short.reason, short.value) == (3, None, "too_few_cells", str(width - 1))

    def test_empty_records_under_the_table_are_passed_over(self):
        data = focus_file({}) + b"\n" + b"," * (len(FOCUS_1_0) - 1) + b"\n,,\n"
        assert only(read(data)).row_no == 2


class TestAFile:
    def test_that_is_something_else(self):
        error = refused(b"name,amount\nx,1\n")
        assert (error.reason, error.file, error.row) == ("not_this_format", "usage.csv", 1)
        assert error.detail == tuple(MANDATORY)

    def test_without_obligatory_columns_names_all_of_them_at_once(self):
        columns = [name for name in FOCUS_1_0 if name not in ("BilledCost", "ServiceName")]
        error = refused(focus_file({}, columns=columns))
        assert (error.reason, error.detail) == ("column_missing", ("BilledCost", "ServiceName"))

    def test_with_a_column_twice_in_whatever_case(self):
        error = refused(focus_file({}, columns=[*FOCUS_1_0, "BilledCost"]).replace(b"BilledCost", b"billedCOST", 1))
        assert (error.reason, error.detail) == ("column_twice", ("BilledCost",))

    def test_with_an_unknown_column_twice_keeps_both(self):
        data = csv_bytes([[*FOCUS_1_0, "Id", "Id", ""], [*(RECORD.get(name, "") for name in FOCUS_1_0), "1", "2", "3"]])
        tags = json.loads(only(read(data)).tags)
        assert (tags["Id"], tags["Id (2)"], tags[f"column {len(FOCUS_1_0) + 3}"]) == ("1", "2", "3")

    @pytest.mark.parametrize("data", [b"", b"\n\n", b"\xef\xbb\xbf", b"\r\n \r\n"])
    def test_that_is_empty(self, data):
        assert refused(data).reason == "empty_file"

    def test_that_has_a_header_only(self):
        assert refused(focus_file().split(b"\n")[0] + b"\n").reason == "no_rows"

    @pytest.mark.parametrize("delimiter", [";", "\t"])
    def test_with_another_delimiter(self, delimiter):
        assert only(read(focus_file(delimiter=delimiter), delimiter=delimiter)).cost_billed == "1.50"

    def test_with_windows_line_ends_and_a_byte_order_mark(self):
        data = b"\xef\xbb\xbf" + focus_file({}, {}, line_end="\r\n")
        assert read(data) == read(data, chunk_size=100) == read_focus({}, {})

    def test_several_accounts_and_months_keep_their_own(self):
        rows = read_focus(
            {},
            {"BillingAccountId": "A-2", "BillingPeriodStart": "2026-09-01 00:00:00", "BillingCurrency": "eur"},
            {"ServiceName": "Disks", "PricingUnit": "GB"},
            {},
        )
        found = [(row.provider_account, row.billing_month, row.currency, row.service, row.unit) for row in rows]
        assert found == [
            ("A-1", "2026-10-01", "USD", "Machines", "Hours"),
            ("A-2", "2026-09-01", "EUR", "Machines", "Hours"),
            ("A-1", "2026-10-01", "USD", "Disks", "GB"),
            ("A-1", "2026-10-01", "USD", "Machines", "Hours"),
        ]


class TestTheFormat:
    def test_every_column_stands_in_one_list(self):
        assert len(COLUMNS) == 57
        assert Counter(COLUMNS) == Counter(set(COLUMNS))
        assert set(COLUMNS) >= {*MANDATORY, *ADDED_IN_1_1, *ADDED_IN_1_2}

    def test_the_lists_of_the_content_hash_never_change(self):
        # A changed list would make every row of an older delivery look like another one.
        lists = [ACCOUNT_COLUMNS, SALE_COLUMNS, NUMBER_COLUMNS, OTHER_COLUMNS]
        assert [len(names) for names in lists] == [21, 23, 6, 7]
        assert only(read_focus({})).content_hash.hex() == "1fe069a1ca1c5ca3a85d06be8df3b0d5"

    def test_the_content_hash_can_be_worked_out_from_the_description(self):
        def digest(content):
            return hashlib.blake2b(content, digest_size=16).digest()

        record = {**RECORD, "x_B": "2", "X_a": "1"}
        row = only(read(focus_file(record, columns=[*FOCUS_1_0, "x_B", "X_a"])))
        account = digest("\0".join(record.get(name, "") for name in ACCOUNT_COLUMNS).encode())
        sale = digest("\0".join(record.get(name, "") for name in SALE_COLUMNS).encode())
        numbers = [bare_number(record.get(name, "")) for name in NUMBER_COLUMNS]
        rest = [*numbers, *(record.get(name, "") for name in OTHER_COLUMNS), "x_a", "1", "x_b", "2"]
        assert row.content_hash == digest(account + sale + "\0".join(rest).encode())

    @pytest.mark.samples
    def test_agrees_with_the_specification(self, samples):
        lines = (samples / "focus/focus_spec_columns_1.0_1.1_1.2.csv").read_text().splitlines()[1:]
        cells = [line.split(",") for line in lines]
        by_version = {version: {c[1] for c in cells if c[0] == version} for version in ("1.0", "1.1", "1.2")}
        assert by_version["1.2"] == set(COLUMNS)
        assert by_version["1.1"] - by_version["1.0"] == set(ADDED_IN_1_1)
        assert by_version["1.2"] - by_version["1.1"] == set(ADDED_IN_1_2)
        for version in by_version:
            mandatory = {c[1]: c[4] == "True" for c in cells if c[0] == version and c[3] == "Mandatory"}
            assert set(mandatory) == set(MANDATORY)
            # The three costs are our leniency: real bills leave them out.
            nullable = {name for name, may_be_null in mandatory.items() if may_be_null}
            assert nullable == set(NULLABLE) - {"EffectiveCost", "ListCost", "ContractedCost"}

    @pytest.mark.parametrize(
        ("added", "version"), [([], "1.0"), (["SkuMeter"], "1.1"), (["SkuMeter", "invoiceid"], "1.2")]
    )
    def test_the_version_is_the_newest_of_which_a_column_appears(self, added, version):
        assert get_reader("focus").version([*FOCUS_1_0, *added]) == version

    def test_recognises_a_broken_focus_file_so_that_its_fault_is_named(self):
        focus = get_reader("focus")
        assert focus.recognise([name.upper() for name in FOCUS_1_0 if name != "BilledCost"])
        assert not focus.recognise(["id", "time", "account", "service", "quantity", "unit"])


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20).filter(
    lambda text: text != "NULL"
)
numbers = st.decimals(min_value=-(10**15), max_value=10**15, places=10).map(lambda number: format(number, "f"))
optional_texts = st.one_of(st.just("NULL"), st.just(""), texts)
records = st.fixed_dictionaries(
    {
        "BilledCost": numbers,
        "EffectiveCost": st.one_of(st.just("NULL"), numbers),
        "ListCost": numbers,
        "PricingQuantity": numbers,
        "ProviderName": texts,
        "BillingAccountId": texts,
        "SubAccountId": optional_texts,
        "SubAccountName": optional_texts,
        "ServiceName": texts,
        "SkuId": optional_texts,
        "RegionId": optional_texts,
        "ResourceId": optional_texts,
        "ChargeDescription": optional_texts,
        "Tags": st.one_of(st.just("NULL"), st.dictionaries(texts, texts, max_size=3).map(json.dumps), texts),
        "x_Unknown": optional_texts,
        "x_Other": optional_texts,
    }
)


def null(text):
    return "" if text == "NULL" else text


class TestAnyRecord:
    WIDE = (*FOCUS_1_0, "RegionId", "ResourceId", "Tags", "x_Unknown", "x_Other")

    @given(st.lists(records, min_size=1, max_size=4), st.randoms(use_true_random=False), st.integers(1, 200))
    def test_comes_back_equal_from_columns_in_any_order_and_case_cut_anywhere(self, given_records, shuffle, chunk_size):
        columns = list(self.WIDE)
        shuffle.shuffle(columns)
        header = [shuffle.choice([name, name.lower(), name.upper()]) if name[1] != "_" else name for name in columns]
        rows = [[{**RECORD, **record}.get(name, "") for name in columns] for record in given_records]
        found = read(csv_bytes([header, *rows]), chunk_size=chunk_size)
        assert [row.row_no for row in found] == list(range(2, len(rows) + 2))
        for row, record in zip(found, given_records, strict=True):
            assert Decimal(row.cost_billed) == Decimal(record["BilledCost"])
            assert row.cost_effective == (
                null(record["EffectiveCost"]).replace("-0.0000000000", "0.0000000000") or None
            )
            assert row.provider == record["ProviderName"]
            assert row.provider_account == record["BillingAccountId"]
            assert row.sub_account == null(record["SubAccountId"])
            assert row.service == record["ServiceName"]
            assert row.sku == null(record["SkuId"])
            assert row.sku_name == null(record["ChargeDescription"])
            assert row.region == null(record["RegionId"])
            assert row.resource == null(record["ResourceId"])
            tags = json.loads(row.tags)
            assert tags.get("x_Unknown", "") == null(record["x_Unknown"])
            assert tags.get("x_Other", "") == null(record["x_Other"])

    @given(records, st.randoms(use_true_random=False))
    def test_has_a_content_hash_that_knows_no_order_case_place_or_spelling_of_null(self, record, shuffle):
        columns = list(self.WIDE)
        plain = only(read(focus_file(record, columns=columns)))
        shuffle.shuffle(columns)
        columns.append("CommitmentDiscountId")
        respelt = {name: {"": "NULL", "NULL": ""}.get(value, value) for name, value in record.items()}
        # Obligatory cells of RECORD are not null; only what may be null is spelt the other way.
        moved = read(focus_file({}, {**respelt}, columns=columns))[1]
        assert moved.content_hash == plain.content_hash
        assert moved[2:-2] == plain[2:-2]

    @given(records, st.sampled_from(["BilledCost", "SubAccountId", "Tags", "x_Unknown", "ResourceId", "ServiceName"]))
    def test_has_another_content_hash_when_any_cell_differs(self, record, column):
        other = {**record, column: "123.5" if null(record[column]) != "123.5" else "124.5"}
        first, second = read(focus_file(record, other, columns=self.WIDE))
        assert first.content_hash != second.content_hash


@pytest.mark.samples
class TestTheRealSample:
    def test_gives_a_thousand_rows_and_the_billed_cost_to_the_last_digit(self, samples):
        data = (samples / "focus/focus_1.0_sample_1000.csv").read_bytes()
        rows = read(data)
        assert len(rows) == 1000
        assert not [row for row in rows if isinstance(row, RowError)]
        assert sum(Decimal(row.cost_billed) for row in rows) == Decimal("20.52022672899")
        assert Counter((row.provider, row.billing_month) for row in rows) == {
            ("AWS", "2024-09-01"): 942,
            ("Microsoft", "2024-09-01"): 51,
            ("Oracle", "2024-09-01"): 6,
            ("Oracle", "2024-10-01"): 1,
        }
        assert Counter(row.charge_kind for row in rows) == {"usage": 997, "adjustment": 2, "credit": 1}
        assert sum(row.cost_contracted is None for row in rows) == 7
        assert len({row.content_hash for row in rows}) == 1000
        fields = ("provider", "provider_account", "sub_account", "service", "sku", "region", "charge_kind")
        assert len({tuple(getattr(row, field) for field in fields) for row in rows}) == 513

    def test_is_the_same_whatever_the_order_of_its_columns(self, samples):
        with open(samples / "focus/focus_1.0_sample_1000.csv", newline="") as file:
            table = list(csv.reader(file))
        order = list(range(len(table[0])))
        random.Random(3).shuffle(order)
        shuffled = read(csv_bytes([[cells[at] for at in order] for cells in table]))
        assert shuffled == read(csv_bytes(table))
