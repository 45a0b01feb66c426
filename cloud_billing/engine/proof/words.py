"""Findings in plain words, for whoever runs the command."""

_MARKS = {True: "ties ", False: "WRONG", None: "note "}

# What is said of a finding that ties (or is a note), and of one that does not. Names are those of Finding.facts.
_SENTENCES = {
    "unreadable": ("", "This is not a proof file that can be read: {reason} at {at}."),
    "file_digest": (
        "The file is whole: its digest is {found}.",
        "The file was changed: it says that its digest is {expected}, and it is {found}.",
    ),
    "original_file": (
        "{of} is an original file of this proof: its checksum is the one written down at its import.",
        "{of} is no original file of this proof: no file with the checksum {checksum} was imported.",
    ),
    "original_files_elsewhere": (
        "The original files were not given, so their checksums were not compared: {files}.",
        "",
    ),
    "rows_digest": (
        "{of}: its usage rows are whole.",
        "{of}: its usage rows were changed: their digest should be {expected}, and it is {found}.",
    ),
    "rows_of_unknown_file": ("", "{of}: {rows} usage rows name a file that is not in the list of files."),
    "row_count": (
        "{of}: {found} usage rows, as many as were priced.",
        "{of}: {expected} usage rows were priced, and there are {found}.",
    ),
    "several_units": ("", "{of}: usage in different units ({units}) cannot be added up."),
    "cannot_count": ("", "{of}: usage by the aggregation {aggregation} cannot be counted here."),
    "cannot_read": ("", "{of}: {what} cannot be read: {detail}."),
    "quantity": (
        "{of}: {rows} rows come to {found} {unit} ({aggregation} of {basis}), the quantity that was priced.",
        "{of}: {rows} rows come to {found} {unit} ({aggregation} of {basis}), but {expected} were priced.",
    ),
    "cost": (
        "{of}: the provider's cost is {found} {currency}, as it was priced.",
        "{of}: the provider's cost is {found} {currency}, but {expected} were priced.",
    ),
    "value": (
        "{of}: the rows moved {found}, the value that was priced.",
        "{of}: the rows moved {found}, but a value of {expected} was priced.",
    ),
    "events": ("{of}: {found} events, as priced.", "{of}: {found} events, but {expected} were priced."),
    "event_values": ("{of}: every event has the value that was priced.", "{of}: the values of events differ."),
    "share": (
        "{of}: {found} of {values}, as priced.",
        "{of}: {found} of {values}, but {expected} were priced.",
    ),
    "nothing_priced": ("{of}: nothing was priced.", ""),
    "nothing_used": ("{of}: nothing was used, so no price was needed.", "{of}: usage without a price: {found}."),
    "carried": ("{of}: {quantity} {unit} before this stretch are taken as given; earlier lines prove them.", ""),
    "granted": ("{of}: {quantity} included ({label}) is taken as given; its allowance proves it.", ""),
    "counted_towards": (
        "{of}: {billed} that count towards it are taken as given; other lines prove them.",
        "",
    ),
    "set_amount": (
        "{of}: its price is what the bundle counts.",
        "{of}: its price is {expected}, but the bundle counts {found}.",
    ),
    "set_given": ("{of}: the prices of {parts} other parts are taken as given; their lines prove them.", ""),
    "set_again": (
        "{of}: the bundle is split on {parts} parts as written down.",
        "{of}: the bundle is split in another way than written down.",
    ),
    "cannot_rate": ("", "{of}: its price cannot be worked out: {detail}."),
    "rated_again": (
        "{of}: worked out again it is {amount} {currency}, and each of its {steps} steps is the same.",
        "",
    ),
    "step": ("", "{of}: step {number} ({step}) gives {found}, but {expected} is written down."),
    "step_count": ("", "{of}: {expected} steps are written down, and there are {found}."),
    "workings": ("", "{of}: {key} is {found}, but {expected} is written down."),
    "engine_version": (
        "{of}: it was worked out by engine {expected}; this is engine {found}.",
        "",
    ),
    "amount_now": (
        "{of}: the right amount now is {found}.",
        "{of}: the right amount now is {found}, but the correction says {expected}.",
    ),
    "billed_line": (
        "{of}: line {line} that it corrects was {found} before rounding, as it says.",
        "{of}: the lines that it corrects should come to {expected}, and the file says {found}.",
    ),
    "settled": (
        "{of}: nothing is owed any more, so {amount} instead of {rounded} gives back what was billed to the last cent.",
        "",
    ),
    "amount_billed": (
        "{of}: {found} was billed before, by {lines} lines.",
        "{of}: {found} was billed before, but the correction says {expected}.",
    ),
    "line_amount": (
        "{of}: the rated line has this amount, {found} {currency}.",
        "{of}: the amount is {found} {currency}, but the rated line has {expected}.",
    ),
    "statement_amount": (
        "{of}: the customer reads the same amount.",
        "{of}: the customer reads {found}, but the line has {expected}.",
    ),
    "statement_days": ("{of}: the customer reads the same days.", "{of}: the customer reads other days: {found}."),
    "statement_quantity": (
        "{of}: the customer reads the same quantity.",
        "{of}: the customer reads a quantity of {found}, but the line has {expected}.",
    ),
    "not_invoiced": ("The line is on no invoice yet.", ""),
    "invoice_line": (
        "{of}: {lines} rated lines add up to {found} {currency}, the invoice line ({side}).",
        "{of}: {lines} rated lines add up to {found} {currency}, but the invoice line ({side}) has {expected}.",
    ),
    "invoice_line_by_tax": (
        "{of}: {amount} includes a tax that another one replaced; the net of {untaxed} is the ledger's arithmetic.",
        "",
    ),
    "entry_line": (
        "{of}: the entry books the invoice line.",
        "{of}: the entry books {found} for the invoice line, and should book {expected}.",
    ),
    "entry_balance": (
        "{of}: the entry of {rows} rows balances: {found} debit and credit.",
        "{of}: the entry does not balance: {expected} debit, {found} credit.",
    ),
    "posted": ("{of}: it is posted.", "{of}: it is not posted but {found}."),
    "currencies": ("", "{of}: lines and invoice are in different currencies: {currencies}."),
    "not_approved": ("The line was not part of an approved run.", ""),
    "bill_seal": (
        "{of}: the seal of the bill is that of its content.",
        "{of}: the content of the bill is not what was sealed.",
    ),
    "line_not_sealed": ("", "{of}: it is not among the sealed lines of {bill}."),
    "sealed_amount": (
        "{of}: the sealed amount is {found}.",
        "{of}: the sealed amount is {expected}, but the line has {found}.",
    ),
    "sealed_quantity": (
        "{of}: the sealed quantity is {found}.",
        "{of}: the sealed quantity is {expected}, but the line has {found}.",
    ),
    "sealed_statement": (
        "{of}: what the customer reads is what was sealed.",
        "{of}: what the customer reads is not what was sealed.",
    ),
    "run_content": ("{of}: the digest of the run is that of its content.", "{of}: the run is not what was submitted."),
    "bill_in_run": ("{of}: it holds the sealed {bill}.", "{of}: it does not hold {bill} as it was sealed."),
    "request_hash": (
        "{of}: the request was for this run as it is here.",
        "{of}: the request was for something else than this run.",
    ),
    "request_state": ("{of}: it was approved and applied.", "{of}: it is {found}."),
    "nobody_asked": ("{of}: nobody else had to agree; {requested_by} went ahead alone.", ""),
    "approved_by": (
        "{of}: approved by {people}.",
        "{of}: {agreed} of {needed} people agreed to this content: {people}.",
    ),
    "four_eyes": (
        "{of}: {requested_by}, who asked for it, is not among them.",
        "{of}: {requested_by} approved what he or she asked for.",
    ),
}


def tell(report):
    """The report as lines of text; the last one says whether everything ties."""
    lines = [f"{_MARKS[finding.is_fine]}  {tell_finding(finding)}" for finding in report.findings]
    compared = [finding for finding in report.findings if finding.is_fine is not None]
    if report.is_fine:
        lines.append(f"Everything ties: {len(compared)} comparisons.")
    else:
        lines.append(f"{len(report.wrong)} of {len(compared)} comparisons do not tie.")
    return lines


def tell_finding(finding):
    fine, wrong = _SENTENCES[finding.code]
    facts = {name: _clip(value) for name, value in finding.facts.items()}
    return (wrong if finding.is_fine is False else fine).format(of=_clip(finding.of), **facts)


def _clip(value):
    """Long figures, such as whole terms, by their beginning; nothing that a terminal would obey."""
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value)[:300])
    return text if len(text) <= 200 else f"{text[:200]}..."
