from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.numbers import exact, to_text
from ..billing.pricing.exchange_rates import ExchangeRates, NoRate


class CloudBill(models.Model):
    """A bill above the company's amount is posted only after an approval of its own."""

    _inherit = "cloud.bill"

    is_large = fields.Boolean(
        string="Needs an Approval of Its Own", readonly=True, copy=False, help="Decided when its run was approved."
    )
    approval_ids = fields.One2many("cloud.bill.approval", "bill_id", string="Own Approvals", readonly=True)
    approval_state = fields.Selection(
        [("missing", "To be asked for"), ("pending", "Waiting for approval"), ("approved", "Approved")],
        string="Own Approval",
        compute="_compute_approval_state",
    )

    # === COMPUTE === #

    @api.depends("is_large", "approval_ids.state")
    def _compute_approval_state(self):
        for bill in self:
            states = set(bill.approval_ids.mapped("state"))
            bill.approval_state = bill.is_large and next(
                (state for state in ("approved", "pending") if state in states), "missing"
            )

    # === ACTIONS === #

    def action_ask_approval(self):
        """Ask once more for the approval of large bills, after it was rejected or withdrawn."""
        self.run_id.check_access("write")
        for bill in self:
            if bill.approval_state != "missing" or bill.state not in ("ready", "parked"):
                raise UserError(self.env._("%(bill)s needs no approval of its own now.", bill=bill.name))
        self._ask_approvals()

    def action_view_approval(self):
        """The newest change request about this bill alone."""
        self.ensure_one()
        return self.approval_ids[:1].request_id.get_formview_action()

    def action_exclude(self, note=None):
        action = super().action_exclude(note)
        if note:
            self._withdraw_approvals()
        return action

    # === BUSINESS === #

    def _is_above_limit(self, amount):
        """Whether an amount in the bill's currency needs an approval of its own; one that cannot be compared does."""
        limit, company = self.company_id.cloud_large_amount, self.company_id
        if limit is None or not amount:
            return False
        with exact():
            if self.currency_id == company.currency_id:
                return abs(amount) > limit
            # One table of rates per transaction, however many bills ask.
            rates = self.env.cr.cache.setdefault(("cloud_large_rates", company.id), ExchangeRates(company))
            try:
                day = self.run_id.invoice_date
                return abs(amount) * rates.get(self.currency_id.name, company.currency_id.name, day).rate > limit
            except NoRate:
                return True

    def _get_look_reasons(self, amount, previous):
        reasons = super()._get_look_reasons(amount, previous)
        if self._is_above_limit(amount):
            company = self.company_id
            limit = to_text(company.cloud_large_amount)
            reasons.append({"code": "large", "limit": limit, "currency": company.currency_id.name})
        return reasons

    def _ask_approvals(self):
        """File the requests for these bills, in the name of the current user."""
        # sudo: approvals are made here only, no role may write them.
        approvals = (
            self.env["cloud.bill.approval"].sudo().create([bill._prepare_approval_vals() for bill in self]).sudo(False)
        )
        for approval in approvals:
            self.env["cloud.change.request"]._submit(
                approval, approval._request_kind, effect=approval._get_change_effect()
            )

    def _prepare_approval_vals(self):
        return {
            "bill_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "amount": self.amount,
            "content_hash": self.content_hash,
        }

    def _withdraw_approvals(self):
        """Nobody is asked any more about bills that are not going to be posted."""
        for approval in self.approval_ids.filtered(lambda approval: approval.state == "pending"):
            approval.request_id._close("withdrawn", None)

    def _get_unapproved(self):
        return self.filtered(lambda bill: bill.approval_state in ("missing", "pending"))

    def _park_unapproved(self):
        """Large bills without their approval wait; the others of the run go on."""
        for bill in self._get_unapproved():
            bill._park(
                self.env._(
                    "Above the amount from which an invoice needs an approval of its own. It is posted once that is"
                    " given; or exclude it."
                )
            )

    def _resume_large(self):
        """Its approval is given: what waited for it goes on, where its run is being posted or was."""
        parked = self.filtered(lambda bill: bill.state == "parked")
        if parked:
            parked._retry_parked()

    def _check_seal(self):
        result = super()._check_seal()
        for bill in self._get_unapproved():
            raise UserError(
                self.env._(
                    "%(bill)s needs an approval of its own, which it does not have yet.",
                    bill=bill.name,
                )
            )
        return result
