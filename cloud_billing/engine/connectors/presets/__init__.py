"""Connectors of single systems that are settings of the generic REST connector, each with a mapping that fits.

Owns: what a system is asked and what its fields mean, as far as its documentation says; `preset` is what they share,
`state` what those share that say how things stand now.
Does not own: asking, paging, logging in (`generic`). None was tried against the system itself: each is few lines, to be
corrected or replaced by `register`.
"""

from ..registry import register
from .autotask import AutotaskConnector
from .connectwise import ConnectWiseConnector
from .cpanel import CpanelDiskConnector, CpanelTrafficConnector
from .hubspot import HubSpotConnector
from .proxmox import ProxmoxConnector
from .salesforce import SalesforceConnector
from .servicenow import ServiceNowConnector
from .topdesk import TopdeskConnector
from .whmcs import WhmcsConnector

for connector in (
    AutotaskConnector,
    ConnectWiseConnector,
    CpanelDiskConnector,
    CpanelTrafficConnector,
    HubSpotConnector,
    ProxmoxConnector,
    SalesforceConnector,
    ServiceNowConnector,
    TopdeskConnector,
    WhmcsConnector,
):
    register(connector)
