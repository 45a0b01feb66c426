from odoo import api, fields, models
from odoo.exceptions import UserError

from ..run_limit import RunLimit


class CloudBillRun(models.Model):
    """A run of some customers or subscriptions: billed at once, refunded, or looked at before anybody confirms."""

    _inherit = "cloud.bill.run"

    # Restricted: a limit that loses its last customer would be a run of everybody.
    customer_ids = fields.Many2many(
        "cloud.customer",
        "cloud_bill_run_customer_rel",
        "run_id",
        "customer_id",
        string="Only Customers",
        ondelete="restrict",
        copy=False,
        help="Bill these and those they pay for; with subscriptions beside them, those too. Both empty: everybody.",
    )
    subscription_ids = fields.Many2many(
        "cloud.subscription",
        "cloud_bill_run_subscription_rel",
        "run_id",
        "subscription_id",
        string="Only Subscriptions",
        ondelete="restrict",
        copy=False,
        help="Bill these; with customers beside them, those too. Both empty: everybody.",
    )
    is_limited = fields.Boolean(
        string="Limited", compute="_compute_is_limited", store=True, help="It bills some customers or subscriptions."
    )

    # === COMPUTE === #

    @api.depends("customer_ids", "subscription_ids")
    def _compute_is_limited(self):
        for run in self:
            run.is_limited = bool(run.customer_ids or run.subscription_ids)

    # === CONSTRAINTS === #

    @api.constrains("customer_ids", "subscription_ids", "company_id")
    def _check_limit_company(self):
        for run in self:
            # sudo: what belongs to a company the user may not see is refused too.
            limited = run.sudo()
            others = [
                record.display_name
                for record in (*limited.customer_ids, *limited.subscription_ids)
                if record.company_id != run.company_id
            ]
            if others:
                raise UserError(
                    self.env._(
                        "%(run)s is a run of %(company)s and cannot bill %(others)s. Choose others, or make a run of"
                        " their company.",
                        run=run.name,
                        company=run.company_id.name,
                        others=", ".join(others),
                    )
                )

    # === ACTIONS === #

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

    # === BUSINESS === #

    def _get_limit(self):
        """The RunLimit of this run, None where it bills everybody.

        A customer stands for those it pays for as well: the bill is one. A customer's own minimum is a charge of a
        limited run only where the customer itself was named.
        """
        self.ensure_one()
        if not self.is_limited:
            return None
        # sudo: whom a run bills does not depend on what the person who rates it may see.
        run = self.sudo()
        customers = run.customer_ids.with_context(active_test=False)
        paid = customers.search([("id", "child_of", customers.ids)]) if customers else customers
        subscriptions = run.subscription_ids | run.subscription_ids.search([("customer_id", "in", paid.ids)])
        return RunLimit(tuple(sorted(subscriptions.ids)), tuple(sorted(paid.ids)))

    @api.model
    def _make_limited(self, now, subscriptions):
        """Make and rate a run of some subscriptions with what is due at an instant (naive UTC).

        Their days: the cut-off is the latest local date among them, and what has not ended (in advance: not begun) in
        a customer's own zone waits. Returns the run, which may be without charges.
        """
        owners = subscriptions.customer_id
        owners.company_id.ensure_one()
        day = max(owner._get_local_day(now) for owner in owners)
        run = self.with_company(owners.company_id).create(
            {
                "company_id": owners.company_id.id,
                "cutoff_date": day,
                "invoice_date": day,
                "accounting_date": day,
                "subscription_ids": [(6, 0, subscriptions.ids)],
            }
        )
        run._start_rating(now=now)
        run._rate_all()
        return run

    # === HOOKS === #

    def _get_effect_notes(self, *args, **kwargs):
        notes = super()._get_effect_notes(*args, **kwargs)
        return [self._get_limit_text(), *notes] if self.is_limited else notes

    def _get_limit_text(self):
        """Whom a limited run bills, as a sentence."""
        names = [*self.customer_ids.mapped("display_name"), *self.subscription_ids.mapped("display_name")]
        return self.env._("Only of %(names)s; what is due of others is not part of it.", names=", ".join(names))

    def _get_nothing_due_text(self):
        text = super()._get_nothing_due_text()
        return f"{self._get_limit_text()} {text}" if self.is_limited else text
