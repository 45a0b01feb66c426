"""Customers: who pays.

Owns their cycle, rate class, purchase orders, minimum spend and successor, and what a contact adds.
"""

from . import (
    cloud_customer,
    res_partner,
    cloud_customer_cycle,
    cloud_customer_class,
    cloud_customer_spend,
    cloud_customer_succession,
    cloud_customer_order,
)
