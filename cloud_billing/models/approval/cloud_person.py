from odoo import fields, models


class CloudPerson(models.Model):
    """Whom a person reports to, so that a level can ask the manager of whoever proposes."""

    _inherit = "cloud.person"

    manager_person_id = fields.Many2one(
        "cloud.person",
        string="Manager",
        ondelete="restrict",
        index="btree_not_null",
        domain="[('is_system', '=', False), ('id', '!=', id)]",
        help="Who approves what this person proposes, where a level of an approval policy asks the manager.",
    )

    _not_own_manager = models.Constraint(
        "CHECK (manager_person_id <> id)", "Nobody is his or her own manager: choose somebody else."
    )

    # === CRUD === #

    def write(self, vals):
        before = {person.id: person.manager_person_id for person in self}
        result = super().write(vals)
        changed = self.filtered(lambda person: person.manager_person_id != before[person.id])
        if changed:
            self.env["cloud.audit.event"]._record(
                "person_changed",
                changed,
                detail=lambda person: {
                    "old": {"manager": before[person.id].name or ""},
                    "new": {"manager": person.manager_person_id.name or ""},
                },
            )
        return result
