from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ...engine.numbers import parse_decimal
from ..usage.usage_schema import ASSIGNMENT_TABLE, ROW_TABLE


class CloudUsageRecord(models.Model):
    """The buttons by which people hold rows for review, waive them, or let them count again."""

    _inherit = "cloud.usage.record"

    # === ACTIONS === #

    def action_ask_hold(self):
        """Ask why these rows are held."""
        return self.env["cloud.usage.decision"]._open(self, "held")

    def action_ask_waive(self):
        """Ask why these rows are waived."""
        return self.env["cloud.usage.decision"]._open(self, "waived")

    def action_ask_release(self):
        """Ask why these rows are released."""
        return self.env["cloud.usage.decision"]._open(self, "released")

    def action_hold(self, reason):
        """Keep these rows from being billed until somebody has looked at them."""
        return self._decide("held", reason)

    def action_waive(self, reason):
        """Give these rows up: nobody is billed for them. Kept in the register of interventions."""
        return self._decide("waived", reason)

    def action_release(self, reason):
        """Let these rows, held or waived, count again from now on."""
        return self._decide("released", reason)

    # === BUSINESS === #

    def _decide(self, decision, reason):
        """Do what a person decided of these rows, and note it by stream and owner; returns how many it concerned."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: somebody will ask."))
        if not self.env.user.has_group("cloud_billing.group_operator"):
            raise AccessError(self.env._("To hold, waive or release usage rows takes the role of an operator."))
        self.check_access("read")
        decided = 0
        for company, records in self.grouped("company_id").items():
            decided += records._decide_in(company, decision, reason)
        return decided

    def _decide_in(self, company, decision, reason, request=None):
        """request: the cloud.change.request by which it was agreed, where it was."""
        store = self.env["cloud.usage.store"]
        decide = {"held": store._hold_rows, "waived": store._waive_rows, "released": store._release_rows}[decision]
        count = decide(company, self.ids, reason)
        if count:
            self._note_decision(decision, reason, request)
            self.env["cloud.audit.event"]._record(
                f"usage_{decision}", self.import_id, detail={"rows": count}, reason=reason
            )
        return count

    def _note_decision(self, decision, reason, request=None):
        """One line of the register per stream and owner, with the billed cost that it is about."""
        notes, found = [], self._add_up()
        # Told one by one they would be read one by one.
        streams = self.env["cloud.usage.stream"].browse(row[0] for row in found)
        customers = self.env["cloud.customer"].browse({row[1] for row in found if row[1]})
        for stream_id, customer_id, currency, count, cost in found:
            words = self.env._("%(count)s rows: %(reason)s", count=count, reason=reason)
            notes.append(
                (
                    streams.browse(stream_id).with_prefetch(streams.ids),
                    {
                        "kind": decision,
                        "reason": words,
                        "request": request,
                        # Money without a currency is no amount.
                        "amount": parse_decimal(cost) if cost and currency else None,
                        "currency": self.env["res.currency"].browse(currency),
                        "customer": customers.browse(customer_id).with_prefetch(customers.ids),
                    },
                )
            )
        self.env["cloud.intervention"]._note_all(notes)

    def _add_up(self):
        """(stream id, customer id, currency id, rows, billed cost as text) of these rows."""
        return self.env.execute_query(
            SQL(
                """
                SELECT r.stream_id, l.customer_id, c.id, COUNT(*), SUM(r.cost_billed)::text
                  FROM %(rows)s r
                  JOIN cloud_usage_stream s ON s.id = r.stream_id
             LEFT JOIN res_currency c ON c.name = s.currency
             LEFT JOIN %(owners)s a ON a.stream_id = r.stream_id
                                   AND a.to_number = 0
                                   AND (a.utc_start IS NULL OR r.service_start >= a.utc_start)
                                   AND (a.utc_end IS NULL OR r.service_start < a.utc_end)
             LEFT JOIN cloud_subscription_line l ON l.id = a.subscription_line_id
                 WHERE r.id = ANY(%(row_ids)s)
              GROUP BY r.stream_id, l.customer_id, c.id
              ORDER BY r.stream_id, l.customer_id
                """,
                rows=SQL(ROW_TABLE),
                owners=SQL(ASSIGNMENT_TABLE),
                row_ids=self.ids,
            )
        )
