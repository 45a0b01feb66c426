from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...engine.numbers import to_text
from ..usage.usage_schema import SUMMARY_TABLE
from .run.cloud_bill_run import POSTED


class CloudHome(models.AbstractModel):
    """The month at a glance: its steps, each with a count, an amount of money and one button."""

    _name = "cloud.home"
    _description = "Month"

    # === ACTIONS === #

    @api.model
    def get_month(self, month=None):
        """What the home shows of a month for the person's current company.

        month: 'YYYY-MM-01', or nothing for the month that is to be billed now (the last one that has ended).
        Returns {"month", "previous", "next", "company", "state", "state_label", "can_go_live", "steps"}: `_get_steps`.
        """
        if not self.env.user.has_group("cloud_billing.group_viewer"):
            raise AccessError(
                self.env._("The month is for people with a Cloud Billing role: ask your billing administrator.")
            )
        company = self.env.company
        today = fields.Date.context_today(self)
        start = fields.Date.to_date(month).replace(day=1) if month else self._get_default_month(company, today)
        state_labels = dict(company._fields["cloud_billing_state"]._description_selection(self.env))
        return {
            "month": fields.Date.to_string(start),
            "previous": fields.Date.to_string(start - relativedelta(months=1)),
            "next": fields.Date.to_string(start + relativedelta(months=1)),
            "company": company.name,
            "state": company.cloud_billing_state,
            "state_label": state_labels[company.cloud_billing_state],
            "can_go_live": company.cloud_billing_state == "setup"
            and self.env.user.has_group("cloud_billing.group_administrator"),
            # The steps add up the month of all customers.
            "steps": self._get_steps(company, start) if self._sees_month() else [],
        }

    # === BUSINESS === #

    def _sees_month(self):
        return self.env["cloud.sharing.group"]._sees_whole_company(self.env.user)

    def _get_default_month(self, company, today):
        """The last month that has ended; while its bill is not there yet, the newest month that makes up a bill.

        A provider's file of September holds some rows of October: a month with less than a tenth of the money of the
        fullest of the last three is such an edge, not a month to bill.
        """
        ended = today.replace(day=1) - relativedelta(months=1)
        rows = self.env.execute_query(
            SQL(
                """
            SELECT billing_month, SUM(row_count), SUM(ABS(cost_billed))
              FROM cloud_usage_delivery
             WHERE company_id = %s
               AND import_number > 0
               AND superseded_number = 0
               AND billing_month <= %s
          GROUP BY billing_month
          ORDER BY billing_month DESC
             LIMIT 3
            """,
                company.id,
                ended,
            )
        )
        fullest = [max((row[place] or 0 for row in rows), default=0) for place in (1, 2)]
        for month, *sizes in rows:
            if any(size and 10 * size >= most for size, most in zip(sizes, fullest, strict=True)):
                return month
        return ended

    def _get_usage_step(self, company, start):
        Delivery = self.env["cloud.usage.delivery"]
        live = [
            ("company_id", "=", company.id),
            ("import_number", ">", 0),
            ("superseded_number", "=", 0),
            ("billing_month", "=", start),
        ]
        reading = self.env["cloud.usage.import"].search_count(
            [("company_id", "=", company.id), ("state", "in", ("draft", "queued", "staging"))]
        )
        count = Delivery.search_count(live)
        step = {
            "key": "usage_in",
            "label": self.env._("Usage in"),
            "count": count,
            "count_label": self.env._("months of provider accounts delivered"),
            "amounts": self._get_usage_amounts(live),
            "is_done": bool(count) and not reading,
            "button": self.env._("Import a file"),
            "action": "cloud_billing.cloud_usage_import_wizard_action",
            "can_act": self.env.user.has_group("cloud_billing.group_operator"),
            "list_action": "cloud_billing.cloud_usage_delivery_action",
            "list_domain": live,
        }
        if reading:
            step["note"] = self.env._("Imports that are not finished: %(count)s.", count=reading)
        return step

    def _get_usage_amounts(self, domain):
        """Billed cost by the provider's currency, which deliveries do not carry but their streams do."""
        deliveries = self.env["cloud.usage.delivery"].search(domain)
        if not deliveries or not self.env["cloud.field.access"]._may_see_costs():
            return []
        rows = self.env.execute_query(
            SQL(
                """
            SELECT s.currency,
                   SUM(d.cost_billed)::text
              FROM %s d
              JOIN cloud_usage_stream s ON s.id = d.stream_id
             WHERE d.delivery_id = ANY(%s)
          GROUP BY s.currency
          ORDER BY s.currency
            """,
                SQL(SUMMARY_TABLE),
                list(deliveries.ids),
            )
        )
        return [{"currency": currency or "", "amount": amount} for currency, amount in rows if amount is not None]

    def _get_resolve_step(self, company, start):
        Stream = self.env["cloud.usage.stream"]
        unmatched = [("company_id", "=", company.id), *Stream._get_unmatched_domain()]
        streams = Stream.search_count(unmatched)
        rejects = self.env["cloud.usage.reject"].search_count([("company_id", "=", company.id), ("state", "=", "open")])
        blocked = self.env["cloud.bill"].search_count(
            [("company_id", "=", company.id), ("state", "in", ("blocked", "parked"))]
        )
        amounts = []
        if self.env["cloud.field.access"]._may_see_costs():
            amounts = Stream._read_group(unmatched, ["currency"], ["unmatched_cost:sum"])
        return {
            "key": "to_resolve",
            "label": self.env._("To resolve"),
            "count": streams + rejects + blocked,
            "count_label": self.env._(
                "streams without an owner: %(streams)s, rows: %(rejects)s, bills: %(bills)s",
                streams=streams,
                rejects=rejects,
                bills=blocked,
            ),
            "amounts": self._prepare_amounts(amounts),
            "is_done": not (streams or rejects or blocked),
            "button": self.env._("Resolve"),
            "action": "cloud_billing.cloud_usage_stream_action_unmatched"
            if streams
            else "cloud_billing.cloud_usage_reject_action"
            if rejects
            else "cloud_billing.cloud_bill_action_to_resolve",
            "can_act": bool(streams or rejects or blocked),
        }

    def _get_run_step(self, company, start, key):
        """One of the steps that a bill run of the month is in: review, approve or post."""
        states = {"review": ("draft", "rating", "review"), "approve": ("to_approve",), "post": ("approved", "posting")}
        done_states = {
            "review": ("to_approve", "approved", "posting", *POSTED),
            "approve": ("approved", "posting", *POSTED),
            "post": POSTED,
        }
        month_end = start + relativedelta(months=1)
        of_month = [
            ("company_id", "=", company.id),
            ("cutoff_date", ">", start),
            ("cutoff_date", "<=", month_end),
        ]
        Bill, Run = self.env["cloud.bill"], self.env["cloud.bill.run"]
        runs = Run.search([*of_month, ("state", "in", states[key])])
        done = Run.search([*of_month, ("state", "in", done_states[key])])
        shown = runs or done
        bills = [("run_id", "in", shown.ids)]
        if key == "post" and not runs:
            bills.append(("state", "=", "posted"))
        amounts = Bill._read_group(bills, ["currency_id"], ["amount:sum"])
        attention = Bill.search_count([("run_id", "in", runs.ids), ("state", "in", ("look", "blocked"))])
        step = {
            "key": key,
            "label": {
                "review": self.env._("Review"),
                "approve": self.env._("Approve"),
                "post": self.env._("Post"),
            }[key],
            "count": Bill.search_count(bills),
            "count_label": {
                "review": self.env._("bills, %(count)s of them to look at", count=attention),
                "approve": self.env._("bills in the run"),
                "post": self.env._("invoices"),
            }[key],
            "amounts": self._prepare_amounts([(currency.name, amount) for currency, amount in amounts]),
            "is_done": bool(done) and not runs,
            "button": self.env._("Open the run") if shown else self.env._("Start a bill run"),
            "action": "cloud_billing.cloud_bill_run_action",
            "res_ids": shown.ids,
            "can_act": bool(shown) or (key == "review" and self.env.user.has_group("cloud_billing.group_accountant")),
            "context": {"default_cutoff_date": fields.Date.to_string(month_end)},
        }
        if not shown:
            step["is_waiting"] = key != "review"
        return step

    def _prepare_amounts(self, groups):
        """[{"currency", "amount"}] of (currency name, Decimal) pairs; amounts as exact text."""
        return [
            {"currency": currency or "", "amount": to_text(amount)}
            for currency, amount in groups
            if amount is not None and amount is not False
        ]

    # === HOOKS === #

    def _get_steps(self, company, start):
        """The month's steps in order: a list of dicts for the home.

        key, label, count, count_label, amounts [{"currency", "amount"}], is_done, button, action (an XML id) with
        optional res_ids or domain, and context; can_act, optional note, is_waiting. A module that adds a step calls
        super() and inserts its own; a step with nothing behind it is not in the list.
        """
        return [
            self._get_usage_step(company, start),
            self._get_resolve_step(company, start),
            self._get_run_step(company, start, "review"),
            self._get_run_step(company, start, "approve"),
            self._get_run_step(company, start, "post"),
        ]
