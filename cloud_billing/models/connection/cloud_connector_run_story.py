from odoo import api, fields, models
from odoo.tools import format_datetime

from . import connector_messages
from .fetch_times import MAX_FAILURES


class CloudConnectorRun(models.Model):
    """The story of a run, told in the language of whoever reads it."""

    _inherit = "cloud.connector.run"

    story = fields.Text(string="What Happened", compute="_compute_story")
    fact_text = fields.Text(string="What It Saw", compute="_compute_fact_text")

    # === COMPUTE === #

    @api.depends("outcome", "error_code", "error_values", "delivery_count", "facts", "next_try_at")
    @api.depends_context("lang", "tz")
    def _compute_story(self):
        for run in self:
            run.story = " ".join(run._get_sentences())

    @api.depends("facts")
    @api.depends_context("lang")
    def _compute_fact_text(self):
        for run in self:
            run.fact_text = "\n".join(
                connector_messages.explain_fact(self.env, code, values) for code, values in run.facts or []
            )

    # === BUSINESS === #

    def _get_sentences(self):
        """What happened, sentence by sentence."""
        if self.outcome == "running":
            return [self.env._("Runs since %(moment)s.", moment=self._format(self.started_at))]
        if self.error_code:
            return self._get_error_sentences()
        if self.kind == "test":
            first = (
                self.env._("The test went well.") if self.outcome == "green" else self.env._("It answers, but look:")
            )
            return [first, *(self.fact_text or "").splitlines()]
        if self.kind == "dry_run":
            return [self._get_dry_sentence(), *(self.fact_text or "").splitlines()]
        return [self._get_window_sentence(), self._get_taken_sentence()]

    def _get_error_sentences(self):
        sentences = [connector_messages.explain_error(self.env, self.error_code, self.error_values)]
        if self.delivery_count:
            sentences.append(self._get_taken_sentence())
        if self.failures > 1:
            sentences.append(self.env._("This was failure number %(count)s in a row.", count=self.failures))
        if self.next_try_at:
            moment = self._format(self.next_try_at)
            sentences.append(self.env._("It is tried again on %(moment)s.", moment=moment))
        if self.failures >= MAX_FAILURES:
            sentences.append(self.env._("A person must look: it does not mend by itself."))
        return sentences

    def _get_window_sentence(self):
        if not (self.window_start and self.window_end):
            return self.env._("It asked for what is new.")
        return self.env._(
            "It asked for %(start)s to %(end)s.",
            start=self._format(self.window_start),
            end=self._format(self.window_end),
        )

    def _get_taken_sentence(self):
        if not self.delivery_count:
            return self.env._("There was nothing that was not taken before.")
        sentence = self.env._(
            "%(count)s deliveries were taken, %(size)s.", count=self.delivery_count, size=_format_size(self.byte_count)
        )
        if self.delivery_count == 1:
            sentence = self.env._("One delivery was taken, %(size)s.", size=_format_size(self.byte_count))
        if self.control_count:
            totals = self.env._("%(count)s control totals came with it.", count=self.control_count)
            sentence = f"{sentence} {totals}"
        return sentence

    def _get_dry_sentence(self):
        if not self.delivery_count:
            return self.env._("Nothing would be imported: all that there is was taken before.")
        return self.env._(
            "%(count)s deliveries would be imported, %(size)s looked at. Nothing was kept.",
            count=self.delivery_count,
            size=_format_size(self.byte_count),
        )

    def _format(self, moment):
        return format_datetime(self.env, moment, dt_format="EEE d MMM y, HH:mm")


def _format_size(size):
    """Bytes as a person reads them."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1024 or unit == "GB":
            return f"{size:.0f} {unit}" if unit in ("bytes", "KB") else f"{size:.1f} {unit}"
        size /= 1024
    return ""
