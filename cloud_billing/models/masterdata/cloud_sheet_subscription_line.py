from odoo import models


class CloudSheetSubscription(models.AbstractModel):
    """What rows of subscriptions name, what they become, and what is written into such a table."""

    _inherit = "cloud.sheet.subscription"

    # === BUSINESS === #

    def _fetch_facts(self, company, rows):
        """{what: {text in lower case: record}} of all that rows name."""
        Key, texts = self.env["cloud.external.key"], lambda name: [row.get(name) for row in rows]
        customers = self.env["cloud.customer"].search(
            [("company_id", "=", company.id), ("code", "in", texts("customer"))]
        )
        of_company = [("company_id", "in", [company.id, False]), ("cloud_billing_model", "!=", False)]
        products = self.env["product.product"].search(
            [*of_company, "|", ("default_code", "in", texts("product")), ("name", "in", texts("product"))]
        )
        source = next((row.source for row in rows if row.source), None)
        names = products.grouped(lambda product: product.name.lower())
        plans = self.env["cloud.price.plan"].search([("company_id", "=", company.id), ("name", "in", texts("plan"))])
        return {
            "customer": {
                **Key._find_owners(company, texts("customer"), "cloud.customer", source=source),
                **{customer.code.lower(): customer for customer in customers},
            },
            "product": {
                **{name: found for name, found in names.items() if len(found) == 1},
                **{product.default_code.lower(): product for product in products if product.default_code},
            },
            "plan": {plan.name.lower(): plan for plan in plans},
            "subscriptions": self._fetch_subscriptions(company, texts("subscription"), rows),
        }

    def _fetch_subscriptions(self, company, texts, rows):
        """{key, see `_get_key`: subscription}, its number as a key of no system."""
        numbered = self.env["cloud.subscription"].search([("company_id", "=", company.id), ("name", "in", texts)])
        return {
            **{(one.name.lower(), "", 0): one for one in numbered},
            **self._fetch_keys(company, rows, "subscription_id"),
        }

    def _apply(self, company, rows):
        new = {}
        for row in rows:
            if not row.record:
                new.setdefault(self._get_unit(row), []).append(row)
        made = self.env["cloud.subscription"].create([self._prepare_subscription_vals(group) for group in new.values()])
        self.env["cloud.external.key"].create(
            [
                {"subscription_id": one.id, **self._prepare_key(group[0], "subscription")}
                for one, group in zip(made, new.values(), strict=True)
            ]
        )
        for row in rows:
            if row.record and row.head:
                row.record.write(row.head)
            if row.line and row.line_vals:
                row.line.write(row.line_vals)
        self.env["cloud.subscription.line"].create(
            [
                {"subscription_id": row.record.id, **self._prepare_line_vals(row)}
                for row in rows
                if row.record and not row.line
            ]
        )

    def _prepare_subscription_vals(self, rows):
        """A draft with the lines of its rows; what of the subscription they say must be said once."""
        head = {}
        for row in rows:
            head.update(row.head)
        return {
            "customer_id": rows[0].customer.id,
            **head,
            "line_ids": [(0, 0, self._prepare_line_vals(row)) for row in rows],
        }

    def _prepare_line_vals(self, row):
        return {"product_id": row.product.id, **row.line_vals}

    # === HOOKS === #

    def _get_rows(self, company, **options):
        lines = self.env["cloud.subscription.line"].search(
            [("company_id", "=", company.id)], order="subscription_id, sequence, id"
        )
        labels = dict(self.env["cloud.subscription"]._fields["state"]._description_selection(self.env))
        for line in lines:
            subscription = line.subscription_id
            key = subscription.external_key_ids.filtered(lambda key: not key.source_id)[:1]
            yield {
                "subscription": key.key or subscription.name,
                "system": key.system,
                "customer": line.customer_id.code or line.customer_id.external_key_ids[:1].key,
                "plan": subscription.plan_id.name,
                "start": subscription.date_start,
                "end": subscription.date_end,
                "order_reference": subscription.order_reference,
                "product": line.product_id.default_code or line.product_id.name,
                "description": line.name,
                "quantity": line.quantity,
                "line_start": line.date_start,
                "line_end": line.date_end,
                "state": labels.get(subscription.state),
            }
