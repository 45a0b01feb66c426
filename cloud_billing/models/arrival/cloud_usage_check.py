from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...fields import DecimalField
from ..usage.cloud_usage_source_policy import CHARGE_KINDS

KINDS = [
    ("range", "A figure outside its bounds"),
    ("unit", "A unit that the service never had"),
    ("spike", "A day far above the same weekday"),
    ("value", "A value that was never seen"),
    ("time", "Service too old, or in the future"),
]
MEASURES = [
    ("quantity", "Quantity"),
    ("cost_billed", "Billed cost"),
    ("cost_effective", "Effective cost"),
    ("cost_list", "List cost"),
    ("cost_contracted", "Contracted cost"),
]
DIMENSIONS = [
    ("provider_account", "Provider account"),
    ("sub_account", "Sub-account or project"),
    ("service", "Service"),
    ("sku", "SKU"),
    ("region", "Region"),
    ("tag", "Tag"),
]
# What a new source begins with: the first is harmless; the others wait for somebody who wants them.
_DEFAULTS = (
    {"kind": "time", "future_days": 2},
    {"kind": "range", "measure": "quantity", "lowest": "0", "active": False},
    {"kind": "spike", "active": False},
    {"kind": "value", "dimension": "provider_account", "active": False},
)


class CloudUsageCheck(models.Model):
    """What a source's rows must keep to: one that does not is held for review from the moment it arrives.

    Checks look at what arrives, in the transaction that gives an import its number; they never look back.
    """

    _name = "cloud.usage.check"
    _description = "Check of Arriving Usage"
    _order = "source_id, sequence, id"

    source_id = fields.Many2one("cloud.usage.source", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10, help="A row that breaks several is listed under the first.")
    active = fields.Boolean(default=True)
    name = fields.Char(
        compute="_compute_name", store=True, readonly=False, precompute=True, required=True,
        help="Stands on every row that it holds.",
    )  # fmt: skip
    kind = fields.Selection(KINDS, required=True, default="range")
    charge_kind = fields.Selection(
        CHARGE_KINDS, string="Of Charge Kind", default="usage", help="Empty: rows of every kind."
    )
    service = fields.Char(string="Of Service", help="As the provider writes it. Empty: every service.")
    measure = fields.Selection(MEASURES, default="quantity", help="The figure that is looked at.")
    lowest = DecimalField(help="A smaller figure is held. Empty: there is no lower bound.")
    highest = DecimalField(help="A larger figure is held. Empty: there is no upper bound.")
    factor = DecimalField(
        default="3", help="A day of a stream is held when it is more than so many times its usual amount."
    )
    minimum = DecimalField(
        string="By at Least",
        default="0",
        help="And above it by at least this much, so that small streams do not count.",
    )
    weeks = fields.Integer(
        default=6, help="Usual is the median of the same weekday in so many weeks before, of two of them at least."
    )
    dimension = fields.Selection(DIMENSIONS, default="provider_account", string="Value Of")
    tag = fields.Char(help="The name of the tag.")
    past_days = fields.Integer(
        string="Oldest, Days", default=0, required=True, help="Service longer ago than this is held. 0: no limit."
    )
    future_days = fields.Integer(
        string="Ahead, Days", default=0, required=True, help="Service further ahead than this is held. 0: no limit."
    )
    value_ids = fields.One2many(
        "cloud.usage.check.value", "check_id", string="Known Values",
        help="Empty: the next import that arrives says what is known. A row that is released makes its value known.",
    )  # fmt: skip
    value_count = fields.Integer(compute="_compute_value_count", string="Number of Known Values")
    held_count = fields.Integer(compute="_compute_held_count", string="Held Rows")

    _range_has_bound = models.Constraint(
        "CHECK (kind <> 'range' OR measure IS NOT NULL AND num_nonnulls(lowest, highest) > 0 AND lowest <= highest"
        " IS NOT FALSE)",
        "Give a lowest or a highest figure, the lowest not above the highest.",
    )
    _spike_is_measured = models.Constraint(
        "CHECK (kind <> 'spike' OR (measure IN ('quantity', 'cost_billed') AND factor >= 1 AND minimum >= 0"
        " AND weeks BETWEEN 2 AND 26) IS TRUE)",
        "A spike is of the quantity or the billed cost: at least once the usual amount, of 2 to 26 weeks.",
    )
    _value_has_dimension = models.Constraint(
        "CHECK (kind <> 'value' OR dimension IS NOT NULL AND (dimension <> 'tag' OR COALESCE(tag, '') <> ''))",
        "Say which value is looked at; of a tag its name.",
    )
    _time_has_limit = models.Constraint(
        "CHECK (kind <> 'time' OR past_days >= 0 AND future_days >= 0 AND past_days + future_days > 0)",
        "Give the days that service may be old, or ahead.",
    )

    # === COMPUTE === #

    @api.depends("kind", "measure", "dimension", "tag")
    def _compute_name(self):
        for check in self:
            check.name = check._get_proposed_name()

    def _get_proposed_name(self):
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("measure", "dimension")}
        if self.kind == "range":
            return self.env._("%(measure)s out of range", measure=labels["measure"].get(self.measure, ""))
        if self.kind == "value":
            return self.env._("New: %(name)s", name=self.tag or labels["dimension"].get(self.dimension, ""))
        return {
            "unit": self.env._("New unit of a service"),
            "spike": self.env._("Far above the same weekday"),
            "time": self.env._("Service too old or in the future"),
        }.get(self.kind, "")

    @api.depends("value_ids")
    def _compute_value_count(self):
        groups = self.env["cloud.usage.check.value"]._read_group(
            [("check_id", "in", self.ids)], ["check_id"], ["__count"]
        )
        counts = {check.id: count for check, count in groups}
        for check in self:
            check.value_count = counts.get(check._origin.id, 0)

    def _compute_held_count(self):
        groups = self.env["cloud.usage.exception"]._read_group(
            [("check_id", "in", self.ids), ("state", "=", "held")], ["check_id"], ["__count"]
        )
        counts = {check.id: count for check, count in groups}
        for check in self:
            check.held_count = counts.get(check._origin.id, 0)

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Held rows name their check; those that are decided keep its name as their reason.
        domain = [("check_id", "in", self.ids), ("state", "=", "held")]
        if used := self.env["cloud.usage.exception"].search(domain).check_id:
            raise ValidationError(
                self.env._(
                    "%(names)s: rows wait that it holds. Release or waive them first, or archive the check.",
                    names=", ".join(used.mapped("name")),
                )
            )

    # === ACTIONS === #

    def action_learn(self):
        """Take every value that has arrived, and is not held, as known."""
        self.check_access("write")
        self.env["cloud.usage.store"]._learn(self)
        self.invalidate_recordset(["value_ids", "value_count"])

    def action_open_held(self):
        """The rows that this check holds."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_usage_exception_action")
        return {**action, "domain": [("check_id", "=", self.id)], "context": {"search_default_filter_held": 1}}

    # === BUSINESS === #

    @api.model
    def _prepare_defaults(self, source):
        """The vals of the checks that a new source begins with; to add one extend super()."""
        return [{**vals, "source_id": source.id} for vals in _DEFAULTS]
