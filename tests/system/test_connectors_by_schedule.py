"""Connectors of providers in a real Odoo: settings, the scheduled fetch, the import, the rows; and once more.

The systems are those of test_connectors_on_screen.py. What they have is read by the reader of the source, with what the
source says of it, in the months and hours that the schedule asks for. Their clock and that of Odoo are the real one.
"""

import json
from contextlib import ExitStack
from decimal import Decimal

from connector_table import KINDS, get_mapping

SCRIPT = """
import json
from datetime import timedelta
from odoo import fields
from odoo.addons.cloud_billing.engine.connectors.web import Web

# Who makes a report lets one wait for half a minute.
Web.__init__.__kwdefaults__["sleep"] = lambda seconds: None
admin = env.ref("base.user_admin")
admin.group_ids = [(4, env.ref("cloud_billing.group_administrator").id)]
since = (fields.Date.today().replace(day=1) - timedelta(days=1)).replace(day=1)
sources, connectors = env["cloud.usage.source"].with_user(admin), env["cloud.connector"].with_user(admin)
for name, case in json.loads({cases!r}).items():
    vals = {{"name": name, "responsible_id": admin.id, **case["source"]}}
    if case["mapping"]:
        vals["format_id"] = env["cloud.usage.format"]._make(name, env.company, case["mapping"]).id
    connector = connectors.create({{
        "source_id": sources.create(vals).id, "kind": name, "options": case["options"], "tz": "UTC",
        "fetch_from": since,
    }})
    connector.host_ids.is_inner = True
    connector.action_allow_hosts()
    for setting, word in case["secrets"].items():
        connector.set_secret(setting, word)
    connector.action_turn_on()
    connectors |= connector
env.cr.commit()
for turn in range(2):
    if turn:
        connectors.action_fetch()
        env.cr.commit()
    env["cloud.connector.fetcher"]._cron_fetch_usage()
    env["cloud.usage.importer"]._cron_import_usage()
    env.cr.commit()
env.invalidate_all()
told = {{}}
for connector in connectors:
    rows = env["cloud.usage.record"].search([("source_id", "=", connector.source_id.id), ("is_live", "=", True)])
    told[connector.kind] = {{
        "runs": connector.run_ids.sorted("id").mapped(lambda run: [run.outcome, run.story]),
        "imports": [[one.state, one.rows_rejected, one.error or ""] for one in connector.source_id.import_ids],
        "rows": [[str(row.quantity), str(row.cost_billed or 0)] for row in rows],
        "health": [connector.health, connector.message],
    }}
print("TOLD " + json.dumps(told))
"""
# Of each system: how many rows, their quantities and their billed costs together; None where that depends on the hour.
COMES = {
    # The plain record of each bill in provider_samples.
    "azure_cost_details": (1, "24", "0.3"),
    "microsoft_csp": (None, None, None),
    # Two rows of two hours, for 1 and 2.
    "google_bigquery": (2, "4", "3"),
    # Two hours of one machine for 0.25 and 1.2 GiB for 0.04.
    "cloudkitty": (4, "4.4", "0.58"),
    "opencost": (None, None, None),
    "prometheus": (None, None, None),
    "vcloud": (None, None, None),
    # Events of 1 and 2, and two timesheets of an hour and a quarter.
    "rest": (2, "3", "0"),
    "odoo": (2, "2.50", "0"),
}


def test_what_a_system_has_comes_in_once(database, script, tmp_path):
    with ExitStack() as stack:
        cases = {name: make_case(name, stack, tmp_path / name) for name in COMES}
        printed = script(database(), SCRIPT.format(cases=json.dumps(cases))).communicate(timeout=900)[0]
    assert "TOLD " in printed, printed[-5000:]
    told = json.loads(printed.partition("TOLD ")[2].splitlines()[0])
    for name, expected in COMES.items():
        found = told[name]
        assert [outcome for outcome, _story in found["runs"]] == ["green", "green"], (name, found)
        assert {tuple(one) for one in found["imports"]} <= {("imported", 0, ""), ("known", 0, "")}, (name, found)
        assert found["rows"], (name, found)
        sums = (len(found["rows"]), *(sum(map(Decimal, column)) for column in zip(*found["rows"], strict=True)))
        for value, should_be in zip(sums, expected, strict=True):
            assert should_be is None or value == Decimal(should_be), (name, sums, found)


def make_case(name, stack, folder):
    """What a person enters for a kind of connector, with its running system."""
    folder.mkdir()
    kind, mapping = KINDS[name], None
    places = kind.start(stack, folder, None).places
    source = {"reader": kind.reader, "default_currency": "EUR"}
    if kind.meaning:
        source["sample_kind"] = kind.meaning
    if not kind.reader:
        source, mapping = {"reader": "own_columns"}, get_mapping(name)
    options = {**kind.fill, **({"downloads": "{host}"} if "login_endpoint" in kind.fill else {})}
    return {
        "source": source,
        "mapping": mapping,
        "options": {setting: fill(text, places) for setting, text in options.items()},
        "secrets": {setting: fill(text, places) for setting, text in kind.secrets.items()},
    }


def fill(text, places):
    """A text with what stands in for the {names} of places; True is a box that is ticked."""
    if text is True:
        return "1"
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text
