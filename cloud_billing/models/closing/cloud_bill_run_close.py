from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, date_utils, format_date

_NAMED = 5
# What is added up of several bills b: of each its rated lines, its invoice m and what that has booked.
_SUMS = SQL(
    """
    b.currency_id, COUNT(*) AS bills, SUM(rated.amount)::text AS rated, SUM(b.amount)::text AS billed,
    SUM(m.sign * m.amount_untaxed)::text AS invoiced, SUM(booked.income)::text AS ledger,
    SUM(m.sign * m.amount_total)::text AS total, SUM(booked.receivable)::text AS receivable
    """
)


class CloudBillRun(models.Model):
    """A posted run is closed: its bills tie out to the ledger, the month's end is in the books, and a person signs."""

    _inherit = "cloud.bill.run"

    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False, help="Who signed that the run ties out.")
    closed_at = fields.Datetime(readonly=True, copy=False)
    tie_out_text = fields.Text(
        string="Tied Out",
        readonly=True,
        copy=False,
        help="Bills, invoices and ledger, as they were when it was closed.",
    )

    _closed_is_signed = models.Constraint(
        "CHECK ((state = 'closed') = (closed_by_id IS NOT NULL AND closed_at IS NOT NULL))",
        "A closed run has been signed by a person.",
    )

    # === ACTIONS === #

    def action_close(self):
        """Sign that posted runs tie out. What was wrong is put right by new facts from then on too: nothing reopens."""
        self._check_may_act()
        if self.env.su or not self.env.user._is_internal():
            raise UserError(self.env._("A bill run is closed by a person who signs it."))
        now = fields.Datetime.now()
        problems = [problem for run in self for problem in run._get_close_blockers()]
        if problems:
            raise UserError("\n".join(problems))
        for run in self:
            told = run._tell_tie_out()
            run._set_state("closed", closed_by_id=self.env.uid, closed_at=now, tie_out_text=told)
            self.env["cloud.audit.event"]._record("run_closed", run, detail={"tied_out": told})

    # === BUSINESS === #

    def _get_month_end(self):
        """The month's end that has to be in the books: of the month in which the last billed day lies."""
        self.ensure_one()
        return date_utils.end_of(fields.Date.subtract(self.cutoff_date, days=1), "month")

    def _fetch_tie_out(self):
        """One dict per currency: bills, and sums as exact text of what must be equal.

        rated and billed: rated lines, and the bills that are made of them. invoiced and ledger: what the invoices say
        before tax, and what they booked. total and receivable: with tax, and what the customers owe for it.
        """
        self.env["account.move.line"].flush_model()
        self.env["cloud.rated.line"].flush_model()
        self.env["cloud.bill"].flush_model()
        return self.env.execute_query_dict(self._select_tie_out(_SUMS, SQL("GROUP BY b.currency_id")))

    def _fetch_untied(self):
        """Names of bills that do not tie out, in their order."""
        condition = SQL(
            """
            AND (rated.amount IS DISTINCT FROM b.amount
                 OR m.sign * m.amount_untaxed IS DISTINCT FROM booked.income
                 OR m.sign * m.amount_total IS DISTINCT FROM booked.receivable
                 OR m.state IS DISTINCT FROM 'posted')
        ORDER BY b.id
            """
        )
        return [name for (name,) in self.env.execute_query(self._select_tie_out(SQL("b.name"), condition))]

    def _select_tie_out(self, columns, end):
        return SQL(
            """
            SELECT %(columns)s
              FROM cloud_bill b
         LEFT JOIN (SELECT move.*, CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END AS sign
                      FROM account_move move) m ON m.id = b.move_id
         LEFT JOIN LATERAL (SELECT SUM(r.amount) AS amount
                              FROM cloud_rated_line r
                             WHERE r.bill_id = b.id) rated ON TRUE
         LEFT JOIN LATERAL (SELECT -SUM(l.amount_currency) FILTER (WHERE l.display_type = 'product') AS income,
                                   SUM(l.amount_currency) FILTER (WHERE l.display_type = 'payment_term') AS receivable
                              FROM account_move_line l
                             WHERE l.move_id = m.id) booked ON TRUE
             WHERE b.run_id = %(run_id)s
               AND b.state = 'posted'
               %(end)s
            """,
            columns=columns,
            run_id=self.id,
            end=end,
        )

    def _tell_tie_out(self):
        """What tied out, a line for each currency, as the one who signs reads it."""
        lines = []
        for row in self._fetch_tie_out():
            currency = self.env["res.currency"].browse(row["currency_id"])
            amounts = {
                name: self.env["cloud.bill"]._format_amount(row[name], currency)
                for name in ("rated", "invoiced", "total", "receivable")
            }
            lines.append(
                self.env._(
                    "%(bills)s bills of %(rated)s %(currency)s: invoices of %(invoiced)s before tax, as booked; of"
                    " %(total)s with tax, of which %(receivable)s are receivable.",
                    bills=row["bills"],
                    currency=currency.name,
                    **amounts,
                )
            )
        return "\n".join(lines) or self.env._("Nothing was invoiced.")

    # === HOOKS === #

    def _get_close_blockers(self):
        """Return the sentences for which the run cannot be closed, all at once. To add one: extend super()."""
        self.ensure_one()
        if self.state != "posted":
            return [self.env._("%(run)s is not posted: only a posted run is closed.", run=self.name)]
        problems = []
        parked = self.bill_ids.filtered(lambda bill: bill.state == "parked")
        if parked:
            problems.append(
                self.env._(
                    "%(run)s: parked bills: %(count)s. Post or exclude them first.", run=self.name, count=len(parked)
                )
            )
        untied = self._fetch_untied()
        if untied:
            names = ", ".join(untied[:_NAMED]) + (", ..." if len(untied) > _NAMED else "")
            problems.append(
                self.env._(
                    "%(run)s: bills that do not tie out to the ledger: %(count)s (%(names)s). See what was changed on "
                    "their invoices.",
                    run=self.name,
                    count=len(untied),
                    names=names,
                )
            )
        return problems + self._get_month_end_blockers()

    def _get_month_end_blockers(self):
        month_end = self._get_month_end()
        closing = self.env["cloud.closing"].search(
            [("company_id", "=", self.company_id.id), ("date_end", "=", month_end)], limit=1
        )
        # Where nothing is accrued or deferred there is nothing to post.
        if closing.state == "posted" or (closing.computed_at and not closing.line_ids):
            return []
        return [
            self.env._(
                "%(run)s: the month's end of %(day)s is not in the books. Post it under Month, Month End, then close"
                " the run.",
                run=self.name,
                day=format_date(self.env, month_end),
            )
        ]
