from collections import defaultdict

from odoo import api, models

from . import door
from .audit_snapshot import find_changes, read_columns, read_relations


class Base(models.AbstractModel):
    """Records what is tracked (`cloud.audit.tracker`), whichever model it is of and whichever way it is written.

    Columns are compared where they reach the database, so related fields, inverses, approvals and what code assigns are
    seen like what a person types, and a stored field that Odoo works out is seen when it was worked out. A model of
    which nothing is tracked pays one look into a dict.

    Not seen: SQL that goes past the ORM, records that the database deletes with their parent (ON DELETE CASCADE), and
    what modules write while they are installed or updated; the first two are what the seal's chain and the database's
    own triggers are for, the last is told by the event of the module.
    """

    _inherit = "base"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if tracked := self._get_audit_tracked():
            records._record_audit({}, records._read_audit(tracked), "created")
        return records

    def write(self, vals):
        tracked = self._get_audit_tracked()
        names = tracked and tracked.relations.intersection(vals)
        if not names:
            return super().write(vals)
        before = read_relations(self, names)
        result = super().write(vals)
        self._record_audit(before, read_relations(self, names), "changed")
        return result

    def unlink(self):
        tracked, events = self._get_audit_tracked(), []
        if tracked:
            self.env.flush_all()
            # What is deleted tells its name before; that it is gone is written afterwards.
            events = self._prepare_audit(self._read_audit(tracked), {}, "deleted")
        # A line of a form is deleted by saving the form: whoever is refused that has not called this.
        with door.deleting(self):
            result = super().unlink()
        for rows in events:
            self.env["cloud.audit.event"]._insert_rows(rows)
        return result

    def _write_multi(self, vals_list):
        tracked = self._get_audit_tracked()
        names = tracked and tracked.columns.intersection(name for vals in vals_list for name in vals)
        if not names:
            return super()._write_multi(vals_list)
        before = read_columns(self, names)
        result = super()._write_multi(vals_list)
        after = read_columns(self, names)
        # Who wrote it, where Odoo says so: what is pending may reach the database on another login's behalf.
        writers = defaultdict(list)
        for record_id, vals in zip(self._ids, vals_list, strict=True):
            writers[vals.get("write_uid") or self.env.uid].append(record_id)
        for user_id, ids in writers.items():
            writer = self.browse(ids).with_user(user_id) if user_id else self.browse(ids)
            writer._record_audit(
                {one: before[one] for one in ids if one in before},
                {one: after[one] for one in ids if one in after},
                "changed",
            )
        return result

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        update, tracked = super()._update_field_translations, self._get_audit_tracked()
        # A text that is translated term by term is written as any other value is; one that is translated as a whole is
        # written into its column by this.
        if not tracked or field_name not in tracked.columns or self._fields[field_name].translate is not True:
            return update(field_name, translations, digest, source_lang)
        self.env.flush_all()
        before = read_columns(self, [field_name])
        result = update(field_name, translations, digest, source_lang)
        self._record_audit(before, read_columns(self, [field_name]), "changed")
        return result

    # === BUSINESS === #

    def _get_audit_tracked(self):
        """What is tracked of this model: a Tracked, or None."""
        if not self.pool.ready:
            return None
        return self.env["cloud.audit.tracker"]._get_tracked().get(self._name)

    def _read_audit(self, tracked):
        columns, relations = read_columns(self, tracked.columns), read_relations(self, tracked.relations)
        return {one: {**columns.get(one, {}), **relations.get(one, {})} for one in self._ids}

    def _record_audit(self, before, after, operation):
        for rows in self._prepare_audit(before, after, operation):
            self.env["cloud.audit.event"]._insert_rows(rows)

    def _prepare_audit(self, before, after, operation):
        """Rows of events, a list per kind of event, of what differs between two snapshots of these records."""
        changes = find_changes(self.browse(), before, after)
        if operation == "deleted":
            # Also a record of which nothing was filled in is gone.
            changes = {record_id: changes.get(record_id, []) for record_id in self._ids}
        kinds = defaultdict(list)
        # sudo: the kind is read off the record, nothing is done with it.
        for record in self.sudo().browse(changes):
            names = {change["field"] for change in changes[record.id]}
            kinds[self.env["cloud.audit.tracker"]._get_action(record, operation, names)].append(record.id)
        events = self.env["cloud.audit.event"]
        return [
            events._prepare_rows(kind, self.browse(ids), changes=lambda record: changes[record.id])
            for kind, ids in kinds.items()
        ]
