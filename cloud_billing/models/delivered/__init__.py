"""Delivered tables: customers and subscriptions that a connector brings out of another system, until they are imported.

Owns what waits for a decision: the file, what would come of it, and who imports it with whose rights. Does not own how
a table is read, compared and written (`masterdata`), nor when and how it is fetched (`connection`).
"""

from . import cloud_connector_column, cloud_sheet_delivery_row
from . import cloud_sheet_delivery, cloud_sheet_delivery_look, cloud_sheet_delivery_decide
from . import cloud_connector_delivery, cloud_connector, cloud_connector_importer, cloud_connector_tables
from . import cloud_connector_health, cloud_connector_run, cloud_audit_event, table_messages
