from odoo import api, models
from odoo.exceptions import AccessError, UserError

from . import agreed_writes, exact_values


class Base(models.AbstractModel):
    """Refuses direct writes of what `cloud.protected.field` lists, of every model, for everyone.

    It stands behind the `create`, `write` and `unlink` of all models, so it sees what their own code makes of a
    person's values too. A model that is not listed pays one look into a dict. While a server installs or updates
    modules (the registry is not ready) nothing is refused: whoever installs code may do anything.
    """

    _inherit = "base"

    # === CRUD === #

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if agreed_writes.CREATE in self._get_guarded_names():
            # After the fact, because only the record says whom it is of; a refusal rolls back.
            guarded = records._get_guarded_existence(agreed_writes.CREATE)
            if guarded and not agreed_writes.take_creation(self, len(guarded)):
                guarded._refuse_unagreed([agreed_writes.CREATE])
        return records

    def write(self, vals):
        names = self._get_written_names().intersection(vals)
        if not names or not self:
            return super().write(vals)
        self._refuse_worked_out(vals)
        if agreed_writes.covers(self, names):
            return super().write(vals)
        changed = self._get_guarded_changes(vals, names, "live")
        if changed:
            changed._refuse_unagreed(names)
        alone = self._get_guarded_changes(vals, names, "solo")
        before = {record.id: record._get_guarded_texts(names) for record in alone}
        result = super().write(vals)
        alone._record_guarded_alone(before, names)
        return result

    def unlink(self):
        if agreed_writes.UNLINK in self._get_guarded_names() and not agreed_writes.covers(self, [agreed_writes.UNLINK]):
            guarded = self._get_guarded_existence(agreed_writes.UNLINK)
            if guarded:
                guarded._refuse_unagreed([agreed_writes.UNLINK])
        return super().unlink()

    def _update_field_translations(self, field_name, translations, digest=None, source_lang=""):
        # This writes the text of any language into the column itself, past `write`.
        update = super()._update_field_translations
        if field_name not in self._get_guarded_names() or agreed_writes.covers(self, [field_name]):
            return update(field_name, translations, digest, source_lang)
        guarded = self._get_guarded()
        if guarded:
            guarded._refuse_unagreed([field_name])
        alone = [self.with_context(lang=lang) for lang in translations] if self._get_guarded("solo") else []
        before = [one._get_guarded_texts([field_name]) for one in alone]
        result = update(field_name, translations, digest, source_lang)
        for one, texts in zip(alone, before, strict=True):
            one._record_guarded_alone({one.id: texts}, [field_name])
        return result

    # === BUSINESS === #

    def _get_guarded_names(self):
        """What is protected of this model: names of fields, and signs for making and deleting its records."""
        if not self.pool.ready:
            return frozenset()
        return self.env["cloud.protected.field"]._get_names(self._name)

    def _get_written_names(self):
        """What of this model is not simply written: what is protected, whose it is, and what is worked out."""
        if not self.pool.ready:
            return frozenset()
        return self.env["cloud.protected.field"]._get_written(self._name)

    def _get_guarded(self, state="live"):
        """Those of the records that are protected now: of a company in this state, and what `_filter_guarded` says."""
        return self._get_guarded_of(self.env["cloud.protected.field"]._get_companies(state))

    def _get_guarded_of(self, companies):
        """Those of the records that are protected where these companies count."""
        # sudo: whether a record is protected does not depend on what the person may read.
        return self.browse(self.sudo()._filter_guarded(companies).ids) if companies else self.browse()

    def _get_guarded_existence(self, sign):
        """Those of the records that a live company makes (sign CREATE: just now), or deletes, with two people only."""
        companies = self.env["cloud.protected.field"]._get_companies("live")
        # sudo: as above.
        return self.browse(self.sudo()._filter_guarded_existence(companies, sign).ids) if companies else self.browse()

    def _get_guarded_changes(self, vals, names, state):
        """The protected records of which `vals` would change one of the names for a company in this state."""
        companies = self.env["cloud.protected.field"]._get_companies(state)
        return self._filter_guarded_changes(vals, names, companies) if companies else self.browse()

    def _changes_for(self, companies, name, value):
        """Whether `write({name: value})` would change what one of the companies has of a field of this one record.

        A value per company is that of the company it is written in. Of a list counts what is added and taken out: a
        tax of another company on a product that companies share changes nothing of these.
        """
        field = self._fields[name]
        if field.company_dependent and self.env.company not in companies:
            return False
        if name == "company_id" and name not in self._get_guarded_names():
            # What is given to another company would be out of the reach of the one that is live.
            return bool(value) and self.env["res.company"].browse(value) not in companies | companies.parent_ids
        moved = exact_values.get_moved(self, name, value)
        if moved is None:
            return exact_values.changes(self, name, value)
        # sudo: whose it is does not depend on what the person may read.
        return bool(moved.sudo()._filter_of_companies(companies))

    def _get_guarded_texts(self, names):
        """{name: what the field says, for people} of one record."""
        # sudo: lends the right to name what was changed, for the record.
        record = self.sudo()
        return {name: exact_values.describe(record, name, exact_values.read(record, name)) for name in names}

    def _record_guarded_alone(self, before, names):
        """Where one person works without a checker, what would have taken two is told in the audit trail."""
        if self:
            self.env["cloud.audit.event"]._record(
                "approved_alone",
                self,
                detail=lambda record: {"old": before[record.id], "new": record._get_guarded_texts(names)},
            )

    def _get_protected_hash(self):
        """SHA-256 of all protected values of one record: whether it was edited since."""
        # sudo: compared as a whole, also the parts that the person may not read.
        record = self.sudo().with_context(lang=None)
        names = sorted(name for name in self._get_guarded_names() if name in self._fields)
        return exact_values.digest({name: exact_values.read(record, name) for name in names})

    def _refuse_unagreed(self, names):
        live = self.env["cloud.protected.field"]._get_companies("live")
        # sudo: lends the right to read the names of what stands in the way.
        names_told = [record.display_name or self._description for record in self[:5].sudo()]
        told = {
            "records": ", ".join(names_told) + (" ..." if len(self) > 5 else ""),
            "company": live[:1].name,
            "model": self._description,
        }
        if agreed_writes.CREATE in names:
            sentence = self.env._(
                "%(records)s: %(company)s is live, and a record of this kind (%(model)s) is made only with the "
                "approval of a second person. %(remedy)s",
                remedy=self._get_making_remedy(),
                **told,
            )
        elif agreed_writes.UNLINK in names:
            sentence = self.env._(
                "%(records)s: %(company)s is live, and a record of this kind (%(model)s) is deleted only with the "
                "approval of a second person. Open it, choose Propose a Change, then Propose to Delete It.",
                **told,
            )
        else:
            fields = sorted(self._fields[name]._description_string(self.env) for name in names)
            sentence = self.env._(
                "%(records)s: %(company)s is live, and %(fields)s is changed only with the approval of a second "
                "person. %(remedy)s",
                fields=", ".join(fields),
                remedy=self._get_changing_remedy(),
                **told,
            )
        raise UserError(sentence)

    def _refuse_worked_out(self, vals):
        """Raise UserError where `vals` would write into a column of ours what Odoo works out, and differently.

        It decides as much as what it comes of: whose company something is, which field a line of a list means. While a
        record is made Odoo itself leaves such values, and their defaults, aside.
        """
        if not self._name.startswith("cloud."):
            # Of other add-ons' models that is their business.
            return
        for name in self.env["cloud.protected.field"]._get_worked_out(self._name).intersection(vals):
            different = self.filtered(lambda record, name=name: exact_values.changes(record, name, vals[name]))
            if different:
                raise UserError(
                    self.env._(
                        "%(records)s: %(field)s is worked out from other values, so it is not written. Change what it "
                        "comes from.",
                        # sudo: lends the right to read the names of what stands in the way.
                        records=", ".join(different[:5].sudo().mapped("display_name")),
                        field=self._fields[name]._description_string(self.env),
                    )
                )

    # === HOOKS === #

    def _get_making_remedy(self):
        """Return the sentence that says where a protected record is made, to whoever was refused to make one."""
        return self.env._("Choose Control, Changes, Propose a New Record.")

    @api.model
    def _get_changing_remedy(self):
        """Return the sentence that says where a protected value is changed, to whoever was refused to change one."""
        return self.env._("Use Propose a Change.")

    @api.model
    def _is_archived_for_good(self):
        """Return whether records of this model are archived where they are to be deleted, so that is proposed."""
        return False

    @api.model
    def _get_archived_like(self, vals):
        """Return the archived record that comes back where one with these values is proposed to be made; or none.

        For models of which the database takes no second one.
        """
        return self.browse()

    def _filter_guarded(self, companies):
        """Return those of the records (with sudo) whose listed fields are protected.

        companies: those in a state in which it matters. Default: what counts for one of them. Override to leave out
        what nothing is billed by yet; call super().
        """
        return self._filter_of_companies(companies)

    def _filter_guarded_existence(self, companies, sign):
        """Return those of the records (with sudo) whose making or deletion is protected where that is listed.

        companies: as of `_filter_guarded`, which is the default. sign: CREATE of `agreed_writes`, of records that were
        just made, or UNLINK. Override to leave more out; call super().
        """
        return self._filter_guarded(companies)

    def _filter_guarded_changes(self, vals, names, companies):
        """Return the protected records of which `vals` would change one of the names for one of the companies.

        companies: as of `_filter_guarded`; there is one. Override where something else says what changes; call super().
        """
        changed = self.browse()
        for record in self._get_guarded_of(companies):
            if any(record._changes_for(companies, name, vals[name]) for name in names):
                changed += record
        return changed

    def _filter_of_companies(self, companies):
        """Return those of the records that belong to one of the companies, to a company above them, or to none."""
        if "company_id" not in self._fields or self._name == "res.users":
            return self
        return self.filtered(
            lambda record: not record.company_id or record.company_id in companies | companies.parent_ids
        )

    def _check_may_propose(self):
        """Raise AccessError unless the person may propose changes of these records. Default: who may write them."""
        self.check_access("write")

    def _check_proposed(self, vals):
        """Raise UserError where these are no values that a request gives the records. Default: any."""

    def _may_propose(self):
        """Whether `_check_may_propose` lets the person: a button that only refuses is not shown."""
        try:
            self._check_may_propose()
        except AccessError:
            return False
        return True

    def _get_touched_domain(self):
        """Return the domain of the subscription lines that these records count for; None where nobody can say."""
        return

    def _write_agreed(self, vals):
        """Give the records the values that were agreed. Override where that is more than writing; call super()."""
        return self.write(vals)

    def _get_agreed_amount(self):
        """Return how much money (Decimal, company currency) what is agreed moves; None where nobody can say."""
        return

    def _get_agreed_notes(self):
        """Return sentences about these records that whoever agrees should read."""
        return []
