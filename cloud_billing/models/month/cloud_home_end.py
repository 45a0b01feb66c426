from dateutil.relativedelta import relativedelta
from odoo import fields, models

from ..billing.run.cloud_bill_run import POSTED


class CloudHome(models.AbstractModel):
    """What becomes of the month once it is posted: sent, collected, tied out. Documents and buttons are Odoo's own."""

    _inherit = "cloud.home"

    # === BUSINESS === #

    def _get_send_step(self, company, start):
        """Posted invoices and credit notes of the month that nobody has sent; what was taken back needs no sending."""
        domain = [
            *self._get_document_domain(company, ("out_invoice", "out_refund")),
            ("cloud_bill_run_id", "in", self._get_runs(company, start).ids),
        ]
        unsent = [*domain, ("is_move_sent", "=", False), ("payment_state", "!=", "reversed")]
        Move = self._get_documents()
        count = Move.search_count(unsent)
        return {
            "key": "send",
            "label": self.env._("Send"),
            "count": count,
            "count_label": self.env._("invoices that are not sent"),
            "amounts": self._get_document_amounts(unsent, "amount_total_in_currency_signed"),
            "is_done": not count and bool(Move.search_count(domain, limit=1)),
            "is_waiting": not Move.search_count(domain, limit=1),
            "button": self.env._("Send"),
            **self._get_document_links(unsent, count),
        }

    def _get_collect_step(self, company, start):
        """What customers owe of invoices of ours up to the month's; overdue is told by the day of now."""
        today = fields.Date.context_today(self)
        owed = [
            *self._get_document_domain(company, ("out_invoice",)),
            ("cloud_bill_run_id.cutoff_date", "<=", start + relativedelta(months=1)),
            ("payment_state", "in", ("not_paid", "partial")),
        ]
        overdue = [*owed, ("invoice_date_due", "<", today)]
        Move = self._get_documents()
        count, late = Move.search_count(owed), Move.search_count(overdue)
        step = {
            "key": "collect",
            "label": self.env._("Collect"),
            "count": count,
            "count_label": self.env._("invoices that are not paid, %(count)s of them overdue", count=late),
            "amounts": self._get_document_amounts(owed, "amount_residual"),
            "is_done": not count and bool(self._get_runs(company, start)),
            "is_waiting": not count and not self._get_runs(company, start),
            "button": self.env._("Show what is overdue") if late else self.env._("Show what is owed"),
            **self._get_document_links(overdue if late else owed, count),
            "list_domain": owed,
        }
        if late:
            told = ", ".join(
                f"{self.env['cloud.bill']._format_amount(one['amount'], self._get_currency(one['currency']))}"
                f" {one['currency']}"
                for one in self._get_document_amounts(overdue, "amount_residual")
            )
            step["note"] = self.env._("Overdue: %(amounts)s", amounts=told)
        return step

    def _get_tie_out_step(self, company, start):
        """Posted runs of a month: its end is put into the books, then each run is tied out and signed."""
        runs = self._get_runs(company, start)
        month_end = start + relativedelta(months=1, days=-1)
        closing = self.env["cloud.closing"].search([("company_id", "=", company.id), ("date_end", "=", month_end)])
        is_in_books = closing.state == "posted"
        left = runs.filtered(lambda run: run.state != "closed")
        amounts = self.env["cloud.bill"]._read_group(
            [("run_id", "in", runs.ids), ("state", "=", "posted")], ["currency_id"], ["amount:sum"]
        )
        return {
            "key": "tie_out",
            "label": self.env._("Tie out"),
            "count": len(left or runs),
            "count_label": self._get_tie_out_label(is_in_books, left),
            "amounts": self._prepare_amounts([(currency.name, amount) for currency, amount in amounts]),
            "is_done": is_in_books and not left,
            "is_waiting": not runs and not closing,
            "button": self.env._("Open the month's end") if closing else self.env._("Make the month's end"),
            "action": "cloud_billing.cloud_closing_action",
            "res_ids": closing.ids,
            "context": {"default_date_end": fields.Date.to_string(month_end)},
            "can_act": bool(closing) or (bool(runs) and self.env["cloud.closing"].has_access("create")),
            **(self._get_close_links(left) if is_in_books and left else {}),
        }

    def _get_tie_out_label(self, is_in_books, left):
        if not is_in_books:
            return self.env._("posted bill runs, the month's end is not in the books")
        if left:
            return self.env._("posted bill runs to tie out and sign")
        return self.env._("bill runs, tied out and closed")

    def _get_close_links(self, runs):
        """The values of the step once nothing but the signature is left: its button leads to the runs."""
        return {
            "button": self.env._("Close the runs"),
            "action": "cloud_billing.cloud_bill_run_action",
            "res_ids": runs.ids,
            "context": {},
            "can_act": self.env["cloud.bill.run"].has_access("write"),
        }

    def _get_runs(self, company, start):
        """The posted runs of a month."""
        return self.env["cloud.bill.run"].search(
            [
                ("company_id", "=", company.id),
                ("cutoff_date", ">", start),
                ("cutoff_date", "<=", start + relativedelta(months=1)),
                ("state", "in", POSTED),
            ]
        )

    def _get_documents(self):
        # sudo: counts and sums of our invoices are for everybody who sees the month; lists ask for their own rights.
        return self.env["account.move"].sudo()

    def _get_document_domain(self, company, move_types):
        return [
            ("cloud_bill_id.company_id", "=", company.id),
            ("state", "=", "posted"),
            ("move_type", "in", move_types),
        ]

    def _get_document_amounts(self, domain, name):
        """[{"currency", "amount"}] of documents, with the digits of their currency."""
        groups = self._get_documents()._read_group(domain, ["currency_id"], [f"{name}:sum"])
        return [
            {"currency": currency.name, "amount": f"{amount:.{currency.decimal_places}f}"}
            for currency, amount in groups
        ]

    def _get_document_links(self, domain, count):
        """The values of a step whose button and number lead to a list of documents, for who may read them."""
        if not self.env["account.move"].has_access("read"):
            return {"can_act": False}
        return {
            "action": "account.action_move_out_invoice_type",
            "domain": domain,
            "list_action": "account.action_move_out_invoice_type",
            "list_domain": domain,
            "can_act": bool(count),
        }

    def _get_currency(self, name):
        return self.env["res.currency"].with_context(active_test=False).search([("name", "=", name)], limit=1)

    # === HOOKS === #

    def _get_steps(self, company, start):
        return [
            *super()._get_steps(company, start),
            self._get_send_step(company, start),
            self._get_collect_step(company, start),
            self._get_tie_out_step(company, start),
        ]
