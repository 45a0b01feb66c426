"""Which rules match which streams, as one statement however many there are of either.

Rules of one shape (which dimensions they name, exactly or how many first characters) have a key that is made of a
stream in the same way: so a hash join finds them. There are few shapes, whatever the number of rules.
"""

# The most telling first: what a rule says of the customer's own account counts before what it says of a region.
DIMENSIONS = ("sub_account", "provider_account", "sku", "service", "region")
_ANY, _EXACT = "-2", "-1"


def _get_length(name):
    """SQL: how many first characters of a dimension a rule names; -1 for exactly, -2 for any."""
    return f"""CASE WHEN COALESCE(r.{name}, '') = '' THEN {_ANY}
                    WHEN right(r.{name}, 1) = '*' THEN length(r.{name}) - 1
                    ELSE {_EXACT} END"""


def _get_rule_key():
    values = [
        "COALESCE(r.source_id, 0)::text",
        "COALESCE(r.charge_kind, '')",
        *(f"CASE WHEN right(r.{name}, 1) = '*' THEN left(r.{name}, -1) ELSE COALESCE(r.{name}, '') END"
          for name in DIMENSIONS),
    ]  # fmt: skip
    return f"concat_ws(chr(31), {', '.join(values)})"


def _get_stream_key():
    values = [
        "CASE WHEN h.has_source THEN c.source_id ELSE 0 END::text",
        "CASE WHEN h.has_kind THEN c.charge_kind ELSE '' END",
        *(
            f"""CASE h.{name} WHEN {_ANY} THEN '' WHEN {_EXACT} THEN COALESCE(c.{name}, '')
                     ELSE left(COALESCE(c.{name}, ''), h.{name}) END"""
            for name in DIMENSIONS
        ),
    ]
    return f"concat_ws(chr(31), {', '.join(values)})"


_SHAPE = f"""concat_ws(',', r.source_id IS NOT NULL, r.charge_kind IS NOT NULL,
                       {", ".join(_get_length(name) for name in DIMENSIONS)})"""


def get_matches_sql(candidates):
    """Rows (source id, ids of the rules that match, ids of streams): streams that the same rules match are one row.

    candidates: SQL condition on a stream c. Parameters: company_id, rule_ids (all that compete), only_ids (None, or the
    rules of which one must match or have made an owner of the stream).
    """
    return f"""
        WITH rule AS (
            SELECT r.id,
                   {_SHAPE} AS shape,
                   {_get_rule_key()} AS key,
                   r.source_id IS NOT NULL AS has_source,
                   r.charge_kind IS NOT NULL AS has_kind,
                   {", ".join(f"{_get_length(name)} AS {name}" for name in DIMENSIONS)}
              FROM cloud_usage_match_rule r
             WHERE r.id = ANY(%(rule_ids)s)
        ),
        shape AS (
            SELECT DISTINCT shape, has_source, has_kind, {", ".join(DIMENSIONS)} FROM rule
        ),
        candidate AS MATERIALIZED (
            SELECT c.id, c.source_id, c.charge_kind, {", ".join(f"c.{name}" for name in DIMENSIONS)}
              FROM cloud_usage_stream c
             WHERE c.company_id = %(company_id)s
               AND {candidates}
        ),
        keyed AS MATERIALIZED (
            SELECT c.id, h.shape, {_get_stream_key()} AS key
              FROM candidate c
        CROSS JOIN shape h
        ),
        matched AS (
            SELECT k.id, array_agg(r.id ORDER BY r.id) AS rule_ids
              FROM keyed k
              JOIN rule r ON r.shape = k.shape AND r.key = k.key
          GROUP BY k.id
        )
        SELECT c.source_id,
               COALESCE(m.rule_ids, ARRAY[]::integer[]) AS rule_ids,
               array_agg(c.id ORDER BY c.id) AS stream_ids
          FROM candidate c
     LEFT JOIN matched m ON m.id = c.id
         WHERE %(only_ids)s::int[] IS NULL
            OR m.rule_ids && %(only_ids)s
            OR EXISTS (SELECT FROM cloud_usage_mapping o
                        WHERE o.stream_id = c.id
                          AND o.rule_id = ANY(%(only_ids)s))
      GROUP BY c.source_id, COALESCE(m.rule_ids, ARRAY[]::integer[])
      ORDER BY c.source_id, rule_ids
    """


# What has no owner for all or a part of its days.
UNOWNED = "(c.unmatched_rows > 0 OR NOT EXISTS (SELECT FROM cloud_usage_mapping o WHERE o.stream_id = c.id))"
# Besides, what a rule once gave an owner.
UNOWNED_OR_RULED = f"""({UNOWNED} OR EXISTS (SELECT FROM cloud_usage_mapping o
                                              WHERE o.stream_id = c.id
                                                AND o.rule_id IS NOT NULL))"""
