"""Every sample that is a document of a server or a meter comes in through the wizard, with the totals of the document.

The totals are worked out by json with Decimals and by ElementTree.
"""

import base64
import json
from decimal import Decimal
from xml.etree import ElementTree

from pages import fill, select, settle
from test_import_browser import import_it, latest, look, open_wizard, person

__all__ = ["person"]

WIZARD = "cloud.usage.import.wizard"
ESPI = "{http://naesb.org/espi}"
COUNTER = "A counter that only grows"


def read_json(path):
    return json.loads(path.read_text(), parse_float=Decimal, parse_int=Decimal)


def points_of_frames(content):
    """(quantity, cost) of each data point."""
    for frame in content["dataframes"]:
        for points in frame["usage"].values():
            for point in points:
                yield point["vol"]["qty"], point["rating"]["price"]


def sums_of_summary(content):
    for row in content["results"]:
        row = row if isinstance(row, dict) else dict(zip(content["columns"], row, strict=True))
        if row["qty"] is not None:
            yield row["qty"], row["rate"]


def resources_of_allocations(content):
    """(quantity, cost) of each resource that is used or costs something; CPU and memory always."""
    resources = {"cpu": "cpuCoreHours", "ram": "ramByteHours", "gpu": "gpuHours", "pv": "pvByteHours",
                 "network": "networkTransferBytes", "loadBalancer": None, "shared": None, "external": None}  # fmt: skip
    for allocations in content["data"]:
        for allocation in allocations.values():
            for resource, name in resources.items():
                quantity = allocation[name] if name else Decimal(0)
                cost = allocation[f"{resource}Cost"] + allocation.get(f"{resource}CostAdjustment", 0)
                if quantity or cost or resource in ("cpu", "ram"):
                    yield quantity, cost


def costs_of_cloud(content):
    for cut in content["data"]["sets"]:
        for item in cut["cloudCosts"].values():
            yield Decimal(0), item["invoicedCost"]["cost"]


def readings_of_feed(path):
    for reading in ElementTree.parse(path).iter(f"{ESPI}IntervalReading"):
        yield Decimal(reading.find(f"{ESPI}value").text), Decimal(reading.find(f"{ESPI}cost").text) / 100_000


# Path, reader, what is asked with a new source, the document's own (quantity, cost) pairs.
DOCUMENTS = (
    *((f"cloudkitty/v2_dataframes_{name}.json", "cloudkitty", {"default_currency": "EUR"}, points_of_frames)
      for name in ("get", "live_25.0.0", "post")),
    *((f"cloudkitty/v2_summary_{name}.json", "cloudkitty", {"default_currency": "EUR"}, sums_of_summary)
      for name in ("get", "get_groupby_time", "object_live_25.0.0")),
    ("opencost/allocation-example-output.json", "opencost", {"default_currency": "USD"}, resources_of_allocations),
    ("opencost/cloudCost-example-output.json", "opencost", {"default_currency": "USD"}, costs_of_cloud),
    ("greenbutton/espi_usage_data_01.xml", "green_button", {}, readings_of_feed),
)  # fmt: skip


def bring(session, path, reader, asked):
    """Upload a file for a new source, with the reader that the wizard proposes; returns the source's id."""
    content = base64.b64encode(path.read_bytes()).decode()
    attachment = {"name": path.name, "datas": content, "res_model": WIZARD, "res_id": 0}
    attachment = session.call("ir.attachment", "create", attachment)
    chosen = {"file_ids": [[6, 0, [attachment]]], "source_choice": "new", "source_name": f"Source of {path.name}"}
    shown = {"file_ids": {}, "source_choice": {}, "reader": {}, "delimiter": {}}
    proposed = session.call(WIZARD, "onchange", [], chosen, ["file_ids"], shown)["value"]
    assert proposed["reader"] == reader, path.name
    wizard = session.call(WIZARD, "create", {**chosen, **asked, "reader": reader})
    session.call(WIZARD, "action_look", [wizard])
    found = session.call(WIZARD, "action_import", [wizard])["res_id"]
    fields = ["state", "rows_read", "rows_accepted", "source_id"]
    (found,) = session.call("cloud.usage.import", "read", [found], fields)
    assert (found["state"], found["rows_read"]) == ("imported", found["rows_accepted"]), path.name
    return found["source_id"][0]


def test_documents_come_in_with_the_totals_that_they_have(server, login, odoo_env, samples):
    running = server()
    session = login(running)
    for name, reader, asked, read in DOCUMENTS:
        path = samples / name
        pairs = list(read(path if reader == "green_button" else read_json(path)))
        source = bring(session, path, reader, asked)
        query = (
            "SELECT COUNT(*), COALESCE(SUM(quantity), 0)::text, SUM(cost_billed)::text "
            f"FROM cloud_billing_usage.usage_row WHERE source_id = {int(source)}"
        )
        ((count, quantity, cost),) = odoo_env.pg.sql(query, database=running.database)
        expected = len(pairs), sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
        assert (int(count), Decimal(quantity), Decimal(cost)) == expected, name


def test_a_person_is_asked_what_the_values_of_a_query_are(person, samples, screenshot):
    page, session = person
    open_wizard(page, samples / "prometheus" / "query_range_error_11000_points.json")
    page.wait_for_selector(".modal :text('The content is that of: Prometheus')")
    fill(page, "source_name", "Cluster")
    select(page, "sample_kind", COUNTER)
    page.click(".modal button[name=action_look]")
    page.wait_for_selector(".modal :text('exceeded maximum resolution of 11,000 points')")
    screenshot(page, "document_of_an_error")
    page.click(".o_error_dialog button:has-text('Close'), .modal:has-text('answer of a server') footer button")
    page.click(".modal .o_usage_file_remove")
    page.set_input_files(".modal input[type=file]", samples / "prometheus" / "query_range_live_2.42.json")
    page.wait_for_selector(".modal .o_attachment")
    settle(page)
    screenshot(page, "document_asks")
    look(page)
    import_it(page)
    assert latest(session)["rows_accepted"] == 8
    rows = session.call("cloud.usage.record", "search_read", [["is_live", "=", True]], ["quantity"])
    series = read_json(samples / "prometheus" / "query_range_live_2.42.json")["data"]["result"]
    grown = [Decimal(one["values"][-1][1]) - Decimal(one["values"][0][1]) for one in series]
    assert sum(Decimal(row["quantity"]) for row in rows) == sum(grown)
    assert page.problems == []
