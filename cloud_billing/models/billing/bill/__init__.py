"""Bills: one prospective invoice each. Owns reasons to look, assessment, the invoice it becomes, posting."""

from . import (
    cloud_bill_reason,
    cloud_bill_reason_engine,
    cloud_bill_reason_price,
    cloud_bill_invoice,
    cloud_bill_assessment,
    cloud_bill_posting,
    cloud_bill,
    cloud_bill_charges,
    cloud_bill_order,
    cloud_bill_log,
    cloud_bill_reason_order,
)
