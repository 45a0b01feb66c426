"""Measured in an Odoo process, see tools/bench.py: a FOCUS file's way into the usage rows, and the bare floor of it."""

import resource
import time
from pathlib import Path

SCHEMA = "cloud_billing_usage"
TABLE = f"{SCHEMA}.usage_row"
FLOOR = f"{SCHEMA}.bench_floor"


def import_file(env, path, rows):
    """Import a file as an upload and the scheduled action do, then once more; seconds, and megabytes at the peak.

    keep, import: of the first time.   again: of both together when the same file comes once more, as a whole.
    Raises RuntimeError unless every row arrives, and unless nothing arrives twice.
    """
    company = env.ref("base.main_company")
    source = env["cloud.usage.source"].create({"name": "Measured", "company_id": company.id, "reader": "focus"})
    env.cr.commit()
    peak_before = get_peak()
    first = _import(env, source, path)
    peak = get_peak()
    _expect(first["import"], "imported", rows)
    again = _import(env, source, path)
    _expect(again["import"], "known", 0)
    streams = env["cloud.usage.stream"].search_count([("source_id", "=", source.id)])
    return {
        "keep": first["keep_seconds"],
        "import": first["import_seconds"],
        "first": first["keep_seconds"] + first["import_seconds"],
        "again": again["keep_seconds"] + again["import_seconds"],
        "peak_before": peak_before,
        "peak": peak,
        "streams": streams,
    }


def _import(env, source, path):
    """Keep a file and import it; the import and the seconds of both."""
    start = time.perf_counter()
    with open(path, "rb") as file:
        usage_import = env["cloud.usage.import"]._create_with_files(source, [(Path(path).name, file)])
    env.cr.commit()
    kept = time.perf_counter()
    usage_import._enqueue()
    env.cr.commit()
    # A call has its time, as on a server.
    while usage_import.state in ("queued", "staging"):
        env.ref("cloud_billing.cron_import_usage").method_direct_trigger()
        env.cr.commit()
        env.invalidate_all()
    end = time.perf_counter()
    return {"import": usage_import, "keep_seconds": kept - start, "import_seconds": end - kept}


def _expect(usage_import, state, accepted):
    if usage_import.state != state or usage_import.rows_accepted != accepted:
        raise RuntimeError(f"{usage_import.state}, {usage_import.rows_accepted} rows: {usage_import.error}")


def measure_floor(env, folder):
    """Seconds of COPY into a bare table and INSERT .. ON CONFLICT DO NOTHING of the rows that were imported.

    floor: into a table of the same columns, checks, primary key and unique index.   floor_indexed: with all indexes.
    """
    columns = get_columns(env)
    text = Path(folder) / f"{env.cr.dbname}.copy"
    with open(text, "wb") as file:
        env.cr.copy_expert(f"COPY (SELECT {columns} FROM {TABLE} ORDER BY id) TO STDOUT", file)
    try:
        return {
            "floor": _measure_floor(env, text, columns, False),
            "floor_indexed": _measure_floor(env, text, columns, True),
        }
    finally:
        text.unlink()


def _measure_floor(env, text, columns, is_indexed):
    if is_indexed:
        like = "INCLUDING ALL"
    else:
        like = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY, PRIMARY KEY (id),"
        like += " UNIQUE (source_id, scope, row_key, ordinal)"
    env.cr.execute(f"CREATE TABLE {FLOOR} (LIKE {TABLE} {like})")
    env.cr.execute(f"CREATE TEMP TABLE bench_stage AS SELECT {columns} FROM {TABLE} WITH NO DATA")
    env.cr.commit()
    start = time.perf_counter()
    with open(text, "rb") as file:
        env.cr.copy_expert(f"COPY bench_stage ({columns}) FROM STDIN", file, 1024 * 1024)
    env.cr.execute(f"INSERT INTO {FLOOR} ({columns}) SELECT {columns} FROM bench_stage ON CONFLICT DO NOTHING")
    env.cr.commit()
    seconds = time.perf_counter() - start
    env.cr.execute(f"DROP TABLE {FLOOR}; DROP TABLE bench_stage")
    env.cr.commit()
    return seconds


def get_columns(env):
    """The columns of a usage row that an import gives, as SQL."""
    env.cr.execute(
        "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = ''",
        [TABLE],
    )
    return env.cr.fetchone()[0]


def get_peak():
    """Megabytes of memory that this process has held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
