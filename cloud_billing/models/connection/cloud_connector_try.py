import itertools
import logging
import tempfile
import traceback
from contextlib import ExitStack
from datetime import timezone

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.connectors import ConnectorError, Window
from ..usage import usage_reading
from . import connector_messages

_logger = logging.getLogger(__name__)

# While a person waits: of a sample and of a dry run no more than this is read.
_SAMPLE_BYTES = 1024 * 1024
_DRY_BYTES = 20 * 1024 * 1024
_SECONDS = 60
# Whoever waits sees sooner what is in the way, and tries again by pressing the button.
_ATTEMPTS = 2
_DRY_DELIVERIES = 3


class CloudConnector(models.Model):
    """Trying a connector while a person waits: whether it works, and what it would bring. Nothing of it is kept."""

    _inherit = "cloud.connector"

    # === ACTIONS === #

    def action_test(self):
        """Speak to the provider and show what was seen, or what is in the way and what to do about it."""
        return self._try("test", self._test)

    def action_dry_run(self):
        """Fetch what is new without keeping it, and show what importing it would come to."""
        return self._try("dry_run", self._look)

    # === BUSINESS === #

    def _try(self, kind, look):
        """Run look(now, options), which returns values for the run; show the run."""
        self.ensure_one()
        self = self._begin("setup", "active", "paused")
        now = fields.Datetime.now()
        vals = {"connector_id": self.id, "kind": kind, "user_id": self.env.uid, "started_at": now}
        try:
            options = self._get_options()
            if problems := self._get_problems(options):
                raise UserError("\n".join(problems))
            self._check_hosts()
            vals |= {"outcome": "green", **look(now, options)}
        except ConnectorError as error:
            vals |= {"outcome": "red", "error_code": error.code, "error_values": _as_text(error.values)}
        except UserError:
            raise
        except Exception as error:
            where = "".join(traceback.format_tb(error.__traceback__))
            _logger.error("Connector %s stopped with %s:\n%s", self.id, type(error).__name__, where)
            vals |= {"outcome": "red", "error_code": "unexpected", "error_values": {"error": type(error).__name__}}
        run = self.env["cloud.connector.run"].create({**vals, "ended_at": fields.Datetime.now()})
        return run._open_panel()

    def _test(self, now, options):
        """Values of a test's run: what was seen, and the first rows of a piece of what would come."""
        with self._get_web(options, _SAMPLE_BYTES, _SECONDS, attempts=_ATTEMPTS) as web:
            seen = self._get_speaker().test(options, web, now.replace(tzinfo=timezone.utc))
            return self._read_seen(seen)

    def _read_seen(self, seen):
        vals = {"facts": [[fact.code, _as_text(fact.values)] for fact in seen.facts]}
        if any(connector_messages.is_empty(fact.code) for fact in seen.facts):
            vals["outcome"] = "yellow"
        if not seen.sample:
            return vals
        with tempfile.SpooledTemporaryFile(_SAMPLE_BYTES) as file:
            size = _fill(file, seen.sample.chunks, _SAMPLE_BYTES)
            vals["byte_count"] = size
            try:
                vals |= self._look_at_sample((seen.sample.name, file), vals["facts"])
            except UserError as refusal:
                # What is there is there: that it cannot be read as this source says is one more thing to tell.
                vals |= {"outcome": "yellow", "facts": [*vals["facts"], ["not_readable", {"reason": str(refusal)}]]}
        return vals

    def _look_at_sample(self, sample, facts):
        """Values of a test's run that show the first rows. sample: (name, binary file).   facts: what was seen so far.

        Raises UserError where it cannot be read. Override for what is no usage.
        """
        return {"preview": usage_reading.read_preview(self.env, self.source_id, [sample], _SAMPLE_BYTES // 2)}

    def _look(self, now, options):
        """Values of a dry run: what the first deliveries that are new would come to, rolled back."""
        taken = self.env["cloud.connector.delivery"]._get_known(self)
        known = {name: version for name, (version, _number) in taken.items()}
        windows = self._get_due_windows(now)
        if not windows:
            return {}
        # Of months the newest: it is the one that is not there yet.
        start, end = windows[-1] if self.source_id.shape == "snapshot" else windows[0]
        files, size, count = [], 0, 0
        with ExitStack() as stack:
            web = stack.enter_context(self._get_web(options, _DRY_BYTES, _SECONDS, attempts=_ATTEMPTS))
            deliveries = self._get_speaker().fetch(options, web, Window(start, end), known)
            for delivery in itertools.islice(deliveries, _DRY_DELIVERIES):
                count += 1
                for payload in delivery.payloads:
                    file = stack.enter_context(tempfile.SpooledTemporaryFile(_SAMPLE_BYTES))
                    size += _fill(file, payload.chunks, _DRY_BYTES)
                    files.append((payload.name, file))
            vals = {
                "delivery_count": count,
                "byte_count": size,
                "window_start": start.replace(tzinfo=None),
                "window_end": end.replace(tzinfo=None),
            }
            return vals | (self._rehearse(files) if files else {})

    def _rehearse(self, files):
        """What importing these files at once would come to; everything but the figures is rolled back.

        Override for what is no usage.
        """
        savepoint = self.env.cr.savepoint()
        try:
            preview = usage_reading.read_preview(self.env, self.source_id, files)
            usage_import = self.env["cloud.usage.import"]._create_with_files(
                self.source_id, files, name=self.env._("Dry run"), allow_removal=True
            )
            if usage_import._is_source_busy():
                return {"preview": preview}
            usage_import._rehearse()
            if usage_import.state == "refused":
                facts = [["not_readable", {"reason": usage_import.error}]]
                return {"preview": preview, "outcome": "yellow", "facts": facts}
            # sudo: the run keeps what it would change, and shows it to who may see costs.
            return {"preview": preview, "differences": usage_import.sudo().differences}
        except UserError as refusal:
            return {"outcome": "yellow", "facts": [["not_readable", {"reason": str(refusal)}]]}
        finally:
            savepoint.close(rollback=True)


def _fill(file, chunks, limit):
    """Write chunks into a file up to a limit of bytes, as much as a person waits for; returns the bytes."""
    size = 0
    for chunk in chunks:
        file.write(chunk)
        size += len(chunk)
        if size >= limit:
            break
    file.seek(0)
    return size


def _as_text(values):
    return {name: str(value) for name, value in values.items() if value not in (None, "")}
