from odoo import fields, models
from odoo.exceptions import UserError

from ..models.contract.lifecycle.cloud_subscription_lifecycle import OVER, RUNNING


class CloudUsageMapWizard(models.TransientModel):
    """Finds the owners that streams get, and makes those that are not there: each model in one batch."""

    _inherit = "cloud.usage.map.wizard"

    # === BUSINESS: OWNERS === #

    def _get_line_owners(self, streams):
        return {stream: {"subscription_line_id": self.subscription_line_id.id} for stream in streams}

    def _get_product_owners(self, streams):
        line = self._ensure_lines(self.customer_id)[self.customer_id]
        return {stream: {"subscription_line_id": line.id} for stream in streams}

    def _get_new_owners(self, streams):
        customers = self._ensure_customers()
        lines = self._ensure_lines(self.env["cloud.customer"].union(*customers.values()))
        return {
            stream: {"subscription_line_id": lines[customers[place]].id}
            for place, group in self._group_by_account(streams).items()
            for stream in group
        }

    def _get_cost_centre_owners(self, streams):
        account = self.analytic_account_id or self._ensure_cost_centre()
        return {stream: {"analytic_account_id": account.id} for stream in streams}

    def _ensure_cost_centre(self):
        accounts = self.env["account.analytic.account"]
        known = accounts.search(
            [("name", "=", self.cost_centre_name), ("company_id", "in", [self.company_id.id, False])], limit=1
        )
        return known or accounts.create(
            {
                "name": self.cost_centre_name,
                "plan_id": self.analytic_plan_id.id,
                "company_id": self.company_id.id,
            }
        )

    def _ensure_customers(self):
        """{(source, provider account, sub-account): customer}; those that are not there are made in one go.

        Two provider accounts may have the same sub-account: that is one customer.
        """
        chosen = {account: account.customer_id for account in self.account_ids}
        new = {}
        for account in self.account_ids:
            if not account.customer_id:
                new.setdefault(account.sub_account, account)
        partners = self.env["res.partner"].create(
            [
                {"name": account.name or account.sub_account, "is_company": True, "company_id": self.company_id.id}
                for account in new.values()
            ]
        )
        customers = self.env["cloud.customer"].create(
            [
                {
                    "name": account.name or account.sub_account,
                    "code": account.sub_account,
                    "partner_id": partner.id,
                    "company_id": self.company_id.id,
                    "currency_id": self.plan_id.currency_id.id,
                    "plan_id": self.plan_id.id,
                }
                for account, partner in zip(new.values(), partners, strict=True)
            ]
        )
        made = dict(zip(new, customers, strict=True))
        return {
            (account.source_id, account.provider_account, account.sub_account): customer or made[account.sub_account]
            for account, customer in chosen.items()
        }

    def _ensure_lines(self, customers):
        """{customer: subscription line of the product}; lines and subscriptions that are not there are made."""
        lines = self._find_lines(customers, self.product_id)
        without_line = customers - customers.browse(customer.id for customer in lines)
        subscriptions = self._ensure_subscriptions(without_line)
        made = self.env["cloud.subscription.line"].create(
            [self._prepare_line_vals(subscriptions[customer]) for customer in without_line]
        )
        lines.update(zip(without_line, made, strict=True))
        if self.is_activated:
            drafts = made.subscription_id.filtered(lambda subscription: subscription.state == "draft")
            drafts.action_activate()
        return lines

    def _prepare_line_vals(self, subscription):
        is_later = self.date_start and self.date_start > subscription.date_start
        return {
            "subscription_id": subscription.id,
            "product_id": self.product_id.id,
            "date_start": self.date_start if is_later else False,
        }

    def _find_lines(self, customers, product):
        """{customer: the line of the product on a subscription that has not ended}, for those that have one."""
        found = self.env["cloud.subscription.line"].search(
            [
                ("customer_id", "in", customers.ids),
                ("product_id", "=", product.id),
                ("subscription_id.state", "not in", OVER),
                ("date_end", "=", False),
                *self._get_plan_domain("subscription_id.plan_id"),
            ],
            order="id desc",
        )
        return {line.customer_id: line for line in found}

    def _get_plan_domain(self, name):
        """Prices come from the plan: where one is chosen, only what runs on it can be the owner."""
        return [(name, "=", self.plan_id.id)] if self.plan_id else []

    def _ensure_subscriptions(self, customers):
        """{customer: subscription}: one that runs and is open, on the chosen plan where one is; else a new one."""
        running = self.env["cloud.subscription"].search(
            [
                ("customer_id", "in", customers.ids),
                ("state", "not in", OVER),
                # What ends with its term may still be renewed: it is no reason for a second contract.
                "|",
                ("date_end", "=", False),
                "&",
                ("end_kind", "=", "term"),
                ("date_end", ">", self.date_start or fields.Date.context_today(self)),
                *self._get_plan_domain("plan_id"),
            ],
            order="id desc",
        )
        found = {}
        for subscription in running.sorted(lambda s: (s.state in RUNNING, not s.date_end)):
            found[subscription.customer_id] = subscription
        missing = customers.filtered(lambda customer: customer not in found)
        self._check_plans(missing)
        made = self.env["cloud.subscription"].create(
            [
                {
                    "customer_id": customer.id,
                    "plan_id": (self.plan_id or customer.plan_id).id,
                    "date_start": self.date_start or fields.Date.context_today(self),
                }
                for customer in missing
            ]
        )
        found.update(zip(missing, made, strict=True))
        return found

    def _check_plans(self, customers):
        for customer in customers:
            plan = self.plan_id or customer.plan_id
            if not plan:
                raise UserError(
                    self.env._(
                        "%(customer)s has no price plan. Choose one for the new subscription.", customer=customer.name
                    )
                )
            if not plan._can_bill(customer):
                raise UserError(
                    self.env._(
                        "%(customer)s pays in %(customer_currency)s and the plan %(plan)s is in %(plan_currency)s. "
                        "Choose a plan in %(customer_currency)s.",
                        customer=customer.name,
                        customer_currency=customer.currency_id.name,
                        plan=plan.name,
                        plan_currency=plan.currency_id.name,
                    )
                )
