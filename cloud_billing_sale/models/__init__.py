"""From an order to a subscription. Owns what an order says of it; the agreement itself is Cloud Billing's."""

from . import sale_order, sale_order_line, sale_order_subscription, sale_report, cloud_subscription
from . import cloud_price_plan, res_company, res_users, cloud_settings_mixin, cloud_protected_field
