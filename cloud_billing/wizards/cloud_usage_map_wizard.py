from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..fields import format_decimal


class CloudUsageMapWizard(models.TransientModel):
    """Gives streams an owner from a day on: a subscription line, new customers, or a cost centre.

    Everything for any number of streams is made in a few batches: customers, subscriptions, lines, then the mappings.
    """

    _name = "cloud.usage.map.wizard"
    _description = "Assign Streams"

    stream_ids = fields.Many2many("cloud.usage.stream", string="Streams", required=True)
    company_id = fields.Many2one("res.company", compute="_compute_company_id")
    extent = fields.Selection(
        [
            ("selected", "The selected streams"),
            ("sub_account", "All streams without an owner of the same sub-accounts"),
        ],
        string="Which",
        default="selected",
        required=True,
    )
    target = fields.Selection(
        [
            ("line", "A subscription line that is there"),
            ("product", "A customer, for a metered product"),
            ("new", "One customer per sub-account"),
            ("cost_centre", "A cost centre of our own"),
        ],
        string="Owner",
        default=lambda self: self._default_target(),
        required=True,
    )
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line",
        domain="[('company_id', '=', company_id), ('billing_model', '=', 'metered'), ('state', '!=', 'ended')]",
        help="The metered line that is billed for these streams.",
    )
    customer_id = fields.Many2one("cloud.customer", domain="[('company_id', '=', company_id)]")
    product_id = fields.Many2one(
        "product.product",
        string="Metered Product",
        compute="_compute_resale",
        store=True,
        readonly=False,
        domain="[('cloud_billing_model', '=', 'metered'), ('company_id', 'in', [company_id, False])]",
        help="What the usage is billed as; its meter says what is counted.",
    )
    plan_id = fields.Many2one(
        "cloud.price.plan",
        compute="_compute_resale",
        store=True,
        readonly=False,
        domain="[('company_id', '=', company_id)]",
        help="Where the prices of new subscriptions come from; its currency is that of the new customers.",
    )
    analytic_account_id = fields.Many2one(
        "account.analytic.account",
        string="Cost Centre",
        domain="[('company_id', 'in', [company_id, False])]",
        help="Told what it costs; nobody is billed.",
    )
    cost_centre_name = fields.Char(string="or a New One Named")
    analytic_plan_id = fields.Many2one(
        "account.analytic.plan",
        string="In the Plan",
        default=lambda self: self._default_analytic_plan(),
        help="Of the new cost centre.",
    )
    can_make_owners = fields.Boolean(compute="_compute_can_make_owners")
    is_activated = fields.Boolean(
        string="Activate New Subscriptions", default=True, help="Only active subscriptions are billed."
    )
    date_start = fields.Date(
        string="From",
        compute="_compute_date_start",
        store=True,
        readonly=False,
        help="First day that belongs to the owner, in the time zone of the source. Empty: since ever.",
    )
    date_end = fields.Date(string="Until", help="First day that no longer belongs to the owner. Empty: open.")
    account_ids = fields.One2many(
        "cloud.usage.map.wizard.account",
        "wizard_id",
        string="Sub-accounts",
        compute="_compute_account_ids",
        store=True,
        readonly=False,
    )
    stream_count = fields.Integer(compute="_compute_effect", string="Number of Streams")
    effect = fields.Text(compute="_compute_effect", help="What will be made and changed.")
    warning = fields.Text(compute="_compute_effect", help="What stands in the way.")

    _dates_ordered = models.Constraint("CHECK (date_start < date_end)", "The time ends after it starts.")

    # === COMPUTE === #

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        if self.env.context.get("active_model") == "cloud.usage.stream" and "stream_ids" in fields_list:
            values["stream_ids"] = [Command.set(self.env.context.get("active_ids", []))]
        return values

    @api.model
    def _default_target(self):
        return "new" if self.env["cloud.customer"].has_access("create") else "line"

    @api.model
    def _default_analytic_plan(self):
        plans = self.env["account.analytic.plan"]
        return plans.search([], limit=1) if plans.has_access("read") else plans

    @api.depends_context("uid")
    def _compute_can_make_owners(self):
        self.can_make_owners = self.env["cloud.subscription"].has_access("create") and self.env[
            "account.analytic.account"
        ].has_access("create")

    @api.depends("stream_ids")
    def _compute_company_id(self):
        for wizard in self:
            wizard.company_id = wizard.stream_ids.company_id[:1] or self.env.company

    @api.depends("stream_ids")
    def _compute_resale(self):
        """Propose what the source is resold as, where that was set up."""
        for wizard in self:
            source = wizard.stream_ids.source_id[:1]
            wizard.product_id = wizard.product_id or source.resale_product_id
            wizard.plan_id = wizard.plan_id or source.resale_plan_id

    @api.depends("stream_ids", "extent")
    def _compute_date_start(self):
        for wizard in self:
            days = [
                stream.source_id._get_local_day(stream.first_service_start)
                for stream in wizard._get_streams()
                if stream.first_service_start
            ]
            wizard.date_start = min(days).replace(day=1) if days else False

    @api.depends("stream_ids", "extent", "target")
    def _compute_account_ids(self):
        for wizard in self:
            wizard.account_ids = [Command.clear()]
            if wizard.target == "new":
                wizard.account_ids = [Command.create(vals) for vals in wizard._prepare_account_vals()]

    @api.depends(
        "stream_ids", "extent", "target", "subscription_line_id", "customer_id", "product_id", "plan_id",
        "is_activated", "analytic_account_id", "cost_centre_name", "date_start", "date_end", "account_ids.customer_id",
    )  # fmt: skip
    @api.depends_context("lang")
    def _compute_effect(self):
        for wizard in self:
            streams = wizard._get_streams()
            wizard.stream_count = len(streams)
            wizard.effect = "\n".join(wizard._get_effect(streams))
            wizard.warning = "\n".join(wizard._get_overlap_problems(streams))

    # === ACTIONS === #

    def action_confirm(self):
        """Make what is missing and give the streams their owner."""
        self.ensure_one()
        streams = self._get_streams()
        self._check_choices(streams)
        makers = {
            "line": self._get_line_owners,
            "product": self._get_product_owners,
            "new": self._get_new_owners,
            "cost_centre": self._get_cost_centre_owners,
        }
        owners = makers[self.target](streams)
        mappings = self.env["cloud.usage.mapping"].create(
            [
                {"stream_id": stream.id, "date_start": self.date_start, "date_end": self.date_end, **owners[stream]}
                for stream in streams
            ]
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Streams with an owner now: %(count)s.", count=len(mappings)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # === BUSINESS: WHICH STREAMS === #

    def _get_streams(self):
        """The streams that get the owner: those selected, and with them those of their sub-accounts without one."""
        self.ensure_one()
        selected = self.stream_ids._origin
        if self.extent == "selected" or not selected:
            return selected
        places = {(stream.source_id.id, stream.provider_account, stream.sub_account) for stream in selected}
        near = self.env["cloud.usage.stream"].search(
            [
                ("source_id", "in", selected.source_id.ids),
                ("sub_account", "in", list(set(selected.mapped("sub_account")))),
                ("mapping_ids", "=", False),
            ]
        )
        return selected | near.filtered(lambda s: (s.source_id.id, s.provider_account, s.sub_account) in places)

    def _group_by_account(self, streams):
        """{(source, provider account, sub-account): streams}; the one with the most rows names it."""
        return streams.grouped(lambda stream: (stream.source_id, stream.provider_account, stream.sub_account))

    def _prepare_account_vals(self):
        """One line per sub-account: its name, and the customer that has its id as code already."""
        groups = self._group_by_account(self._get_streams())
        codes = [sub_account for _source, _account, sub_account in groups if sub_account]
        customers = self.env["cloud.customer"].search([("company_id", "=", self.company_id.id), ("code", "in", codes)])
        by_code = {customer.code: customer for customer in customers}
        return [
            {
                "source_id": source.id,
                "provider_account": provider_account,
                "sub_account": sub_account,
                "customer_id": by_code.get(sub_account, customers.browse()).id,
                "name": next((s.sub_account_name for s in streams if s.sub_account_name), sub_account),
                "stream_count": len(streams),
                "cost_text": streams._get_cost_text(),
            }
            for (source, provider_account, sub_account), streams in groups.items()
        ]

    # === BUSINESS: WHAT WILL HAPPEN === #

    def _check_choices(self, streams):
        """Say at once all that stands in the way."""
        problems = []
        if len(streams.company_id) > 1:
            problems.append(self.env._("The streams belong to several companies. Choose those of one company."))
        missing = {
            "line": not self.subscription_line_id and self.env._("Choose the subscription line."),
            "product": not (self.customer_id and self.product_id)
            and self.env._("Choose the customer and the product."),
            "new": not (self.plan_id and self.product_id) and self.env._("Choose the price plan and the product."),
            "cost_centre": not (self.analytic_account_id or self.cost_centre_name)
            and self.env._("Choose the cost centre, or name a new one."),
        }[self.target]
        if missing:
            problems.append(missing)
        nameless = streams.filtered(lambda stream: not stream.sub_account)
        if not self.can_make_owners and (self.target in ("new", "product") or self.cost_centre_name):
            problems.append(
                self.env._(
                    "Accountants make customers, subscriptions and cost centres. Ask one, or choose what is there."
                )
            )
        if self.target == "new" and nameless:
            problems.append(
                self.env._(
                    "Streams without a sub-account: %(count)s. No customer can be made of them: assign them to a "
                    "customer or a cost centre.",
                    count=len(nameless),
                )
            )
        problems += self._get_overlap_problems(streams)
        if problems:
            raise UserError("\n".join(problems))

    def _get_overlap_problems(self, streams):
        owned = self._get_owned(streams)
        if not owned:
            return []
        names = ", ".join(owned[:3].mapped("display_name")) + (" …" if len(owned) > 3 else "")
        return [
            self.env._(
                "Streams with an owner on some of these days: %(count)s (%(names)s). End that one first, or choose "
                "other days.",
                count=len(owned),
                names=names,
            )
        ]

    def _get_owned(self, streams):
        """Those of the streams that belong to somebody on some day of the chosen time."""
        domain = Domain("stream_id", "in", streams.ids)
        if self.date_start:
            domain &= Domain("date_end", "=", False) | Domain("date_end", ">", self.date_start)
        if self.date_end:
            domain &= Domain("date_start", "=", False) | Domain("date_start", "<", self.date_end)
        return self.env["cloud.usage.mapping"].search(domain).stream_id

    def _get_effect(self, streams):
        """What will be made, one sentence a line, for people to read before they confirm."""
        sentences = [
            self.env._(
                "%(count)s streams with a billed cost of %(cost)s get an owner.",
                count=format_decimal(self.env, Decimal(len(streams))),
                cost=streams._get_cost_text() or "0",
            )
        ]
        if self.target == "new":
            new = len(self.account_ids.filtered(lambda account: not account.customer_id))
            sentences.append(
                self.env._(
                    "New customers: %(new)s; already there: %(known)s. Each gets a subscription on %(plan)s with "
                    "%(product)s, where it has none.",
                    new=new,
                    known=len(self.account_ids) - new,
                    plan=self.plan_id.name or "…",
                    product=self.product_id.display_name or "…",
                )
            )
        elif self.target == "product" and self.customer_id and self.product_id:
            sentences.append(self._get_product_effect())
        elif self.target == "cost_centre" and self.cost_centre_name and not self.analytic_account_id:
            sentences.append(self.env._("The cost centre %(name)s is made where it is not there.",
                                        name=self.cost_centre_name))  # fmt: skip
        return sentences

    def _get_product_effect(self):
        line = self._find_lines(self.customer_id, self.product_id).get(self.customer_id)
        if line:
            return self.env._("They belong to the line %(line)s.", line=line.display_name)
        return self.env._(
            "%(customer)s has no running subscription with %(product)s: a line or a subscription is made.",
            customer=self.customer_id.name,
            product=self.product_id.display_name,
        )


class CloudUsageMapWizardAccount(models.TransientModel):
    """One sub-account that becomes a customer, or belongs to one that is there."""

    _name = "cloud.usage.map.wizard.account"
    _description = "Sub-account to Assign"
    _order = "id"

    wizard_id = fields.Many2one("cloud.usage.map.wizard", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="wizard_id.company_id")
    source_id = fields.Many2one("cloud.usage.source", readonly=True)
    provider_account = fields.Char(readonly=True)
    sub_account = fields.Char(readonly=True)
    customer_id = fields.Many2one(
        "cloud.customer", domain="[('company_id', '=', company_id)]", help="Empty: a new customer is made."
    )
    name = fields.Char(string="Name of the New Customer")
    stream_count = fields.Integer(string="Streams", readonly=True)
    cost_text = fields.Char(string="Billed Cost", readonly=True)
