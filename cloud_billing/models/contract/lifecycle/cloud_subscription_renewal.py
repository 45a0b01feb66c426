from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

from ....engine.schedule import RUNNING, first_legal_end

# Terms that one transaction of the scheduled action renews.
_BATCH = 1000


class CloudSubscription(models.Model):
    """Terms of a subscription: when it may end, when it ends by itself, and its renewal."""

    _inherit = "cloud.subscription"

    term_ids = fields.One2many("cloud.subscription.term", "subscription_id", string="Terms")
    term_start = fields.Date(compute="_compute_term", string="Term From")
    term_end = fields.Date(compute="_compute_term", search="_search_term_end", string="Term Until")
    notice_date = fields.Date(
        string="Notice By",
        compute="_compute_term",
        search="_search_notice_date",
        help="Last day on which notice ends it with its term.",
    )
    predecessor_id = fields.Many2one(
        "cloud.subscription",
        string="Continues",
        ondelete="restrict",
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="The subscription that this one takes the place of.",
    )
    successor_ids = fields.One2many("cloud.subscription", "predecessor_id", string="Successors")
    successor_id = fields.Many2one("cloud.subscription", string="Continued By", compute="_compute_successor_id")

    _one_successor = models.UniqueIndex(
        "(predecessor_id) WHERE predecessor_id IS NOT NULL", "Another subscription continues that one already."
    )
    _not_its_own = models.Constraint("CHECK (predecessor_id <> id)", "A subscription does not continue itself.")

    # === COMPUTE === #

    @api.depends("successor_ids")
    def _compute_successor_id(self):
        for subscription in self:
            subscription.successor_id = subscription.successor_ids[:1]

    @api.depends("term_ids.date_start", "term_ids.date_end", "term_ids.notice_date")
    def _compute_term(self):
        for subscription in self:
            last = subscription.term_ids.sorted("date_start")[-1:]
            subscription.term_start = last.date_start
            subscription.term_end = last.date_end
            subscription.notice_date = last.notice_date

    def _search_term_end(self, operator, value):
        return [("term_ids", "any", [("date_end", operator, value)])]

    def _search_notice_date(self, operator, value):
        return [("term_ids", "any", [("notice_date", operator, value)])]

    # === ACTIONS === #

    @api.model
    def _cron_renew_terms(self):
        """Renew what nobody gave notice of in time, and remind account managers of days of notice to come."""
        today = fields.Datetime.now().date()
        Term, progress = self.env["cloud.subscription.term"], self.env["ir.cron"]._commit_progress
        due = self._get_terms_to_renew(today)
        remaining = len(due)
        for ids in split_every(_BATCH, due.ids):
            Term.browse(ids)._apply_renewal()
            remaining -= len(ids)
            # The last batch is committed by Odoo itself.
            if remaining and not progress(len(ids), remaining=remaining):
                return
        self._remind_of_notice(today)

    # === BUSINESS === #

    def _get_terms_to_renew(self, today):
        """Terms that go on by themselves, whose day of notice has passed everywhere on a day (UTC), not renewed yet.

        Without a notice period that is the day of the end itself.
        """
        for model in ("cloud.subscription", "cloud.subscription.term"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT t.id
              FROM cloud_subscription_term t
              JOIN cloud_subscription s ON s.id = t.subscription_id
             WHERE t.renewal_kind = 'automatic'
               AND t.notice_date < %(yesterday)s
               AND s.activated_on IS NOT NULL
               AND (s.date_end IS NULL OR s.date_end > t.date_end)
               AND NOT EXISTS (SELECT 1 FROM cloud_subscription_term n WHERE n.previous_id = t.id)
          ORDER BY t.id
            """,
                # A day is over in every time zone 12 hours after it is over in UTC.
                yesterday=today - timedelta(days=1),
            )
        )
        return self.env["cloud.subscription.term"].browse([term_id for (term_id,) in rows])

    def _remind_of_notice(self, today):
        """An activity on the day of notice, made some days before it, once for each term."""
        ahead = timedelta(days=14)
        terms = self.env["cloud.subscription.term"].search(
            [
                ("notice_date", ">=", today),
                ("notice_date", "<=", today + ahead),
                ("is_reminded", "=", False),
                ("subscription_id.state", "in", RUNNING),
            ]
        )
        open_terms = terms.filtered(lambda term: not term.subscription_id.date_end or term.renewal_kind != "automatic")
        open_terms.subscription_id._remind(
            "notice_date",
            self.env._("Last day of notice"),
            lambda one: one.term_ids.sorted("date_start")[-1:].summary,
        )
        terms.write({"is_reminded": True})

    def _apply_activation(self, now, *args, **kwargs):
        result = super()._apply_activation(now, *args, **kwargs)
        self._set_term_ends()
        return result

    def _set_term_ends(self):
        """What is not renewed by itself ends with its last term, unless it ends earlier: billing knows the day."""
        for subscription in self.filtered("activated_on"):
            if subscription.end_kind not in (False, "term"):
                continue
            last = subscription.term_ids.sorted("date_start")[-1:]
            end = last.date_end if last.renewal_kind in ("none", "offer") else False
            if end != subscription.date_end:
                subscription.write(
                    {
                        "date_end": end,
                        "end_kind": "term" if end else False,
                        # Until the day of notice it may still be renewed, so nobody is told that it ends.
                        "end_noticed_on": last.notice_date + timedelta(days=1) if end else False,
                    }
                )

    def _apply_reopening(self, now):
        result = super()._apply_reopening(now)
        self._set_term_ends()
        return result

    def _get_term_end(self, day):
        self.ensure_one()
        end = self._get_legal_end(day, day)
        return end.day if end else super()._get_term_end(day)

    def _get_legal_end(self, noticed_on, wanted):
        """The engine's LegalEnd on or after the day that is wanted, by a notice given on a day; None without a term."""
        self.ensure_one()
        term = self._get_term_of_notice(noticed_on)
        return first_legal_end(term._get_facts(), noticed_on, wanted) if term else None

    def _get_term_of_notice(self, noticed_on):
        """The term that a notice concerns: the one of its day, or the first; what follows it is worked out."""
        terms = self.term_ids.sorted("date_start")
        begun = terms.filtered(lambda term: term.date_start <= noticed_on)
        return begun[-1:] or terms[:1]

    def _check_legal_end(self, date_end, noticed_on):
        """Refuse a day to which no notice can be given, with the first one to which it can, and why."""
        legal = self._get_legal_end(noticed_on, date_end)
        if legal and legal.day > date_end:
            raise UserError(self._get_legal_text(legal, noticed_on))

    def _get_legal_text(self, legal, noticed_on):
        """Why a contract ends on its LegalEnd and not before, as a sentence."""
        self.ensure_one()
        term = self._get_term_of_notice(noticed_on)
        values = {
            "subscription": self.name,
            "day": fields.Date.to_string(legal.day),
            "noticed": fields.Date.to_string(noticed_on),
            "notice": term._get_notice_text(),
            "missed": fields.Date.to_string(legal.notice or noticed_on),
            "minimum": fields.Date.to_string(term.minimum_end or term.date_end or legal.day),
        }
        if legal.notice:
            return self.env._(
                "%(subscription)s may end on %(day)s at the earliest: notice for the term before had to be given by "
                "%(missed)s, and was given on %(noticed)s.",
                **values,
            )
        if legal.reason == "notice":
            return self.env._(
                "%(subscription)s may end on %(day)s at the earliest: its notice period is %(notice)s, from "
                "%(noticed)s on.",
                **values,
            )
        if legal.reason == "minimum":
            return self.env._(
                "%(subscription)s may end on %(day)s at the earliest: it was agreed until %(minimum)s at least.",
                **values,
            )
        return self.env._(
            "%(subscription)s may end on %(day)s at the earliest: on that day its term is over.", **values
        )
