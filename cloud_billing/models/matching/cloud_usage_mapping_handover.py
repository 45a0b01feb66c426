from odoo import api, fields, models

_KEPT = (
    "company_id",
    "source_id",
    "charge_kind",
    "sub_account",
    "provider_account",
    "sku",
    "service",
    "region",
    "note",
)


class CloudUsageMapping(models.Model):
    """Rules that name a subscription line go on to the line that takes its place, as the owners of streams do."""

    _inherit = "cloud.usage.mapping"

    # === BUSINESS === #

    @api.model
    def _hand_over(self, successors, day):
        former = super()._hand_over(successors, day)
        # sudo: lends the right over rules, as over owners: whoever changes the contract moves what it is billed by.
        rules = self.env["cloud.usage.match.rule"].sudo().search(
            [
                ("subscription_line_id", "in", [line.id for line in successors]),
                "|",
                ("date_end", "=", False),
                ("date_end", ">", day),
            ]
        )  # fmt: skip
        later = rules.filtered(lambda rule: rule.date_start and rule.date_start >= day)
        running = rules - later
        former["moved_rules"] = [[rule.id, rule.subscription_line_id.id] for rule in later]
        former["ended_rules"] = [[rule.id, fields.Date.to_string(rule.date_end)] for rule in running]
        for line, own in later.grouped("subscription_line_id").items():
            own.write({"subscription_line_id": successors[line].id})
        continued = [
            {
                **rule._convert_to_write({name: rule[name] for name in _KEPT}),
                "subscription_line_id": successors[rule.subscription_line_id].id,
                "date_start": day,
                "date_end": rule.date_end,
            }
            for rule in running
        ]
        # The rule that goes on cannot begin before this one ends.
        running.write({"date_end": day})
        former["made_rules"] = rules.create(continued).ids
        return former

    @api.model
    def _take_back(self, lines, former):
        result = super()._take_back(lines, former)
        # sudo: as above.
        rules = self.env["cloud.usage.match.rule"].sudo()
        rules.browse(former.get("made_rules", ())).exists().unlink()
        for rule_id, end in former.get("ended_rules", ()):
            rules.browse(rule_id).exists().write({"date_end": end or False})
        for rule_id, line_id in former.get("moved_rules", ()):
            rules.browse(rule_id).exists().write({"subscription_line_id": line_id})
        return result
