"""Which chains there are, and where each of them ends. One look into an index for each, however long the chain is."""

from odoo.tools import SQL

from .seal_schema import NO_COMPANY, SEAL_TABLE

_SEALS = SQL(SEAL_TABLE)


def fetch_chains(cr):
    """The numbers of all chains that have a seal, an event or a company."""
    cr.execute(
        SQL(
            """
        WITH RECURSIVE chain (id) AS (
            SELECT min(company_id) FROM %(seals)s
             UNION ALL
            SELECT (SELECT min(s.company_id) FROM %(seals)s s WHERE s.company_id > chain.id)
              FROM chain
             WHERE chain.id IS NOT NULL)
        SELECT id FROM chain WHERE id IS NOT NULL
         UNION
        SELECT id FROM res_company
         UNION
        SELECT %(none)s
            """,
            seals=_SEALS,
            none=NO_COMPANY,
        )
    )
    return {chain for (chain,) in cr.fetchall()}


def fetch_heads(cr, chains):
    """[(chain, seq, MAC, moment)] of the last seals of these chains, by chain; none of one that has not begun.

    MAC: 32 bytes.   moment: datetime.
    """
    cr.execute(
        SQL(
            """
        SELECT chain.id, head.seq, head.mac, head.sealed_at
          FROM unnest(%s) AS chain (id)
    CROSS JOIN LATERAL (
               SELECT seq, mac, sealed_at FROM %s s WHERE s.company_id = chain.id ORDER BY seq DESC LIMIT 1) head
      ORDER BY chain.id
            """,
            list(chains),
            _SEALS,
        )
    )
    return [(chain, seq, bytes(mac), sealed_at) for chain, seq, mac, sealed_at in cr.fetchall()]
