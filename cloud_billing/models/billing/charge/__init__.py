"""Charges: what is due. Owns billing periods, the components of lines, charges, instalments as they fall due."""

from . import (
    cloud_billing_period,
    cloud_billing_period_rejoin,
    cloud_charge_component,
    cloud_charge,
    cloud_charge_due,
    cloud_charge_due_select,
    cloud_charge_due_cycle,
    cloud_charge_component_instalment,
    cloud_charge_due_instalment,
    cloud_instalment,
    cloud_subscription_line_instalment,
    cloud_subscription_instalment,
)
