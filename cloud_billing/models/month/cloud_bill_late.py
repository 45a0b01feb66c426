from datetime import date

from odoo import api, fields, models

from .lateness import select_late

# Reasons that are told, but for which nobody has to look: the source's policy has decided.
_TOLD_ONLY = {"estimated"}


class CloudBill(models.Model):
    """A source that is late holds the bills that count its usage, or makes estimates of them; others go on."""

    _inherit = "cloud.bill"

    lateness = fields.Json(
        readonly=True, copy=False, help="Sources whose usage was not final when the bill was judged, with their days."
    )
    is_estimated = fields.Boolean(
        string="Estimated",
        readonly=True,
        copy=False,
        index=True,
        help="Some of its usage is not final: the difference is billed with the next run.",
    )

    # === BUSINESS === #

    def _assess(self):
        self._note_lateness()
        return super()._assess()

    def _note_lateness(self):
        """Write which usage of these bills is not final as of their runs' usage number; statements do not grow."""
        if not self:
            return
        self.env.flush_all()
        late = {}
        for row in self._fetch_lateness():
            facts = {
                name: fields.Date.to_string(value) if isinstance(value, date) else value for name, value in row.items()
            }
            late.setdefault(facts.pop("bill_id"), []).append(facts)
        # sudo: bills change by rating; no role may write them.
        for bill in self.sudo():
            found = late.get(bill.id) or False
            if (bill.lateness or False) != found:
                bill.lateness = found
                bill.is_estimated = any(facts["policy"] == "estimate" for facts in found or ())

    @api.model
    def _assess_late(self, sources):
        """Judge those bills in review again that wait for one of these sources."""
        bills = self._search_late()
        waiting = bills.filtered(lambda bill: {one["source_id"] for one in bill.lateness} & set(sources.ids))
        waiting._assess()

    @api.model
    def _search_late(self, domain=()):
        return self.search([("run_id.state", "=", "review"), ("lateness", "!=", False), *domain])

    @api.model
    def _free_late(self, company):
        """Take bills out of the schedule's runs that waited for a source which is final by now.

        Their charges are due again, so the run that is made next has the usage that came: a run's own usage number
        never moves. Returns the bills.
        """
        waiting = self._search_late([("company_id", "=", company.id), ("run_id.is_automatic", "=", True)])
        waiting = waiting.filtered(lambda bill: bill.state == "blocked" and not bill.is_held)
        free = waiting - waiting._get_late_as_of(self.env["cloud.usage.store"]._last_number(company))
        if free:
            free.action_exclude(self.env._("The usage that it waited for is final: it is billed with the next run."))
        return free

    def _get_late_as_of(self, number):
        """Those of these bills that would wait in a run with this usage number too."""
        self.env.flush_all()
        if not self:
            return self
        rows = self._fetch_lateness(number)
        return self.browse({row["bill_id"] for row in rows if row["policy"] == "wait"})

    # === HOOKS === #

    def _fetch_lateness(self, number=None):
        """Return what these bills wait for: dicts of bill_id, policy, source_id, source and what the reason tells.

        Without a `code` of its own a row is "source_late". number: a usage number to ask about instead of the runs'.
        To add what else a bill waits for: extend super(), with the policy "wait".
        """
        return self.env.execute_query_dict(select_late(self.ids, number))

    def _get_post_blockers(self):
        blockers = super()._get_post_blockers()
        for bill in self:
            for facts in bill.lateness or ():
                if facts["policy"] == "wait":
                    blockers.setdefault(bill.id, []).append({"code": "source_late", **facts})
        return blockers

    def _get_look_reasons(self, amount, previous):
        reasons = super()._get_look_reasons(amount, previous)
        return reasons + [
            {"code": "estimated", **facts} for facts in self.lateness or () if facts["policy"] == "estimate"
        ]

    def _get_assessed_state(self, reasons, looks, is_released):
        looks = [one for one in looks if one["code"] not in _TOLD_ONLY]
        return super()._get_assessed_state(reasons, looks, is_released)

    def _get_move_line_text(self, lines):
        text = super()._get_move_line_text(lines)
        if not lines.charge_id._get_estimated():
            return text
        env = self.with_context(lang=self.customer_id.partner_id.lang or self.env.lang).env
        return "\n".join([text, env._("Estimated: the usage is not final yet, any difference is billed later.")])
