from odoo import fields, models
from odoo.tools import SQL

from ....sql_rows import as_array, as_table

COMPONENT_KINDS = [
    ("metered", "Metered usage"),
    ("recurring", "Recurring fee"),
    ("one_time", "One-time charge"),
    ("instalment", "Instalment"),
    ("minimum", "Minimum spend"),
]


class CloudChargeComponent(models.Model):
    """The identity of something that is billed over time: a part of a subscription line, or the true-up of a minimum.

    It gives the EXCLUDE constraint of charges an integer to compare.
    """

    _name = "cloud.charge.component"
    _description = "Charge Component"

    # Found by the unique index below.
    subscription_line_id = fields.Many2one("cloud.subscription.line", ondelete="restrict")
    commitment_id = fields.Many2one("cloud.spend.commitment", string="Minimum or Commitment", ondelete="restrict")
    kind = fields.Selection(COMPONENT_KINDS, required=True)
    meter_id = fields.Many2one("cloud.meter", ondelete="restrict")
    instalment_id = fields.Many2one(
        "cloud.instalment",
        ondelete="restrict",
        index="btree_not_null",
        help="Each part of a sum is a component of its own, so two parts of one day are two.",
    )
    charge_ids = fields.One2many("cloud.charge", "component_id", string="Charges")

    _identity_uniq = models.UniqueIndex(
        "(subscription_line_id, kind, COALESCE(meter_id, 0), COALESCE(instalment_id, 0))"
        " WHERE subscription_line_id IS NOT NULL",
        "The component is known already.",
    )
    _commitment_uniq = models.UniqueIndex(
        "(commitment_id) WHERE commitment_id IS NOT NULL", "The component is known already."
    )
    _one_owner = models.Constraint(
        "CHECK ((subscription_line_id IS NOT NULL) = (kind IN ('metered', 'recurring', 'one_time', 'instalment'))"
        " AND (kind = 'minimum') = (commitment_id IS NOT NULL))",
        "A component is a part of a subscription line, or of another thing that is billed once, like a true-up.",
    )
    _instalment_has_part = models.Constraint(
        "CHECK ((kind = 'instalment') = (instalment_id IS NOT NULL))", "An instalment is one part of a sum."
    )

    # === BUSINESS === #

    def _intern(self, identities):
        """The ids of components, made where they are missing.

        identities: set of (subscription line id, kind, meter id or None). Returns {identity: id}.
        """
        if not identities:
            return {}
        self.flush_model()
        known = self._fetch_known(identities)
        missing = sorted(identities - known.keys(), key=lambda identity: (identity[0], identity[1], identity[2] or 0))
        if missing:
            known.update(self._insert_missing(missing))
            # Those that somebody else made meanwhile.
            if identities - known.keys():
                known = self._fetch_known(identities)
            self.invalidate_model()
        return {identity: known[identity] for identity in identities}

    def _fetch_known(self, identities):
        """{identity: id} of all components of the lines of these identities."""
        self.env.cr.execute(
            """
            SELECT subscription_line_id, kind, meter_id, id
              FROM cloud_charge_component
             WHERE subscription_line_id = ANY(%s::integer[])
            """,
            [as_array({line_id for line_id, _kind, _meter_id in identities})],
        )
        return {row[:3]: row[3] for row in self.env.cr.fetchall()}

    def _insert_missing(self, identities):
        """Make components; returns {identity: id} of those that nobody else made meanwhile."""
        rows = self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_charge_component (subscription_line_id, kind, meter_id, create_uid, create_date)
            SELECT v.line_id, v.kind, v.meter_id, %(uid)s, now() AT TIME ZONE 'UTC'
              FROM %(rows)s
                ON CONFLICT DO NOTHING
         RETURNING subscription_line_id, kind, meter_id, id
            """,
                uid=self.env.uid,
                rows=as_table("v", {"line_id": "integer", "kind": "text", "meter_id": "integer"}, identities),
            )
        )
        return {row[:3]: row[3] for row in rows}

    def _intern_owners(self, kind, column, owner_ids):
        """The components of records that are no lines, made where they are missing: {record id: component id}.

        kind: of their charges. column: the field that names the record; each has one component.
        """
        ids, column = sorted(owner_ids), SQL.identifier(column)
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
            INSERT INTO cloud_charge_component (%(column)s, kind, create_uid, create_date)
            SELECT v.id, %(kind)s, %(uid)s, now() AT TIME ZONE 'UTC'
              FROM unnest(%(ids)s) AS v (id)
             WHERE NOT EXISTS (SELECT 1 FROM cloud_charge_component c WHERE c.%(column)s = v.id)
                ON CONFLICT DO NOTHING
         RETURNING id
            """,
                column=column,
                kind=kind,
                uid=self.env.uid,
                ids=ids,
            )
        )
        components = dict(
            self.env.execute_query(
                SQL("SELECT %s, id FROM cloud_charge_component WHERE %s = ANY(%s)", column, column, ids)
            )
        )
        self.invalidate_model()
        return components
