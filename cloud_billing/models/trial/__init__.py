"""Trial: see it before it counts. Owns the price calculator, sample calculations, the linter of prices and rehearsals.

Does not own prices (catalog) or what is billed (billing): it asks both, and writes in neither.
"""

from . import cloud_price_question_rating, cloud_price_question_mixin, cloud_price_calculator
from . import cloud_price_calculator_question, cloud_price_calculator_instalment, cloud_price_calculator_minimum
from . import cloud_price_sample, cloud_price_plan, cloud_price_plan_version, cloud_audit_event
from . import cloud_price_linter, cloud_price_linter_rate, cloud_price_finding
from . import cloud_price_rehearsal_rating, cloud_price_rehearsal_line, cloud_price_rehearsal, cloud_price_rehearsal_run
from . import cloud_price_version_rehearsal, cloud_change_request
from . import cloud_invoice_preview, cloud_next_invoice_mixin, cloud_subscription, cloud_contract_rate
from . import cloud_indexation_line
from . import cloud_job, cloud_price_rehearsal_job
