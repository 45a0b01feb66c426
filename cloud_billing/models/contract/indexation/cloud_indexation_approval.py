from odoo import fields, models
from odoo.tools import format_date, split_every

from ....engine.numbers import to_text
from .cloud_indexation_find import BATCH

_SHOWN = 20


class CloudIndexation(models.Model):
    """How a proposal is agreed, becomes prices of contracts, and is taken back before it begins."""

    _inherit = "cloud.indexation"

    # === ACTIONS === #

    def action_submit_undo(self):
        """Propose to take it back: no price of it has begun."""
        self.check_access("write")
        for indexation in self:
            indexation._submit_undo()

    # === BUSINESS: AGREE === #

    def _get_problems(self):
        problems = super()._get_problems()
        chosen = self.line_ids.filtered(lambda line: not line.is_excluded)
        if not chosen:
            problems.append(
                self.env._("%(indexation)s is for no contract. Press Find Contracts first.", indexation=self.name)
            )
        changed = chosen.filtered(lambda line: line.percent != self.effective_percent)
        if changed:
            problems.append(
                self.env._(
                    "%(indexation)s: the percentage was changed after the contracts were looked for. Press Find "
                    "Contracts again.",
                    indexation=self.name,
                )
            )
        billed = self._get_billed_lines(chosen)
        if billed:
            problems.append(
                self.env._(
                    "%(indexation)s begins within days that were billed already: %(lines)s. Begin later, or leave them "
                    "out.",
                    indexation=self.name,
                    lines=", ".join(billed[:5].mapped("display_name")) + (", ..." if len(billed) > 5 else ""),
                )
            )
        return problems + self._get_notice_problems(fields.Date.context_today(self))

    def _get_billed_lines(self, chosen):
        """Lines whose new price would begin within days that were billed for a fee."""
        until = chosen.line_id._get_charged_until()
        return chosen.filtered(lambda line: line.line_id.id in until and line.date_from < until[line.line_id.id])

    def action_approve_directly(self):
        result = super().action_approve_directly()
        for indexation in self:
            indexation._make_all_rates()
        return result

    def _make_all_rates(self, token=None):
        """The prices of contracts that the proposal says. token: of the applied request, where there is one."""
        chosen = self.line_ids.filtered(lambda line: not line.is_excluded)
        sequences = self._get_free_sequences(chosen)
        for ids in split_every(BATCH, chosen.ids):
            self._make_rates(chosen.browse(ids), sequences, token)

    def _make_rates(self, lines, sequences, token):
        """The prices of contracts of one batch of lines, in a constant number of statements."""
        lines.fetch(["indexation_id", "subscription_id", "line_id", "date_from", "percent"])
        Rate = self.env["cloud.contract.rate"].with_context(tracking_disable=True, mail_create_nolog=True)
        rates = Rate._create_agreed(
            [line._prepare_rate_vals(sequences) for line in lines],
            token,
        )
        self.env.flush_all()
        pairs = list(zip(lines.ids, rates.ids, strict=True))
        self.env.cr.execute_values(
            "UPDATE cloud_indexation_line SET rate_id = v.rate_id FROM (VALUES %s) AS v (id, rate_id)"
            " WHERE cloud_indexation_line.id = v.id",
            pairs,
            page_size=len(pairs),
        )
        lines.invalidate_recordset(["rate_id"])
        for day, some in lines.grouped("date_from").items():
            some.line_id._note_change("price", day, reason=self.reason, name=self.name, summary=rates[0].summary)

    def _get_free_sequences(self, chosen):
        """{subscription line id: place in the row of its changes}: one after those of the years before."""
        groups = self.env["cloud.contract.rate"]._read_group(
            [("line_id", "in", chosen.line_id.ids), ("kind", "=", "adjust"), ("origin", "=", self.kind)],
            ["line_id"],
            ["sequence:max"],
        )
        return {line.id: sequence + 1 for line, sequence in groups}

    # === BUSINESS: UNDO === #

    def _get_undo_problems(self, now):
        self.ensure_one()
        today = fields.Date.context_today(self, now)
        values = {"indexation": self.name}
        if self.state != "approved" or self.undone_on:
            return [self.env._("%(indexation)s is not in force: there is nothing to take back.", **values)]
        begun = self.line_ids.filtered(lambda line: line.rate_id and line.date_from <= today)
        if begun:
            return [
                self.env._(
                    "%(indexation)s has begun on %(day)s for %(count)s lines. What was agreed stays; change the prices "
                    "from a later day on.",
                    day=format_date(self.env, min(begun.mapped("date_from"))),
                    count=len(begun),
                    **values,
                )
            ]
        return []

    def _undo(self, now, write):
        write(self.line_ids.rate_id, {"state": "cancelled"})
        write(self, {"undone_on": fields.Date.context_today(self, now)})
        for day, lines in self.line_ids.filtered("rate_id").grouped("date_from").items():
            lines.line_id._note_change(
                "price", day, policy="credit", reason=self.reason, name=self.name, summary=self.env._("taken back")
            )

    # === BUSINESS: APPROVAL === #

    def _apply_change_request(self, request, token):
        result = super()._apply_change_request(request, token)
        if not self._is_undone_by(request):
            self._make_all_rates(token)
        return result

    def _get_content(self):
        return {
            "name": self.name,
            "kind": self.kind,
            "label": self.label or None,
            "percent": self.effective_percent and to_text(self.effective_percent),
            "formula": [self.method, self.index_name or None, self.digits],
            "when": [self.date_rule, fields.Date.to_string(self.date_from)],
            "notice": [self.notice_days, self.notice_policy],
            "lines": [
                [line.line_id.id, fields.Date.to_string(line.date_from), to_text(line.percent), line.is_excluded]
                for line in self.line_ids.sorted("id")
            ],
            "undone": fields.Date.to_string(self.undone_on),
        }

    def _get_effect_values(self):
        def label(name):
            return self._fields[name]._description_string(self.env)

        return {
            label("formula"): f"{self.index_name or ''} {self.formula or ''}".strip(),
            label("date_from"): self._get_when_text(),
            label("totals_text"): self.totals_text or "",
            label("reason"): self.reason or "",
        }

    def _get_effect_notes(self):
        chosen = self.line_ids.filtered(lambda line: not line.is_excluded)
        notes = [
            self.env._("Left out: %(line)s: %(reason)s", line=line.display_name, reason=line.exclusion_reason)
            for line in (self.line_ids - chosen)[:_SHOWN]
        ]
        return notes + self._get_notice_warnings(fields.Date.context_today(self))
