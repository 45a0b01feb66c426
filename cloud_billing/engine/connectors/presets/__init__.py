"""Connectors of single systems that are settings of the generic REST connector, each with a mapping that fits.

Owns: what a system is asked and what its fields mean, as far as its documentation says; `preset` is what they share.
Does not own: asking, paging, logging in (`generic`). None was tried against the system itself: each is few lines, to be
corrected or replaced by `register`.
"""

from ..registry import register
from .autotask import AutotaskConnector
from .connectwise import ConnectWiseConnector
from .hubspot import HubSpotConnector
from .salesforce import SalesforceConnector
from .servicenow import ServiceNowConnector
from .topdesk import TopdeskConnector

for connector in (
    AutotaskConnector,
    ConnectWiseConnector,
    HubSpotConnector,
    SalesforceConnector,
    ServiceNowConnector,
    TopdeskConnector,
):
    register(connector)
