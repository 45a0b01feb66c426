"""The business of `make demo`: what is done in the fresh database over HTTP, as people would, and where to look.

demo: has `usage` (the file to bill), `session(login, password)` with `.call(model, method, *args, **kwargs)`, `url`,
`database` and `odoo` (for an Odoo shell where HTTP will not do).
"""

import base64
import time
from datetime import date, timedelta

from common import ROOT, Problem, say, step

# The usage file of the demo when the person names none: a month of a provider that does not exist.
USAGE = ROOT / "cloud_billing" / "demo" / "focus_demo.csv"
# The demo company's own use goes to cost centres, nobody is billed for it.
COST_CENTRES = {"Own use: platform team": "Platform team", "Own use: data office": "Data office"}
# What the demo's contracts call the provider's services; anything else goes to their line at cost plus.
PRODUCTS = {
    "Nimbus Compute": "Virtual server hours",
    "Nimbus Block Storage": "Block storage",
    "Nimbus Network": "Traffic",
}
OTHER_PRODUCT = "Other cloud services"
MAKER = "maker"
CHECKER = "checker"
PERCENT = "20"
# A large file or run is worked on by a scheduled action; a person would look again after a while too.
WAIT_SECONDS = 900
# Odoo's upload limit of one request, less the third that base64 adds.
MAX_UPLOAD = 90 * 1024 * 1024


def run_month(demo):
    """Bring the month to posted invoices. Runs once, in a database that was just made."""
    maker, checker = demo.session(MAKER, MAKER), demo.session(CHECKER, CHECKER)
    with step(f"Import {demo.usage.name} as {MAKER}") as result:
        usage_import = _import(maker, demo.usage)
        result.append(f"{usage_import['rows_accepted']} of {usage_import['rows_read']} rows")
    source_id = usage_import["source_id"][0]
    with step(f"Resell it at cost plus {PERCENT} percent; {CHECKER} approves the prices"):
        version_id = _resell(maker, source_id)
        _approve(checker, "cloud.price.plan.version", version_id)
    with step("Give every sub-account an owner") as result:
        result.append(_assign(maker, source_id))
    month = _get_month(maker, usage_import["id"])
    with step(f"Bill {month:%B %Y}; {CHECKER} approves over HTTP, as a person would") as result:
        run_id = _make_run(maker, month)
        _approve(checker, "cloud.bill.run", run_id)
    with step("Post the invoices") as result:
        maker.call("cloud.bill.run", "action_post", [run_id])
        _wait_for(maker, "cloud.bill.run", run_id, {"posted"})
        result.append(_describe_run(maker, run_id))


def what_to_look_at(demo):
    """The lines printed at the end: logins, and which menus show what."""
    session = demo.session(MAKER, MAKER)
    runs = session.call("cloud.bill.run", "search_read", [["state", "=", "posted"]], ["name", "cutoff_date"], limit=1)
    run = runs[0]["name"] if runs else "the run"
    return [
        f"  {MAKER} / {MAKER}      makes: imports, prices, bill runs",
        f"  {CHECKER} / {CHECKER}  checks: approves what somebody else made",
        "  admin / admin      administers Odoo",
        "Open Cloud Billing, and look at:",
        "  Month > This Month        the steps of the month, with counts and money",
        f"  Month > Bill Runs         {run}: every invoice, what was rated, who approved it",
        "  an invoice's line         Explain: rule, arithmetic, and the usage rows behind the amount",
        "  Usage > Streams           what the usage belongs to, the most expensive first",
        "  Reporting                 usage by customer and cost centre",
    ]


def _import(maker, path):
    """Upload the file through the wizard, look at it, import it; returns the import's values."""
    content = path.read_bytes()
    if len(content) > MAX_UPLOAD:
        raise Problem(f"{path} has {len(content) / 1024**2:.0f} MB; pack it with gzip, or take a smaller month.")
    attachment_id = maker.call(
        "ir.attachment",
        "create",
        {
            "name": path.name,
            "datas": base64.b64encode(content).decode(),
            "res_model": "cloud.usage.import.wizard",
            "res_id": 0,
        },
    )
    wizard_id = maker.call(
        "cloud.usage.import.wizard",
        "create",
        {
            "file_ids": [[6, 0, [attachment_id]]],
            "source_choice": "new",
            "source_name": f"Provider bill ({path.name})",
            "reader": "focus",
        },
    )
    maker.call("cloud.usage.import.wizard", "action_look", [wizard_id])
    import_id = maker.call("cloud.usage.import.wizard", "action_import", [wizard_id])["res_id"]
    fields = ["state", "source_id", "rows_read", "rows_accepted", "rows_rejected", "error"]
    _wait_for(maker, "cloud.usage.import", import_id, {"imported", "refused", "known"})
    values = maker.call("cloud.usage.import", "read", [import_id], fields)[0]
    if values["state"] != "imported":
        raise Problem(f"{path.name} was not imported: {values['error'] or values['state']}")
    if values["rows_rejected"]:
        say(f"    {values['rows_rejected']} rows could not be read: see Usage > To Resolve")
    return values


def _wait_for(maker, model, res_id, states):
    """Wait until a record is in one of the states: what is large is done by a scheduled action."""
    for _attempt in range(WAIT_SECONDS):
        record = maker.call(model, "read", [res_id], ["state", "display_name", "error"])[0]
        if record["state"] in states:
            return
        time.sleep(1)
    raise Problem(
        f"{record['display_name']} is still {record['state']} after {WAIT_SECONDS} s."
        f" {record['error'] or 'Look at it in the web client; the scheduled action goes on with it.'}"
    )


def _resell(maker, source_id):
    """Make product, meter and prices of a resale; returns the id of the price plan version that waits for approval."""
    wizard_id = maker.call("cloud.usage.resale.wizard", "create", {"source_id": source_id, "percent": PERCENT})
    action = maker.call("cloud.usage.resale.wizard", "action_confirm", [wizard_id])
    return action["params"]["next"]["res_id"]


def _approve(checker, model, res_id):
    """The second person agrees to what waits for approval of a record."""
    requests = checker.call(
        "cloud.change.request",
        "search",
        [["res_model", "=", model], ["res_id", "=", res_id], ["state", "=", "pending"]],
    )
    checker.vote(requests)


def _assign(maker, source_id):
    """Give the streams owners, as a person would: the agreed lines first, then cost centres, then new customers.

    Returns a sentence.
    """
    fields = ["sub_account", "sub_account_name", "service"]
    streams = maker.call("cloud.usage.stream", "search_read", [["source_id", "=", source_id]], fields)
    taken = {}
    for line_id, stream_ids in _match_lines(maker, streams).items():
        _confirm_map(maker, stream_ids, target="line", subscription_line_id=line_id)
        taken.update(dict.fromkeys(stream_ids, line_id))
    for name, centre in COST_CENTRES.items():
        stream_ids = [stream["id"] for stream in streams if stream["sub_account_name"] == name]
        if stream_ids:
            _confirm_map(maker, stream_ids, target="cost_centre", cost_centre_name=centre)
            taken.update(dict.fromkeys(stream_ids, name))
    rest = [stream for stream in streams if stream["id"] not in taken]
    if rest:
        _confirm_map(maker, [stream["id"] for stream in rest], target="new")
    made = len({stream["sub_account"] for stream in rest})
    return f"{len(set(taken.values()))} agreed lines and cost centres, {made} new customers"


def _match_lines(maker, streams):
    """{subscription line: streams} of customers whose code is the sub-account: by service, else the resale line."""
    lines = maker.call(
        "cloud.subscription.line",
        "search_read",
        [["customer_id.code", "in", sorted({stream["sub_account"] for stream in streams})]],
        ["customer_id", "product_id"],
    )
    customer_ids = sorted({line["customer_id"][0] for line in lines})
    customers = maker.call("cloud.customer", "read", customer_ids, ["code"])
    codes = {customer["id"]: customer["code"] for customer in customers}
    by_product = {(codes[line["customer_id"][0]], line["product_id"][1]): line["id"] for line in lines}
    found = {}
    for stream in streams:
        for product in (PRODUCTS.get(stream["service"]), OTHER_PRODUCT):
            line_id = by_product.get((stream["sub_account"], product))
            if line_id:
                found.setdefault(line_id, []).append(stream["id"])
                break
    return found


def _confirm_map(maker, stream_ids, **vals):
    wizard_id = maker.call("cloud.usage.map.wizard", "create", {"stream_ids": [[6, 0, stream_ids]], **vals})
    maker.call("cloud.usage.map.wizard", "action_confirm", [wizard_id])


def _get_month(maker, import_id):
    """The month of most of the rows that the import delivered, as its first day: a bill may hold a few of another."""
    months = maker.call(
        "cloud.usage.delivery", "search_read", [["import_id", "=", import_id]], ["billing_month", "row_count"]
    )
    rows = {}
    for month in months:
        rows[month["billing_month"]] = rows.get(month["billing_month"], 0) + month["row_count"]
    return date.fromisoformat(max(rows, key=rows.get))


def _make_run(maker, month):
    """Rate everything that is due at the end of a month and submit it; returns the id of the run."""
    next_month = (month + timedelta(days=32)).replace(day=1)
    # The nightly action may have been here already: its run is given up for one with the usage.
    early = maker.call("cloud.bill.run", "search", [["state", "in", ["draft", "rating", "review"]]])
    if early:
        maker.call("cloud.bill.run", "action_cancel", early)
    run_id = maker.call("cloud.bill.run", "create", {"cutoff_date": next_month.isoformat()})
    maker.call("cloud.bill.run", "action_rate", [run_id])
    _wait_for(maker, "cloud.bill.run", run_id, {"review"})
    _look_at_bills(maker, run_id)
    maker.call("cloud.bill.run", "action_submit", [run_id])
    return run_id


def _look_at_bills(maker, run_id):
    """Release what is unusual, and leave out what is blocked, telling why."""
    fields = ["state", "customer_id", "reason_text"]
    bills = maker.call("cloud.bill", "search_read", [["run_id", "=", run_id]], fields)
    unusual = [bill["id"] for bill in bills if bill["state"] == "look"]
    if unusual:
        maker.call("cloud.bill", "action_release", unusual, note="First bill of the demo: looked at.")
    for bill in bills:
        if bill["state"] == "blocked":
            say(f"    left out: {bill['customer_id'][1]}: {bill['reason_text']}")
            maker.call("cloud.bill", "action_exclude", [bill["id"]], note="Blocked in the demo.")


def _describe_run(maker, run_id):
    bills = maker.call("cloud.bill", "search_read", [["run_id", "=", run_id]], ["state", "amount", "currency_id"])
    posted = [bill for bill in bills if bill["state"] == "posted"]
    nothing = [bill for bill in bills if bill["state"] == "zero"]
    left = len(bills) - len(posted) - len(nothing)
    text = f"{len(posted)} invoices posted"
    if nothing:
        text += f", {len(nothing)} bills come to nothing"
    return text + (f", {left} bills wait for somebody: see the run" if left else "")
