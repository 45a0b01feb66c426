from odoo import models

from ...engine.numbers import exact, to_text

# What is told of a charge that has no estimate of its own: nobody typed one, or there was no month before.
ARRIVED = "arrived"


class CloudBill(models.Model):
    """A bill that waits for a typed quantity, and what its estimates were made of."""

    _inherit = "cloud.bill"

    # === ACTIONS === #

    def action_estimate(self):
        """Type quantities for those lines whose usage is not final."""
        self.ensure_one()
        return self.env["cloud.estimate.entry"]._open(self)

    # === BUSINESS === #

    def _get_late_charges(self):
        """The charges of these bills that are billed on estimate, by what `_note_lateness` found."""
        ids = {
            charge_id
            for bill in self
            for facts in bill.lateness or ()
            if facts["policy"] == "estimate"
            for charge_id in facts["charge_ids"]
        }
        return self.charge_ids.filtered(lambda charge: charge.id in ids)

    def _get_known_quantities(self):
        """{late charge: {"arrived", "last", "quantity"}} as its meter measures; each None where nobody knows.

        arrived: as of the run's usage number. last: the month before, by days. quantity: as typed. Constant statements.
        """
        self.ensure_one()
        charges = self._get_late_charges()
        if not charges:
            return {}
        # sudo: sums of usage that whoever may review the bill may see; they make it up.
        Estimate = self.env["cloud.charge.estimate"].sudo()
        known = {charge_id: (typed, base) for charge_id, typed, base in Estimate._fetch_bases(charges.ids)}
        before = charges.browse(base.charge_id for _typed, base in known.values() if base)
        measured = self._measure(charges | before)
        quantities = {}
        for charge in charges:
            typed, base = known[charge.id]
            last = measured.get(base.charge_id) if base else None
            quantities[charge] = {
                "arrived": measured.get(charge.id),
                "last": None if last is None else Estimate._scale_by_days(charge, base, last),
                "quantity": typed,
            }
        return quantities

    def _measure(self, charges):
        """{charge id: Decimal} of what meters measure of charges as of the run's usage number."""
        # sudo: as in _get_known_quantities.
        store, sums = self.env["cloud.usage.store"].sudo(), {}
        with exact():
            for totals in store._totals(self.company_id, self.run_id.usage_number, store._get_requests(charges)):
                if totals.quantity is not None:
                    sums[totals.key] = sums.get(totals.key, 0) + totals.quantity
        return sums

    def _estimate_by(self, quantities, reason):
        """Bill what a person types until the usage is final. quantities: {late charge: Decimal}."""
        self.ensure_one()
        self._check_may_review()
        # sudo: no role writes estimates; whoever may review the bill types them here.
        self.env["cloud.usage.estimate"].sudo()._type(quantities, reason)
        told = ", ".join(
            " ".join(filter(None, (charge.subscription_line_id.name, to_text(quantity), charge.meter_id.unit)))
            for charge, quantity in quantities.items()
        )
        self.env["cloud.intervention"]._note("estimated", self, f"{reason} ({told})")
        self.action_recalculate()

    def _get_bases(self, charges):
        """{charge id: last, typed or arrived}: what these estimated charges were rated by; one statement."""
        # sudo: whoever may read a bill is told what its estimates are made of.
        made = self.env["cloud.charge.estimate"].sudo().search([("charge_id", "in", charges.ids)])
        bases = dict.fromkeys(charges.ids, ARRIVED)
        bases.update({one.charge_id.id: one.basis for one in made})
        return bases

    # === HOOKS === #

    def _get_post_blockers(self):
        blockers = super()._get_post_blockers()
        late = self.filtered("is_estimated")
        bases = late._get_bases(late._get_late_charges()) if late else {}
        for bill in late:
            for facts in bill.lateness:
                if facts["policy"] != "estimate" or facts.get("basis") != "typed":
                    continue
                missing = [charge_id for charge_id in facts["charge_ids"] if bases.get(charge_id) != "typed"]
                if missing:
                    names = self.env["cloud.charge"].browse(missing).subscription_line_id.mapped("name")
                    told = {"code": "estimate_missing", **facts, "lines": ", ".join(names)}
                    blockers.setdefault(bill.id, []).append(told)
        return blockers

    def _get_move_line_text(self, lines):
        text = super()._get_move_line_text(lines)
        estimated = lines.charge_id._get_estimated()
        if not estimated:
            return text
        env = self.with_context(lang=self.customer_id.partner_id.lang or self.env.lang).env
        told = {
            "last": env._("The quantity is that of the month before, by days."),
            "typed": env._("The quantity is an estimate of ours."),
        }
        bases = set(self._get_bases(estimated).values())
        return "\n".join([text, *(sentence for basis, sentence in told.items() if basis in bases)])
