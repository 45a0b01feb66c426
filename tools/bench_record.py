"""The part `audit` of `make bench`: an event, its seal, the search over a year of them, and what they add to a run."""

import statistics

from bench_push import middle_of
from common import Problem, step

# What a person waits for, and what protection may add to a run.
SEARCH_SECONDS, RUN_SHARE = 1.0, 0.20
CUSTOMERS = 1000


def bench_audit(measured, rows, repeat):
    """Milliseconds of an event, events sealed and verified per second, seconds of searches, the share of a run."""
    customers = max(CUSTOMERS * rows // 1_000_000, 25)
    records, seals, months = [], [], []
    for nth in range(repeat):
        with step(f"Record, seal and verify, {nth + 1} of {repeat}"):
            database = measured.database()
            records.append(measured.call(database, "bench_audit", "record"))
            seals.append(measured.call(database, "bench_audit", "seal"))
            measured.drop(database)
    with step(f"Search {rows:,} events"):
        database = measured.database()
        measured.call(database, "bench_audit", "fill", rows=rows)
        searches = [measured.call(database, "bench_audit", "search") for _nth in range(repeat)]
        measured.drop(database)
    for nth in range(repeat):
        with step(f"A bill run of {customers:,} customers, {nth + 1} of {repeat}") as result:
            database = measured.database()
            measured.call(database, "bench_month", "prepare", subscriptions=customers)
            months.append(measured.call(database, "bench_audit", "run_month"))
            measured.drop(database)
            result.append(f"{months[-1]['total']:.1f} s")
    problems = []
    lines = [
        *_tell_events(records, seals),
        *_tell_searches(searches, rows, problems),
        *_tell_share(months, customers, problems),
    ]
    if problems:
        raise Problem("\n".join([*lines, *problems]))
    return lines


def _tell_events(records, seals):
    labels = {
        "single": "an event, one to a call",
        "many": "an event, a hundred to a call",
        "bare": "  one without a mark",
    }
    lines = ["AUDIT: events, seals and verification"]
    lines += [f"    {label:42}{middle_of(records, name):8.3f} ms" for name, label in labels.items()]
    per_second = [one["events"] / one["verify"] for one in seals]
    sealing = [1000 * one["seal"] / one["events"] for one in seals]
    more = max(one["memory"] - one["memory_before"] for one in seals)
    return [
        *lines,
        f"    {'sealing 1,000 events':42}{statistics.median(sealing):8.3f} s",
        f"    {'verification':42}{statistics.median(per_second):8,.0f} events/s, {more:.0f} MB more",
    ]


def _tell_searches(searches, rows, problems):
    lines = [f"  search over {rows:,} events, the first page and how many there are"]
    for name in searches[0]:
        times = [one[name] for one in searches]
        lines.append(f"    {name:42}{statistics.median(times):8.3f} s (least {min(times):.3f})")
        if min(times) >= SEARCH_SECONDS:
            problems.append(f"Searching {name} takes {min(times):.2f} s, {SEARCH_SECONDS} s are allowed.")
    return lines


def _tell_share(months, customers, problems):
    shares = [(one["python"] + one["triggers"]) / (one["total"] - one["python"] - one["triggers"]) for one in months]
    share = statistics.median(shares)
    if share >= RUN_SHARE:
        problems.append(f"Guards and events add {share:.0%} to a bill run, {RUN_SHARE:.0%} are allowed.")
    return [
        f"  a bill run of {customers:,} customers, from usage rows to posted invoices",
        f"    {'without guards and events':42}{middle_of(months, 'total') * (1 - share / (1 + share)):8.2f} s",
        f"    {'guards and events in Python':42}{middle_of(months, 'python'):8.2f} s",
        f"    {'triggers in the database':42}{middle_of(months, 'triggers'):8.2f} s",
        f"    {'they add':42}{share:8.1%}, with {months[0]['events']:,} events",
    ]
