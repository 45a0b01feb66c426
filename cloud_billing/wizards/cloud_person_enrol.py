from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class CloudPersonEnrol(models.TransientModel):
    """Says which person is behind which logins."""

    _name = "cloud.person.enrol"
    _description = "Enrol a Person"

    person_id = fields.Many2one(
        "cloud.person", domain=[("is_system", "=", False)], help="Empty: a new person with the name below."
    )
    name = fields.Char(string="Name of a New Person", help="As in the passport: it is printed in the audit trail.")
    user_ids = fields.Many2many(
        "res.users",
        string="Logins",
        domain=[("share", "=", False)],
        required=True,
        help="All logins of this one human being. They count as one pair of eyes.",
    )

    def action_confirm(self):
        """Enrol, and show the person; of a live company: propose it, and show the draft."""
        self.ensure_one()
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_administrator")):
            raise AccessError(self.env._("Only a billing administrator enrols people."))
        if not (self.person_id or self.name):
            raise UserError(self.env._("Choose a person, or give the name of a new one."))
        person = self.person_id or self.env["cloud.person"].create({"name": self.name})
        # sudo: a billing administrator may say who is behind a login without being allowed to edit logins otherwise;
        # what may be said is checked in write().
        users, vals = self.user_ids.sudo(), {"cloud_person_id": person.id}
        guarded = users._get_guarded_changes(vals, users._get_guarded_names() & set(vals), "live")
        (users - guarded).write(vals)
        if guarded:
            guarded._check_cloud_person(person)
            return self.env["cloud.change.proposal"]._propose(guarded, vals).get_formview_action()
        return {
            "type": "ir.actions.act_window",
            "res_model": "cloud.person",
            "res_id": person.id,
            "views": [(False, "form")],
        }
