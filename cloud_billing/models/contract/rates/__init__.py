"""Contract rates: prices that hold for one subscription, and their approval."""

from . import (
    cloud_change_request,
    cloud_contract_rate,
    cloud_contract_rate_price,
    cloud_contract_rate_approval,
    cloud_contract_rate_indexation,
)
