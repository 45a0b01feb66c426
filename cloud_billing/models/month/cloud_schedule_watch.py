import logging
from datetime import timedelta

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

# What Odoo does not call at the minute: an action counts as late once it missed two of its turns, and this besides.
_GRACE = timedelta(hours=1)


class CloudScheduleWatch(models.AbstractModel):
    """Watches the month and the schedule itself: months that are late, scheduled actions that are off, late or failing.

    The check is asked by the home too: a schedule that does not run cannot tell of itself.
    """

    _name = "cloud.schedule.watch"
    _description = "Watch Over the Schedule"

    # === BUSINESS === #

    @api.model
    def _cron_watch_month(self):
        """Each night: tell who is responsible of what is late, and administrators of what does not run."""
        self._watch(fields.Datetime.now())

    @api.model
    def _watch(self, now):
        """The same at an instant (naive UTC)."""
        self.env["cloud.usage.source"]._warn_of_late(now.date())
        problems = self._get_problems(now)
        if problems:
            self._tell_administrators("\n".join(problems))

    @api.model
    def _get_problems(self, now):
        """Sentences: which of our scheduled actions are switched off, have not run, or fail; empty where none."""
        problems = []
        for cron in self._get_crons():
            interval = cron.interval_number * _get_length(cron.interval_type)
            if not cron.active:
                problems.append(
                    self.env._(
                        "The scheduled action “%(cron)s” is switched off. Switch it on under Settings, Technical,"
                        " Scheduled Actions.",
                        cron=cron.cron_name,
                    )
                )
            elif cron.nextcall + 2 * interval + _GRACE < now:
                problems.append(
                    self.env._(
                        "The scheduled action “%(cron)s” should have run on %(due)s. See whether the server runs"
                        " scheduled actions.",
                        cron=cron.cron_name,
                        due=fields.Datetime.to_string(cron.nextcall),
                    )
                )
            elif cron.failure_count:
                problems.append(
                    self.env._(
                        "The scheduled action “%(cron)s” failed %(count)s times. The server's log says why; Odoo"
                        " switches off what goes on failing.",
                        cron=cron.cron_name,
                        count=cron.failure_count,
                    )
                )
        return problems

    def _tell_administrators(self, text):
        _logger.warning(text)
        partners = self._get_administrators().partner_id
        if partners:
            self.env["mail.thread"].message_notify(
                partner_ids=partners.ids, subject=self.env._("Cloud Billing: the schedule needs you"), body=text
            )

    # === HOOKS === #

    def _get_crons(self):
        """Return the scheduled actions that must run (ir.cron, with sudo). To watch more: extend super()."""
        # sudo: everybody with a role sees whether the schedule works; only administrators may read scheduled actions.
        data = self.env["ir.model.data"].sudo()
        ours = data.search([("model", "=", "ir.cron"), ("module", "=like", "cloud\\_billing%")])
        # sudo: as above.
        return self.env["ir.cron"].sudo().with_context(active_test=False).browse(ours.mapped("res_id")).exists()

    def _get_administrators(self):
        """Return the users who are told."""
        return self.env.ref("cloud_billing.group_administrator")._get_cloud_members()


def _get_length(interval_type):
    """The length of one unit of an interval; a month counts as its longest."""
    units = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1), "days": timedelta(days=1)}
    return units.get(interval_type) or timedelta(weeks=1 if interval_type == "weeks" else 4.5)
