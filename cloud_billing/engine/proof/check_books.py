"""The invoice and its entry, and who approved them."""

from decimal import Decimal

from ..numbers import exact
from .digests import digest

_ZERO = Decimal(0)


def check_invoice(invoice, lines, report):
    """The rated lines add up to the invoice line, and the entry has it and balances."""
    number = invoice["number"]
    with exact():
        amount = sum((line["amount"] for line in lines), _ZERO)
        debit = sum((row["debit"] for row in invoice["entry"]), _ZERO)
        credit = sum((row["credit"] for row in invoice["entry"]), _ZERO)
        booked = sum((row["amount_currency"] for row in invoice["entry"] if row["is_line"]), _ZERO)
        side = invoice["ties_to"]
        if side in ("untaxed", "total"):
            report.compare(
                "invoice_line",
                invoice["sign"] * invoice[side],
                amount,
                number,
                side=side,
                lines=len(lines),
                currency=invoice["currency"],
            )
        else:
            # A gross price whose tax the fiscal position replaced: what it ties to is worked out by the ledger's taxes.
            report.add("invoice_line_by_tax", None, number, amount=str(amount), untaxed=str(invoice["untaxed"]))
        # A customer's invoice is credited to income: its line is negative in the ledger.
        report.compare("entry_line", -invoice["sign"] * invoice["untaxed"], booked, number)
    report.compare("entry_balance", debit, credit, number, rows=len(invoice["entry"]))
    report.compare("posted", "posted", invoice["state"], number)
    currencies = {line["currency"] for line in lines} | {invoice["currency"]}
    if len(currencies) > 1:
        report.add("currencies", False, number, currencies=", ".join(sorted(currencies)))


def check_approval(approval, lines, report):
    """What people agreed to holds these lines: line -> seal of the bill -> content of the run -> request -> votes."""
    bill, run, request = approval["bill"], approval["run"], approval["request"]
    report.compare("bill_seal", bill["digest"], digest(bill["content"]), bill["name"])
    _check_sealed_lines(bill, lines, report)
    report.compare("run_content", run["digest"], digest(run["content"]), run["name"])
    bills = run["content"][-1] if run["content"] else []
    is_in_run = isinstance(bills, list) and [bill["id"], bill["digest"]] in bills
    report.add("bill_in_run", is_in_run, run["name"], bill=bill["name"])
    report.compare("request_hash", request["content_hash"], run["digest"], request["name"])
    _check_votes(request, approval["votes"], report)


def _check_sealed_lines(bill, lines, report):
    """The figures that were sealed are those of the lines."""
    sealed = {}
    for row in bill["content"]:
        if isinstance(row, list) and len(row) == len(bill["columns"]):
            values = dict(zip(bill["columns"], row, strict=True))
            sealed[values.get("id")] = values
    for line in lines:
        values = sealed.get(line["id"])
        name = f"{line['name']} ({line['id']})"
        if values is None:
            report.add("line_not_sealed", False, name, bill=bill["name"])
            continue
        report.compare("sealed_amount", _read(values.get("amount")), line["amount"], name)
        report.compare("sealed_quantity", _read(values.get("quantity")), line["quantity"], name)
        report.compare("sealed_statement", digest(values.get("statement")), digest(line["statement"]), name)


def _check_votes(request, votes, report):
    name = request["name"]
    report.compare("request_state", "applied", request["state"], name)
    yes = [vote for vote in votes if vote["decision"] == "approve"]
    if not request["levels"]:
        report.add("nobody_asked", None, name, requested_by=request["requested_by"])
        return
    people = {vote["person_id"] for vote in yes if vote["content_hash"] == request["content_hash"]}
    report.add(
        "approved_by",
        len(people) >= request["levels"],
        name,
        people=", ".join(f"{vote['person']} ({vote['voted_at']})" for vote in yes) or "nobody",
        needed=request["levels"],
        agreed=len(people),
    )
    report.add(
        "four_eyes",
        request["requested_by_id"] not in {vote["person_id"] for vote in yes},
        name,
        requested_by=request["requested_by"],
    )


def _read(value):
    return None if value is None else Decimal(value)
