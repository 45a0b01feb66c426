"""What gives a bill its shape: one-off amounts, discounts and texts by hand, grouping, summary lines, templates,
brands.

Owns no price and posts nothing: a one-off amount is a charge like any other.
"""

from . import cloud_charge_component, cloud_charge
from . import cloud_adjustment, cloud_adjustment_charge, cloud_adjustment_due, cloud_adjustment_rating
from . import cloud_rating, cloud_rated_line, cloud_bill, cloud_bill_run
from . import cloud_bill_text, cloud_bill_shape
from . import cloud_brand, cloud_customer, res_company, res_config_settings
from . import cloud_bill_grouping, account_move, account_move_send
from . import cloud_text_template, cloud_bill_template, cloud_bill_summary, cloud_bill_detail
