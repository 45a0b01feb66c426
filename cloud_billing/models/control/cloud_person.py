from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudPerson(models.Model):
    """A human being with one or more logins. Votes are counted by person: a second login is no second pair of eyes."""

    _name = "cloud.person"
    _description = "Person"
    _order = "name, id"

    name = fields.Char(required=True)
    active = fields.Boolean(default=True, help="A person who left votes no more; what he or she voted stays.")
    is_system = fields.Boolean(
        string="Scheduled Actions",
        readonly=True,
        copy=False,
        help="Nobody: in this name scheduled actions submit. It never votes.",
    )
    user_ids = fields.One2many("res.users", "cloud_person_id", string="Logins", readonly=True)
    logins = fields.Char(
        string="Logs In As", compute="_compute_logins", help="What he or she logs in with. They are one pair of eyes."
    )
    vote_count = fields.Integer(compute="_compute_vote_count", string="Votes")

    _one_system = models.UniqueIndex(
        "(is_system) WHERE is_system", "The person of the scheduled actions exists already."
    )

    # === COMPUTE === #

    @api.depends("user_ids.login")
    def _compute_logins(self):
        for person in self:
            person.logins = ", ".join(person.user_ids.mapped("login"))

    def _compute_vote_count(self):
        groups = self.env["cloud.change.vote"]._read_group([("person_id", "in", self.ids)], ["person_id"], ["__count"])
        counts = {person.id: count for person, count in groups}
        for person in self:
            person.vote_count = counts.get(person.id, 0)

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        persons = super().create(vals_list)
        self.env["cloud.audit.event"]._record("person_changed", persons, detail={"created": True})
        return persons

    def write(self, vals):
        changed = {name: value for name, value in vals.items() if name in ("name", "active", "is_system")}
        if "is_system" in changed and any(person.is_system != bool(vals["is_system"]) for person in self):
            raise UserError(self.env._("The person of the scheduled actions is made by the module, nobody becomes it."))
        if changed.get("active") is False and self.filtered("is_system"):
            raise UserError(self.env._("In this name scheduled actions submit: it cannot be archived."))
        before = {person.id: {name: person[name] for name in changed} for person in self}
        result = super().write(vals)
        if changed:
            self.env["cloud.audit.event"]._record(
                "person_changed", self, detail=lambda person: {"old": before[person.id], "new": changed}
            )
        return result

    # === BUSINESS === #

    @api.model
    def _enrol_system(self):
        """Make the person in whose name scheduled actions submit, and give it the system user's login."""
        person = self.search([("is_system", "=", True)]) or self.create(
            {"name": "Scheduled actions", "is_system": True}
        )
        user = self.env.ref("base.user_root")
        if user.cloud_person_id != person:
            user.cloud_person_id = person

    # === ACTIONS === #

    def action_enrol(self):
        """The dialog that gives logins to this person."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Logins of a person"),
            "res_model": "cloud.person.enrol",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_person_id": self[:1].id},
        }

    def action_open_votes(self):
        """What this person voted."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Votes"),
            "res_model": "cloud.change.vote",
            "views": [(False, "list")],
            "domain": [("person_id", "in", self.ids)],
        }
