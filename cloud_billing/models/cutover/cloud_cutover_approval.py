from odoo import fields, models


class CloudCutover(models.Model):
    """How a cutover is agreed, applied, and taken back as a whole while nothing of ours was billed on top."""

    _inherit = "cloud.cutover"

    # === ACTIONS === #

    def action_undo(self):
        """Take the cutover back; in a live company another person agrees first."""
        self.check_access("write")
        now = fields.Datetime.now()
        for cutover in self:
            if cutover.company_state == "setup":
                cutover._check_undo(now)
                cutover._undo(now, lambda undone, vals: undone.write(vals))
            else:
                cutover._submit_undo()

    # === BUSINESS: APPLY === #

    def _get_problems(self):
        problems = super()._get_problems()
        if not self.is_checked:
            problems.append(
                self.env._("%(cutover)s was not checked as it is now. Press Check first.", cutover=self.name)
            )
        elif self.problem_count:
            problems.append(
                self.env._(
                    "%(cutover)s has %(count)s rows with problems. Correct the file, upload it and check it again.",
                    cutover=self.name,
                    count=self.problem_count,
                )
            )
        elif not self.new_count:
            problems.append(
                self.env._("Everything in %(cutover)s is here already: there is nothing to apply.", cutover=self.name)
            )
        return problems

    def _take_effect(self, write):
        result = super()._take_effect(write)
        # sudo: whoever gives the last vote makes contracts without being an accountant.
        self.sudo()._apply_file(fields.Datetime.now())
        self.env["cloud.audit.event"]._record("cutover_applied", self, detail=self._get_effect_values())
        return result

    # === BUSINESS: UNDO === #

    def _get_undo_problems(self, now):
        self.ensure_one()
        if self.state != "approved" or self.undone_on:
            return [self.env._("%(cutover)s is not applied: there is nothing to undo.", cutover=self.name)]
        return self._get_made()._get_charged_problems()

    def _get_made(self):
        """The subscriptions that this cutover made."""
        return self.row_ids.filtered(lambda row: row.outcome == "new").line_id.subscription_id

    def _undo(self, now, write):
        """The subscriptions never held, the days that the former system billed are not covered any more.

        Their keys are free, so that a corrected file can be imported. Customers and contacts stay.
        """
        # sudo: the vote that takes it back lends the right.
        made = self.sudo()._get_made()
        today = fields.Date.context_today(self, now)
        self.sudo().opening_ids._undo(today)  # sudo: as above.
        for subscription in made:
            # Also one that has ended, or was cancelled, since: none of its days is ours to bill.
            subscription.write(
                {
                    "date_end": subscription.date_start,
                    "end_kind": "cancelled",
                    "end_noticed_on": subscription._get_local_day(now),
                    "end_reason": self.name,
                }
            )
        self._free_instalments(made)
        made.write({"former_key": False, "billed_from": False})
        write(self, {"undone_on": today})
        self.env["cloud.audit.event"]._record("cutover_undone", self, detail=self._get_effect_values())

    def _free_instalments(self, subscriptions):
        """Parts of a sum are owed whatever becomes of a subscription, so they are stopped."""
        for line in subscriptions.line_ids.filtered("instalment_ids"):
            first = min(line.instalment_ids.mapped("date_due"))
            line._apply_instalment_stop(first, reason=self.name)

    # === BUSINESS: APPROVAL === #

    def _get_content(self):
        return {
            "name": self.name,
            "file": self._get_digest(),
            "checked": self.checked_digest,
            "undone": fields.Date.to_string(self.undone_on),
        }

    def _get_effect_values(self):
        def label(name):
            return self._fields[name]._description_string(self.env)

        return {
            label("date"): fields.Date.to_string(self.date),
            label("file"): self.file_name or "",
            label("subscription_count"): str(self.subscription_count),
            **{
                label(name): str(self[name])
                for name in ("new_count", "known_count", "changed_count", "problem_count", "opening_count")
            },
            label("deferred_text"): self.deferred_text or "",
        }
