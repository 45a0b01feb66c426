from odoo import models
from odoo.tools import SQL

from ....engine.numbers import exact, parse_decimal
from ....engine.rating import RuleFacts
from ..pricing.coupon_discounts import ChargeDiscounts, Grant, Purse

_ZERO = parse_decimal(0)


class CloudRating(models.AbstractModel):
    """Coupons that customers have redeemed, as discounts of their charges.

    What is left of a limit is a sum over what the rated lines of live charges have used, never a counter.
    """

    _inherit = "cloud.rating"

    # === BUSINESS === #

    def _get_discounts(self, items):
        discounts = super()._get_discounts(items)
        items = list(items)
        redemptions = self._fetch_redemptions(items)
        if not redemptions:
            return discounts
        self._claim_coupons(redemptions)
        used = self._fetch_used(items, redemptions)
        products = self._get_coupon_products(items, redemptions)
        purses = {}
        for item in sorted(items, key=lambda item: (item["service_start"], item["id"])):
            grants = [
                self._make_grant(item, row, used, purses, products)
                for row in redemptions.get(item["customer_id"], ())
                if _holds_for(row, item)
            ]
            if grants:
                discounts[item["id"]] = ChargeDiscounts(item["product_id"], grants)
        return discounts

    def _store_discounts(self, items):
        result = super()._store_discounts(items)
        granted = [
            (charge_id, item, grant)
            for charge_id, item in items.items()
            for grant in getattr(item["discounts"], "grants", ())
        ]
        billed = self._fetch_own_uses([item["id"] for charge_id, item, _grant in granted if charge_id != item["id"]])
        rows = []
        for charge_id, item, grant in granted:
            with exact():
                amount = grant.taken - billed.get((item["id"], grant.redemption_id), _ZERO)
            if amount:
                rows.append((charge_id, grant.redemption_id, grant.period, amount))
        self.env["cloud.coupon.use"]._insert(rows)
        return result

    def _has_common_limits(self, run):
        # Who comes first uses up what a coupon may take off in all: with two raters that would be chance.
        return super()._has_common_limits(run) or bool(
            self.env["cloud.coupon.redemption"].search_count(
                [
                    ("company_id", "=", run.company_id.id),
                    ("state", "=", "approved"),
                    ("coupon_id.amount_limit", "!=", False),
                ],
                limit=1,
            )
        )

    def _make_grant(self, item, row, used, purses, products):
        period = _get_period(row, item["service_start"])
        limits = {
            ("coupon", row["coupon_id"]): row["amount_limit"],
            ("customer", row["id"]): row["customer_limit"],
            ("period", row["id"], period): row["amount"],
        }
        return Grant(
            redemption_id=row["id"],
            rule=RuleFacts(rule_id=f"coupon {row['id']}", rule_name=row["name"], scope=row["code"]),
            label=row["name"],
            percent=row["percent"],
            amount=row["amount"],
            purses=[
                purses.setdefault(key, Purse(limit - used.get(key, _ZERO)))
                for key, limit in limits.items()
                if limit is not None
            ],
            product_ids=products[row["coupon_id"]],
            period=period,
        )

    # === BUSINESS: WHAT IS ASKED === #

    def _fetch_redemptions(self, items):
        """{customer id: approved redemptions of the customers of these items}, as dicts, the oldest first."""
        if not items:
            return {}
        for model in ("cloud.coupon", "cloud.coupon.redemption"):
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(
            SQL(
                """
            SELECT r.id, r.coupon_id, r.customer_id, r.subscription_id, r.date_start, r.date_end,
                   c.code, c.name, c.currency_id, c.percent::text AS percent, c.amount::text AS amount,
                   c.amount_limit::text AS amount_limit, c.customer_limit::text AS customer_limit
              FROM cloud_coupon_redemption r
              JOIN cloud_coupon c ON c.id = r.coupon_id
             WHERE r.company_id = %(company_id)s
               AND r.customer_id = ANY(%(customer_ids)s)
               AND r.state = 'approved'
          ORDER BY r.date_start, r.id
            """,
                company_id=items[0]["company_id"],
                customer_ids=list({item["customer_id"] for item in items}),
            )
        )
        redemptions = {}
        for row in rows:
            for name in ("percent", "amount", "amount_limit", "customer_limit"):
                row[name] = None if row[name] is None else parse_decimal(row[name])
            redemptions.setdefault(row["customer_id"], []).append(row)
        return redemptions

    def _claim_coupons(self, redemptions):
        """Write the coupons before their sums are read: of two runs at once the second one starts anew.

        In the order of their ids, so that two runs never wait for each other.
        """
        ids = sorted({row["coupon_id"] for rows in redemptions.values() for row in rows})
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_coupon
               SET use_version = use_version + 1
             WHERE id IN (SELECT id FROM cloud_coupon WHERE id = ANY(%s) ORDER BY id FOR UPDATE)
         RETURNING id
            """,
                ids,
            )
        )
        self.env["cloud.coupon"].invalidate_model(["use_version"])

    def _fetch_used(self, items, redemptions):
        """{key of a purse: money used} by live charges, without those that are rated now and their corrections."""
        self.env["cloud.charge"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT u.coupon_id, u.redemption_id, u.period, SUM(u.amount)::text
              FROM cloud_coupon_use u
              JOIN cloud_rated_line r ON r.id = u.rated_line_id
              JOIN cloud_charge c ON c.id = r.charge_id
             WHERE u.coupon_id = ANY(%(coupon_ids)s)
               AND c.is_live
               AND COALESCE(c.corrects_id, c.id) <> ALL(%(charge_ids)s)
          GROUP BY u.coupon_id, u.redemption_id, u.period
            """,
                coupon_ids=list({row["coupon_id"] for rows in redemptions.values() for row in rows}),
                charge_ids=[item["id"] for item in items],
            )
        )
        used = {}
        with exact():
            for coupon_id, redemption_id, period, amount in rows:
                for key in (("coupon", coupon_id), ("customer", redemption_id), ("period", redemption_id, period)):
                    used[key] = used.get(key, _ZERO) + parse_decimal(amount)
        return used

    def _fetch_own_uses(self, charge_ids):
        """{(charge id, redemption id): money used} by billed charges and their corrections that live."""
        if not charge_ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
            SELECT COALESCE(c.corrects_id, c.id), u.redemption_id, SUM(u.amount)::text
              FROM cloud_coupon_use u
              JOIN cloud_rated_line r ON r.id = u.rated_line_id
              JOIN cloud_charge c ON c.id = r.charge_id
             WHERE COALESCE(c.corrects_id, c.id) = ANY(%s)
               AND c.is_live
          GROUP BY COALESCE(c.corrects_id, c.id), u.redemption_id
            """,
                charge_ids,
            )
        )
        return {(charge_id, redemption_id): parse_decimal(amount) for charge_id, redemption_id, amount in rows}

    def _get_coupon_products(self, items, redemptions):
        """{coupon id: frozenset of the products among these items and their parts that it is for, None: all}."""
        coupon_ids = {row["coupon_id"] for rows in redemptions.values() for row in rows}
        self._add_bundles(items)
        product_ids = {item["product_id"] for item in items}
        product_ids |= {part.product_id for item in items if item["bundle"] for part in item["bundle"].parts}
        rows = self.env.execute_query(
            SQL(
                """
            SELECT i.coupon_id, p.id
              FROM cloud_coupon_item i
         LEFT JOIN product_category above ON above.id = i.categ_id
         LEFT JOIN (product_product p
                    JOIN product_template t ON t.id = p.product_tmpl_id
               LEFT JOIN product_category below ON below.id = t.categ_id)
                ON p.id = ANY(%(product_ids)s)
               AND (p.id = i.product_id OR below.parent_path LIKE above.parent_path || '%%')
             WHERE i.coupon_id = ANY(%(coupon_ids)s)
            """,
                product_ids=list(product_ids),
                coupon_ids=list(coupon_ids),
                to_flush=self.env["cloud.coupon.item"]._fields["product_id"],
            )
        )
        products = dict.fromkeys(coupon_ids)
        for coupon_id, product_id in rows:
            products[coupon_id] = (products[coupon_id] or frozenset()) | ({product_id} if product_id else set())
        return products


def _holds_for(row, item):
    """Whether a redemption concerns a charge: its currency, its subscription, the day on which its service begins."""
    return (
        row["currency_id"] == item["plan_currency_id"]
        and row["subscription_id"] in (None, item["subscription_id"])
        and row["date_start"] <= item["service_start"]
        and (row["date_end"] is None or item["service_start"] < row["date_end"])
    )


def _get_period(row, day):
    """The month of the redemption that a day lies in, from 0."""
    start = row["date_start"]
    return (day.year - start.year) * 12 + day.month - start.month - (day.day < start.day)
