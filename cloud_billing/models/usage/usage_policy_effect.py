from odoo import api, models


class CloudUsageSourcePolicy(models.Model):
    """What follows when a source says something else of a charge kind: its streams are for something else now."""

    _inherit = "cloud.usage.source.policy"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._reassign_streams(lines._get_streams())
        return lines

    def write(self, vals):
        before = {line.id: line.policy for line in self}
        streams = self._get_streams()
        result = super().write(vals)
        self._reassign_streams(streams | self._get_streams())
        for line in self.filtered(lambda one: one.policy != before[one.id]):
            self.env["cloud.audit.event"]._record(
                "charge_kind_changed",
                line.source_id,
                detail={"charge_kind": line.charge_kind, "from": before[line.id], "to": line.policy},
            )
        return result

    def unlink(self):
        streams = self._get_streams()
        result = super().unlink()
        self._reassign_streams(streams)
        return result

    # === BUSINESS === #

    def _get_streams(self):
        """Streams of these sources and kinds that have no rule of their own."""
        # sudo: the effect of a policy reaches every stream of its source, whoever may see the policy.
        Stream = self.env["cloud.usage.stream"].sudo()
        streams = Stream.browse()
        for line in self:
            streams |= Stream.search(
                [
                    ("source_id", "=", line.source_id.id),
                    ("charge_kind", "=", line.charge_kind),
                    ("policy", "=", False),
                ]
            )
        return streams

    @api.model
    def _reassign_streams(self, streams):
        store = self.env["cloud.usage.store"]
        store._reassign(streams)
        store._refresh(streams)
