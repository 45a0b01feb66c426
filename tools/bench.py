"""`make bench`: what importing, rating, rehearsing, pricing and posting cost, beside a floor measured in the same run.

    make bench                 everything: a million rows, some minutes
    make bench ROWS=100000     a quick look
    make bench ONLY=import ROWS=10000000 REPEAT=1   memory from a hundred thousand to ten million rows; an hour
    make bench ONLY=import     one part: import, rating, rehearsal, indexation, renewals, posting, month, closing,
                               contracts, push, audit, pricing and readers (which need no Odoo)
    make bench REPEAT=5        more repetitions; the least and the middle of them are printed

Every repetition works in a fresh database, in an Odoo process of its own. No time is judged here and no test reads it:
docs/performance.md has the figures and what they are compared with. Of what contracts take the statements are judged,
which are the same on every machine.
"""

import hashlib
import json
import statistics
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import bench_push
import bench_readers
import bench_record
import bench_whole
import instance
import make_focus
import python_env
from common import DEV, LOGS, Problem, main, need_disk, run, say, step

TOOLS = Path(__file__).resolve().parent
FOLDER = DEV / "bench"
SUB_ACCOUNTS = 200
# The least of the sizes between which the memory of an import is compared.
FEW_ROWS = 100_000
# Of more rows no floor is measured: it takes them three times more of the disk.
FLOOR_ROWS = 1_000_000
KINDS = {"CSV, gzip": "csv.gz", "Parquet": "parquet"}
# The code that an Odoo shell runs: the measuring function, its arguments and where its answer goes come as JSON.
CALL = """
import importlib, json, sys
call = json.loads({call!r})
sys.path.append(call["tools"])
answer = getattr(importlib.import_module(call["module"]), call["function"])(env, **call["arguments"])
with open(call["answer"], "w") as file:
    json.dump(answer, file)
"""


class Bench:
    """Fresh databases from one that has the add-on, and measuring functions called in Odoo processes of their own."""

    def __init__(self, odoo):
        self.odoo = odoo
        self.template = odoo.temporary_name("bench_template")
        self.made = []

    def __enter__(self):
        self.odoo.drop_leftovers()
        self.made.append(self.template)
        self.odoo.clone(self.odoo.base_template(), self.template)
        self.odoo.install(self.template)
        return self

    def __exit__(self, *error):
        for name in self.made:
            self.odoo.drop(name)

    def database(self, template=None):
        """A fresh database with the add-on, a copy of `template` where one is given."""
        name = self.odoo.temporary_name(f"bench_{len(self.made)}")
        self.made.append(name)
        self.odoo.clone(template or self.template, name)
        return name

    def call(self, database, module, function, **arguments):
        """Run module.function(env, **arguments) in an Odoo process on a database; returns its answer."""
        FOLDER.mkdir(parents=True, exist_ok=True)
        # Several may work on one database.
        answer = FOLDER / f"{database}_{threading.get_ident()}.json"
        call = {"tools": str(TOOLS), "module": module, "function": function, "answer": str(answer)}
        code = CALL.format(call=json.dumps({**call, "arguments": arguments}))
        options = ("--no-http", "--log-level=warn", "--limit-memory-soft=0", "--limit-memory-hard=0")
        self.odoo.run(
            f"Measuring {function}", "shell", *options, database=database, log=LOGS / f"{answer.stem}.log", input=code
        )
        result = json.loads(answer.read_text())
        answer.unlink()
        return result

    def drop(self, database):
        self.odoo.drop(database)
        self.made.remove(database)


def bench(rows="1000000", only=None, repeat="3"):
    """Measure the parts and print their figures."""
    rows, repeat = _whole("ROWS", rows, 1000), _whole("REPEAT", repeat, 1)
    wanted = (only or " ".join(PARTS)).split()
    for name in wanted:
        if name not in PARTS:
            raise Problem(f"ONLY={name} is none of: {', '.join(PARTS)}")
    needs_odoo = any(name not in WITHOUT_ODOO for name in wanted)
    if needs_odoo:
        # A floor beside it takes 8 GB a million rows, the rows alone 2.
        need_disk(2 + 2 * rows / 1e6 + 8 * min(rows, FLOOR_ROWS) / 1e6, "The measurement")
    with Bench(instance.ensure()) if needs_odoo else nullcontext() as measured:
        lines = [line for name in wanted for line in (*PARTS[name](measured, rows, repeat), "")]
    say("\n" + "\n".join(lines).rstrip())


def _whole(name, text, least):
    if not text.isdigit() or int(text) < least:
        raise Problem(f"{name}={text} is not a whole number of {least} or more.")
    return int(text)


# ---- the parts ----


def bench_import(measured, rows, repeat):
    """Rows per second of the import beside the bare floor, as CSV and Parquet; a known file again; memory by size."""
    sizes = sorted({min(FEW_ROWS, rows // 10), rows // 10, rows})
    cases = [("CSV, gzip", size) for size in sizes] + [("Parquet", rows)]
    found = {case: [] for case in cases}
    for nth in range(repeat):
        for kind, size in cases:
            path = _focus_file(size, KINDS[kind])
            with step(f"Import {size:,} rows, {kind}, {nth + 1} of {repeat}") as result:
                database = measured.database()
                one = measured.call(database, "bench_import", "import_file", path=str(path), rows=size)
                if size <= FLOOR_ROWS:
                    # In a process of its own: the memory of the first one is the import's.
                    one.update(measured.call(database, "bench_import", "measure_floor", folder=str(FOLDER)))
                measured.drop(database)
                found[kind, size].append(one)
                result.append(f"{one['import']:.1f} s")
    lines = [f"IMPORT of a FOCUS file, {rows:,} rows, {found[cases[-1]][0]['streams']:,} streams"]
    for (kind, size), ones in found.items():
        megabytes = _focus_file(size, KINDS[kind]).stat().st_size / 1e6
        lines += [
            f"  {size:,} rows, {kind}, {megabytes:,.0f} MB",
            _line("import by the scheduled action", ones, "import", size),
            _line("  before it: keeping the uploaded file", ones, "keep", size),
            _line("both when the same file comes again", ones, "again", size),
            f"    {'  beside both the first time':42}{_ratio(ones, 'again', 'first')}",
            *_tell_floor(ones, size),
            _peak(ones),
        ]
    return lines


def _tell_floor(ones, size):
    if size > FLOOR_ROWS:
        return []
    return [
        _line("floor: COPY, INSERT .. ON CONFLICT", ones, "floor", size),
        _line("  with the indexes our table has", ones, "floor_indexed", size),
        f"    {'ratio to the floor':42}{_ratio(ones, 'floor', 'import')}",
        f"    {'  with the indexes our table has':42}{_ratio(ones, 'floor_indexed', 'import')}",
    ]


def bench_rating(measured, rows, repeat):
    """Seconds from usage rows to rated lines, beside a bare GROUP BY and COPY."""
    lines = max(rows // 100, 10)
    template = measured.database()
    with step(f"Make {rows:,} usage rows of {lines:,} subscription lines"):
        measured.call(template, "bench_rating", "prepare", rows=rows, lines=lines)
    ones, twos = [], []
    for nth in range(repeat):
        for found, rate, who in ((ones, _rate_alone, "one rater"), (twos, _rate_together, "two raters")):
            with step(f"Rate them by {who}, {nth + 1} of {repeat}") as result:
                database = measured.database(template)
                one = rate(measured, database, rows)
                one.update(measured.call(database, "bench_rating", "measure_floor", folder=str(FOLDER)))
                measured.drop(database)
                found.append(one)
                result.append(f"{one['rating']:.1f} s, floor {one['floor']:.1f} s")
    one = ones[0]
    size = f"{one['lines']:,} rated lines with {one['bytes']:,} bytes of workings and statement each"
    return [
        f"RATING of {rows:,} usage rows to {size}",
        _line("rating, from a draft run to its last line", ones, "rating", rows),
        _line("  of it: finding what is due", ones, "due", rows),
        _line("floor: GROUP BY, COPY of as many lines", ones, "floor", rows),
        _line("  of it: GROUP BY", ones, "group", rows),
        _line("  with the indexes and keys ours has", ones, "floor_indexed", rows),
        f"    {'ratio to the floor':42}{_ratio(ones, 'floor', 'rating')}",
        f"    {'  with the indexes and keys ours has':42}{_ratio(ones, 'floor_indexed', 'rating')}",
        _line(f"after it: {one['bill_count']:,} bills and what to look at", ones, "bills", rows),
        "  two raters, each in a process of its own",
        _line("rating, from a draft run to its last line", twos, "rating", rows),
        _line("floor: GROUP BY, COPY of as many lines", twos, "floor", rows),
        f"    {'ratio to the floor':42}{_ratio(twos, 'floor', 'rating')}",
        f"    {'  with the indexes and keys ours has':42}{_ratio(twos, 'floor_indexed', 'rating')}",
    ]


def _rate_alone(measured, database, rows):
    return measured.call(database, "bench_rating", "rate", rows=rows)


def _rate_together(measured, database, rows):
    """One process rates and ends the run, another one helps; figures of the first."""
    helper = FOLDER / f"{database}.ready"
    with ThreadPoolExecutor(1) as other:
        helping = other.submit(measured.call, database, "bench_rating", "help_to_rate", helper=str(helper))
        one = measured.call(database, "bench_rating", "rate", rows=rows, helper=str(helper))
        helping.result()
    helper.unlink()
    return one


def bench_rehearsal(measured, rows, repeat):
    """Seconds of a year rehearsed at other prices, beside the year's twelve runs."""
    rows, lines = max(rows // 10, 100), max(rows // 1000, 10)
    ones = []
    for nth in range(repeat):
        with step(f"Rate and rehearse 12 months of {rows:,} rows and {lines:,} lines, {nth + 1} of {repeat}") as result:
            database = measured.database()
            one = measured.call(database, "bench_rehearsal", "rehearse", rows=rows, lines=lines)
            measured.drop(database)
            ones.append(one)
            result.append(f"{one['rehearsal']:.1f} s, runs {one['runs']:.1f} s")
    count = ones[0]["charges"]
    return [
        f"REHEARSAL of {count:,} charges of 12 months, {12 * rows:,} usage rows",
        _line("rehearsal at other prices", ones, "rehearsal", count, "charges"),
        _line("floor: the 12 runs, to their last rated line", ones, "runs", count, "charges"),
        f"    {'ratio to the runs':42}{_ratio(ones, 'runs', 'rehearsal')}",
    ]


def bench_indexation(measured, rows, repeat):
    """Seconds of new prices for many contracts in one proposal."""
    count, ones = max(rows // 100, 10), []
    for nth in range(repeat):
        with step(f"Index {count:,} contracts, {nth + 1} of {repeat}") as result:
            database = measured.database()
            one = measured.call(database, "bench_indexation", "index", count=count)
            measured.drop(database)
            batches = -(-count // 1000)
            for name in ("find", "agree", "letters"):
                _judge(f"Indexation ({name})", one[f"{name}_statements"], INDEXATION_STATEMENTS * batches)
            ones.append(one)
            result.append(f"{one['find']:.1f} s to find, {one['agree']:.1f} s to agree")
    names = {"find": "found, with prices before and after", "agree": "agreed: a price each", "letters": "a letter each"}
    return [
        f"INDEXATION of {count:,} contracts",
        *(
            _line(f"{label} ({ones[0][f'{name}_statements']:,} statements)", ones, name, count, "contracts")
            for name, label in names.items()
        ),
    ]


def bench_renewals(measured, rows, repeat):
    """Seconds of renewing the terms of many subscriptions, a batch of which takes a constant number of statements."""
    count, ones = max(rows // 100, 100), []
    for nth in range(repeat):
        with step(f"Renew {count:,} subscriptions, {nth + 1} of {repeat}") as result:
            database = measured.database()
            one = measured.call(database, "bench_renewal", "renew", count=count)
            measured.drop(database)
            _judge("A batch of renewals", one["batch_statements"], RENEWAL_STATEMENTS)
            ones.append(one)
            result.append(f"{one['renew']:.1f} s")
    names = {"find": "terms found that are due", "renew": "renewed"}
    return [
        f"RENEWALS of {count:,} subscriptions",
        *(
            _line(f"{label} ({ones[0][f'{name}_statements']:,} statements)", ones, name, count, "subscriptions")
            for name, label in names.items()
        ),
        f"    {'statements of a batch of 1,000, at most':42}{max(one['batch_statements'] for one in ones):8}",
    ]


def bench_posting(measured, rows, repeat):
    """Milliseconds of an invoice of five lines, beside plain Odoo."""
    rounds = 2 * repeat
    with step(f"Post invoices of 5 lines, {rounds} rounds of 25 each way"):
        found = measured.call(measured.database(), "bench_posting", "post", rounds=rounds)
    lines = ["POSTING of invoices of 5 lines, in one warm process"]
    for way, label in (("single", "one to a transaction"), ("batch", "25 to a transaction")):
        pairs = zip(found[f"plain_{way}"], found[f"ours_{way}"], strict=True)
        ones = [{"floor": plain, "ours": ours} for plain, ours in pairs]
        for name, who in (("ours", "bills"), ("floor", "plain account.move")):
            times = [one[name] for one in ones]
            what = f"{who}, {label}"
            lines.append(f"    {what:42}{statistics.median(times):8.1f} ms (least {min(times):.1f})")
        lines.append(f"    {'ratio to plain Odoo':42}{_ratio(ones, 'floor', 'ours')}")
    return lines


def bench_pricing(_measured, rows, repeat):
    """Microseconds of one price by charge model, on one core: its amount alone, and with what a rated line stores."""
    count = max(rows // 100, 100)
    found = []
    for nth in range(repeat):
        with step(f"Price {count:,} quantities of each charge model, {nth + 1} of {repeat}"):
            command = [sys.executable, TOOLS / "bench_pricing.py", str(count)]
            found.append(json.loads(run(command, "Pricing")))
    lines = [f"PRICING of {count:,} quantities of each charge model, in processor time of one core"]
    kinds = {"amount": "the amount, its explanation obtainable", "stored": "with workings and statement as stored"}
    for kind, label in kinds.items():
        lines.append(f"  {label}")
        for model in found[0][kind]:
            times = [one[kind][model] * 1e6 for one in found]
            middle = statistics.median(times)
            lines.append(f"    {model:42}{middle:8.1f} us (least {min(times):.1f})  {1e6 / middle:12,.0f} prices/s")
    return lines


def bench_closing(measured, rows, repeat):
    """Seconds of a month's end: what nobody has charged yet is rated, then posted as an entry and its reversal."""
    count, ones = max(rows // 100, 10), []
    # Odoo reads a thousand records at a time.
    limit = CLOSING_STATEMENTS + 30 * (count // 1000)
    for nth in range(repeat):
        with step(f"Close {count:,} lines, {nth + 1} of {repeat}") as result:
            database = measured.database()
            one = measured.call(database, "bench_closing", "close", count=count)
            measured.drop(database)
            for name in ("compute", "entry"):
                _judge(f"A month's end ({name})", one[f"{name}_statements"], limit)
            ones.append(one)
            result.append(f"{one['compute']:.1f} s to compute, {one['entry']:.1f} s to post")
    names = {"compute": "computed: rated, accrued", "entry": "posted with its reversal"}
    return [
        f"MONTH END of {count:,} lines",
        *(
            _line(f"{label} ({ones[0][f'{name}_statements']:,} statements)", ones, name, count, "lines")
            + f"  {1000 * bench_push.middle_of(ones, name) / count:6.2f} ms a line"
            + f", Python's processor {bench_push.middle_of(ones, f'{name}_processor'):.1f} s"
            for name, label in names.items()
        ),
    ]


def bench_contracts(measured, rows, repeat):
    """Milliseconds of the next invoice of one subscription of five lines, and of the list of all, as screens ask."""
    count = max(rows // 100, 100)
    with step(f"Show the next invoice of some of {count:,} subscriptions"):
        found = measured.call(measured.database(), "bench_contracts", "preview", subscriptions=count, rounds=5 * repeat)
    with step(f"Look at the list of {count:,} subscriptions"):
        looks = measured.call(measured.database(), "bench_contracts", "look", subscriptions=count, rounds=repeat)
    _judge("The next invoice", found["statements"], PREVIEW_STATEMENTS)
    _judge("The invoice of a proposed price", found["proposed_statements"], 3 * PREVIEW_STATEMENTS)
    shown = {
        "its next invoice": (found["seconds"], found["statements"]),
        "a proposed price, without and with it": (found["proposed_seconds"], found["proposed_statements"]),
    }
    return [
        f"CONTRACTS: one of {count:,} subscriptions, 5 lines",
        *(
            f"    {name:42}{1000 * statistics.median(ones):8.1f} ms (least {1000 * min(ones):.1f}), {taken} statements"
            for name, (ones, taken) in shown.items()
        ),
        *(
            f"    {name:42}{1000 * statistics.median(ones):8.1f} ms (least {1000 * min(ones):.1f}), {count} statements"
            for name, (ones, count) in looks.items()
        ),
    ]


PARTS = {
    "import": bench_import,
    "rating": bench_rating,
    "rehearsal": bench_rehearsal,
    "indexation": bench_indexation,
    "renewals": bench_renewals,
    "posting": bench_posting,
    "month": bench_whole.bench_month,
    "closing": bench_closing,
    "contracts": bench_contracts,
    "pricing": bench_pricing,
    "readers": bench_readers.bench_readers,
    "push": bench_push.bench_push,
    "audit": bench_record.bench_audit,
}
WITHOUT_ODOO = ("pricing", "readers")
# What a batch of terms may take, whatever its size; more means that something is asked per term.
RENEWAL_STATEMENTS = 60
INDEXATION_STATEMENTS = 60
# What a month's end may take beside reading its records.
CLOSING_STATEMENTS = 150
# What the next invoice of one subscription may take, however many there are beside it.
PREVIEW_STATEMENTS = 130


# ---- data and figures ----


def _focus_file(rows, suffix="csv.gz"):
    """A FOCUS file of so many rows, kept for the next time."""
    key = hashlib.sha256(Path(make_focus.__file__).read_bytes()).hexdigest()[:12]
    path = FOLDER / f"focus_{rows}_{key}.{suffix}"
    if not path.is_file():
        with step(f"Write a FOCUS file of {rows:,} rows, {suffix}"):
            FOLDER.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"draft_{path.name}")
            arguments = ["--rows", str(rows), "--sub-accounts", str(SUB_ACCOUNTS), "--out", str(draft)]
            # Odoo's Python has pyarrow; the one that runs the tools need not.
            run([python_env.ensure("odoo"), make_focus.__file__, *arguments], f"Writing {path.name}")
            draft.replace(path)
    return path


def _judge(what, statements, limit):
    if statements > limit:
        raise Problem(f"{what} took {statements} statements, more than {limit}: something is asked one by one.")


def _line(label, ones, name, count, what="rows"):
    """One figure: the middle and the least time of the repetitions, and how much per second of the middle."""
    times = [one[name] for one in ones]
    middle = statistics.median(times)
    return f"    {label:42}{middle:8.2f} s (least {min(times):.2f})  {count / middle:12,.0f} {what}/s"


def _peak(ones):
    peak, more = (max(one["peak"] - one.get(less, 0) for one in ones) for less in ("", "peak_before"))
    return f"    {'peak memory of the importing process':42}{peak:8,.0f} MB, {more:,.0f} MB of it for the import"


def _ratio(ones, floor, ours):
    """How much of the floor's speed is reached: taken pair by pair, the machine's speed drifts."""
    ratios = [one[floor] / one[ours] for one in ones]
    return f"{statistics.median(ratios):8.0%} (best {max(ratios):.0%})"


if __name__ == "__main__":
    given = dict(part.split("=", 1) for part in sys.argv[1:])
    main(lambda: bench(**{name.lower(): value for name, value in given.items() if value}))
