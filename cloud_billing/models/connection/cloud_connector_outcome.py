from datetime import timedelta

from odoo import fields, models

from .fetch_times import MAX_FAILURES, get_pause

_AN_HOUR = timedelta(hours=1)


class CloudConnector(models.Model):
    """How a fetch begins and ends: what is due, what is tried again and when, who is told."""

    _inherit = "cloud.connector"

    # === BUSINESS: BEGIN === #

    def _begin_run(self, now, backfill=None):
        """(the new run, the windows that it asks for, oldest first)."""
        self.ensure_one()
        windows = backfill._get_left(now) if backfill else self._get_due_windows(now)
        kind = "backfill" if backfill else "manual" if self.is_asked else "scheduled"
        run = self.env["cloud.connector.run"].create(
            {
                "connector_id": self.id,
                "kind": kind,
                "user_id": backfill.create_uid.id if backfill else self.asked_by_id.id if self.is_asked else False,
                "backfill_id": backfill and backfill.id,
                "started_at": now,
                "window_start": windows and windows[0][0].replace(tzinfo=None),
                "window_end": windows and windows[-1][1].replace(tzinfo=None),
            }
        )
        return run, windows

    def _end_interrupted(self, now):
        """End what a worker left that was killed, so that the next one can begin."""
        left = self.env["cloud.connector.run"].search([("connector_id", "=", self.id), ("outcome", "=", "running")])
        left.write({"outcome": "yellow", "ended_at": now, "error_code": "interrupted"})
        # Before another one begins: the index lets one run at a time.
        left.flush_recordset()

    def _get_running_backfills(self, now):
        return self.backfill_ids.filtered(
            lambda one: one.state == "running" and (not one.retry_at or one.retry_at <= now)
        )

    # === BUSINESS: END === #

    def _end_run(self, run, now, backfill=None, error=None, is_part=False):
        """Keep how a run ended.

        error: the ConnectorError that ended it.   is_part: the worker's time was over; the next one goes on.
        """
        if error:
            self._end_failed(run, now, error, backfill)
        else:
            self._end_good(run, now, backfill, is_part)

    def _end_good(self, run, now, backfill, is_part):
        run.write({"outcome": "green", "ended_at": now})
        if is_part and run.window_start:
            # What it did not come to is asked for by the next one.
            reached = backfill.position if backfill else self.watermark
            run.window_end = max(run.window_start, reached or run.window_start)
        if backfill:
            return
        vals = {"failures": 0, "last_success_at": now}
        if not is_part:
            vals |= {"next_at": self._get_next(now), "is_asked": False, "asked_by_id": False}
        self.write(vals)
        self._end_alarm()

    def _end_failed(self, run, now, error, backfill):
        failures = (backfill or self).failures + 1
        next_try = self._get_next_try(now, error, failures)
        is_red = failures >= MAX_FAILURES or not error.is_transient
        run.write(
            {
                "outcome": "red" if is_red else "yellow",
                "ended_at": now,
                "error_code": error.code,
                "error_values": {name: str(value) for name, value in error.values.items() if value not in (None, "")},
                "failures": failures,
                "next_try_at": next_try,
            }
        )
        if backfill:
            backfill.write({"failures": failures, "retry_at": next_try})
        else:
            self.write({"failures": failures, "next_at": next_try, "is_asked": False, "asked_by_id": False})
        if is_red:
            self._raise_alarm(run)

    def _get_next_try(self, now, error, failures):
        """When it is tried again after a failure: soon where it may mend by itself, else with the schedule."""
        if error.is_transient:
            return now + get_pause(failures, error.retry_after)
        # A wrong key is not tried every minute: that locks accounts.
        return max(self._get_next(now) or now + get_pause(MAX_FAILURES + 1), now + _AN_HOUR)

    # === BUSINESS: WHO IS TOLD === #

    def _raise_alarm(self, run):
        """Give whoever is responsible something to do, once until it works again."""
        if self._get_alarms():
            return
        self.message_post(body=run.story)
        for user in self.source_id._get_responsible():
            self.activity_schedule(
                "mail.mail_activity_data_warning",
                summary=self.env._("Usage of %(name)s does not come in", name=self.name),
                note=run.with_context(lang=user.lang).story,
                user_id=user.id,
                automated=True,
            )

    def _end_alarm(self):
        """It works again: what was raised is done."""
        if alarms := self._get_alarms():
            alarms.action_feedback(feedback=self.env._("It works again."))

    def _get_alarms(self):
        return self.activity_ids.filtered("automated")

    # === BUSINESS: WHAT CAME === #

    def _keep_delivery(self, taken, files):
        """Make of the files of a delivery what this connector brings, in the transaction in which it is taken.

        taken: the `cloud.connector.delivery`.   files: pairs (name, binary file), at least one. Here: a usage import,
        which starts by itself. Override for what is no usage.
        """
        has_month = taken.month and self._get_engine().decides_month
        vals = {"expected_month": taken.month} if has_month else {}
        taken.import_id = self.env["cloud.usage.import"]._create_with_files(self.source_id, files, **vals)
        taken.import_id._start_in_background()

    def _keep_controls(self, delivery):
        """Keep the totals that the provider states with a delivery; returns their control totals."""
        vals_list = []
        for total in delivery.controls:
            place = {
                "source_id": self.source_id.id,
                "provider_account": total.account,
                "month": fields.Date.to_date(total.month),
                "origin": "manifest",
                "reference": delivery.name,
            }
            if total.amount is not None:
                vals_list.append(
                    {**place, "measure": "cost_billed", "currency": total.currency, "amount": total.amount}
                )
            if total.rows is not None:
                vals_list.append({**place, "measure": "rows", "amount": total.rows})
        return self.env["cloud.usage.control"].create(vals_list)
