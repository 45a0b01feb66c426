from odoo import api, fields, models
from odoo.tools import SQL


class CloudBill(models.Model):
    """One-off amounts on a bill: they go where they were made for, and percents are worked out when it is assessed."""

    _inherit = "cloud.bill"

    adjustment_ids = fields.One2many("cloud.adjustment", compute="_compute_adjustment_ids", string="One-off Amounts")

    # === COMPUTE === #

    @api.depends("charge_ids.component_id")
    def _compute_adjustment_ids(self):
        for bill in self:
            bill.adjustment_ids = bill.charge_ids.component_id.adjustment_id

    # === BUSINESS === #

    def _assess(self):
        self.env["cloud.adjustment.rating"]._rate_percents(self)
        return super()._assess()

    def _group_charges(self, run):
        """One-off amounts join a bill that is there: the one they were made for, else the customer's first."""
        groups = super()._group_charges(run)
        one_offs = self._fetch_ungrouped_one_offs(run)
        if not one_offs:
            return groups
        ids = {row["id"] for row in one_offs}
        grouped = {group: [one for one in charge_ids if one not in ids] for group, charge_ids in groups.items()}
        groups = {group: charge_ids for group, charge_ids in grouped.items() if charge_ids}
        bills = run.bill_ids.filtered(lambda bill: bill.state != "cancelled")
        known = [*(bill._get_group() for bill in bills), *groups]
        customers = self.env["cloud.customer"].browse({row["customer_id"] for row in one_offs})
        payers = customers._get_payers()
        groupings = self._get_groupings(run, customers.union(*payers.values()))
        for row in one_offs:
            payer = payers[row["customer_id"]]
            row["grouping"] = groupings[payer.id]
            key = row["grouping_key"]
            if key is None:
                key = self._get_grouping_key(payer, row)
            group = (payer.id, row["currency_id"], row["tax_basis"], key)
            if group not in known:
                group = next((other for other in known if other[:3] == group[:3]), group)
            groups.setdefault(group, []).append(row["id"])
        return groups

    def _fetch_ungrouped_one_offs(self, run):
        """The charges of one-off amounts of a run without a bill: dicts as `_get_grouping_key` wants them."""
        for model in ("cloud.charge", "cloud.charge.component", "cloud.adjustment", "cloud.subscription.line"):
            self.env[model].flush_model()
        return self.env.execute_query_dict(
            SQL(
                """
            SELECT c.id, c.customer_id, c.subscription_id, c.subscription_line_id, c.currency_id, a.tax_basis,
                   a.grouping_key, COALESCE(a.analytic_distribution, l.analytic_distribution) AS analytic_distribution,
                   COALESCE(l.order_id, s.order_id) AS order_id, s.order_reference
              FROM cloud_charge c
              JOIN cloud_charge_component component ON component.id = c.component_id
              JOIN cloud_adjustment a ON a.id = component.adjustment_id
         LEFT JOIN cloud_subscription s ON s.id = c.subscription_id
         LEFT JOIN cloud_subscription_line l ON l.id = c.subscription_line_id
             WHERE c.run_id = %s
               AND c.bill_id IS NULL
               AND c.state = 'draft'
          ORDER BY c.customer_id, c.id
            """,
                run.id,
            )
        )

    # === HOOKS === #

    def _get_analytic_distribution(self, line):
        proposed = super()._get_analytic_distribution(line)
        # Asked of one-off amounts alone: of every other line it would be a statement for nothing.
        if line.charge_id.kind != "adjustment":
            return proposed
        return line.charge_id.adjustment_id.analytic_distribution or proposed
