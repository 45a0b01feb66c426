from odoo import api, fields, models


class CloudUsageMapping(models.Model):
    """The usage of subscription lines goes on to the lines that take their place."""

    _inherit = "cloud.usage.mapping"

    # === BUSINESS === #

    @api.model
    def _hand_over(self, successors, day):
        """Give the streams of lines to their successors from a local day on. successors: {line: line that follows}.

        What begins on the day or after it changes its line; what runs on the day ends there and goes on for the other
        line. Days that are billed are refused as for any mapping that is edited. Returns what `_take_back` needs,
        as JSON: `mappings` (pairs of a mapping and its former end) and `moved` (of a mapping and its former line).
        """
        # sudo: lends the right over the owners of usage: whoever changes the contract moves what it is billed by.
        mappings = self.sudo().search(
            [
                ("subscription_line_id", "in", [line.id for line in successors]),
                "|",
                ("date_end", "=", False),
                ("date_end", ">", day),
            ]
        )
        later = mappings.filtered(lambda mapping: mapping.date_start and mapping.date_start >= day)
        running = mappings - later
        former = {
            "mappings": [[mapping.id, fields.Date.to_string(mapping.date_end)] for mapping in running],
            "moved": [[mapping.id, mapping.subscription_line_id.id] for mapping in later],
        }
        for line, own in later.grouped("subscription_line_id").items():
            own.write({"subscription_line_id": successors[line].id})
        continued = [
            {
                "stream_id": mapping.stream_id.id,
                "subscription_line_id": successors[mapping.subscription_line_id].id,
                "date_start": day,
                "date_end": mapping.date_end,
            }
            for mapping in running
        ]
        # The stretch that goes on cannot begin before this one ends.
        running.write({"date_end": day})
        mappings.create(continued)
        return former

    @api.model
    def _take_back(self, lines, former):
        """Give streams back whose usage went over to lines. former: what `_hand_over` returned."""
        # sudo: as above.
        mappings = self.sudo()
        for mapping_id, line_id in former.get("moved", ()):
            mappings.browse(mapping_id).write({"subscription_line_id": line_id})
        mappings.search([("subscription_line_id", "in", lines.ids)]).unlink()
        for mapping_id, end in former["mappings"]:
            mappings.browse(mapping_id).write({"date_end": end or False})
