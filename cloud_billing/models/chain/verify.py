"""Reading the chains for verification: in pages, so that memory stays the same however long the record is."""

from odoo.tools import SQL

from ..record.audit_schema import EVENT_TABLE
from .chain import ChainCheck, Seal
from .heads import fetch_chains
from .seal_schema import EVENT_TEXTS, NO_COMPANY, SEAL_TABLE

_PAGE = 5000
_EVENTS, _SEALS = SQL(EVENT_TABLE), SQL(SEAL_TABLE)
_SEAL_COLUMNS = SQL(
    "s.company_id, s.seq, s.event_id, s.digest, s.previous, s.key_print,"
    " to_char(s.sealed_at, 'YYYY-MM-DD HH24:MI:SS.US'), s.mac"
)
_WIDTH = len(Seal._fields) + 1


def check_all(cr, known, anchors=None, only=None):
    """{chain: ChainCheck} of all chains, or of those in `only` (numbers of companies, 0 for none).

    known: {fingerprint: RecordKeys}.   anchors: {chain: {seq: set of MACs}} that were kept outside.
    One transaction sees one moment: what is written meanwhile is of the next verification.
    """
    anchors = anchors or {}
    until = _find_unmarked_until(cr)
    chains = fetch_chains(cr) | set(anchors)
    checks = {
        chain: ChainCheck(chain, known, anchors.get(chain), until)
        for chain in sorted(chains)
        if only is None or chain in only
    }
    for check in checks.values():
        _check_seals(cr, check)
    _check_waiting(cr, checks)
    _find_copies(cr, checks)
    for check in checks.values():
        check.finish()
    return checks


def _check_seals(cr, check):
    """Feed a check the seals of its chain with their events."""
    last = None
    while True:
        # (seq, event) and not seq alone: where the constraints were taken away a number may be there twice.
        after = SQL("TRUE") if last is None else SQL("(s.seq, s.event_id) > (%s, %s)", *last)
        cr.execute(
            SQL(
                """
            SELECT %s, %s
              FROM (SELECT * FROM %s s WHERE s.company_id = %s AND %s ORDER BY s.seq, s.event_id LIMIT %s) s
         LEFT JOIN %s e ON e.id = s.event_id
          ORDER BY s.seq, s.event_id
                """,
                _SEAL_COLUMNS,
                SQL(EVENT_TEXTS),
                _SEALS,
                check.company_id,
                after,
                _PAGE,
                _EVENTS,
            )
        )
        rows = cr.fetchall()
        for row in rows:
            *columns, mac = row[:_WIDTH]
            seal = Seal(*(bytes(part) if isinstance(part, memoryview) else part for part in columns))
            check.feed(seal, bytes(mac), _read_event(row[_WIDTH:]))
        if len(rows) < _PAGE:
            return
        last = rows[-1][1:3]


def _check_waiting(cr, checks):
    """Look at the marks of events that have no seal yet, and count them."""
    last = 0
    while True:
        cr.execute(
            SQL(
                """
            SELECT %s
              FROM %s e
             WHERE e.id > %s
               AND NOT EXISTS (SELECT FROM %s s WHERE s.event_id = e.id)
          ORDER BY e.id
             LIMIT %s
                """,
                SQL(EVENT_TEXTS),
                _EVENTS,
                last,
                _SEALS,
                _PAGE,
            )
        )
        rows = cr.fetchall()
        for row in rows:
            event = _read_event(row)
            check = checks.get(int(event[3] or NO_COMPANY))
            if check:
                check.feed_waiting(event)
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]


def _find_copies(cr, checks):
    """The program never makes the same mark twice: an event that has the mark of another one is a copy of it."""
    cr.execute(
        SQL(
            """
        SELECT e.id, COALESCE(e.company_id, %s), s.seq
          FROM (SELECT mark, min(id) AS first_id FROM %s WHERE mark IS NOT NULL GROUP BY mark HAVING count(*) > 1) m
          JOIN %s e ON e.mark = m.mark AND e.id > m.first_id
     LEFT JOIN %s s ON s.event_id = e.id
      ORDER BY e.id
            """,
            NO_COMPANY,
            _EVENTS,
            _EVENTS,
            _SEALS,
        )
    )
    for event_id, chain, seq in cr.fetchall():
        if chain in checks:
            checks[chain].add("copy", seq, event_id)


def _find_unmarked_until(cr):
    """Text of the moment until which sealed events may be without a mark; None where no event has one.

    Before the key was made no event could be marked. Ten minutes more, for transactions that were open then.
    """
    cr.execute(
        SQL(
            """
        SELECT to_char(s.sealed_at + interval '10 minutes', 'YYYY-MM-DD HH24:MI:SS.US')
          FROM (SELECT id FROM %s WHERE mark IS NOT NULL ORDER BY id LIMIT 1) e
          JOIN %s s ON s.event_id = e.id
            """,
            _EVENTS,
            _SEALS,
        )
    )
    return (cr.fetchone() or (None,))[0]


def _read_event(row):
    """(id, occurred_at, mark, *values), None where there is none."""
    event_id, occurred_at, mark, *values = row
    return None if event_id is None else (event_id, occurred_at, None if mark is None else bytes(mark), *values)
