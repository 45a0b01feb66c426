from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...fields import DecimalField, format_decimal

MAX_PERIODS = 36
# So few are rated while the person waits.
AT_ONCE = 400


class CloudPriceRehearsal(models.Model):
    """What past months would have come to at proposed prices: a shadow beside the books, which it never touches."""

    _name = "cloud.price.rehearsal"
    _description = "Rehearsal of Prices"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    version_id = fields.Many2one(
        "cloud.price.plan.version", string="Proposed Prices", required=True, ondelete="cascade", index=True
    )
    plan_id = fields.Many2one(related="version_id.plan_id", store=True)
    company_id = fields.Many2one(related="version_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="plan_id.currency_id")
    tax_basis = fields.Selection(related="plan_id.tax_basis")
    period_count = fields.Integer(
        string="Months", default=3, required=True, help="So many months back from the newest that is billed."
    )
    date_start = fields.Date(string="From", readonly=True, copy=False)
    date_end = fields.Date(string="Until", readonly=True, copy=False, help="First day after the last month.")
    state = fields.Selection(
        [
            ("draft", "Not started"),
            ("running", "Running"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
            ("failed", "Failed"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    request_id = fields.Many2one(
        "cloud.change.request", string="Change Request", readonly=True, copy=False, help="That was submitted with it."
    )
    price_digest = fields.Char(readonly=True, copy=False, help="SHA-256 of the prices that were rehearsed.")
    is_stale = fields.Boolean(
        string="Other Prices by Now", compute="_compute_is_stale", help="The prices changed after they were rehearsed."
    )
    charge_count = fields.Integer(string="Charges", readonly=True, copy=False)
    rated_count = fields.Integer(string="Charges Rated", readonly=True, copy=False)
    progress = fields.Integer(compute="_compute_progress")
    last_family_id = fields.Integer(readonly=True, copy=False, help="Up to which payer it has come.")
    finished_at = fields.Datetime(string="Finished", readonly=True, copy=False)
    error = fields.Char(readonly=True, copy=False)
    line_ids = fields.One2many("cloud.price.rehearsal.line", "rehearsal_id", string="Customers", readonly=True)
    amount_old = DecimalField(string="Billed", currency_field="currency_id", readonly=True, copy=False)
    amount_new = DecimalField(string="At the New Prices", currency_field="currency_id", readonly=True, copy=False)
    difference = DecimalField(currency_field="currency_id", readonly=True, copy=False)
    margin_old = DecimalField(
        string="Margin Billed",
        currency_field="currency_id",
        readonly=True,
        copy=False,
        help="Of the customers whose provider's cost is known. Empty: of none, or the prices include tax.",
    )
    margin_new = DecimalField(string="New Margin", currency_field="currency_id", readonly=True, copy=False)
    more_count = fields.Integer(string="Pay More", readonly=True, copy=False)
    less_count = fields.Integer(string="Pay Less", readonly=True, copy=False)
    same_count = fields.Integer(string="Pay the Same", readonly=True, copy=False)
    unpriced_count = fields.Integer(string="Without a Price", readonly=True, copy=False)
    unreached_count = fields.Integer(string="Not Reached", readonly=True, copy=False)
    summary = fields.Text(compute="_compute_summary")

    _months = models.Constraint(
        f"CHECK (period_count BETWEEN 1 AND {MAX_PERIODS})", f"Rehearse 1 to {MAX_PERIODS} months."
    )

    # === COMPUTE === #

    @api.depends("version_id", "period_count")
    @api.depends_context("lang")
    def _compute_name(self):
        for rehearsal in self:
            rehearsal.name = self.env._(
                "Rehearsal of %(version)s over %(count)s months",
                version=rehearsal.version_id.display_name,
                count=rehearsal.period_count,
            )

    @api.depends("price_digest", "version_id.rule_ids", "version_id.date_start")
    def _compute_is_stale(self):
        for rehearsal in self:
            rehearsal.is_stale = rehearsal._is_of_other_prices()

    @api.depends("charge_count", "rated_count", "state")
    def _compute_progress(self):
        for rehearsal in self:
            count = rehearsal.charge_count
            done = rehearsal.rated_count * 100 // count if count else 0
            rehearsal.progress = 100 if rehearsal.state == "done" else done

    @api.depends("state", "amount_old", "amount_new", "more_count", "less_count")
    @api.depends_context("lang")
    def _compute_summary(self):
        for rehearsal in self:
            rehearsal.summary = "\n".join(rehearsal._get_notes()) if rehearsal.state == "done" else False

    # === CONSTRAINTS === #

    @api.constrains("version_id")
    def _check_has_prices(self):
        for rehearsal in self:
            if not rehearsal.version_id.rule_ids:
                raise ValidationError(
                    self.env._("%(version)s has no prices to rehearse.", version=rehearsal.version_id.display_name)
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._refuse_results(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._refuse_results(vals)
        if not self.env.su and any(rehearsal.state != "draft" for rehearsal in self):
            self._refuse_after_start(vals)
        return super().write(vals)

    def _refuse_results(self, vals):
        """A checker relies on what a rehearsal says: nobody writes it but the rehearsal, which does so with sudo."""
        written = vals.keys() & self._get_result_names()
        if written and not self.env.su:
            raise AccessError(self.env._("What a rehearsal comes to is written by itself alone. Make a new one."))

    def _refuse_after_start(self, vals):
        if vals.keys() & {"version_id", "period_count"}:
            raise UserError(self.env._("%(name)s was started already. Make a new one instead.", name=self[0].name))

    @api.model
    def _get_result_names(self):
        return {
            name
            for name, field in self._fields.items()
            if field.store
            and field.readonly
            and not field.compute
            and not field.related
            and name not in models.MAGIC_COLUMNS
        } | {"line_ids"}

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_submitted(self):
        for rehearsal in self:
            if rehearsal.request_id:
                raise UserError(
                    self.env._(
                        "%(name)s was submitted with %(request)s, so it stays.",
                        name=rehearsal.name,
                        request=rehearsal.request_id.name,
                    )
                )

    # === ACTIONS === #

    def action_start(self):
        """Rate the months anew: at once where they are few, else in the background."""
        for rehearsal in self:
            if rehearsal.state != "draft":
                raise UserError(
                    self.env._("%(name)s was started already. Make a new one instead.", name=rehearsal.name)
                )
            rehearsal._start(fields.Date.context_today(rehearsal))
        small = self.filtered(lambda rehearsal: rehearsal.charge_count <= AT_ONCE)
        for rehearsal in small:
            while rehearsal._work():
                continue
        if self - small:
            self.env.ref("cloud_billing.cron_rehearse_prices")._trigger()

    def action_cancel(self):
        """Stop it; what was rated by then stays to be looked at."""
        self.check_access("write")
        self.filtered(lambda rehearsal: rehearsal.state in ("draft", "running"))._write_result({"state": "cancelled"})

    def action_again(self):
        """A new rehearsal of the same months and the prices as they are now; opens it."""
        self.ensure_one()
        return self.copy()._get_form_action()

    def action_open_lines(self):
        """What it means for each customer."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_price_rehearsal_line_action")
        # sudo: whether any cost is known, no amount; the fields themselves are kept from who may not see costs.
        knows_margin = self.sudo().margin_new is not None
        return {**action, "domain": [("rehearsal_id", "=", self.id)], "context": {"cloud_knows_margin": knows_margin}}

    def action_refresh(self):
        """Show how far it has come."""
        return True

    # === BUSINESS === #

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rehearsal"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    def _write_result(self, vals):
        # sudo: what a rehearsal comes to is written by itself alone; whoever may start one was checked before.
        self.sudo().write(vals)

    def _start(self, today):
        self.ensure_one()
        self.check_access("write")
        start, end = self._get_days(today)
        self._write_result(
            {
                "state": "running",
                "date_start": start,
                "date_end": end,
                "period_count": _count_months(start, end),
                "price_digest": self.version_id._get_price_digest(),
                "charge_count": self._count_charges(start, end),
            }
        )

    def _is_of_other_prices(self):
        """Whether the prices are not the ones that were rehearsed, as they are at this moment."""
        self.ensure_one()
        return bool(self.price_digest) and self.price_digest != self.version_id._get_price_digest()

    def _get_notes(self):
        """What it has come to, as sentences: for the form and for the checker."""
        self.ensure_one()
        money = self._format
        notes = [
            self.env._(
                "Rehearsed over %(start)s to %(end)s: billed were %(old)s, these prices come to %(new)s "
                "(%(difference)s).",
                start=self.date_start.strftime("%Y-%m"),
                end=(self.date_end - relativedelta(days=1)).strftime("%Y-%m"),
                old=money(self.amount_old),
                new=money(self.amount_new),
                difference=money(self.difference, sign=True),
            ),
            self.env._(
                "Customers who pay more: %(more)s; less: %(less)s; the same: %(same)s; not reached: %(unreached)s.",
                more=self.more_count,
                less=self.less_count,
                same=self.same_count,
                unreached=self.unreached_count,
            ),
        ]
        if self.unpriced_count:
            notes.append(
                self.env._(
                    "Customers with charges that these prices cannot price: %(count)s. Those are in no sum but the "
                    "first.",
                    count=self.unpriced_count,
                )
            )
        if self._has_minimums():
            notes.append(self.env._("Minimum spends and commitments were not rehearsed."))
        if self._is_of_other_prices():
            notes.append(self.env._("The prices have changed since: rehearse again."))
        return notes

    def _get_margin_row(self):
        """What is left of the price, before and after, as a row of an effect; None where no cost is known."""
        # sudo: lends the right to put it into the request; `is_cost` keeps it from who may not see costs.
        rehearsal = self.sudo()
        if rehearsal.margin_new is None:
            return None
        return {
            "label": self.env._("Margin where the provider's cost is known"),
            "old": self._format(rehearsal.margin_old),
            "new": self._format(rehearsal.margin_new),
            "is_cost": True,
        }

    def _format(self, amount, sign=False):
        text = f"{format_decimal(self.env, amount, self.currency_id.decimal_places)} {self.currency_id.name}"
        return f"+{text}" if sign and amount and amount > 0 else text


def _count_months(start, end):
    """How many calendar months the days from one to before another touch."""
    last = end - relativedelta(days=1)
    return (last.year - start.year) * 12 + last.month - start.month + 1
