from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

SHORT = 120
# Told on the form of the event; in a list it would stand before what people look for.
_NOT_IN_SHORT = {"content_hash"}


class CloudAuditEvent(models.Model):
    """How an auditor reads the events: by names of models, with old and new side by side, and for one record."""

    _inherit = "cloud.audit.event"

    model_id = fields.Many2one(
        "ir.model", string="Kind of Record", compute="_compute_model_id", search="_search_model_id"
    )
    changes_table = fields.Html(string="Old and New", compute="_compute_changes_table", sanitize=False)
    summary = fields.Char(compute="_compute_summary", help="What changed, in short.")
    timeline_of = fields.Char(
        compute="_compute_timeline_of",
        search="_search_timeline_of",
        help="A model and the id of one of its records: the events about it and about its parts.",
    )

    # === COMPUTE === #

    @api.depends("res_model")
    def _compute_model_id(self):
        # sudo: lends the right to name the model; who reads the event knows it.
        get_id = self.env["ir.model"].sudo()._get_id
        for event in self:
            event.model_id = event.res_model in self.env and get_id(event.res_model)

    def _search_model_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        # sudo: as above. A name that is searched for arrives as a domain.
        found = self.env["ir.model"].sudo().search(value if operator == "any" else [("id", "in", value)])
        return Domain("res_model", "in", found.mapped("model"))

    @api.depends("changes")
    def _compute_changes_table(self):
        head = Markup("<tr><th>{}</th><th>{}</th><th>{}</th></tr>").format(
            self.env._("Field"), self.env._("Old"), self.env._("New")
        )
        for event in self:
            rows = [
                Markup(
                    "<tr><td title='{}'>{}</td><td class='text-danger text-break'>{}</td>"
                    "<td class='text-success text-break'>{}</td></tr>"
                ).format(change["field"], change["label"], change["old"] or "–", change["new"] or "–")
                for change in event.changes or []
            ]
            event.changes_table = bool(rows) and Markup(
                "<table class='table table-sm'><thead>{}</thead><tbody>{}</tbody></table>"
            ).format(head, Markup().join(rows))

    @api.depends("changes", "detail")
    @api.depends_context("lang")
    def _compute_summary(self):
        for event in self:
            told = (event.detail or {}).items()
            short = {key: value for key, value in told if key not in _NOT_IN_SHORT and value not in (None, [], "")}
            lines = (event.changes_text or "").split("\n") if event.changes else event._get_detail_texts(short)
            text = "; ".join(lines)
            event.summary = text if len(text) <= SHORT else f"{text[:SHORT]}..."

    def _compute_timeline_of(self):
        self.timeline_of = False

    def _search_timeline_of(self, operator, value):
        """Domain of the events about a record and its parts. value: model and id, in a list as the window has them.

        Parts are what a one2many field of the record leads to, where it is tracked; parts of parts as well. So is what
        the record stands on: the product of a variant, the contact of a login. A request has all that it brought about.
        """
        if operator != "in":
            return NotImplemented
        texts = {str(one) for one in value}
        model = next((text for text in texts if text in self.env), None)
        ids = [int(text) for text in texts if text.isdigit()]
        if model is None:
            return Domain.FALSE
        # sudo: only ids of parts are looked up, to find events that the auditor may read; rules of events apply.
        return self._get_timeline_domain(self.env[model].sudo().browse(ids), set())

    def _get_timeline_domain(self, records, seen):
        seen.add(records._name)
        domain = Domain("res_model", "=", records._name) & Domain("res_id", "in", records.ids)
        if records._name == "cloud.change.request":
            domain |= Domain("request_id", "in", records.ids)
        tracked = self.env["cloud.audit.tracker"]._get_tracked()
        for field in records._fields.values():
            is_part = field.type == "one2many" and field.store and field.comodel_name in tracked
            if is_part and field.comodel_name not in seen:
                parts = records.with_context(active_test=False)[field.name]
                domain |= self._get_timeline_domain(parts, seen)
        for model, name in records._inherits.items():
            if model in tracked:
                base = records[name]
                domain |= Domain("res_model", "=", model) & Domain("res_id", "in", base.ids)
        return domain

    # === ACCESS === #

    def _check_access(self, operation):
        """Nobody but an auditor reads events, whatever rights somebody has given somebody else on a screen."""
        refused = super()._check_access(operation)
        if refused or self.env.su or self.env.user._has_role_now(self.env.ref("cloud_billing.group_auditor")):
            return refused
        return self, lambda: AccessError(self.env._("Only auditors read the audit trail."))

    # === ACTIONS === #

    def action_open_request(self):
        """The change request behind the event."""
        self.ensure_one()
        request = self.env["cloud.change.request"].browse(self.request_id).exists()
        if not request:
            raise UserError(self.env._("No change request is behind this event."))
        return request.get_formview_action()

    def action_export(self):
        """Ask which events go into a file: what is selected, else what the list shows."""
        return self.env["cloud.audit.file"]._open(self)
