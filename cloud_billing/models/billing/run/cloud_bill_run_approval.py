from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ....engine.proof import digest
from ..batches import in_batches

# What the query of `_get_sealed_values` reads of a rated line, after its bill.
SEALED_COLUMNS = (
    "customer_id", "currency_id", "tax_basis", "grouping_key", "id", "charge_id", "subscription_line_id", "product_id",
    "name", "service_start", "service_end", "quantity", "unit", "unit_price", "amount_exact", "amount", "rule_id",
    "usage_number", "statement", "component_id", "corrects_id", "charge_start", "charge_end",
    "contract_rate_id",
)  # fmt: skip
# Bills whose lines, statements and customers are in memory at once.
_SEALED = 500
_READ_TO_SUBMIT = (
    "state", "customer_id", "currency_id", "tax_basis", "amount", "cost_amount", "is_released", "released_by_id",
    "release_note", "is_held",
)  # fmt: skip


class CloudBillRunApproval(models.AbstractModel):
    """From review to approved: what stands in the way, what the checker sees, and the seal on what was seen."""

    _name = "cloud.bill.run.approval"
    _description = "Approval of a Bill Run"

    # === ACTIONS === #

    def action_submit(self):
        """Ask a second person to approve the run."""
        self._check_may_act()
        for run in self:
            problems = run._get_submit_blockers()
            if problems:
                raise UserError("\n".join(problems))
            run._seal_bills()
            # The seals were made just now, of what the database holds; every vote makes them anew.
            self.env["cloud.change.request"]._submit(
                run,
                "bill_run",
                content_hash=run._get_sealed_hash(),
                effect=run._get_effect(),
                reason=run.note or None,
            )

    # === BUSINESS: THE SEAL === #

    def _seal_bills(self):
        """Write on each bill the digest of what it will post."""
        hashes = self._compute_bill_hashes()
        for bill in self._get_sealed_candidates().sudo():  # sudo: no role may write bills.
            bill.content_hash = hashes[bill.id]

    def _get_sealed_candidates(self):
        # With what sealing and the effect read of each: all columns of thousands of bills would be megabytes.
        # sudo: lends the right to seal every bill of the run, and to read the costs that the effect tells some of.
        bills = self.env["cloud.bill"].sudo()
        domain = [("run_id", "in", self.ids), ("state", "in", ("ready", "look"))]
        return bills.search_fetch(domain, _READ_TO_SUBMIT).sudo(self.env.su)

    def _compute_bill_hashes(self, bills=None):
        """{bill id: digest of its rated lines, dates and customer} as the database has them now."""
        bills, hashes = self.bill_ids if bills is None else bills, {}
        for some in in_batches(bills, _SEALED):
            values = self._get_sealed_values(some)
            # A bill of which everything was absorbed has no line, and a seal all the same.
            hashes.update((bill.id, digest(values.get(bill.id, []))) for bill in some)
        return hashes

    def _get_sealed_columns(self):
        """Return the names of what `_get_sealed_values` gives of a rated line. Whoever adds a value adds its name."""
        return SEALED_COLUMNS

    def _get_sealed_values(self, bills):
        """{bill id: list of what its seal is made of, one list per rated line with values of `_get_sealed_columns`}."""
        self.env["cloud.rated.line"].flush_model()
        self.env["cloud.charge"].flush_model()
        self.env["cloud.bill"].flush_model()
        self.env.cr.execute(
            """
            SELECT r.bill_id, b.customer_id, b.currency_id, b.tax_basis, b.grouping_key,
                   r.id, r.charge_id, r.subscription_line_id, r.product_id, r.name, r.service_start, r.service_end,
                   r.quantity::text, r.unit, r.unit_price::text, r.amount_exact::text, r.amount::text, r.rule_id,
                   r.usage_number, r.statement, c.component_id, c.corrects_id, c.service_start, c.service_end,
                   r.contract_rate_id
              FROM cloud_rated_line r
              JOIN cloud_bill b ON b.id = r.bill_id
              JOIN cloud_charge c ON c.id = r.charge_id
             WHERE r.bill_id = ANY(%s)
          ORDER BY r.bill_id, r.id
            """,
            [list(bills.ids)],
        )
        lines = {}
        for bill_id, *values in self.env.cr.fetchall():
            lines.setdefault(bill_id, []).append(values)
        return lines

    def _get_content_hash(self):
        """SHA-256 of the run as it is now: its dates and what each sealed bill would post. Asked at every vote."""
        self.ensure_one()
        sealed = self.bill_ids.filtered("content_hash")
        return digest(self._list_content(self._compute_bill_hashes(sealed), sealed))

    def _get_sealed_hash(self):
        """The same of the seals as they were written; each bill is compared with its own when it is posted."""
        return digest(self._get_sealed_content())

    def _get_sealed_content(self):
        """What the digest of `_get_sealed_hash` is made of."""
        # Of thousands of bills nothing but their seals is read.
        sealed = self.env["cloud.bill"].search_fetch(
            [("run_id", "=", self.id), ("content_hash", "!=", False)], ["content_hash"]
        )
        return self._list_content({bill.id: bill.content_hash for bill in sealed}, sealed)

    def _list_content(self, hashes, bills):
        return [
            self.id,
            self.company_id.id,
            self.cutoff_date,
            self.invoice_date,
            self.accounting_date,
            self.due_date or None,
            self.usage_number,
            [[bill.id, hashes[bill.id]] for bill in bills.sorted("id")],
        ]

    # === BUSINESS: THE REQUEST === #

    def _prepare_submitted_vals(self, request):
        return {"state": "to_approve", "request_id": request.id, "content_hash": request.content_hash}

    def _apply_change_request(self, request, token):
        self._write_protected({"state": "approved"}, token)
        self._freeze_lines()

    def _reject_change_request(self, request, token):
        self._write_protected({"state": "review", "request_id": False, "content_hash": False}, token)

    def _freeze_lines(self):
        self.env["cloud.rated.line"].flush_model()
        self.env["cloud.bill"].flush_model()
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_rated_line r
               SET is_frozen = TRUE
              FROM cloud_bill b
             WHERE b.id = r.bill_id
               AND b.run_id = %s
               AND b.content_hash IS NOT NULL
               AND NOT r.is_frozen
            """,
                self.id,
            )
        )
        self.env["cloud.rated.line"].invalidate_model()

    def _withdraw(self):
        """Take a request back that nobody has decided yet."""
        if self.state == "to_approve" and self.request_id:
            self.request_id.action_withdraw()

    def _check_approved(self):
        """Raise unless the run is what people approved: an applied request for it, and the same content as then."""
        self.ensure_one()
        request = self.request_id
        is_applied = (
            request.state == "applied"
            and request.kind == "bill_run"
            and (request.res_model, request.res_id) == (self._name, self.id)
        )
        if not is_applied or request.content_hash != self._get_sealed_hash():
            raise UserError(
                self.env._(
                    "%(run)s is not what was approved. Take it back to draft, rate it and submit it again.",
                    run=self.name,
                )
            )

    # === HOOKS === #

    def _get_effect_amount(self):
        """What the run comes to, in the currency of the company."""
        self.ensure_one()
        amounts = [(bill.currency_id, bill.amount) for bill in self._get_sealed_candidates() if bill.amount is not None]
        return self._add_approval_amounts(amounts, self.invoice_date)

    def _get_submit_blockers(self):
        """Return the sentences for which the run cannot be submitted, all at once. To add one: extend super()."""
        self.ensure_one()
        if self.state != "review":
            return [self.env._("%(run)s is not in review: rate it first.", run=self.name)]
        problems = self._get_company_blockers() + self._get_date_blockers()
        for state, sentence in (
            ("blocked", self.env._("Blocked bills: %(count)s (%(names)s). Resolve or exclude them.")),
            ("look", self.env._("Bills that need a look: %(count)s (%(names)s). Release, hold or exclude them.")),
        ):
            bills = self.bill_ids.filtered(lambda bill, state=state: bill.state == state)
            if bills:
                names = ", ".join(bills[:3].mapped("customer_id.name")) + (", ..." if len(bills) > 3 else "")
                problems.append(sentence % {"count": len(bills), "names": names})
        if not self._get_sealed_candidates():
            problems.append(self.env._("%(run)s has no bill to post.", run=self.name))
        return problems

    def _get_company_blockers(self):
        if self.company_id.cloud_billing_state == "setup":
            return [
                self.env._(
                    "%(company)s is still being set up: bills can be previewed, not posted. Take the company live"
                    " first.",
                    company=self.company_id.name,
                )
            ]
        return []

    def _get_date_blockers(self):
        """A lock date in the way of the accounting date, said before Odoo would silently move the date."""
        company = self.company_id
        journals = {bill._get_journal() for bill in self.bill_ids if bill.state == "ready"}
        for journal in journals:
            locks = company._get_violated_lock_dates(self.accounting_date, True, journal)
            if locks:
                return [
                    self.env._(
                        "%(run)s: the books are closed on its accounting date %(date)s (%(locks)s). Choose an"
                        " accounting date after %(last)s, or have the lock date moved.",
                        run=self.name,
                        date=self._get_date_text(self.accounting_date),
                        locks=company._format_lock_dates(locks),
                        last=self._get_date_text(max(lock for lock, _field in locks)),
                    )
                ]
        return []
