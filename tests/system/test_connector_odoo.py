"""The connector to another Odoo against a real one, over its JSON-2 interface and with a key of a user."""

from datetime import datetime, timedelta, timezone

import pytest
from cloud_billing_engine.connectors import ConnectorError, Policy, Secret, Window, get_connector
from cloud_billing_engine.connectors.web import Web

PREPARE = """
acme = env["res.partner"].create({"name": "Acme"})
leads = env["crm.lead"].create(
    [{"name": name, "type": "opportunity", "partner_id": acme.id} for name in ("One", "Two")]
)
leads[0].action_set_won()
key = env(user=env.ref("base.user_admin"))["res.users.apikeys"]._generate("rpc", "connector", None)
env.cr.commit()
print("KEY", key, "ACME", acme.id, "LEAD", leads[0].id)
"""


@pytest.fixture
def other(odoo_env, database, script, server):
    """(server, key, id of Acme, id of the lead that was won) of an Odoo with its CRM."""
    name = database()
    odoo_env.run("Install the CRM", "--init=crm", "--stop-after-init", "--no-http", database=name)
    printed = script(name, PREPARE).communicate(timeout=300)[0]
    assert "KEY" in printed, printed[-3000:]
    _mark, key, _name, acme, _word, lead = printed[printed.index("KEY") :].split()[:6]
    return server(name), key, acme, lead


def test_won_leads_come_once_with_the_rights_of_the_key(other):
    running, key, acme, lead = other
    host = running.url.removeprefix("http://")
    options = {"url": running.url, "database": running.database, "api_key": Secret(key), "kind": "leads"}
    now = datetime.now(timezone.utc)
    window = Window(now - timedelta(hours=1), now + timedelta(hours=1))
    with Web(Policy(frozenset({host}), frozenset({host}), attempts=1)) as web:
        (delivery,) = get_connector("odoo").fetch(options, web, window, {})
        [payload] = delivery.payloads
        _header, row = b"".join(payload.chunks).decode().splitlines()
        assert row.startswith(f'"crm.lead,{lead}",')
        assert f",{acme},Acme,Sales,1,Leads," in row
        assert list(get_connector("odoo").fetch(options, web, window, {delivery.name: "1"})) == []
        with pytest.raises(ConnectorError) as caught:
            get_connector("odoo").test({**options, "api_key": Secret("wrong")}, web, now)
        assert caught.value.code == "login_refused"
