"""What is billed of a late source before its usage is final: last month's quantity, or one that a person types, and its
true-up.

Owns estimated quantities. Which usage is late is said by month, what a quantity costs by billing, and the true-up is a
correction like any other.
"""

from . import cloud_usage_estimate, cloud_charge_estimate
from . import cloud_rating, cloud_price_question_rating, cloud_charge_correction
from . import cloud_bill, cloud_bill_reason, cloud_proof, cloud_rated_line
