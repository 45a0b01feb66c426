import json

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...fields import DecimalField
from ..usage.usage_schema import STATE_VIEW

# What a person has to do something about; the others are as they should be.
WAITING = ("unmatched", "hold", "held", "uncounted", "rejected", "quarantined")
# So many rows are counted while a person waits; beyond that the screen shows the last count until somebody asks.
_COUNTED_AT_ONCE = 200_000


class CloudUsageState(models.Model):
    """How many rows of a source are in a state, what they cost and since when: counted, with the moment of the count.

    States of rows are derived and never stored; this is what counting them gave. Rows that could not be read, or came
    with other content, are counted beside them: they are no usage yet.
    """

    _name = "cloud.usage.state"
    _description = "Usage by State"
    _order = "is_waiting desc, value desc, id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade", index=True)
    source_id = fields.Many2one("cloud.usage.source", required=True, readonly=True, ondelete="cascade", index=True)
    state = fields.Selection(selection="_get_states", required=True, readonly=True)
    is_waiting = fields.Boolean(readonly=True, help="A person has to decide something.")
    row_count = fields.Integer(string="Rows", readonly=True)
    currency = fields.Char(readonly=True, help="Of the provider's costs.")
    cost_billed = DecimalField(
        string="Billed Cost", currency_field="currency", readonly=True, help="The money that is in this state."
    )
    value = DecimalField(string="Size", readonly=True, help="Cost in the company's currency, for the order of lists.")
    oldest = fields.Datetime(
        readonly=True, help="Start of service of the oldest row; for rows that were not taken, when they came."
    )
    age = fields.Integer(string="Days", compute="_compute_age", help="Days since then.")
    counted_at = fields.Datetime(string="Counted", readonly=True)
    proof_text = fields.Char(
        string="Proof",
        compute="_compute_proof_text",
        help="Every night it is proved that each row is in exactly one state: what came of it last, and when.",
    )

    _place_uniq = models.UniqueIndex(
        "(company_id, source_id, state, COALESCE(currency, ''))", "This state is counted already."
    )

    # === COMPUTE === #

    @api.model
    def _get_states(self):
        states = self.env["cloud.usage.record"]._fields["state"]._description_selection(self.env)
        return [*states, ("rejected", self.env._("Not readable")), ("quarantined", self.env._("Other content"))]

    @api.depends("oldest")
    def _compute_age(self):
        now = fields.Datetime.now()
        for state in self:
            state.age = (now - state.oldest).days if state.oldest else 0

    @api.depends("company_id")
    @api.depends_context("lang", "tz")
    def _compute_proof_text(self):
        texts = {company: self.env["cloud.usage.proof"]._get_text(company) for company in self.company_id}
        for state in self:
            state.proof_text = texts[state.company_id]

    # === ACTIONS === #

    @api.model
    def action_start(self):
        """Open the overview, counted now where that takes no time."""
        self.check_access("read")
        for company in self.env.companies:
            if self._count_live(company) <= _COUNTED_AT_ONCE:
                self._count(company, fields.Datetime.now())
        return self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_state_action")

    def action_count(self):
        """Count once more now."""
        if not self.env.user.has_group("cloud_billing.group_operator"):
            raise AccessError(self.env._("Counting all usage takes the role of an operator."))
        for company in self.env.companies:
            self._count(company, fields.Datetime.now())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_open(self):
        """What is in this state, where something can be done with it."""
        self.ensure_one()
        name, domain = self._get_place()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"cloud_billing.{name}")
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            **action,
            "name": f"{labels[self.state]}: {self.source_id.name}",
            "domain": [("source_id", "=", self.source_id.id), *domain],
            "context": {"create": False},
        }

    # === BUSINESS === #

    def _count_live(self, company):
        """About how many rows count, from the figures of streams."""
        groups = self.env["cloud.usage.stream"]._read_group([("company_id", "=", company.id)], [], ["row_count:sum"])
        return groups[0][0] or 0

    @api.model
    def _count(self, company, now):
        """Count the rows of a company by source and state, instead of the former count. now: naive UTC."""
        self.env.flush_all()
        values = {
            "company_id": company.id,
            "now": now,
            "waiting": list(WAITING),
            "rates": json.dumps(self.env["cloud.usage.store"]._get_rates(company)),
        }
        self.env.cr.execute("DELETE FROM cloud_usage_state WHERE company_id = %(company_id)s", values)
        self.env.cr.execute(
            f"""
            INSERT INTO cloud_usage_state (
                company_id, source_id, state, is_waiting, row_count, currency, cost_billed, value, oldest, counted_at
            )
                 SELECT %(company_id)s, c.source_id, c.state, c.state = ANY(%(waiting)s), c.row_count, c.currency,
                        c.cost, abs(c.cost) * COALESCE((%(rates)s::jsonb->>c.currency)::numeric, 1), c.oldest, %(now)s
                   FROM (SELECT v.source_id, v.state, NULLIF(s.currency, '') AS currency, COUNT(*) AS row_count,
                                SUM(v.cost_billed) AS cost, MIN(v.service_start) AS oldest
                           FROM {STATE_VIEW} v
                           JOIN cloud_usage_stream s ON s.id = v.stream_id
                          WHERE v.company_id = %(company_id)s
                       GROUP BY v.source_id, v.state, NULLIF(s.currency, '')
                      UNION ALL
                         SELECT r.source_id, r.kind, NULL, COUNT(*), NULL, MIN(r.create_date)
                           FROM cloud_usage_reject r
                          WHERE r.company_id = %(company_id)s
                            AND r.state = 'open'
                       GROUP BY r.source_id, r.kind) c
            """,
            values,
        )
        self.invalidate_model()

    # === HOOKS === #

    def _get_place(self):
        """(name of the window's action, domain) where rows of this state are worked on.

        To add a state: return yours for it, else super().
        """
        self.ensure_one()
        places = {
            "unmatched": ("cloud_usage_stream_action_unmatched", [("unmatched_rows", ">", 0)]),
            "hold": ("cloud_usage_stream_action_held", [("held_rows", ">", 0)]),
            "uncounted": ("cloud_usage_stream_action_uncounted", [("uncounted_rows", ">", 0)]),
            "keep": ("cloud_usage_stream_action", [("effective_policy", "=", "keep"), ("row_count", ">", 0)]),
            "held": ("cloud_usage_exception_action", [("state", "=", "held")]),
            "waived": ("cloud_usage_exception_action", [("state", "=", "waived")]),
            "rejected": ("cloud_usage_reject_action", [("kind", "=", "rejected"), ("state", "=", "open")]),
            "quarantined": ("cloud_usage_reject_action", [("kind", "=", "quarantined"), ("state", "=", "open")]),
        }
        return places.get(self.state) or ("cloud_usage_record_action", [("state", "in", [self.state])])
