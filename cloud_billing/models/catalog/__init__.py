"""Catalog: what is sold and for how much. Owns billing models, meters, price plans, versions, rules, rate classes.

Does not own quantities (usage), agreements (contract) or amounts (billing).
"""

from . import cloud_meter, cloud_meter_filter, cloud_meter_conversion, cloud_meter_sentence, product_template
from . import product_template_policy
from . import cloud_price_plan, cloud_price_plan_version, cloud_price_version_revision
from . import cloud_version_part_mixin, cloud_price_rule, cloud_price_tier
from . import cloud_price_rule_terms, cloud_price_rule_texts
from . import cloud_price_rule_choices, cloud_price_rule_preview, cloud_price_rule_meter
from . import cloud_price_cell, cloud_price_rule_matrix, cloud_price_rule_formula, cloud_price_rule_pricelist
from . import cloud_price_condition, cloud_price_rule_scope, cloud_price_rule_role, cloud_price_version_policy
from . import cloud_rate_class, cloud_rate_class_member, cloud_rate_class_effect
from . import cloud_price_allowance, cloud_price_allowance_version, cloud_price_plan_draft
from . import cloud_price_plan_currency, cloud_price_rule_currency
from . import cloud_bundle, cloud_bundle_part, cloud_change_request
from . import product_template_proration
from . import cloud_product_choice_mixin, cloud_coupon, cloud_coupon_item
