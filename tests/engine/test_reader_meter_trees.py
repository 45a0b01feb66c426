"""Green Button, UBL utility statements and IPDR: XML of meters and mediation, from elements to rows."""

import json
from collections import Counter
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from cloud_billing_engine.readers import READERS, Limits, RejectedFile, RowError, UsageRow, get_reader, outline, reread
from reader_samples import read
from tree_documents import LINE, SESSION, consumption, feed, ipdr, statement

TREES = [name for name, reader in READERS.items() if hasattr(reader, "recognise_tree")]
START = 1791194400  # 2026-10-05 10:00:00 UTC


def only(items):
    (item,) = items
    return item


def refused(data, reader, **options):
    with pytest.raises(RejectedFile) as caught:
        read(data, reader, **options)
    return caught.value


class TestIntervalReadings:
    READING = (START, "12", "<cost>2500</cost><ReadingQuality><quality>8</quality></ReadingQuality>")

    def test_become_rows_in_the_unit_of_their_type(self):
        row = only(read(feed(self.READING), "green_button", provider="Grid", provider_account="G"))
        # 12 x 10^3 Wh; 2500 hundred-thousandths of a euro.
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=1,
            external_id=f"RetailCustomer/9/UsagePoint/5/MeterReading/1/{START}",
            provider="Grid",
            provider_account="G",
            sub_account="RetailCustomer/9/UsagePoint/5",
            sub_account_name="Bakery",
            service="electricity",
            sku="MeterReading/1",
            sku_name="Quarter hours (forward)",
            region="",
            charge_kind="usage",
            unit="Wh",
            currency="EUR",
            service_start="2026-10-05 10:00:00",
            service_end="2026-10-05 10:15:00",
            billing_month=None,
            quantity="12000",
            cost_billed="0.02500",
            cost_effective=None,
            cost_list=None,
            cost_contracted=None,
            resource="",
            tags="",
            content_hash=b"",
        )
        assert json.loads(row.tags) == {"commodity": "1", "flowDirection": "1", "quality": "estimated"}

    @pytest.mark.parametrize("order", ["PMTB", "BTMP", "TBPM", "MBTP"])
    def test_are_the_same_in_any_order_of_the_entries(self, order):
        # Only the usage point is told from its address where it comes last.
        row = only(read(feed(self.READING, order=order), "green_button"))
        plain = only(read(feed(self.READING), "green_button"))
        assert (row.external_id, row.quantity, row.unit) == (plain.external_id, plain.quantity, plain.unit)

    def test_that_wait_for_their_type_are_no_more_than_an_element_may_be(self):
        data = feed(*((START + 900 * number, "1", "") for number in range(100)), order="BBPMT")
        assert len(read(data, "green_button")) == 200
        error = refused(data, "green_button", limits=Limits(max_record=len(data) * 2 // 3))
        assert error.reason == "element_too_long"

    @pytest.mark.parametrize(
        ("uom", "power", "unit", "quantity"),
        [
            ("42", "-3", "m3", "0.012"),
            ("169", "0", "therm", "12"),
            ("119", "2", "ft3", "1200"),
            ("72", None, "Wh", "12"),
        ],
    )
    def test_have_units_and_powers_of_ten(self, uom, power, unit, quantity):
        row = only(read(feed((START, "12", ""), uom=uom, powerOfTenMultiplier=power), "green_button"))
        assert (row.unit, row.quantity) == (unit, quantity)

    @pytest.mark.parametrize(
        ("changes", "column", "reason"),
        [
            ({"uom": "999"}, "uom", "unknown_unit"),
            ({"uom": None}, "uom", "missing_value"),
            ({"accumulationBehaviour": "3"}, "accumulationBehaviour", "not_usage"),
            ({"accumulationBehaviour": "1"}, "accumulationBehaviour", "not_usage"),
            ({"accumulationBehaviour": "12"}, "accumulationBehaviour", "not_usage"),
            ({"powerOfTenMultiplier": "99"}, "powerOfTenMultiplier", "number_too_large"),
            ({"powerOfTenMultiplier": "x"}, "powerOfTenMultiplier", "not_a_number"),
            ({"currency": "1"}, "currency", "bad_currency"),
            ({"currency": None}, "currency", "missing_value"),
        ],
    )
    def test_of_a_type_that_is_no_use_are_bad_rows(self, changes, column, reason):
        error = only(read(feed(self.READING, **changes), "green_button"))
        assert (error.column, error.reason) == (column, reason)

    def test_without_a_type_are_bad_rows_and_without_cost_need_no_currency(self):
        assert only(read(feed(self.READING, order="PMB"), "green_button")).column == "uom"
        assert only(read(feed((START, "1", ""), currency=None), "green_button")).currency == ""
        assert only(read(feed(self.READING, currency=None), "green_button", currency="USD")).currency == "USD"

    def test_without_times_follow_one_another_from_the_start_of_their_block(self):
        data = feed((START, "1", ""), (START, "2", "")).decode()
        period = f"<timePeriod><duration>900</duration><start>{START}</start></timePeriod>"
        rows = read(data.replace(period, "").encode(), "green_button")
        # The block begins at 1791158400, 2026-10-05 00:00:00; the type says 900 seconds.
        assert [row.service_start for row in rows] == ["2026-10-05 00:00:00", "2026-10-05 00:15:00"]

    def test_that_are_broken_are_bad_rows_and_the_others_are_read(self):
        rows = read(
            feed((START, "1", ""), (START + 900, "x", ""), ("soon", "1", ""), (START + 1800, "4", "")), "green_button"
        )
        assert [getattr(row, "reason", "") for row in rows] == ["", "not_a_number", "not_a_number", ""]

    def test_are_corrected_below_the_columns_of_the_reader(self):
        reader = get_reader("green_button")
        error = only(read(feed((START, "x", "")), "green_button"))
        row = only(
            reread(reader, reader.columns, error.text.replace(",x,", ",12,"), row_no=1, file_name="f", limits=Limits())
        )
        assert row == only(read(feed((START, "12", "")), "green_button"))

    def test_of_another_customer_have_other_ids(self):
        ours, theirs = feed((START, "1", "")), feed((START, "1", "")).replace(b"RetailCustomer/9", b"RetailCustomer/8")
        assert only(read(ours, "green_button")).external_id != only(read(theirs, "green_button")).external_id

    @pytest.mark.samples
    def test_of_a_sample_feed_give_every_value_and_cost(self, samples):
        path = samples / "greenbutton" / "espi_usage_data_01.xml"
        espi = "{http://naesb.org/espi}"
        found = list(ElementTree.parse(path).iter(f"{espi}IntervalReading"))
        rows = read(path.read_bytes(), "green_button", chunk_size=777)
        assert len(rows) == len(found) == 96
        assert sum(Decimal(row.quantity) for row in rows) == sum(int(one.find(f"{espi}value").text) for one in found)
        cents = sum(int(one.find(f"{espi}cost").text) for one in found)
        assert sum(Decimal(row.cost_billed) for row in rows) == Decimal(cents) / 100_000
        assert {(row.unit, row.currency) for row in rows} == {("Wh", "USD")}
        assert len({row.external_id for row in rows}) == 96


class TestUtilityStatement:
    def test_has_a_row_per_consumption_line(self):
        row = only(read(statement(consumption(LINE)), "ubl_utility", time_zone="Europe/Brussels"))
        # October in Brussels: from 22:00 UTC of 30 September until 23:00 UTC of 31 October, the day of the clock change
        # behind it.
        assert row._replace(tags="", content_hash=b"") == UsageRow(
            row_no=1,
            external_id="US-2026-10/K-1/1/1",
            provider="Northwind Power",
            provider_account="C-9",
            sub_account="EAN-1",
            sub_account_name="Bakery",
            service="Electricity",
            sku="E-1",
            sku_name="Day rate",
            region="",
            charge_kind="usage",
            unit="KWH",
            currency="EUR",
            service_start="2026-09-30 22:00:00",
            service_end="2026-10-31 23:00:00",
            billing_month=None,
            quantity="120.50",
            cost_billed="30.125",
            cost_effective=None,
            cost_list=None,
            cost_contracted=None,
            resource="",
            tags="",
            content_hash=b"",
        )
        tags = json.loads(row.tags)
        assert (tags["statement"], tags["readings"][0]["ID"]) == ("US-2026-10", "R-1")
        assert tags["more"]["Price"] == {"PriceAmount": {"": "0.25", "@currencyID": "EUR"}}

    def test_of_a_subscriber_without_lines_has_a_row_per_meter_reading(self):
        row = only(read(statement(consumption()), "ubl_utility"))
        assert (row.external_id, row.quantity, row.unit) == ("US-2026-10/K-1/reading R-1", "120.5", "KWH")
        # A reading closes the days before it: until 1 November, not with it.
        assert (row.service_start, row.service_end) == ("2026-10-01 00:00:00", "2026-11-01 00:00:00")
        assert (row.cost_billed, row.provider, row.service) == (None, "Northwind Billing", "Electricity")

    def test_takes_the_period_of_the_supplier_where_a_line_has_none(self):
        period = LINE[LINE.index("<cac:Period>") : LINE.index("</cac:Period>") + len("</cac:Period>")]
        row = only(read(statement(consumption(LINE.replace(period, ""))), "ubl_utility"))
        assert (row.service_start, row.service_end) == ("2026-09-01 00:00:00", "2026-10-01 00:00:00")

    def test_of_several_subscribers_suppliers_and_lines_tells_them_apart(self):
        second = LINE.replace("<cbc:ID>1</cbc:ID>", "")
        data = statement(consumption(LINE, second), consumption(LINE, point="EAN-2").replace("K-1", "K-2"))
        rows = read(data, "ubl_utility")
        assert [row.external_id for row in rows] == [f"US-2026-10/{name}" for name in ("K-1/1/1", "K-1/1/2", "K-2/1/1")]
        assert [row.sub_account for row in rows] == ["EAN-1", "EAN-1", "EAN-2"]

    @pytest.mark.parametrize(
        ("old", "new", "column", "reason"),
        [
            (">120.50<", "><", "quantity", "missing_value"),
            (">120.50<", ">1.234,50<", "quantity", "not_a_number"),
            ("2026-10-31", "2026-09-30", "end", "end_before_start"),
            ("2026-10-31", "31-10-2026", "end", "bad_date"),
            ('currencyID="EUR">30', 'currencyID="Euro">30', "currency", "bad_currency"),
        ],
    )
    def test_with_a_bad_line_names_it_and_goes_on(self, old, new, column, reason):
        error, row = read(statement(consumption(LINE.replace(old, new), LINE)), "ubl_utility")
        assert isinstance(row, UsageRow)
        assert (error.row_no, error.column, error.reason) == (1, column, reason)

    def test_without_consumptions_is_refused(self):
        error = refused(statement(), "ubl_utility")
        assert error.reason == "no_elements"

    def test_adds_up_to_what_plain_code_adds_up(self):
        data = statement(*(consumption(LINE, LINE.replace("30.125", "1.1")) for _ in range(3)))
        basic = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
        found = ElementTree.fromstring(data.strip()).iter(f"{basic}LineExtensionAmount")
        amounts = [Decimal(one.text) for one in found]
        rows = read(data, "ubl_utility", chunk_size=100)
        assert sum(Decimal(row.cost_billed) for row in rows) == sum(amounts)
        assert len(rows) == len(amounts) == 6


class TestDetailRecords:
    def test_have_a_row_per_measure(self):
        rows = read(ipdr({}), "ipdr", provider="Telco")
        assert [(row.sku, row.quantity, row.unit) for row in rows] == [
            ("inputOctets", "1000", "bytes"),
            ("outputOctets", "250000", "bytes"),
            ("sessionDuration", "3600", "seconds"),
        ]
        row = rows[0]
        assert (row.external_id, row.provider, row.service) == ("D-1/1/inputOctets", "Telco", "IPDR-WISP-Type")
        assert (row.sub_account, row.resource) == ("bakery@example.net", "S-77")
        assert (row.service_start, row.service_end) == ("2026-10-05 10:00:00", "2026-10-05 11:00:00")
        assert json.loads(row.tags) == {"created": "2026-10-05T11:00:01.000Z", "more": {"nasId": "nas-1"}}

    def test_name_their_elements_in_any_case(self):
        times = [SESSION["gmtSessionStartDateTime"], SESSION["gmtSessionEndDateTime"]]
        other = dict.fromkeys(("username", "gmtSessionStartDateTime", "gmtSessionEndDateTime"))
        other |= {"SubscriberID": "A", "StartTime": times[0], "EndTime": times[1]}
        assert read(ipdr(other), "ipdr")[0].sub_account == "A"

    @pytest.mark.parametrize("count", [0, 1, 3, "", "many"])
    def test_must_be_as_many_as_the_document_says(self, count):
        error = refused(ipdr({}, {"seqNum": "2"}, count=count), "ipdr")
        assert (error.reason, error.detail) == ("count_differs", (2, str(count) or "-"))

    def test_of_running_totals_are_bad_rows(self):
        plain = {"inputOctets": None, "outputOctets": None, "sessionDuration": None}
        error = only(read(ipdr({**plain, "serviceOctetsPassed": "99"}), "ipdr"))
        assert (error.column, error.reason) == ("measure", "not_usage")
        error = only(read(ipdr(plain), "ipdr"))
        assert (error.column, error.reason) == ("measure", "missing_value")

    @pytest.mark.parametrize(
        ("change", "column", "reason"),
        [({"seqNum": None}, "number", "missing_value"), ({"username": None}, "account", "missing_value"),
         ({"gmtSessionEndDateTime": None}, "end", "missing_value"), ({"inputOctets": "x"}, "quantity", "not_a_number"),
         ({"gmtSessionEndDateTime": "2026-10-05T10:00:00Z"}, "end", "end_before_start")],
    )  # fmt: skip
    def test_that_are_broken_are_bad_rows(self, change, column, reason):
        error = read(ipdr(change), "ipdr")[0]
        assert isinstance(error, RowError)
        assert (error.column, error.reason) == (column, reason)

    def test_of_one_session_twice_have_two_ids_and_the_same_document_again_the_same(self):
        first, again = read(ipdr({}, {"seqNum": "2"}), "ipdr"), read(ipdr({}, {"seqNum": "2"}), "ipdr")
        assert [row.external_id for row in first] == [row.external_id for row in again]
        assert len({row.external_id for row in first}) == 6

    def test_add_up_to_what_plain_code_adds_up(self):
        data = ipdr(*({"seqNum": str(n), "inputOctets": str(n * 7)} for n in range(50)))
        found = Counter()
        for one in ElementTree.fromstring(data).iter():
            name = one.tag.rpartition("}")[2]
            if name in ("inputOctets", "outputOctets", "sessionDuration"):
                found[name] += int(one.text)
        totals = Counter()
        for row in read(data, "ipdr", chunk_size=99):
            totals[row.sku] += int(row.quantity)
        assert totals == found


class TestRecognition:
    @pytest.mark.parametrize(
        ("data", "reader"),
        [(feed((START, "1", "")), "green_button"), (statement(consumption(LINE)), "ubl_utility"), (ipdr({}), "ipdr")],
    )
    def test_is_by_content_and_by_one_reader_only(self, data, reader):
        assert [name for name in TREES if READERS[name].recognise_tree(outline(data))] == [reader]
        for other in TREES:
            if other != reader:
                assert refused(data, other, currency="EUR", sample_kind="gauge").file == "usage.csv"
