from odoo import api, fields, models
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal
from ...fields import DecimalField, format_decimal

# Customers whom a checker reads of in the request, on either side; the rehearsal behind it has all.
_CUSTOMERS_TOLD = 5


class CloudPriceRehearsalLine(models.Model):
    """What proposed prices would have meant for one customer; or why they would have meant nothing."""

    _name = "cloud.price.rehearsal.line"
    _description = "Rehearsal of one Customer"
    _order = "rehearsal_id, difference desc nulls last, id"
    _rec_name = "customer_name"

    rehearsal_id = fields.Many2one("cloud.price.rehearsal", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="rehearsal_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="rehearsal_id.currency_id")
    customer_id = fields.Many2one("cloud.customer", required=True, ondelete="cascade", index=True)
    customer_name = fields.Char(required=True, help="As it was when it was rehearsed.")
    reach = fields.Selection(
        [
            ("reached", "Reached"),
            ("grandfathered", "Keeps the former prices"),
            ("own_price", "Has prices of its own"),
            ("nothing_billed", "Nothing billed in these months"),
            ("other_plan", "On another plan"),
        ],
        required=True,
        help="Whether the proposed prices have a say for this customer, and why not.",
    )
    outcome = fields.Selection(
        [
            ("more", "Pays more"),
            ("less", "Pays less"),
            ("same", "Pays the same"),
            ("unpriced", "Without a price"),
            ("none", "Not reached"),
        ],
        compute="_compute_outcome",
        store=True,
    )
    charge_count = fields.Integer(string="Charges")
    amount_old = DecimalField(string="Billed", currency_field="currency_id")
    amount_new = DecimalField(string="At the New Prices", currency_field="currency_id")
    amount_unpriced = DecimalField(
        string="Without a Price", currency_field="currency_id", help="Billed for what the new prices cannot price."
    )
    difference = DecimalField(currency_field="currency_id", help="Of what the new prices can price.")
    cost_amount = DecimalField(
        string="Provider's Cost", currency_field="currency_id", help="Empty: not known, or the prices include tax."
    )
    margin_old = DecimalField(string="Margin Billed", currency_field="currency_id")
    margin_new = DecimalField(string="New Margin", currency_field="currency_id")
    changes = fields.Json(help="The largest changes: product, old and new prices, difference.")
    problems = fields.Json(help="Why something has no price: reasons of `cloud.bill.reason`.")
    reasons = fields.Text(compute="_compute_reasons", help="What changes most, and what has no price.")

    _customer_uniq = models.UniqueIndex("(rehearsal_id, customer_id)", "The customer was rehearsed already.")

    # === COMPUTE === #

    @api.depends("reach", "difference", "problems")
    def _compute_outcome(self):
        for line in self:
            line.outcome = line._get_outcome()

    @api.depends("changes", "problems")
    @api.depends_context("lang")
    def _compute_reasons(self):
        products = self.env["product.product"].browse(
            {change["product_id"] for line in self for change in line.changes or ()}
        )
        names = {product.id: product.display_name for product in products.exists()}
        rules = self.env["cloud.price.rule"].browse(
            {rule_id for line in self for change in line.changes or () for rule_id in (*change["old"], *change["new"])}
        )
        prices = {rule.id: rule.summary for rule in rules.exists()}
        for line in self:
            reasons = [line._tell_change(change, names, prices) for change in line.changes or ()]
            reasons += [self.env["cloud.bill.reason"]._get_sentence(problem) for problem in line.problems or ()]
            line.reasons = "\n".join(reasons)

    # === BUSINESS === #

    def _get_outcome(self):
        if self.problems:
            return "unpriced"
        if self.reach != "reached":
            return "none"
        if not self.difference:
            return "same"
        return "more" if self.difference > 0 else "less"

    def _tell_change(self, change, names, prices):
        """One change in words. A price of a draft that was deleted since is told as a dash."""
        difference = parse_decimal(change["difference"])
        amount = format_decimal(self.env, difference, self.currency_id.decimal_places)
        facts = {
            "product": names.get(change["product_id"], ""),
            "old": ", ".join(prices.get(rule_id, "-") for rule_id in change["old"]) or "-",
            "new": ", ".join(prices.get(rule_id, "-") for rule_id in change["new"]) or "-",
            "amount": f"+{amount}" if difference > 0 else amount,
            "currency": self.currency_id.name,
        }
        if facts["old"] == facts["new"]:
            return self.env._("%(product)s: %(new)s, with other adjustments, %(amount)s %(currency)s", **facts)
        return self.env._("%(product)s: %(old)s → %(new)s, %(amount)s %(currency)s", **facts)

    @api.model
    def _get_effect_rows(self, rehearsal):
        """Rows of an effect: the customers whose sum grows most and falls most; two statements."""
        changed = [("rehearsal_id", "=", rehearsal.id), ("difference", "!=", 0)]
        more = self.search([*changed, ("outcome", "=", "more")], order="difference desc, id", limit=_CUSTOMERS_TOLD)
        less = self.search([*changed, ("outcome", "=", "less")], order="difference, id", limit=_CUSTOMERS_TOLD)
        return [
            {
                "label": line.customer_name,
                "old": rehearsal._format(line.amount_old),
                "new": self.env._(
                    "%(amount)s (%(difference)s)",
                    amount=rehearsal._format(line.amount_new),
                    difference=rehearsal._format(line.difference, sign=True),
                ),
            }
            for line in more | less
        ]

    @api.model
    def _get_totals(self, rehearsal):
        """What the lines of a rehearsal come to, as values of its fields; one statement."""
        self.flush_model()
        (row,) = self.env.execute_query_dict(
            SQL(
                """
            SELECT COALESCE(SUM(amount_old), 0)::text AS amount_old,
                   COALESCE(SUM(amount_new), 0)::text AS amount_new,
                   COALESCE(SUM(difference), 0)::text AS difference,
                   SUM(margin_old)::text AS margin_old,
                   SUM(margin_new)::text AS margin_new,
                   COUNT(*) FILTER (WHERE outcome = 'more') AS more_count,
                   COUNT(*) FILTER (WHERE outcome = 'less') AS less_count,
                   COUNT(*) FILTER (WHERE outcome = 'same') AS same_count,
                   COUNT(*) FILTER (WHERE outcome = 'unpriced') AS unpriced_count,
                   COUNT(*) FILTER (WHERE outcome = 'none') AS unreached_count
              FROM cloud_price_rehearsal_line
             WHERE rehearsal_id = %s
            """,
                rehearsal.id,
            )
        )
        with exact():
            return {name: parse_decimal(value) if isinstance(value, str) else value for name, value in row.items()}
