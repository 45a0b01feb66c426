"""A connector for each provider whose bills or meters are read. Each registers itself when it is imported."""

from . import azure_blob
from . import azure_cost_details
from . import cloudkitty
from . import google_bigquery
from . import microsoft_csp
from . import odoo
from . import opencost
from . import prometheus
from . import s3
from . import vcloud

__all__ = [
    "azure_blob",
    "azure_cost_details",
    "cloudkitty",
    "google_bigquery",
    "microsoft_csp",
    "odoo",
    "opencost",
    "prometheus",
    "s3",
    "vcloud",
]
