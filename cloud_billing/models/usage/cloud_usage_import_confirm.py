from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudUsageImport(models.Model):
    """Stops a delivery that nobody has seen as a whole before rows that are there change or go away.

    What was read stays, and so does its turn, as with a pause; the person who confirms need not have it read again.
    """

    _inherit = "cloud.usage.import"

    is_to_confirm = fields.Boolean(string="Changes to Confirm", compute="_compute_is_to_confirm")
    change_text = fields.Text(string="What It Changes", compute="_compute_change_text")

    # === COMPUTE === #

    @api.depends("halt_ids.kind")
    def _compute_is_to_confirm(self):
        for usage_import in self:
            usage_import.is_to_confirm = "confirm" in usage_import.halt_ids.mapped("kind")

    @api.depends("differences", "is_to_confirm")
    @api.depends_context("uid", "lang")
    def _compute_change_text(self):
        sees_costs = self.env["cloud.field.access"]._may_see_costs()
        for usage_import in self:
            usage_import.change_text = usage_import.is_to_confirm and usage_import._tell_changes(sees_costs)

    # === ACTIONS === #

    def action_confirm(self):
        """Agree to what a delivery changes and takes away, and import it."""
        for usage_import in self._begin("staging"):
            if not usage_import.is_to_confirm:
                raise UserError(self.env._("%(name)s waits for nobody's confirmation.", name=usage_import.name))
            usage_import.message_post(
                body=self.env._(
                    "%(user)s agrees. %(changes)s", user=self.env.user.name, changes=usage_import._tell_changes()
                )
            )
            if removals := usage_import._get_removals():
                self.env["cloud.audit.event"]._record(
                    "usage_removal_agreed", usage_import, detail={"removals": removals}
                )
            usage_import.write({"must_confirm": False, "allow_removal": True})
            usage_import.halt_ids.unlink()
        self.env["cloud.usage.importer"]._wake_up()

    # === BUSINESS === #

    def _changes_rows(self):
        """Whether rows that count would change or go away; new rows alone ask nobody."""
        return any(one["changed_rows"] or one["removed_rows"] for one in self.differences or [])

    def _ask_to_confirm(self, differences):
        """Let go of what is read as a whole, until a person decides."""
        self.write({"differences": differences, "claim_token": False, "claim_until": False})
        self.halt_ids.create({"import_id": self.id, "kind": "confirm"})
        self.message_post(
            body=self.env._(
                "It waits for a person to confirm what it changes. %(changes)s", changes=self._tell_changes()
            ),
            partner_ids=self.create_uid.partner_id.ids,
        )

    def _tell_changes(self, has_costs=False):
        """What it changes month by month, and who was billed of it; has_costs: as of _explain_removals."""
        return " ".join([*self._get_changes(has_costs), self._get_billed_sentence()])

    def _get_billed_sentence(self):
        """Who was billed of the months that it replaces, and what becomes of the difference."""
        store = self.env["cloud.usage.store"]
        replaced = self.env["cloud.usage.delivery"].browse(store._get_live_ids(self)).import_id
        customers = sorted({name for one in replaced for name in store._get_billed_customers(one)})
        if not customers:
            return self.env._("Nothing of these months is billed.")
        return self.env._(
            "Customers billed of these months: %(customers)s (%(count)s). Their differences become late usage.",
            count=len(customers),
            customers=", ".join(customers[:5]) + ("…" if len(customers) > 5 else ""),
        )
