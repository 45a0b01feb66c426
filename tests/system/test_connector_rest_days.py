"""A REST system fetched day by day by a real Odoo: windows overlap, pages fail, records come late, each counts once."""

import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise

from local_api import Api, Reply

START = datetime(2026, 10, 1, tzinfo=timezone.utc)
DAYS, PER_DAY, PER_PAGE = 6, 24, 7
LATE = timedelta(hours=20)

# Each day at four: what is due is fetched, and what was fetched is imported.
WEEK = """
import json
from freezegun import freeze_time

group = env.ref("cloud_billing.group_administrator")
admin = env.ref("base.user_admin")
admin.group_ids = [(4, group.id)]
mapping = {{
    "columns": {{
        "id": ["id"], "start": ["at"], "account": ["customer.key"], "service": ["meter"], "quantity": ["value"],
    }},
    "period": "instant",
}}
made = env["cloud.usage.format"]._make("Calls", env.company, mapping)
source = env["cloud.usage.source"].create({{
    "name": "Calls", "company_id": env.company.id, "reader": "own_columns", "format_id": made.id,
    "responsible_id": admin.id,
}})
connector = env["cloud.connector"].create({{
    "source_id": source.id, "kind": "rest", "schedule": "daily", "at_hour": 4, "tz": "UTC", "fetch_from": "2026-10-01",
    "options": {options},
}})
connector.with_user(admin).set_secret("secret", "canary-t0ken")
connector.host_ids.is_inner = True
with freeze_time("2026-10-02 03:00:00"):
    connector.with_user(admin).action_allow_hosts()
    connector.with_user(admin).action_turn_on()
env.cr.commit()
for day in range(2, 9):
    with freeze_time(f"2026-10-0{{day}} 04:00:30"):
        env["cloud.connector.fetcher"]._cron_fetch_usage()
        env["cloud.usage.importer"]._cron_import_usage()
env.cr.commit()
rows = env["cloud.usage.record"].search([("source_id", "=", source.id), ("is_live", "=", True)])
told = {{
    "rows": sorted([row.external_id, str(row.service_start), str(row.quantity)] for row in rows),
    "runs": connector.run_ids.sorted("id").mapped("outcome"),
    "imports": source.import_ids.mapped("state"),
    "watermark": str(connector.watermark),
}}
print("TOLD " + json.dumps(told))
"""


class Meter:
    """Records each hour, by cursor. One in ten comes 20 hours late. Now and then a request fails."""

    def __init__(self):
        self.records = []
        for number in range(DAYS * PER_DAY):
            at = START + timedelta(hours=number)
            seen = at + (LATE if number % 10 == 3 else timedelta())
            self.records.append((at, seen, {
                "id": f"e{number}", "at": f"{at:%Y-%m-%dT%H:%M:%SZ}", "customer": {"key": f"c{number % 3}"},
                "meter": "calls", "value": number,
            }))  # fmt: skip
        self.asked = []
        self.count = 0

    def __call__(self, asked):
        self.count += 1
        if asked.headers.get("Authorization") != "Bearer canary-t0ken":
            return Reply(b"", 401)
        if self.count % 11 == 5:
            return Reply(b"busy", 503)
        window = asked.query["from"], asked.query["to"]
        if window not in self.asked:
            self.asked.append(window)
        start, end = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in window)
        # Asked at the end of the window: what comes later is not there yet.
        found = [record for at, seen, record in self.records if start <= at < end and seen < end]
        at = int(asked.query.get("cursor", 0))
        more = {"next": str(at + PER_PAGE)} if at + PER_PAGE < len(found) else {}
        reply = Reply({"events": found[at : at + PER_PAGE], "page": more})
        return reply._replace(is_cut=True, length=10**5) if self.count % 13 == 7 else reply


def test_a_rest_system_comes_in_exactly_once_though_its_windows_overlap(database, script):
    meter = Meter()
    with Api(meter) as api:
        options = {
            "base_url": api.url, "path": "v1/events", "auth": "bearer", "row_path": "events[*]", "paging": "cursor",
            "cursor_path": "page.next", "params": json.dumps({"from": "{start}", "to": "{end}", "cursor": "{cursor}"}),
        }  # fmt: skip
        printed = script(database(), WEEK.format(options=options)).communicate(timeout=300)[0]
    assert "TOLD " in printed, printed[-3000:]
    told = json.loads(printed.partition("TOLD ")[2].splitlines()[0])
    # 6 days of 24 events, each of them once and with its own number: 0 + 1 + ... + 143.
    expected = sorted([f"e{n}", f"{START + timedelta(hours=n):%Y-%m-%d %H:%M:%S}", str(n)] for n in range(144))
    assert told["rows"] == expected
    assert told["runs"] == ["green"] * 7
    assert set(told["imports"]) == {"imported"}
    # Each window begins a day before the one before it ended.
    assert len(meter.asked) == 7
    for before, after in pairwise(meter.asked):
        assert after[0] < before[1]
    assert "canary" not in printed
