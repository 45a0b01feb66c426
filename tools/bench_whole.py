"""The part `month` of `make bench`: a whole month, from usage rows to posted invoices, and how it grows."""

from functools import partial

from common import parallel, step

SIZES = (500, 1000, 2000)
PARTS = ("rating", "bills", "approval", "posting")


def bench_month(measured, rows, _repeat):
    """Milliseconds per invoice from usage to posted, beside plain Odoo; at three sizes; by one worker and by two.

    rows: a million asks for 500, 1,000 and 2,000 subscriptions, fewer rows for fewer.
    """
    sizes = [max(size * rows // 1_000_000, 25) for size in SIZES]
    ones, last = [], sizes[-1]
    for size in sizes:
        with step(f"A month of {size:,} subscriptions") as result:
            one = _measure(measured, size, workers=1)
            ones.append(one)
            result.append(f"{one['total']:.1f} s")
    with step(f"The same of {last:,}, posted by two"):
        two = _measure(measured, last, workers=2)
    one, two = ones[-1]["posting"], two["posting"]
    heads = "".join(f"{part:>9}" for part in PARTS)
    return [
        "MONTH: subscriptions of 5 lines with 20 usage rows each, from usage rows to posted invoices",
        f"    {'':24}{'ms/invoice':>12}{'statements':>12}{heads}{'MB':>8}",
        *(_tell(month) for month in ones),
        _tell_growth(ones[0], ones[-1]),
        *_tell_plain(ones[-1]),
        f"    posting {last:,}: one worker {one:.1f} s, two {two:.1f} s, {one / two:.2f} times as fast",
    ]


def _measure(measured, size, workers):
    """One month in a fresh database: the figures of all its parts."""
    database = measured.database()
    measured.call(database, "bench_month", "prepare", subscriptions=size)
    one = {"size": size, **measured.call(database, "bench_month", "approve")}
    if workers == 1:
        one.update(measured.call(database, "bench_month", "measure_plain"))
    posts = parallel(*(partial(measured.call, database, "bench_month", "post") for _worker in range(workers)))
    one["posting"] = max(post["posting"] for post in posts)
    for name in ("posting_statements", "posting_processor"):
        one[name] = sum(post[name] for post in posts)
    one["memory"] = max(one["rating_memory"], *(post["memory"] for post in posts))
    counts = measured.call(database, "bench_month", "count_posted")
    if counts != {"posted": size, "others": 0}:
        raise RuntimeError(f"of {size} bills {counts['posted']} were posted and {counts['others']} were not")
    measured.drop(database)
    one["total"] = sum(one[part] for part in PARTS)
    one["milliseconds"] = 1000 * one["total"] / size
    one["statements"] = (one["rating_statements"] + one["posting_statements"]) / size
    one["processor"] = 1000 * (one["rating_processor"] + one["posting_processor"]) / size
    return one


def _tell(one):
    parts = "".join(f"{one[part]:8.1f}s" for part in PARTS)
    figures = f"{one['milliseconds']:12.1f}{one['statements']:12.1f}{parts}{one['memory']:8.0f}"
    return f"    {one['size']:>13,} invoices  {figures}"


def _tell_growth(few, many):
    """What an invoice of a large month takes of one of a small month: 1.00 where a month grows with its invoices."""
    parts = ", ".join(f"{part} {_compare(few, many, many[part] / few[part]):.2f}" for part in PARTS)
    whole = _compare(few, many, many["total"] / few["total"])
    return f"    an invoice of {many['size']:,} takes {whole:.2f} times one of {few['size']:,}: {parts}"


def _compare(few, many, ratio):
    return ratio * few["size"] / many["size"]


def _tell_plain(one):
    """Plain Odoo's invoices, and what part of their time a whole month of ours takes: less is better."""
    lines = []
    for name, label in (
        ("plain", "plain Odoo, 25 to a transaction"),
        ("plain_told", "  the same with balances told"),
        ("plain_single", "plain Odoo, one to a transaction"),
    ):
        lines.append(
            f"    {label:34}{one[name]:8.1f} ms, {one[f'{name}_statements']:.1f} statements;"
            f" a month of ours takes {one['milliseconds'] / one[name]:.2f} of it"
        )
        lines.append(
            f"    {'  of it Python at work':34}{one[f'{name}_processor']:8.1f} ms; a month of ours"
            f" {one['processor']:.1f} ms, {one['processor'] / one[f'{name}_processor']:.2f} of it"
        )
    return lines
