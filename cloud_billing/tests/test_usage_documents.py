"""Documents of servers and meters, in JSON and XML, from the upload to rows: recognised, asked for, corrected."""

import json
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .test_usage_import_wizard import WizardCase

HOUR = {"begin": "2026-03-05T10:00:00+00:00", "end": "2026-03-05T11:00:00+00:00"}
TEN = 1772704800  # 2026-03-05 10:00:00 UTC
ADDRESS = "https://grid.example/resource/RetailCustomer/9/UsagePoint/5"


def point(quantity, price, project="P-1"):
    return {"vol": {"unit": "GiB", "qty": quantity}, "rating": {"price": price}, "groupby": {"project_id": project}}


def frames(*points):
    """What CloudKitty answers about one hour."""
    return json.dumps(
        {"total": len(points), "dataframes": [{"usage": {"volume.size": points}, "period": HOUR}]}
    ).encode()


def samples(*values):
    """What Prometheus answers: one value an hour."""
    pairs = [[TEN + 3600 * number, value] for number, value in enumerate(values)]
    series = {"metric": {"__name__": "requests_total", "namespace": "shop"}, "values": pairs}
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": [series]}}).encode()


def feed(*values):
    """A Green Button feed: one value a quarter of an hour, in tens of Wh, at 0.02 EUR each."""
    entry = '<entry><link rel="self" href="%s"/>%s<title>%s</title><content>%s</content></entry>'
    reading = (
        "<IntervalReading><cost>2000</cost><timePeriod><duration>900</duration><start>%s</start></timePeriod>"
        "<value>%s</value></IntervalReading>"
    )
    readings = "".join(reading % (TEN + 900 * number, value) for number, value in enumerate(values))
    kind = "<uom>72</uom><powerOfTenMultiplier>1</powerOfTenMultiplier><currency>978</currency>"
    related = '<link rel="related" href="%s"/>'
    blocks, type_address = f"{ADDRESS}/MeterReading/1/IntervalBlock", "https://grid.example/resource/ReadingType/7"
    entries = [
        (ADDRESS, "", "Bakery", "<UsagePoint><ServiceCategory><kind>0</kind></ServiceCategory></UsagePoint>"),
        (f"{ADDRESS}/MeterReading/1", related % blocks + related % type_address, "Quarters", "<MeterReading/>"),
        (type_address, "", "", f"<ReadingType>{kind}</ReadingType>"),
        (f"{blocks}/1", f'<link rel="up" href="{blocks}"/>', "", f"<IntervalBlock>{readings}</IntervalBlock>"),
    ]
    inner = "".join(entry % values for values in entries)
    return f'<feed xmlns="http://naesb.org/espi">{inner}</feed>'.encode()


@tagged("post_install", "-at_install")
class TestDocuments(WizardCase):
    def choose(self, content, name, **vals):
        """A wizard in which a person has chosen a file of a new source."""
        values = {"source_choice": "new", "source_id": False, "source_name": name, **vals}
        wizard = self.upload((name, content), **values)
        wizard._onchange_file_ids()
        return wizard

    def test_of_cloudkitty_come_in_with_quantity_and_cost(self):
        content = frames(point(1.5, 0.04), point(2, 0.06, project="P-2"))
        wizard = self.choose(content, "march.json", default_currency="EUR")
        self.assertEqual((wizard.reader, wizard.asks_currency), ("cloudkitty", True))
        self.assertIn("The content is that of: OpenStack CloudKitty", wizard.reader_hint)
        wizard.action_look()
        # 0.04 + 0.06
        self.assertEqual(wizard.preview["totals"]["cost_billed"], "0.10")
        usage_import = self.bring(wizard)
        self.assertEqual((usage_import.state, self.counts(usage_import)), ("imported", (2, 2, 0, 0, 0)))
        rows = self.live_rows(usage_import.source_id)
        self.assertEqual(sum(rows.mapped("quantity")), Decimal("3.5"))
        self.assertEqual(sum(rows.mapped("cost_billed")), Decimal("0.10"))
        streams = self.env["cloud.usage.stream"].search([("source_id", "=", usage_import.source_id.id)])
        self.assertEqual(set(streams.mapped("sub_account")), {"P-1", "P-2"})
        self.assertEqual(set(streams.mapped("currency")), {"EUR"})

    def test_of_cloudkitty_again_change_nothing_and_a_newer_month_takes_the_place(self):
        wizard = self.choose(frames(point(1, 1), point(2, 2)), "march.json", default_currency="EUR")
        source = self.bring(wizard).source_id
        again = self.deliver(source, b"\n" + frames(point(2, 2), point(1, 1)))
        self.assertEqual((again.state, self.counts(again)), ("known", (2, 0, 2, 0, 0)))
        self.deliver(source, frames(point(1, 1), point(2, 5)))
        self.assertEqual(sum(self.live_rows(source).mapped("cost_billed")), Decimal(6))

    def test_with_costs_without_a_currency_say_where_to_write_it(self):
        wizard = self.choose(frames(point(1, 1)), "march.json")
        with self.assertRaisesRegex(
            UserError, "march.json: the file has costs and does not say their currency. Write it"
        ):
            wizard.action_look()

    def test_that_are_refused_for_want_of_a_currency_come_in_when_the_source_says_it(self):
        form = Form(self.env["cloud.usage.source"].with_user(self.user_administrator))
        form.name, form.reader = "OpenStack", "cloudkitty"
        source = form.save()
        usage_import = self.deliver(source, frames(point(1, 1)))
        self.assertEqual(usage_import.state, "refused")
        with Form(source) as form:
            form.default_currency = "EUR"
        usage_import.action_retry()
        self.assertEqual((usage_import.state, usage_import.cost_billed), ("imported", Decimal(1)))

    def test_of_prometheus_come_in_as_what_the_person_says_that_values_are(self):
        wizard = self.choose(samples("100", "104", "1.5"), "requests.json")
        self.assertEqual((wizard.reader, wizard.asks_sample_kind), ("prometheus", True))
        with self.assertRaisesRegex(UserError, "Choose what a value in these files is."):
            wizard.action_look()
        wizard.sample_kind = "counter"
        usage_import = self.bring(wizard)
        # 104 - 100, and after the reset 1.5.
        self.assertEqual(self.live_rows(usage_import.source_id).mapped("quantity"), [Decimal(4), Decimal("1.5")])
        with self.assertRaisesRegex(UserError, "has imported usage already, so its What a Value Is stays"):
            usage_import.source_id.sample_kind = "gauge"

    def test_of_prometheus_without_that_name_the_field_of_the_source(self):
        source = self.env["cloud.usage.source"].create({"name": "Cluster", "reader": "prometheus"})
        wizard = self.upload(("requests.json", samples("1", "2")), source_id=source.id)
        with self.assertRaisesRegex(
            UserError, r'what the values of this file mean is not chosen yet.*"What a Value Is"'
        ):
            wizard.action_look()

    def test_of_green_button_only_add(self):
        wizard = self.choose(feed("12", "7"), "grid.xml")
        self.assertEqual((wizard.reader, wizard.asks_currency, wizard.asks_sample_kind), ("green_button", False, False))
        usage_import = self.bring(wizard)
        source = usage_import.source_id
        self.assertEqual((source.shape, self.counts(usage_import)), ("append", (2, 2, 0, 0, 0)))
        later = self.deliver(source, feed("12", "7", "5"))
        self.assertEqual(self.counts(later), (3, 1, 2, 0, 0))
        rows = self.live_rows(source)
        # (12 + 7 + 5) x 10 Wh and three times 0.02.
        self.assertEqual(sum(rows.mapped("quantity")), Decimal(240))
        self.assertEqual(sum(rows.mapped("cost_billed")), Decimal("0.06"))

    def test_with_a_bad_point_are_corrected_below_the_columns_of_the_reader(self):
        wizard = self.choose(frames(point(1, 1), point("many", 2)), "march.json", default_currency="EUR")
        usage_import = self.bring(wizard)
        self.assertEqual(self.counts(usage_import), (2, 1, 0, 0, 1))
        reject = self.env["cloud.usage.reject"].search([("import_id", "=", usage_import.id)])
        self.assertEqual((reject.row_no, reject.column, reject.value), (2, "qty", "many"))
        resolve = self.env["cloud.usage.resolve.wizard"].with_user(self.user_administrator).create(
            {"reject_ids": [(6, 0, reject.ids)]}
        )  # fmt: skip
        cells = {cell.column: cell for cell in resolve.cell_ids}
        self.assertEqual((cells["metric"].value, cells["project"].value), ("volume.size", "P-1"))
        cells["qty"].value = "2"
        resolve.action_correct()
        rows = self.live_rows(usage_import.source_id)
        self.assertEqual(sum(rows.mapped("quantity")), Decimal(3))
        self.assertEqual(sum(rows.mapped("cost_billed")), Decimal(3))

    def test_that_are_answers_of_errors_say_what_the_server_says(self):
        content = b'{"status":"error","errorType":"bad_data","error":"exceeded maximum resolution"}'
        wizard = self.choose(content, "requests.json", sample_kind="gauge")
        self.assertEqual(wizard.reader, "prometheus")
        with self.assertRaisesRegex(
            UserError, 'the answer of a server: "exceeded maximum resolution" Change the query'
        ):
            wizard.action_look()

    def test_that_are_broken_or_hostile_are_refused_with_a_sentence(self):
        for content, sentence in (
            (b'{"dataframes":[{"usage"', "the JSON stops before its end"),
            (b"<!DOCTYPE x [<!ENTITY e 'e'>]><feed/>", "the document begins with a document type"),
        ):
            reader = "cloudkitty" if content.startswith(b"{") else "green_button"
            self.assert_refused(
                sentence, content, source_choice="new", source_id=False, source_name="Broken", reader=reader
            )

    def test_of_a_bill_as_json_lines_are_read_by_the_reader_of_its_columns(self):
        lines = [
            {
                "id": f"e-{number}",
                "start": f"2026-03-05T1{number}:00:00Z",
                "account": "A",
                "service": "calls",
                "quantity": 1.25,
                "unit": "h",
            }
            for number in range(3)
        ]
        wizard = self.choose(b"\n".join(json.dumps(line).encode() for line in lines), "events.jsonl")
        self.assertEqual(wizard.reader, "csv")
        usage_import = self.bring(wizard)
        self.assertEqual(self.counts(usage_import), (3, 3, 0, 0, 0))
        self.assertEqual(sum(self.live_rows(usage_import.source_id).mapped("quantity")), Decimal("3.75"))


SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="bill"><xs:complexType><xs:sequence>
<xs:element name="line" maxOccurs="unbounded"><xs:complexType><xs:sequence><xs:element name="day" type="xs:date"/>
<xs:element name="customer" type="xs:string"/><xs:element name="hours" type="xs:decimal"/></xs:sequence>
<xs:attribute name="id" type="xs:string"/></xs:complexType></xs:element></xs:sequence></xs:complexType></xs:element>
</xs:schema>"""
LINE = '<line id="%s"><day>2026-03-05</day><customer>Bakery</customer><hours>%s</hours></line>'


@tagged("post_install", "-at_install")
class TestXmlOfOnesOwn(WizardCase):
    MEANINGS = {"@id": "id", "day": "start", "customer": "account", "hours": "quantity"}

    def say(self, content, schema=False):
        """A wizard in which a person has said what the elements of an XML file are."""
        wizard = self.upload(
            ("bill.xml", content), source_choice="new", source_id=False, source_name="Own", reader="own_columns"
        )
        wizard.action_columns()
        self.assertEqual(wizard.row_path, "bill/line")
        for line in wizard.column_ids:
            line.meaning = self.MEANINGS[line.name]
            line.is_key = line.meaning == "id"
        wizard.write(
            {
                "schema": schema,
                "date_format": "iso",
                "map_decimal": ".",
                "constant_service": "Hours",
                "constant_unit": "h",
                "map_key": "id",
                "format_name": "Own bill",
            }
        )
        return wizard

    def test_is_mapped_by_its_paths_and_keeps_the_schema_with_the_format(self):
        content = f"<bill>{LINE % (1, '1.5')}{LINE % (2, '2')}</bill>".encode()
        usage_import = self.bring(self.say(content, SCHEMA))
        self.assertEqual(self.counts(usage_import), (2, 2, 0, 0, 0))
        self.assertEqual(sum(self.live_rows(usage_import.source_id).mapped("quantity")), Decimal("3.5"))
        source = usage_import.source_id
        self.assertEqual(source.format_id.version_id.definition["table"]["schema"], SCHEMA)
        wrong = f"<bill>{LINE % (3, '1')}{LINE % (4, 'two')}</bill>".encode()
        refused = self.deliver(source, wrong, name="wrong.xml")
        self.assertEqual((refused.state, refused.rows_accepted), ("refused", 0))
        self.assertIn("wrong.xml, row 1: the document is not as its schema says. /bill/line[2]/hours:", refused.error)
        later = self.deliver(source, f"<bill>{LINE % (2, '2')}{LINE % (5, '4')}</bill>".encode())
        self.assertEqual(self.counts(later), (2, 1, 1, 0, 0))

    def test_with_a_schema_that_needs_other_files_says_so(self):
        schema = (
            '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:include schemaLocation="a.xsd"/></xs:schema>'
        )
        wizard = self.say(f"<bill>{LINE % (1, '1.5')}{LINE % (2, '2')}</bill>".encode(), schema)
        self.assertIn("the XML schema of the format cannot be used (xs:include).", wizard.sample_problem)
