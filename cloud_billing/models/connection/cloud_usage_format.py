from odoo import api, models

from ...engine.connectors import CONNECTORS
from . import connector_messages


class CloudUsageFormat(models.Model):
    """Formats that connectors of single systems bring along, so that nobody has to map their columns."""

    _inherit = "cloud.usage.format"

    @api.model
    def _get_proposals(self):
        """[(connector and kind of record, label)], by label; see `get_mappings` of the engine's connectors."""
        found = []
        for name, engine in CONNECTORS.items():
            for kind, (label, _mapping) in engine.get_mappings().items():
                title, label = (connector_messages.translate(self.env, text) for text in (engine.title, label))
                found.append((f"{name}/{kind}", self.env._("%(system)s: %(records)s", system=title, records=label)))
        return sorted(found, key=lambda one: one[1])

    @api.model
    def _make_proposed(self, proposal, name, company):
        """A new format with the mapping of a proposal."""
        connector, _slash, kind = proposal.partition("/")
        _label, mapping = CONNECTORS[connector].get_mappings()[kind]
        return self._make(name, company, mapping, note=dict(self._get_proposals())[proposal])
