"""Connectors for systems of any kind: what is asked and how it is answered are settings.

Owns: REST (`rest`, its settings; who asks: `auth`; pages: `paging`; asking on from the last row: `anchor`; texts with
places: `template`; answers as JSON lines: `json_rows`). Does not own: providers and what their fields mean; a preset
for one system is a connector that fills these settings in.
"""

from ..registry import register
from .rest import RestConnector
from .soap import SoapConnector

register(RestConnector)
register(SoapConnector)
