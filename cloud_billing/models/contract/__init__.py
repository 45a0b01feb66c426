"""Contract: who pays and what was agreed. Owns customers, subscriptions and their lines, their lifecycle,
minimum spends and commitments.

Does not own periods and charges: those are what billing makes of an agreement.
"""

from . import cloud_customer, cloud_subscription, cloud_subscription_line, res_partner
from . import cloud_customer_cycle, cloud_subscription_cycle, cloud_subscription_line_cycle
from . import cloud_customer_class, cloud_subscription_price
from . import cloud_spend_commitment, cloud_spend_commitment_item, cloud_change_request
from . import (
    cloud_subscription_line_bundle,
    cloud_spend_commitment_approval,
    cloud_customer_spend,
    cloud_subscription_spend,
)
from . import cloud_coupon_redemption
from . import (
    cloud_subscription_change,
    cloud_subscription_quantity,
    cloud_subscription_line_agreed,
    cloud_subscription_line_change,
    cloud_subscription_agreed,
)
from . import cloud_contract_rate, cloud_contract_rate_price, cloud_contract_rate_approval, cloud_subscription_rate
from . import cloud_subscription_change_price, cloud_subscription_change_lifecycle
from . import cloud_subscription_line_unserved, cloud_subscription_pause, cloud_subscription_pausing
from . import cloud_subscription_policy
from . import cloud_subscription_lifecycle, cloud_subscription_trial
from . import cloud_subscription_term, cloud_subscription_term_uplift, cloud_subscription_renewal
from . import cloud_subscription_timeline
from . import cloud_subscription_phases
from . import cloud_subscription_line_instalment, cloud_subscription_line_instalment_plan, cloud_instalment
from . import cloud_subscription_change_instalment
from . import (
    cloud_indexation,
    cloud_indexation_line,
    cloud_indexation_find,
    cloud_indexation_approval,
    cloud_indexation_notice,
    cloud_indexation_told,
    cloud_contract_rate_indexation,
    cloud_subscription_line_rate,
    cloud_subscription_uplift,
    cloud_subscription_succession,
    cloud_subscription_successor,
    cloud_customer_succession,
    mail_mail,
)
from . import cloud_customer_order, cloud_subscription_order, cloud_subscription_line_order
from . import cloud_subscription_line_replaces, cloud_subscription_changing
from . import cloud_subscription_fees, cloud_subscription_line_sentence, cloud_subscription_sentence
from . import (
    cloud_seat_source,
    cloud_seat_delivery,
    cloud_seat_delivery_compare,
    cloud_seat_delivery_apply,
    cloud_seat_row,
    cloud_subscription_line_seats,
    cloud_subscription_quantity_seats,
)
