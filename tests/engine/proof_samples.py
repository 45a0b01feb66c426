"""Proof files as the add-on writes them, made by hand: one posted line of 1,500 hours for 140.00 EUR."""

import json
from copy import deepcopy
from datetime import date
from decimal import Decimal

from cloud_billing_engine.numbers import to_text
from cloud_billing_engine.proof import ROW_COLUMNS, digest
from cloud_billing_engine.rating import rate
from rating_samples import graduated, make_facts

LADDER = graduated(("1000", "0.10"), (None, "0.08"))
FILE = {
    "name": "usage-2026-03.csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 4,
    "import": "IMP/00001",
    "import_number": 88,
}
METER = {"name": "Hours", "aggregation": "sum", "basis": "quantity", "unit": "hour"}
SEALED = ("id", "amount", "quantity", "statement")


def make_row(number, start="2026-03-02T08:00:00", **values):
    """One usage row in the order of ROW_COLUMNS; numbers as text."""
    row = {
        "file": 0,
        "row": 2,
        "service_start": start,
        "service_end": start,
        "number": number,
        "unit": "hour",
        "value": None,
        "currency": "",
        "key": "",
        "operation": None,
        "is_event": True,
        "owned_from": None,
        "owned_to": None,
        "dimensions": {},
        **dict.fromkeys(("cost_billed", "cost_effective", "cost_list", "cost_contracted")),
        **values,
    }
    return [row[name] for name in ROW_COLUMNS]


def make_usage(rows, meter=None, **values):
    return {
        "number": 88,
        "meter": {**METER, **(meter or {})},
        "stretch": {"start": "2026-02-28T23:00:00", "end": "2026-03-31T22:00:00"},
        "dimensions": [],
        "columns": list(ROW_COLUMNS),
        "rows": rows,
        "digest": digest([list(ROW_COLUMNS), rows]),
        **values,
    }


def make_line(result, usage, number=7, **values):
    return {
        "id": number,
        "name": "Compute hours",
        "customer": "Acme",
        "currency": "EUR",
        "amount": to_text(result.amount),
        "quantity": None if result.quantity is None else to_text(result.quantity),
        "service_start": "2026-03-01",
        "service_end": "2026-04-01",
        "engine_version": result.workings["engine_version"],
        "workings": result.workings,
        "statement": result.statement,
        "usage": usage,
        "billed_before": [],
        **values,
    }


def make_proof(*lines):
    """The whole file over lines: invoice, approval and digest as they would be."""
    lines = lines or (make_sample_line(),)
    amount = sum(Decimal(line["amount"]) for line in lines)
    sign = -1 if amount < 0 else 1
    bill = [[line["id"], line["amount"], line["quantity"], line["statement"]] for line in lines]
    run = ["Run", "2026-03-31", [[5, digest(bill)], [6, digest([])]]]
    vote = {
        "person": "Bea",
        "person_id": 2,
        "decision": "approve",
        "content_hash": digest(run),
        "voted_at": "2026-04-01",
    }
    proof = {
        "format": "cloud_billing.proof",
        "version": 1,
        "made_at": "2026-04-02T09:00:00",
        "made_by": "Ada",
        "company": "Cloud BV",
        "files": [FILE],
        "lines": list(lines),
        "invoice": {
            "number": "INV/2026/00001",
            "state": "posted",
            "date": "2026-04-01",
            "currency": "EUR",
            "sign": sign,
            "ties_to": "untaxed",
            "untaxed": to_text(abs(amount)),
            "total": to_text(abs(amount)),
            "entry": [make_entry("Receivable", amount, False), make_entry("Income", -amount, True)],
        },
        "approval": {
            "bill": {"id": 5, "name": "Bill 5", "columns": list(SEALED), "content": bill, "digest": digest(bill)},
            "run": {"name": "March", "content": run, "digest": digest(run)},
            "request": {
                "name": "March",
                "state": "applied",
                "content_hash": digest(run),
                "requested_by": "Ada",
                "requested_by_id": 1,
                "levels": 1,
            },
            "votes": [vote],
        },
    }
    return seal(proof)


def make_entry(account, balance, is_line):
    return {
        "account": account,
        "debit": to_text(max(balance, Decimal(0))),
        "credit": to_text(max(-balance, Decimal(0))),
        "amount_currency": to_text(balance),
        "is_line": is_line,
    }


def make_sample_line():
    """1,500 hours in three rows, 140.00 EUR."""
    rows = [make_row("1000"), make_row("400.5", row=3), make_row("99.5", row=4)]
    return make_line(rate(LADDER, make_facts("1500", rows=3, usage_number=88)), make_usage(rows))


def seal(proof):
    """With the digest that the file has now; what is inside it may lie."""
    rest = {key: value for key, value in json.loads(json.dumps(proof)).items() if key != "digest"}
    return {**rest, "digest": digest(rest)}


def change(proof, *path, to):
    """A copy with one value replaced, sealed anew as a forger would."""
    changed = deepcopy(proof)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = to
    return seal(changed)


MARCH = date(2026, 3, 1)
