"""Connectors: sources that are fetched by themselves: how they are set up, when they are fetched, and what came of it.

Owns no row and no file: what is fetched becomes a usage import, as if a person had uploaded it. Does not own how a
provider is spoken to (`engine/connectors`) nor how a secret is kept (`vault`).
"""

from . import cloud_connector, cloud_connector_settings, cloud_connector_host, cloud_connector_allowing
from . import cloud_connector_run, cloud_connector_run_story, cloud_connector_delivery
from . import cloud_connector_schedule, cloud_connector_try, cloud_connector_windows, cloud_connector_backfill
from . import cloud_connector_this_odoo, cloud_usage_store
from . import cloud_connector_claim, cloud_connector_fetcher, cloud_connector_outcome, cloud_connector_health
from . import cloud_usage_import, cloud_usage_source, cloud_usage_final, cloud_usage_format
from . import cloud_audit_event, cloud_home
