from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, format_datetime

from ..record import agreement
from . import agreed_writes, exact_values

# What an approval covers of an item.
CONTENT = ("operation", "res_model", "target_id", "field_name", "lang", "old_value", "new_value", "base_hash")
_FIXED = frozenset({"proposal_id", *CONTENT})


class CloudChangeItem(models.Model):
    """One value of a proposed change: this field of this record from that to this.

    Old and new are exact (`exact_values`), so that what is applied is what was agreed, to the last digit; the texts
    beside them are for people.
    """

    _name = "cloud.change.item"
    _description = "Proposed Value"
    _inherit = ["cloud.protected.mixin"]
    _order = "proposal_id, sequence, id"

    _protected_parent = "proposal_id"
    _protected_fields = _FIXED

    proposal_id = fields.Many2one("cloud.change.proposal", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="proposal_id.company_id", store=True, precompute=True, index=True)
    request_id = fields.Many2one(related="proposal_id.request_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    operation = fields.Selection(
        [("write", "Change"), ("create", "New"), ("unlink", "Delete")], default="write", required=True, readonly=True
    )
    res_model = fields.Char(string="Model", required=True, readonly=True)
    # Not an Odoo reference: what was agreed is kept when the record is gone.
    target_id = fields.Integer(string="Record ID", readonly=True, help="0 until a new record is made.")
    made_id = fields.Integer(string="New Record ID", readonly=True)
    field_name = fields.Char(readonly=True)
    lang = fields.Char(readonly=True, help="The language whose text is changed, for translated fields.")
    old_value = fields.Text(readonly=True, help="Exact, as JSON.")
    new_value = fields.Text(readonly=True, help="Exact, as JSON; of a new record all values by name.")
    base_hash = fields.Char(readonly=True, help="SHA-256 of all protected values of the record, as they were.")
    is_waiting = fields.Boolean(readonly=True, index=True, help="Submitted, and neither applied nor ended.")
    record_name = fields.Char(string="Record", readonly=True)
    field_label = fields.Char(string="What", readonly=True)
    old_text = fields.Char(string="Now", readonly=True)
    new_text = fields.Char(string="After Approval", readonly=True)

    _one_waiting_per_value = models.UniqueIndex(
        "(res_model, target_id, COALESCE(field_name, '')) WHERE is_waiting AND target_id <> 0",
        "Another change request about the same value waits already.",
    )
    _one_per_value = models.UniqueIndex(
        "(proposal_id, res_model, target_id, COALESCE(field_name, '')) WHERE target_id <> 0",
        "This value is in the change request already.",
    )

    # === CRUD === #

    @api.model
    def _refuse_creation(self, vals):
        raise UserError(self._get_change_sentence())

    def write(self, vals):
        if not {"is_waiting", "made_id", *_FIXED}.isdisjoint(vals):
            raise UserError(self._get_change_sentence())
        return super().write(vals)

    # === BUSINESS: MAKE === #

    @api.model
    def _prepare_item_vals(self, record, name, value):
        """The values of the item that gives a field of a record another value; None where it says so already."""
        old, new = exact_values.read(record, name), exact_values.convert(record, name, value)
        if old == new:
            return None
        old_text, new_text = exact_values.describe_change(record, name, old, new)
        return {
            **self._prepare_target_vals(record),
            "operation": "write",
            "field_name": name,
            "lang": record.env.lang if record._fields[name].translate else False,
            "old_value": exact_values.dump(old),
            "new_value": exact_values.dump(new),
            "field_label": record._fields[name]._description_string(record.env),
            "old_text": old_text,
            "new_text": new_text,
        }

    @api.model
    def _prepare_target_vals(self, record):
        return {
            "res_model": record._name,
            "target_id": record.id,
            "record_name": record.display_name,
            "base_hash": record._get_protected_hash(),
        }

    @api.model
    def _prepare_new_vals(self, model, values):
        """The values of the item that makes a record of the model with these values for `create`."""
        exact = {name: exact_values.convert(model, name, value) for name, value in values.items()}
        texts = {
            model._fields[name]._description_string(model.env): exact_values.describe(model, name, value)
            for name, value in exact.items()
        }
        return {
            "operation": "create",
            "res_model": model._name,
            "record_name": model._description,
            "new_value": exact_values.dump(exact),
            "field_label": self.env._("New: %(model)s", model=model._description),
            "new_text": ", ".join(f"{label}: {text}" for label, text in texts.items() if text),
        }

    @api.model
    def _prepare_removal_vals(self, record):
        return {
            **self._prepare_target_vals(record),
            "operation": "unlink",
            "field_label": self.env._("Delete"),
            "old_text": record.display_name,
        }

    def _prepare_confirming_vals(self):
        """The values of the item that makes this one, of an emergency, lasting: the checker sees what it was before."""
        target = self._get_target()
        names = ("operation", "field_name", "lang", "field_label", "new_value", "new_text", "old_text")
        return {
            **self._prepare_target_vals(target),
            **{name: self[name] for name in names},
            # It says so already, and must still say so when this is applied.
            "old_value": self.new_value,
        }

    # === BUSINESS: APPLY === #

    def _get_keys(self):
        """What of `agreed_writes` these items say, for their making and for their being taken back."""
        keys = []
        for item in self:
            if item.operation == "create":
                keys.append((item.res_model, 0, agreed_writes.CREATE))
            elif item.operation == "unlink":
                # Some models archive what they are asked to delete.
                keys += [(item.res_model, item.target_id, name) for name in (agreed_writes.UNLINK, "active")]
            else:
                # Some models write themselves what they work out of it, in the same breath.
                results = self.env["cloud.protected.field"]._find_results(self.env[item.res_model], [item.field_name])
                keys += [(item.res_model, item.target_id, name) for name in (item.field_name, *results)]
        return keys

    def _get_target(self):
        """The record (with sudo, in the company and language of the proposal); empty before it is made."""
        self.ensure_one()
        # sudo: what was agreed is applied, whatever the one who votes may write.
        model = self.env[self.res_model].sudo().with_company(self.company_id)
        if self.lang:
            model = model.with_context(lang=self.lang)
        return model.browse(self.target_id or self.made_id or []).exists()

    def _write_values(self, token, old=False):
        """Give the records the proposed values, one write per record; with `old` the former ones. Returns nothing."""
        # People agree for a company that is live. One that is set up, or of one person, opens nothing of the others'.
        keys = self._get_keys() if self.company_id.cloud_billing_state == "live" else []
        with agreement.applying(self.request_id), agreed_writes.opened(self.env, keys, token):
            for target, items in self._group_by_target():
                name = "old_value" if old else "new_value"
                target._write_agreed(
                    {
                        item.field_name: exact_values.to_write(target._fields[item.field_name], item._load(name))
                        for item in items
                    }
                )
            for item in self.filtered(lambda item: item.operation == "create"):
                item._make_record(token)
            for item in self.filtered(lambda item: item.operation == "unlink"):
                item._get_target().unlink()
            # What the database refuses is refused here, under the name of this change.
            self.env.flush_all()

    def _make_record(self, token):
        model = self._get_target()
        values = {
            name: exact_values.to_write(model._fields[name], value) for name, value in self._load("new_value").items()
        }
        self._write_protected({"made_id": model.create(values).id}, token)

    def _group_by_target(self):
        """[(record, items)] of what is changed, in the order of the items."""
        groups = self.filtered(lambda item: item.operation == "write").grouped(
            lambda item: (item.res_model, item.target_id, item.lang)
        )
        return [(items[0]._get_target(), items) for items in groups.values()]

    def _load(self, name):
        return exact_values.load(self[name])

    # === BUSINESS: CONFLICTS === #

    def _get_others(self):
        """The items of other proposals that wait for the same value of the same record."""
        if not self.ids:
            return self
        # sudo: a request of another company or person about the same shared record stands in the way too.
        ids = self.env.execute_query(
            SQL(
                """
                SELECT other.id
                  FROM cloud_change_item mine
                  JOIN cloud_change_item other
                    ON other.res_model = mine.res_model AND other.target_id = mine.target_id
                   AND other.proposal_id <> mine.proposal_id
                   AND (other.field_name = mine.field_name OR 'unlink' IN (other.operation, mine.operation))
                 WHERE mine.id IN %s AND mine.target_id <> 0 AND other.is_waiting
                """,
                tuple(self.ids),
            )
        )
        # sudo: that somebody else proposes the same is told to whoever proposes it, whatever he or she may read.
        return self.sudo().browse([row[0] for row in ids])

    def _get_moved(self):
        """The items whose record was edited, or deleted, since they were proposed."""
        return self.filtered(lambda item: item.target_id and item._is_moved())

    def _is_moved(self):
        target = self._get_target()
        if not target or target._get_protected_hash() != self.base_hash:
            return True
        return self.operation == "write" and exact_values.read(target, self.field_name) != self._load("old_value")

    def _get_foreign(self):
        """{item: live companies that it is for}, of those about which the company of the proposal has no say."""
        live = self.env["cloud.protected.field"]._get_companies("live")
        found = {}
        for item in self:
            companies = item._get_guarding(live)
            if companies and item.company_id not in companies:
                found[item] = companies
        return found

    def _get_guarding(self, live):
        """Those of the live companies in which this one value is changed with two people only."""
        target = self._get_target()
        if self.operation == "create":
            return live.browse(self._load("new_value").get("company_id") or []) & live
        if not target:
            return live.browse()
        if self.operation == "unlink":
            return live.filtered(lambda company: target._filter_guarded_existence(company, agreed_writes.UNLINK))
        vals = {self.field_name: exact_values.to_write(target._fields[self.field_name], self._load("new_value"))}
        return live.filtered(lambda company: target._filter_guarded_changes(vals, {self.field_name}, company))

    def _get_arrived(self):
        """{item: what its record says now, exact} of what is changed."""
        return {
            item: exact_values.read(target, item.field_name)
            for target, items in self._group_by_target()
            for item in items
        }

    def _keep_arrived(self, arrived, token):
        """Propose what the records make of the values, where that is another spelling of them."""
        for item, exact in arrived.items():
            if exact != item._load("new_value"):
                _old, text = exact_values.describe_change(
                    item._get_target(), item.field_name, item._load("old_value"), exact
                )
                item._write_protected({"new_value": exact_values.dump(exact), "new_text": text}, token)

    def _get_banner(self):
        """What a person who looks at the record is told of this item."""
        values = {
            "field": self.field_label,
            "old": self.old_text or self.env._("empty"),
            "new": self.new_text or self.env._("empty"),
            # sudo: who proposed it is told to everyone who may read the record.
            "person": self.sudo().request_id.requester_person_id.name,
        }
        if self.proposal_id.outcome == "scheduled":
            return self.env._(
                "A change of %(field)s from %(old)s to %(new)s by %(person)s takes effect on %(day)s.",
                day=format_date(self.env, self.proposal_id.effective_date),
                **values,
            )
        return self.env._("A change of %(field)s from %(old)s to %(new)s by %(person)s waits for approval.", **values)

    def _get_moved_sentence(self):
        target = self._get_target()
        if not target:
            return self.env._(
                "%(request)s: %(record)s does not exist any more. Take it out of the request.",
                request=self.proposal_id.name,
                record=self.record_name,
            )
        return self.env._(
            "%(request)s: %(record)s was edited on %(day)s by %(person)s, after this was proposed. Propose it again, "
            "so that what is approved is what there is.",
            request=self.proposal_id.name,
            record=self.record_name,
            day=format_datetime(self.env, target.write_date) if target._log_access else "",
            person=target.write_uid.name if target._log_access else "",
        )

    # === HOOKS === #

    def _get_change_sentence(self):
        return self.env._("proposed values are made by Propose a Change, and not changed once they were submitted.")
