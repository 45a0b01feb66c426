"""Price changes of many contracts at once: found, agreed, told by letter, taken back."""

from . import (
    cloud_indexation,
    cloud_indexation_line,
    cloud_indexation_find,
    cloud_indexation_approval,
    cloud_indexation_notice,
    cloud_indexation_told,
    cloud_subscription_line_monthly_fees,
    cloud_subscription_monthly_fees,
    cloud_subscription_uplift,
    mail_mail,
)
