import logging
import tempfile
import traceback
from contextlib import ExitStack, closing
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.connectors import ConnectorError, Window
from ..usage.usage_importer import ClaimLost, OutOfTime
from .cloud_connector_delivery import split_partition

_logger = logging.getLogger(__name__)

_RENEW_AFTER = timedelta(minutes=1)
# Beyond that a delivery on its way stands on disk and not in memory.
_IN_MEMORY = 4 * 1024 * 1024


class Job(NamedTuple):
    """What a worker needs to fetch without looking into the database: read in one transaction, then carried along."""

    token: str
    engine: object
    options: dict
    web: object
    known: dict
    numbers: dict
    watermark: datetime | None


class CloudConnectorFetcher(models.AbstractModel):
    """Fetches what is due: one connector at a time, each delivery in a transaction of its own.

    While the network is spoken to no transaction is open, so nobody waits for a provider. It can be killed at any
    moment: what was committed is known and not taken again, and the watermark stands behind it.
    """

    _name = "cloud.connector.fetcher"
    _inherit = ["cloud.connector.claim"]
    _description = "Fetcher of Connectors"

    # === BUSINESS: THE SCHEDULE === #

    def _wake_up(self):
        """Let the scheduled action start now."""
        # sudo: operators may not read scheduled actions; waking this one up lends them nothing else.
        self.env.ref("cloud_billing.cron_fetch_usage").sudo()._trigger()

    def _cron_fetch_usage(self):
        """Fetch the connectors that are due, and go on with back-fills, as long as there is time."""
        importer = self.env["cloud.usage.importer"]._with_time()
        self = self.with_env(importer.env)
        try:
            if importer._is_time_over():
                raise OutOfTime
            while connector := self._claim(fields.Datetime.now()):
                self._work(connector)
                self._check_time()
        except OutOfTime:
            # Other scheduled actions have their turn. Called again for the rest at once, not at the next look around.
            self._wake_up()
            self._commit(remaining=1)

    def _work(self, connector):
        """Fetch a claimed connector: what is due first, then a window of its back-fill. What goes wrong is kept."""
        token = connector.claim_token
        try:
            if connector.next_at and connector.next_at <= fields.Datetime.now():
                self._fetch(connector, token)
            for backfill in connector._get_running_backfills(fields.Datetime.now()):
                self._fetch(connector, token, backfill)
        except ClaimLost:
            self.env.cr.rollback()
            _logger.info("Connector %s: taken over meanwhile.", connector.id)
            return
        finally:
            self.env.cr.rollback()
            self._in_transaction(partial(self._release, connector, token))

    # === BUSINESS: FETCHING === #

    def _fetch(self, connector, token, backfill=None):
        """Run once: all windows that are due, or those of a back-fill that there is time for."""
        run, windows = self._in_transaction(partial(self._begin, connector, token, fields.Datetime.now(), backfill))
        end_run = partial(self._end, connector, run, backfill)
        try:
            job = self._in_transaction(partial(self._prepare, connector, token))
            with job.web:
                self._fetch_windows(connector, run, job, windows, backfill)
        except ClaimLost:
            raise
        except OutOfTime:
            end_run(is_part=True)
            raise
        except ConnectorError as error:
            end_run(error)
        except Exception as error:
            # Where, and not what: a text of a library may hold what was sent.
            where = "".join(traceback.format_tb(error.__traceback__))
            _logger.error("Connector %s stopped with %s:\n%s", connector.id, type(error).__name__, where)
            end_run(ConnectorError("unexpected", error=type(error).__name__))
        else:
            end_run()

    def _begin(self, connector, token, now, backfill):
        """(the run, the windows to ask for) of what begins now."""
        self._check_claim(connector, token)
        connector._end_interrupted(now)
        return connector._begin_run(now, backfill)

    def _end(self, connector, run, backfill, error=None, is_part=False):
        """Keep how a run ended, after whatever was going on was rolled back."""
        self.env.cr.rollback()
        end = partial(connector._end_run, run, fields.Datetime.now(), backfill, error=error, is_part=is_part)
        self._in_transaction(end)

    def _prepare(self, connector, token):
        """The Job of a connector. Raises ConnectorError where it cannot be fetched as it is set up."""
        self._check_claim(connector, token)
        if connector.has_new_hosts:
            raise ConnectorError("hosts_changed")
        if not connector._get_engine():
            raise ConnectorError("unknown_connector", name=connector.kind)
        try:
            options = connector._get_options()
            problems = connector._get_problems(options)
        except UserError as error:
            raise ConnectorError("key_missing", detail=str(error)) from None
        if problems:
            raise ConnectorError("not_complete", detail=" ".join(problems))
        taken = self.env["cloud.connector.delivery"]._get_known(connector)

        def renew(name, secret):
            self._in_transaction(partial(connector._keep_renewed, name, secret))

        return Job(
            token=token,
            engine=connector._get_speaker(),
            options=options,
            web=connector._get_web(options, on_renewed=renew),
            known={name: version for name, (version, _number) in taken.items()},
            numbers={name: number for name, (_version, number) in taken.items()},
            watermark=connector.watermark and connector.watermark.replace(tzinfo=timezone.utc),
        )

    def _fetch_windows(self, connector, run, job, windows, backfill):
        for number, (start, end) in enumerate(windows, 1):
            self._fetch_window(connector, run, job, Window(start, end))
            is_last = number == len(windows)
            if self._in_transaction(partial(self._set_fetched, connector, job.token, end, backfill, is_last)):
                return
            # What is asked for again brings nobody on: a call whose time it takes would never come to what is new.
            if not is_last and (backfill or not job.watermark or end > job.watermark):
                self._check_time()

    def _fetch_window(self, connector, run, job, window):
        """Take what a window brings, delivery by delivery; no transaction is open while the provider is asked."""
        deliveries = iter(job.engine.fetch(job.options, job.web, window, dict(job.known)))
        with ExitStack() as stack:
            if hasattr(deliveries, "close"):
                stack.enter_context(closing(deliveries))
            for delivery in deliveries:
                if job.known.get(delivery.name) == delivery.version:
                    continue
                with ExitStack() as files:
                    kept = [self._download(connector, job, payload, files) for payload in delivery.payloads]
                    self._in_transaction(partial(self._take, connector, run, job, delivery, kept))
                job.known[delivery.name] = delivery.version
                job.numbers[delivery.name] = job.numbers.get(delivery.name, 0) + 1
                self._check_time()

    def _download(self, connector, job, payload, stack):
        """(name, binary file) with all bytes of a payload; the lease is renewed while they come.

        Raises ConnectorError too_large: made of many answers, it may be no longer than one of them.
        """
        file, size = stack.enter_context(_spool()), 0
        renewed = fields.Datetime.now()
        for chunk in payload.chunks:
            size += len(chunk)
            if size > job.web.policy.max_bytes:
                raise ConnectorError("too_large", host=payload.name, limit=job.web.policy.max_bytes)
            file.write(chunk)
            if fields.Datetime.now() > renewed + _RENEW_AFTER:
                renewed = fields.Datetime.now()
                self._renew(connector, job.token)
        file.seek(0)
        return payload.name, file

    # === BUSINESS: TAKING === #

    def _take(self, connector, run, job, delivery, files):
        """Take a delivery, all in one transaction: the record that it was taken, the files, the totals."""
        self._check_claim(connector, job.token)
        size = sum(_get_size(file) for _name, file in files)
        account, month = split_partition(delivery.partition)
        taken = self.env["cloud.connector.delivery"].create(
            {
                "connector_id": connector.id,
                "run_id": run.id,
                "name": delivery.name,
                "version": delivery.version,
                "number": job.numbers.get(delivery.name, 0) + 1,
                "provider_account": account,
                "month": month,
                "finality": {True: "final", False: "open"}.get(delivery.is_final, False),
                "size": size,
                "taken_at": fields.Datetime.now(),
            }
        )
        controls = connector._keep_controls(delivery)
        run.write(
            {
                "delivery_count": run.delivery_count + 1,
                "control_count": run.control_count + len(controls),
                "byte_count": run.byte_count + size,
            }
        )
        if files:
            connector._keep_delivery(taken, files)

    def _set_fetched(self, connector, token, end, backfill, is_last):
        """Move the watermark, or the back-fill's position, behind a window all of which was committed.

        Returns whether somebody paused or stopped the back-fill meanwhile.
        """
        self._check_claim(connector, token)
        moment = end.astimezone(timezone.utc).replace(tzinfo=None)
        if backfill:
            backfill.invalidate_recordset(["state"])
            backfill._set_position(end, is_last)
            return not is_last and backfill.state != "running"
        if not connector.watermark or connector.watermark < moment:
            connector.watermark = moment
        return False


def _spool():
    """A binary file that is gone when it is closed."""
    return tempfile.SpooledTemporaryFile(_IN_MEMORY)


def _get_size(file):
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    return size
