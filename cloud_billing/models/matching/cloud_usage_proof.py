from odoo import api, fields, models
from odoo.tools import format_datetime


class CloudUsageProof(models.Model):
    """What came of the last proof that every row of a company is in exactly one state."""

    _name = "cloud.usage.proof"
    _description = "Proof of States"
    _order = "company_id"
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    proved_at = fields.Datetime(required=True, readonly=True)
    is_proven = fields.Boolean(readonly=True)
    differences = fields.Char(readonly=True, help="What was counted by state, and what directly.")

    _company_uniq = models.UniqueIndex("(company_id)", "The company has a proof already.")

    # === BUSINESS === #

    @api.model
    def _note(self, company, differences, now):
        """Keep the result of a proof. differences: as `_prove_states` returns them; now: naive UTC."""
        # sudo: the result is the proof's own; nobody may write it.
        proofs = self.sudo()
        vals = {
            "proved_at": now,
            "is_proven": not differences,
            "differences": ", ".join(f"{name}: {first} / {second}" for name, (first, second) in differences.items()),
        }
        known = proofs.search([("company_id", "=", company.id)])
        if known:
            known.write(vals)
        else:
            proofs.create({"company_id": company.id, **vals})

    @api.model
    def _get_text(self, company):
        """The last result in words."""
        proof = self.search([("company_id", "=", company.id)])
        if not proof:
            return self.env._("Not proved yet: the scheduled action does it every night.")
        moment = format_datetime(self.env, proof.proved_at)
        if proof.is_proven:
            return self.env._("Each row is in exactly one state (%(moment)s).", moment=moment)
        return self.env._("Does not add up (%(moment)s): %(differences)s", moment=moment, differences=proof.differences)
