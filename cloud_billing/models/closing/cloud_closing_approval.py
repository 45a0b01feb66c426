from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...engine.numbers import to_text

_SHOWN = 20


class CloudClosing(models.Model):
    """How a month's end is agreed: computed once more, looked at by another person, refused where books are closed."""

    _inherit = "cloud.closing"

    # === ACTIONS === #

    def action_submit(self):
        """Compute once more; where nothing has changed since, ask a second person to approve."""
        self.check_access("write")
        now = fields.Datetime.now()
        changed = self.browse()
        for closing in self:
            closing._check_draft()
            before = closing.digest
            closing._find_lines(now)
            changed |= closing.filtered(lambda found, before=before: found.digest != before)
        super(CloudClosing, self - changed).action_submit()
        return changed._get_changed_notice() if changed else None

    def action_approve_directly(self):
        # While a company is set up nothing is posted, and a month's end that is not posted needs no approval.
        raise UserError(
            self.env._(
                "%(company)s is being set up, and posts nothing yet. Take it live, then submit the month's end.",
                company=self[:1].company_id.name,
            )
        )

    # === BUSINESS === #

    def _get_changed_notice(self):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "sticky": True,
                "message": self.env._(
                    "%(closings)s: the figures have changed since they were computed. Look at them, then submit again.",
                    closings=", ".join(self.mapped("name")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _get_problems(self):
        problems = super()._get_problems()
        if not self.line_ids:
            problems.append(
                self.env._(
                    "%(closing)s has no lines: press Compute. Where nothing is accrued or deferred, nothing is posted.",
                    closing=self.name,
                )
            )
        return problems + self._get_book_problems()

    def _get_book_problems(self):
        """What of the books stands in the way, as sentences: the journal, lock dates, later month ends, open runs."""
        values = {"closing": self.name}
        # sudo: the journal and locks of the company, whoever asks.
        company = self.company_id.sudo()
        journal = company.cloud_closing_journal_id
        problems = []
        if not journal:
            problems.append(
                self.env._("%(closing)s: choose the journal of month ends in the settings of Cloud Billing.", **values)
            )
        for day in (self.date_end, self.day_after) if journal else ():
            locks = company._get_violated_lock_dates(day, False, journal)
            if locks:
                problems.append(
                    self.env._(
                        "%(closing)s: the books are closed on %(day)s (%(locks)s). Have the lock date moved, or leave"
                        " the difference to the next month's end.",
                        day=format_date(self.env, day),
                        locks=company._format_lock_dates(locks),
                        **values,
                    )
                )
        later = self.search(
            [("company_id", "=", self.company_id.id), ("date_end", ">", self.date_end), ("state", "=", "posted")],
            limit=1,
        )
        if later:
            problems.append(
                self.env._(
                    "%(closing)s: %(later)s is posted already and counts what belongs here.", later=later.name, **values
                )
            )
        return problems + self._get_run_problems()

    def _get_run_problems(self):
        """Runs whose invoices would still be dated within the month: their revenue would be in it twice."""
        runs = self.env["cloud.bill.run"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("accounting_date", "<=", self.date_end),
                ("state", "in", ("rating", "review", "to_approve", "approved", "posting")),
            ]
        )
        if not runs:
            return []
        return [
            self.env._(
                "%(closing)s: %(runs)s would post invoices dated %(day)s or earlier. Post them first, or give them a"
                " later accounting date.",
                closing=self.name,
                runs=", ".join(runs.mapped("name")),
                day=format_date(self.env, self.date_end),
            )
        ]

    # === BUSINESS: APPROVAL === #

    def _take_effect(self, write):
        # sudo: the state changes by buttons and votes only, so `write` refuses it to everybody.
        return super(CloudClosing, self.sudo())._take_effect(write)

    def _get_content(self):
        return {
            "name": self.name,
            "company": self.company_id.id,
            "date_end": fields.Date.to_string(self.date_end),
            "usage_number": self.usage_number,
            "is_entry_draft": self.is_entry_draft,
            "lines": self._compute_digest(),
        }

    def _get_effect_values(self):
        names = ("accrued_income_amount", "accrued_cost_amount", "deferred_amount", "released_amount", "line_count")
        values = {}
        for name in names:
            label = self._fields[name]._description_string(self.env)
            values[label] = self._format_figure(name)
        return values

    def _format_figure(self, name):
        if name == "line_count":
            return to_text(self.line_count)
        return f"{self.env['cloud.bill']._format_amount(self[name] or 0, self.currency_id)} {self.currency_id.name}"

    def _get_effect_notes(self):
        notes = [
            self.env._(
                "Entries dated %(day)s, reversed on %(after)s; %(how)s.",
                day=format_date(self.env, self.date_end),
                after=format_date(self.env, self.day_after),
                how=self.env._("they are left as drafts") if self.is_entry_draft else self.env._("they are posted"),
            )
        ]
        if self.note:
            notes.append(self.note)
        return [*notes, *(self.problem_text or "").splitlines()[:_SHOWN]]

    def _get_replaced(self):
        """The month's end before, so that a checker sees what has changed."""
        return self.search(
            [("company_id", "=", self.company_id.id), ("date_end", "<", self.date_end), ("state", "=", "posted")],
            order="date_end desc",
            limit=1,
        )

    def _check_approved(self):
        """Raise unless the month's end is what people approved: an applied request for it, and the same lines."""
        request = self.request_id
        is_applied = (
            request.state == "applied"
            and request.kind == self._request_kind
            and (request.res_model, request.res_id) == (self._name, self.id)
        )
        if self.state != "approved" or not is_applied or request.content_hash != self._get_content_hash():
            raise UserError(
                self.env._(
                    "%(closing)s is not approved as it is: compute it and submit it to a second person first.",
                    closing=self.name,
                )
            )
