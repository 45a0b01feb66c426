"""CloudKitty, OpenCost and Prometheus: what their servers answer, from elements to rows."""

import json
from collections import Counter
from decimal import Decimal

import pytest
from cloud_billing_engine.readers import READERS, Limits, RejectedFile, RowError, UsageRow, get_reader, outline, reread
from reader_samples import read
from tree_documents import ALLOCATION, METRIC, PERIOD, POINT, allocations, frames, matrix, read_samples

TREES = [name for name, reader in READERS.items() if hasattr(reader, "recognise_tree")]


def only(items):
    (item,) = items
    return item


def refused(data, reader, **options):
    with pytest.raises(RejectedFile) as caught:
        read(data, reader, **options)
    assert caught.value.file == "usage.csv"
    return caught.value


def recognised(data):
    found = outline(data)
    return [name for name in TREES if READERS[name].recognise_tree(found)]


class TestDataFrames:
    def test_have_a_row_per_point_with_every_value_as_written(self):
        row = only(read(frames({}), "cloudkitty", currency="EUR", provider_account="cloud"))
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=1,
            external_id=None,
            provider="OpenStack",
            provider_account="cloud",
            sub_account="P-1",
            sub_account_name="",
            service="volume.size",
            sku="volume.size",
            sku_name="volume.size",
            region="",
            charge_kind="usage",
            unit="GiB",
            currency="EUR",
            service_start="2026-10-05 10:00:00",
            service_end="2026-10-05 11:00:00",
            billing_month=None,
            quantity="1.5",
            cost_billed="0.04",
            cost_effective=None,
            cost_list=None,
            cost_contracted=None,
            resource="vol-1",
            tags="",
            content_hash=b"",
        )
        assert json.loads(row.tags) == {"groupby": {"user_id": "U"}, "metadata": {"volume_type": "ssd"}}

    def test_may_have_the_period_behind_the_usage_and_in_basic_form(self):
        basic = {"begin": "20261005T100000Z", "end": "20261005T110000Z"}
        rows = [only(read(frames({}, period=period), "cloudkitty", currency="EUR")) for period in (PERIOD, basic)]
        assert rows[0] == rows[1]
        order = {"dataframes": [{"period": PERIOD, "usage": {"volume.size": [POINT]}}]}
        assert only(read(json.dumps(order).encode(), "cloudkitty", currency="EUR")) == rows[0]

    def test_of_older_servers_name_the_tenant(self):
        assert only(read(frames({"groupby": {"tenant_id": "T"}, "rating": {}}), "cloudkitty")).sub_account == "T"

    def test_keep_members_that_nobody_knows(self):
        row = only(read(frames({"description": "x", "rating": {}}), "cloudkitty"))
        assert json.loads(row.tags)["more"] == {"description": "x"}

    def test_with_prices_need_a_currency_from_the_source(self):
        error = refused(frames({}), "cloudkitty")
        assert (error.reason, error.file) == ("currency_not_said", "usage.csv")
        row = only(read(frames({"rating": {"price": 0}}), "cloudkitty"))
        assert (row.cost_billed, row.currency) == (None, "")
        euros, dollars = (only(read(frames({}), "cloudkitty", currency=code)) for code in ("EUR", "USD"))
        assert euros.content_hash != dollars.content_hash

    @pytest.mark.parametrize(
        ("point", "column", "reason"),
        [
            ({"vol": {"unit": "GiB"}}, "qty", "missing_value"),
            ({"vol": {"unit": "GiB", "qty": "NaN"}}, "qty", "not_a_number"),
            ({"vol": None}, "qty", "missing_value"),
            ({"rating": {"price": "much"}}, "price", "not_a_number"),
        ],
    )
    def test_with_a_bad_point_go_on(self, point, column, reason):
        first, error, last = read(frames({}, point, {}), "cloudkitty", currency="EUR")
        assert isinstance(first, UsageRow)
        assert isinstance(last, UsageRow)
        assert (error.row_no, error.column, error.reason) == (2, column, reason)
        reader = get_reader("cloudkitty")
        cells = dict(zip(reader.columns, error.text.split(","), strict=False))
        assert cells["metric"] == "volume.size"

    def test_without_a_period_or_with_other_shapes_are_bad_rows(self):
        assert only(read(frames({}, period=None), "cloudkitty", currency="EUR")).column == "begin"
        data = json.dumps({"dataframes": [{"period": PERIOD, "usage": [1]}, 5, {"usage": {"m": [5]}}]}).encode()
        assert [item.reason for item in read(data, "cloudkitty")] == ["not_expected"] * 3

    def test_are_corrected_below_the_columns_of_the_reader(self):
        reader = get_reader("cloudkitty")
        error = only(read(frames({"vol": {"unit": "GiB", "qty": "x"}}), "cloudkitty", currency="EUR"))
        options = {"currency": "EUR"}
        row = only(reread(reader, reader.columns, error.text.replace(",x,", ",2,"), row_no=1, file_name="f",
                          limits=Limits(), options=options))  # fmt: skip
        assert (row.row_no, row.quantity, row.sub_account) == (1, "2", "P-1")
        same = only(read(frames({"vol": {"unit": "GiB", "qty": 2}}), "cloudkitty", currency="EUR"))
        assert row == same


class TestSummaries:
    COLUMNS = ("begin", "end", "qty", "rate", "project_id", "type")
    ROW = ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", 3.5, 1.75, "P-1", "instance")

    def table(self, *rows, **around):
        return json.dumps({"total": len(rows), "columns": self.COLUMNS, "results": rows, **around}).encode()

    def test_as_tables_and_as_objects_are_the_same(self):
        row = only(read(self.table(self.ROW), "cloudkitty", currency="EUR"))
        named = dict(zip(self.COLUMNS, self.ROW, strict=True))
        assert only(read(json.dumps({"results": [named]}).encode(), "cloudkitty", currency="EUR")) == row
        assert (row.service, row.sub_account, row.quantity, row.cost_billed) == ("instance", "P-1", "3.5", "1.75")

    def test_leave_out_times_without_usage(self):
        empty = (*self.ROW[:2], None, None, "P-1", "instance")
        assert len(read(self.table(empty, self.ROW, empty), "cloudkitty", currency="EUR")) == 1

    def test_need_their_column_names_before_the_rows(self):
        data = json.dumps({"results": [self.ROW], "columns": self.COLUMNS}).encode()
        error = refused(data, "cloudkitty", currency="EUR")
        assert (error.reason, error.detail) == ("column_missing", ("columns",))

    def test_with_a_row_of_another_width_go_on(self):
        items = read(self.table(self.ROW[:-1], self.ROW), "cloudkitty", currency="EUR")
        assert [getattr(item, "reason", None) for item in items] == ["not_expected", None]


class TestAllocations:
    def test_have_a_row_per_resource_that_adds_up_to_the_total(self):
        rows = read(allocations({}), "opencost", currency="USD")
        # CPU 1.25 - 0.25 of adjustment, memory 0.5: together the total of 1.5; the network has bytes and no cost.
        assert [(row.service, row.quantity, row.unit, row.cost_billed) for row in rows] == [
            ("CPU", "12.5", "core hours", "1.00"),
            ("Memory", "1000", "byte hours", "0.5"),
            ("Network", "7", "bytes", "0"),
        ]
        row = rows[0]
        assert (row.provider, row.provider_account, row.sub_account) == ("OpenCost", "c-1", "shop")
        assert (row.service_start, row.service_end) == ("2026-10-05 00:00:00", "2026-10-06 00:00:00")
        assert json.loads(row.tags)["properties"]["labels"] == {"team": "web"}
        assert json.loads(row.tags)["more"]["end"] == "2026-10-05T23:59:00Z"
        assert "more" not in json.loads(rows[1].tags)

    def test_with_a_kind_of_cost_that_is_new_lose_nothing(self):
        rows = read(allocations({"totalCost": 1.75, "waterCost": 0.25}), "opencost", currency="USD")
        assert (rows[-1].service, rows[-1].cost_billed, rows[-1].quantity) == ("Other", "0.25", None)
        # What rounding alone explains is no cost.
        assert len(read(allocations({"totalCost": 1.50001}), "opencost", currency="USD")) == 3

    def test_without_a_name_are_called_by_their_key(self):
        assert read(allocations({"name": None}), "opencost", currency="USD")[0].sub_account == "a0"

    def test_name_what_is_wrong_and_go_on(self):
        items = read(allocations({"cpuCoreHours": "x"}, {"window": None}, {}), "opencost", currency="USD")
        errors = [(item.column, item.reason) for item in items if isinstance(item, RowError)]
        assert errors == [("quantity", "not_a_number"), *[("start", "missing_value")] * 3]
        assert sum(isinstance(item, UsageRow) for item in items) == 5

    def test_that_are_an_error_are_refused_with_what_the_server_says(self):
        data = json.dumps({"code": 400, "status": "", "message": "invalid window", "data": None}).encode()
        error = refused(data, "opencost")
        assert (error.reason, error.detail) == ("server_error", "invalid window")

    def test_are_corrected_below_the_columns_of_the_reader(self):
        reader = get_reader("opencost")
        error = read(allocations({"cpuCoreHours": "x"}), "opencost", currency="USD")[0]
        row = only(reread(reader, reader.columns, error.text.replace("CPU,x,", "CPU,12.5,"), row_no=1, file_name="f",
                          limits=Limits(), options={"currency": "USD"}))  # fmt: skip
        assert row == read(allocations({}), "opencost", currency="USD")[0]


class TestCloudCosts:
    def test_have_the_four_costs_apart(self):
        costs = {name: {"cost": cost} for name, cost in
                 (("listCost", 4), ("netCost", 3), ("amortizedNetCost", 2.5), ("invoicedCost", 2))}  # fmt: skip
        item = {"properties": {"provider": "AWS", "invoiceEntityID": "1"}, "window": ALLOCATION["window"], **costs}
        data = json.dumps({"code": 200, "data": {"sets": [{"cloudCosts": {"AWS": item}}]}}).encode()
        row = only(read(data, "opencost", currency="USD"))
        assert (row.cost_billed, row.cost_effective, row.cost_list, row.cost_contracted) == ("2", "2.5", "4", "3")
        assert (row.provider_account, row.sub_account, row.quantity) == ("1", "AWS", None)


HOUR = 3600
AT_TEN = 1791194400  # 2026-10-05 10:00:00 UTC


class TestSamples:
    def test_of_an_increase_are_the_use_of_the_step_before_them(self):
        rows = read_samples("increase", (AT_TEN, "5"), (AT_TEN + HOUR, "7.50"))
        assert [(row.service_start[11:], row.service_end[11:], row.quantity) for row in rows] == [
            ("09:00:00", "10:00:00", "5"),
            ("10:00:00", "11:00:00", "7.50"),
        ]
        row = rows[0]
        assert (row.sub_account, row.service, row.resource) == ("shop", "requests_total", "10.0.0.1:80")
        assert json.loads(row.tags) == {"labels": {"job": "web"}}

    def test_of_a_counter_are_differences_and_after_a_reset_the_new_value(self):
        rows = read_samples(
            "counter", (AT_TEN, "100"), (AT_TEN + HOUR, "130.5"), (AT_TEN + 2 * HOUR, "4"), (AT_TEN + 5 * HOUR, "10")
        )
        # 30.5, then 4 since the reset, then 6 over the three hours in which nothing was scraped.
        assert [row.quantity for row in rows] == ["30.5", "4", "6"]
        assert [json.loads(row.tags).get("reset") for row in rows] == [None, "true", None]
        assert (rows[2].service_start[11:], rows[2].service_end[11:]) == ("12:00:00", "15:00:00")

    def test_of_a_gauge_are_level_times_hours_until_the_next_step(self):
        rows = read_samples("gauge", (AT_TEN, "4"), (AT_TEN + 900, "2"), (AT_TEN + 1800, "8"), (AT_TEN + 3600, "8"))
        # A quarter of an hour each: 4/4, 2/4, 8/4. The last value begins the next query; in the gap before it nothing
        # is known of the quarter from 10:45.
        assert [(row.quantity, row.unit) for row in rows] == [("1", "hours"), ("0.5", "hours"), ("2", "hours")]
        assert rows[2].service_end[11:] == "10:45:00"

    def test_that_are_no_number_are_bad_rows_and_a_counter_goes_on_behind_them(self):
        for kind, expected in (("increase", 2), ("counter", 1), ("gauge", 1)):
            items = read_samples(kind, (AT_TEN, "1"), (AT_TEN + HOUR, "NaN"), (AT_TEN + 2 * HOUR, "3"))
            assert [item.reason for item in items if isinstance(item, RowError)] == ["not_a_number"]
            assert sum(isinstance(item, UsageRow) for item in items) == expected
        assert read_samples("increase", (AT_TEN, "+Inf"), (AT_TEN + 1, "1"))[0].reason == "not_a_number"

    def test_that_are_alone_have_no_length(self):
        for kind in ("increase", "counter", "gauge"):
            error = only(read_samples(kind, (AT_TEN, "1")))
            assert (error.reason, error.column) == ("no_interval", "step")

    def test_that_come_out_of_order_or_are_none_make_a_bad_series(self):
        for samples in (
            [(AT_TEN, "1"), (AT_TEN, "2")],
            [(AT_TEN, "1"), (AT_TEN - 1, "2")],
            [("now", "1")],
            [(AT_TEN,)],
        ):
            assert only(read_samples("counter", *samples)).reason == "not_expected"

    def test_at_times_that_are_none_are_bad_rows(self):
        items = read_samples("increase", (-5, "1"), (-4, "1"), ("1e30", "1"))
        assert {item.reason for item in items} == {"bad_date"}

    def test_need_the_choice_of_what_a_value_means(self):
        error = refused(matrix((AT_TEN, "1"), (AT_TEN + 1, "2")), "prometheus")
        assert (error.reason, error.detail) == ("choice_missing", "sample_kind")

    def test_take_account_and_service_from_labels_that_the_source_names(self):
        columns = {"account": "job", "service": "instance"}
        row = read_samples("increase", (AT_TEN, "1"), (AT_TEN + 1, "2"), columns=columns)[0]
        assert (row.sub_account, row.service, row.resource) == ("web", "10.0.0.1:80", "10.0.0.1:80")

    def test_of_answers_that_may_lack_something_are_refused(self):
        data = matrix((AT_TEN, "1"), (AT_TEN + 1, "2"), warnings=["partial response"])
        error = refused(data, "prometheus", sample_kind="increase")
        assert (error.reason, error.detail) == ("server_warning", "partial response")
        error = refused(b'{"status":"error","errorType":"bad_data","error":"parse error"}', "prometheus")
        assert (error.reason, error.detail) == ("server_error", "parse error")
        data = b'{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]}}'
        assert refused(data, "prometheus", sample_kind="increase").reason == "not_this_format"


class TestRecognition:
    @pytest.mark.parametrize(
        ("data", "reader"),
        [(frames({}), "cloudkitty"), (allocations({}), "opencost"), (matrix((1, "1")), "prometheus"),
         (b'{"status":"error","errorType":"bad_data","error":"x"}', "prometheus")],
    )  # fmt: skip
    def test_is_by_content_and_by_one_reader_only(self, data, reader):
        assert recognised(data) == [reader]
        for other in TREES:
            if other != reader:
                assert refused(data, other, currency="EUR", sample_kind="gauge")

    def test_of_other_trees_is_none(self):
        for data in (b'[{"id":1}]', b'{"data":[{"id":1}]}', b"<r><i/></r>", b'{"status":"ok"}'):
            assert recognised(data) == []


COSTS = ("cpuCost", "gpuCost", "ramCost", "pvCost", "networkCost", "loadBalancerCost", "sharedCost", "externalCost")


def plain(path):
    """A sample by the plain json module, numbers as Decimals."""
    return json.loads(path.read_text(), parse_float=Decimal, parse_int=Decimal)


@pytest.mark.samples
class TestSampleFiles:
    def totals(self, path, reader, **options):
        rows = read(path.read_bytes(), reader, chunk_size=1000, **options)
        assert not [row for row in rows if isinstance(row, RowError)]
        assert recognised(path.read_bytes()) == [reader]
        quantities, costs = Counter(), Counter()
        for row in rows:
            quantities[row.service, row.unit] += Decimal(row.quantity or 0)
            costs[row.service] += Decimal(row.cost_billed or 0)
        return len(rows), quantities, costs

    @pytest.mark.parametrize("name", ["v2_dataframes_get", "v2_dataframes_live_25.0.0", "v2_dataframes_post"])
    def test_of_data_frames_give_every_point(self, samples, name):
        path = samples / "cloudkitty" / f"{name}.json"
        count, quantities, costs = 0, Counter(), Counter()
        for frame in plain(path)["dataframes"]:
            for metric, points in frame["usage"].items():
                for point in points:
                    count += 1
                    quantities[metric, point["vol"]["unit"]] += point["vol"]["qty"]
                    costs[metric] += point["rating"]["price"]
        assert self.totals(path, "cloudkitty", currency="EUR") == (count, quantities, costs)

    @pytest.mark.parametrize("name", ["v2_summary_get", "v2_summary_get_groupby_time", "v2_summary_object_live_25.0.0"])
    def test_of_summaries_give_every_sum_that_says_something(self, samples, name):
        path = samples / "cloudkitty" / f"{name}.json"
        content = plain(path)
        count, quantities, costs = 0, Counter(), Counter()
        for row in content["results"]:
            row = row if isinstance(row, dict) else dict(zip(content["columns"], row, strict=True))
            if row["qty"] is not None:
                count += 1
                quantities[row.get("type", "rating"), ""] += row["qty"]
                costs[row.get("type", "rating")] += row["rate"]
        assert self.totals(path, "cloudkitty", currency="EUR") == (count, quantities, costs)

    def test_of_allocations_give_every_cost_and_quantity(self, samples):
        path = samples / "opencost" / "allocation-example-output.json"
        total, cpu, ram, sent = Decimal(0), Decimal(0), Decimal(0), Decimal(0)
        for window in plain(path)["data"]:
            for allocation in window.values():
                names = [name for name in allocation if name in COSTS or name.endswith("CostAdjustment")]
                total += sum(allocation[name] for name in names)
                cpu += allocation["cpuCoreHours"]
                ram += allocation["ramByteHours"]
                sent += allocation["networkTransferBytes"]
        _count, quantities, costs = self.totals(path, "opencost", currency="USD")
        assert sum(costs.values()) == total
        assert quantities["CPU", "core hours"] == cpu
        assert quantities["Memory", "byte hours"] == ram
        assert quantities["Network", "bytes"] == sent

    def test_of_cloud_costs_give_every_cost(self, samples):
        path = samples / "opencost" / "cloudCost-example-output.json"
        items = [item for cut in plain(path)["data"]["sets"] for item in cut["cloudCosts"].values()]
        rows = read(path.read_bytes(), "opencost", currency="USD")
        assert len(rows) == len(items)
        for field, name in (("cost_billed", "invoicedCost"), ("cost_list", "listCost"), ("cost_contracted", "netCost"),
                            ("cost_effective", "amortizedNetCost")):  # fmt: skip
            assert sum(Decimal(getattr(row, field)) for row in rows) == sum(item[name]["cost"] for item in items)

    def test_of_a_range_give_what_the_counter_counted(self, samples):
        path = samples / "prometheus" / "query_range_live_2.42.json"
        series = plain(path)["data"]["result"]
        values = [[Decimal(value) for _moment, value in one["values"]] for one in series]
        rows = read(path.read_bytes(), "prometheus", sample_kind="counter")
        assert sum(Decimal(row.quantity) for row in rows) == sum(one[-1] - one[0] for one in values)
        rows = read(path.read_bytes(), "prometheus", sample_kind="increase")
        assert sum(Decimal(row.quantity) for row in rows) == sum(sum(one) for one in values)
        rows = read(path.read_bytes(), "prometheus", sample_kind="gauge")
        expected = sum(sum(one[:-1]) for one in values) * 2 / 3600
        assert abs(sum(Decimal(row.quantity) for row in rows) - expected) < Decimal("1e-20")
        assert recognised(path.read_bytes()) == ["prometheus"]

    def test_of_an_error_is_refused_with_its_sentence(self, samples):
        path = samples / "prometheus" / "query_range_error_11000_points.json"
        error = refused(path.read_bytes(), "prometheus", sample_kind="gauge")
        assert error.reason == "server_error"
        assert error.detail.startswith("exceeded maximum resolution of 11,000 points")


def test_labels_are_those_of_the_sample_metric():
    assert METRIC["namespace"] == read_samples("increase", (1, "1"), (2, "1"))[0].sub_account
