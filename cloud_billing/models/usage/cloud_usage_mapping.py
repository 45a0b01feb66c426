from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.schedule import utc_bounds

_OWNERS = {"subscription_line_id", "analytic_account_id"}
_DATES = {"date_start", "date_end"}
_DAY = timedelta(days=1)


class CloudUsageMapping(models.Model):
    """Who owns a stream from when to when: a subscription line, which pays, or a cost centre, which is told.

    Mappings are edited; what they meant at the time of every number is kept as assignments in the usage store. So the
    days behind a bill can be mapped anew: by an accountant, and the next run bills the difference.
    """

    _name = "cloud.usage.mapping"
    _description = "Owner of a Stream"
    _inherit = ["mail.thread"]
    _order = "stream_id, date_start"
    _check_company_auto = True

    stream_id = fields.Many2one("cloud.usage.stream", required=True, ondelete="restrict", index=True)
    source_id = fields.Many2one(related="stream_id.source_id", store=True, index=True)
    company_id = fields.Many2one(related="stream_id.company_id", store=True, index=True)
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line",
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        help="Pays for the rows by its product's meter and price.",
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        string="Cost Centre",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Is told what it costs; nothing is billed.",
    )
    customer_id = fields.Many2one(related="subscription_line_id.customer_id", store=True, index=True)
    date_start = fields.Date(string="From", tracking=True, help="In the source's time zone. Empty: since ever.")
    date_end = fields.Date(
        string="Until", tracking=True, help="First day that no longer belongs to this owner. Empty: open."
    )
    # Computed once in the source's time zone, so that the stretches of a stream tile for every owner.
    utc_start = fields.Datetime(readonly=True)
    utc_end = fields.Datetime(readonly=True)

    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(subscription_line_id, analytic_account_id) = 1)",
        "A stream belongs to a subscription line or to a cost centre: choose one.",
    )
    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "A stretch ends after it starts.")
    _no_overlap = models.Constraint(
        "EXCLUDE USING gist (int4range(stream_id, stream_id, '[]') WITH &&, tsrange(utc_start, utc_end) WITH &&)",
        "The stream has an owner on some of these days already: end that one first.",
    )

    # === COMPUTE === #

    @api.depends("stream_id", "customer_id", "analytic_account_id")
    def _compute_display_name(self):
        for mapping in self:
            owner = mapping.customer_id.name or mapping.analytic_account_id.name or ""
            mapping.display_name = ": ".join(filter(None, (owner, mapping.stream_id.display_name)))

    # === CONSTRAINTS === #

    @api.constrains("subscription_line_id")
    def _check_metered(self):
        for mapping in self:
            line = mapping.subscription_line_id
            if line and not line.meter_id:
                raise ValidationError(
                    self.env._(
                        "%(product)s is not metered: usage cannot be billed by it. Give the product the billing model "
                        "“Metered (usage)” and a meter, or choose another line.",
                        product=line.product_id.display_name,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        zones = self._get_zones(vals_list)
        mappings = super().create([{**vals, **_get_bounds(vals, zones[vals["stream_id"]])} for vals in vals_list])
        self.env["cloud.usage.store"]._reassign(mappings.stream_id)
        self.env["cloud.usage.store"]._refresh(mappings.stream_id)
        return mappings

    def write(self, vals):
        if "stream_id" in vals or "utc_start" in vals or "utc_end" in vals:
            raise UserError(self.env._("The stream of an owner is not changed: end this one and add another."))
        if not vals.keys() & (_OWNERS | _DATES):
            return super().write(vals)
        self._check_billed(vals)
        if not vals.keys() & _DATES:
            result = super().write(vals)
        else:
            result = True
            for mapping in self:
                dates = {"date_start": mapping.date_start, "date_end": mapping.date_end, **vals}
                super(CloudUsageMapping, mapping).write({**vals, **_get_bounds(dates, mapping.source_id.tz)})
        self.env["cloud.usage.store"]._reassign(self.stream_id)
        self.env["cloud.usage.store"]._refresh(self.stream_id)
        return result

    def unlink(self):
        self._check_billed(None)
        streams = self.stream_id
        result = super().unlink()
        self.env["cloud.usage.store"]._reassign(streams)
        self.env["cloud.usage.store"]._refresh(streams)
        return result

    def _get_zones(self, vals_list):
        """{stream id: time zone of its source}; raises for a mapping without a stream."""
        if any(not vals.get("stream_id") for vals in vals_list):
            raise UserError(self.env._("Say which stream gets an owner."))
        streams = self.env["cloud.usage.stream"].browse({vals["stream_id"] for vals in vals_list})
        return {stream.id: stream.source_id.tz for stream in streams}

    # === BUSINESS === #

    def _check_billed(self, vals):
        """Changing days that are billed makes a correction, which only accountants decide; ending it later is free.

        vals: what is about to be written; None when the owner is about to be deleted.
        """
        billed_until = self.env["cloud.usage.store"]._get_billed_until(self)
        changed = self.filtered(
            lambda one: (
                one.id in billed_until and (vals is None or not one._keeps_billed_days(vals, billed_until[one.id]))
            )
        )
        if not changed:
            return
        if not self.env.su and not self.env.user.has_group("cloud_billing.group_accountant"):
            mapping = changed[0]
            raise UserError(
                self.env._(
                    "%(owner)s: usage until %(day)s is billed to it. End the owner on that day or later and add the "
                    "new one from there; or ask an accountant, whose change makes a correction in the next run.",
                    owner=mapping.display_name,
                    day=fields.Date.to_string(billed_until[mapping.id]),
                )
            )
        self.env["cloud.audit.event"]._record(
            "billed_days_remapped",
            changed,
            detail=lambda one: {
                "owner": one.display_name,
                "billed_until": billed_until[one.id],
                "change": "deleted"
                if vals is None
                else {name: vals[name] for name in vals.keys() & (_OWNERS | _DATES)},
            },
        )

    def _keeps_billed_days(self, vals, billed_until):
        """Whether a write only ends or prolongs the stretch behind what is billed."""
        changed = {name for name in vals.keys() & (_OWNERS | _DATES) if self._changes(name, vals[name])}
        if changed != {"date_end"} or not vals["date_end"]:
            return not changed or changed == {"date_end"}
        day = fields.Date.to_date(vals["date_end"])
        return utc_bounds(day - _DAY, day, self.source_id.tz)[1] >= billed_until

    def _changes(self, name, value):
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)


def _get_bounds(vals, zone):
    """{utc_start, utc_end} of a stretch of local days; an open side stays open."""
    start, end = (fields.Date.to_date(vals.get(name)) for name in ("date_start", "date_end"))
    return {
        "utc_start": utc_bounds(start, start + _DAY, zone)[0] if start else False,
        "utc_end": utc_bounds(end - _DAY, end, zone)[1] if end else False,
    }
