from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...fields import DecimalField

# What the customer is charged, for what and when: it stays once the run with its charge was submitted.
_CONTENT = (
    "name", "kind", "company_id", "customer_id", "currency_id", "tax_basis", "product_id", "subscription_id",
    "subscription_line_id", "amount", "percent", "service_start", "service_end", "run_id", "grouping_key", "state",
)  # fmt: skip
_FREEZE = f"""
CREATE OR REPLACE FUNCTION cloud_adjustment_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND ({", ".join(f"NEW.{name}" for name in _CONTENT)})
                        IS NOT DISTINCT FROM ({", ".join(f"OLD.{name}" for name in _CONTENT)})
    THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1
                 FROM cloud_charge_component component
                 JOIN cloud_charge c ON c.component_id = component.id
                 JOIN cloud_bill_run run ON run.id = c.run_id
                WHERE component.adjustment_id = OLD.id
                  AND c.is_live
                  AND run.state NOT IN ('draft', 'rating', 'review'))
    THEN
        RAISE EXCEPTION 'One-off amount % is submitted or billed: it does not change while its charge lives.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;
CREATE OR REPLACE TRIGGER cloud_adjustment_frozen BEFORE UPDATE OR DELETE ON cloud_adjustment
    FOR EACH ROW EXECUTE FUNCTION cloud_adjustment_refuse_change();
"""


class CloudAdjustment(models.Model):
    """An amount that a person charges or takes off once: a line added by hand, or a discount.

    It is charged like anything else, by a component of its own, and only once it is agreed. What became of it is
    derived from its charge.
    """

    _name = "cloud.adjustment"
    _description = "One-off Amount"
    _inherit = ["mail.thread", "analytic.mixin"]
    _order = "service_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Text", required=True, tracking=True, help="What the customer reads on the invoice.")
    kind = fields.Selection(
        [("added", "Line added"), ("discount", "Discount")],
        default="added",
        required=True,
        tracking=True,
        help="A discount is an amount or a percent of the bill, or of one subscription line of it.",
    )
    company_id = fields.Many2one(related="customer_id.company_id", store=True, index=True)
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="restrict", index=True, tracking=True)
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_from_customer",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    tax_basis = fields.Selection(
        [("net", "Net of tax"), ("gross", "Gross, tax included")],
        compute="_compute_from_customer",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="As the bill it goes on; another basis makes another bill.",
    )
    subscription_id = fields.Many2one(
        related="subscription_line_id.subscription_id", store=True, index="btree_not_null"
    )
    subscription_line_id = fields.Many2one(
        "cloud.subscription.line",
        string="Of Subscription Line",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('subscription_id.customer_id', '=', customer_id)]",
        help="Empty: of the whole bill. A percent is then taken of everything else on it.",
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        ondelete="restrict",
        check_company=True,
        help="Gives account and taxes. A percent off a bill with several taxes is split by them, so that each tax is"
        " right; where it is, the products of the bill give account and tax.",
    )
    amount = DecimalField(
        currency_field="currency_id",
        tracking=True,
        help="Above zero the customer pays it, below zero it is taken off. Net or gross as the tax basis says.",
    )
    percent = DecimalField(tracking=True, help="Of a discount: taken off what else is billed, each time it is rated.")
    service_start = fields.Date(string="Service From", required=True, tracking=True)
    service_end = fields.Date(string="Service To", required=True, tracking=True, help="First day after the service.")
    reason = fields.Char(required=True, tracking=True, help="Why, for whoever approves the run and for the auditor.")
    run_id = fields.Many2one(
        "cloud.bill.run",
        string="Bill Run",
        ondelete="set null",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="With which run it is due. Empty, or once that run is posted without it: with the customer's next bill.",
    )
    grouping_key = fields.Char(
        readonly=True, copy=False, help="Of the bill that it was made for, where the customer gets several."
    )
    state = fields.Selection(
        [("draft", "Draft"), ("agreed", "Agreed"), ("cancelled", "Cancelled")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Only what is agreed is charged.",
    )

    _one_measure = models.Constraint(
        "CHECK (num_nonnulls(amount, percent) = 1)", "A one-off amount has an amount, or a discount has a percent."
    )
    _amount_is_not_zero = models.Constraint("CHECK (amount <> 0)", "A one-off amount is not zero.")
    _discount_takes_off = models.Constraint(
        "CHECK (CASE kind WHEN 'discount' THEN COALESCE(amount < 0, percent > 0 AND percent <= 100)"
        " ELSE percent IS NULL END)",
        "A discount takes something off: an amount below zero, or a percent up to 100.",
    )
    _dates_ordered = models.Constraint("CHECK (service_start < service_end)", "A service interval is not empty.")

    def init(self):
        result = super().init()
        self.env.cr.execute(_FREEZE)
        return result

    # === COMPUTE === #

    @api.depends("customer_id")
    def _compute_from_customer(self):
        for adjustment in self:
            customer = adjustment.customer_id
            plan = customer.subscription_ids.plan_id[:1] or customer.plan_id
            adjustment.currency_id = customer.currency_id
            adjustment.tax_basis = plan.tax_basis or "net"

    # === CONSTRAINTS === #

    @api.constrains("customer_id", "subscription_line_id")
    def _check_line(self):
        for adjustment in self:
            owner = adjustment.subscription_line_id.subscription_id.customer_id
            payers = (owner | adjustment.customer_id)._get_payers()
            if owner and payers[owner.id] != payers[adjustment.customer_id.id]:
                raise ValidationError(
                    self.env._(
                        "%(text)s: %(line)s is of %(owner)s. Choose a line of %(customer)s.",
                        text=adjustment.name,
                        line=adjustment.subscription_line_id.display_name,
                        owner=owner.name,
                        customer=adjustment.customer_id.name,
                    )
                )

    @api.constrains("amount", "currency_id")
    def _check_step(self):
        """What is agreed is an amount that can be paid."""
        for adjustment in self:
            step = Decimal(repr(adjustment.currency_id.rounding))
            if adjustment.amount is not None and adjustment.amount % step:
                raise ValidationError(
                    self.env._(
                        "%(text)s: %(currency)s has no amount %(amount)s. Round it to %(step)s.",
                        text=adjustment.name,
                        currency=adjustment.currency_id.name,
                        amount=adjustment.amount,
                        step=step,
                    )
                )

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        adjustments = super().create([{**vals, "state": "draft"} for vals in vals_list])
        adjustments._settle()
        return adjustments

    def write(self, vals):
        if "state" in vals and not self.env.su:
            raise UserError(self.env._("A one-off amount is agreed or cancelled by its buttons."))
        changes = {name for name in vals if name in _CONTENT}
        if not changes:
            return super().write(vals)
        self._check_open()
        runs = self._uncharge()
        result = super().write(vals)
        if "state" not in changes:
            agreed = self.filtered(lambda adjustment: adjustment.state == "agreed")
            self._settle()
            if changes & {"amount", "percent"}:
                agreed.filtered(lambda adjustment: adjustment.state == "agreed")._note_interventions()
        self._charge(runs)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_only_drafts(self):
        for adjustment in self:
            if adjustment.component_ids:
                raise UserError(
                    self.env._("%(text)s was charged already, so it stays on record. Cancel it.", text=adjustment.name)
                )

    # === ACTIONS === #

    def action_cancel(self):
        """Give it up while its run is not submitted: the bill it is on is worked out without it."""
        self.check_access("write")
        # sudo: the state changes by the buttons only, which are those of everybody who may write.
        self.sudo().write({"state": "cancelled"})

    # === BUSINESS === #

    def _settle(self):
        """Agree on what needs no approval of its own; what does goes back to draft until `_agree` is called."""
        waiting = self.filtered(lambda adjustment: adjustment.state != "cancelled" and adjustment._needs_approval())
        # sudo: the state is no field that a person writes.
        waiting.filtered(lambda adjustment: adjustment.state == "agreed").sudo().write({"state": "draft"})
        (self - waiting)._agree()

    def _agree(self):
        """Make drafts due: called where no approval is needed, and by whatever gives one."""
        drafts = self.filtered(lambda adjustment: adjustment.state == "draft")
        # sudo: see _settle.
        drafts.sudo().write({"state": "agreed"})
        drafts._note_interventions()

    def _note_interventions(self):
        """In the register of interventions: an amount off is below zero there too; of a percent nobody knows it yet."""
        for kind, adjustments in self.grouped(lambda adjustment: adjustment._get_intervention_kind()).items():
            for reason, some in adjustments.grouped("reason").items():
                self.env["cloud.intervention"]._note(kind, some, reason, amount=lambda one: one.amount)

    # === HOOKS === #

    def _needs_approval(self):
        """Return whether it waits for an approval of its own before it is charged; that of its run covers it anyway.

        To ask for one: override, submit the draft to the approval engine, and call `_agree` when it is applied.
        """
        self.ensure_one()
        return False

    def _get_intervention_kind(self):
        """Return as what it stands in the register of interventions: a value of `cloud.intervention.kind`."""
        self.ensure_one()
        return "discounted" if self.kind == "discount" else "added"
