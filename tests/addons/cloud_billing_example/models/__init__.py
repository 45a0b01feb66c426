from . import cloud_bill, cloud_price_rule, cloud_usage_source
