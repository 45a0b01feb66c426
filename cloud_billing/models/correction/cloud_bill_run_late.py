from odoo import api, fields, models

from ..billing.isolated_work import do_each_live_company


class CloudBillRun(models.Model):
    """Runs of corrections alone: nothing that is due for the first time is on them."""

    _inherit = "cloud.bill.run"

    correction_scope = fields.Selection(
        [("late", "Late usage, at once"), ("again", "Rated again")],
        string="Only Corrections",
        readonly=True,
        copy=False,
        help="It bills or credits what was billed before and is different now, and nothing else.",
    )

    # === BUSINESS === #

    def _start_rating(self, now=None, **kwargs):
        if not self.correction_scope:
            return super()._start_rating(now=now, **kwargs)
        number = self.env["cloud.usage.store"]._last_number(self.company_id)
        self._set_state("rating", usage_number=number, attempts=0, error=False)
        return 0

    def _make_other_charges(self):
        # What is given or taken once is due with a run of what is due.
        return None if self.correction_scope else super()._make_other_charges()

    # === BUSINESS: BY THE SCHEDULE === #

    @api.model
    def _cron_bill_late(self):
        """Each night: where late usage is billed at once, a run per live company with it, rated up to the review."""
        today = fields.Date.context_today(self)
        do_each_live_company(
            self.env, lambda company: self._make_late_run(company, today), "The late usage of %s could not be billed"
        )

    @api.model
    def _make_late_run(self, company, today):
        """Make and rate a run of the late usage of a company that is billed at once; an empty one where there is none.

        today: the date of the invoices.
        """
        # Not stored: it says only which usage is asked for.
        asked = self.new({"company_id": company.id, "correction_scope": "late"})
        asked.usage_number = self.env["cloud.usage.store"]._last_number(company)
        customers = self.env["cloud.charge.correction"]._get_changed(asked, None).customer_id
        if not customers:
            return self.browse()
        run = self.with_company(company).create(self._prepare_late_vals(company, today))
        # sudo: a run that a schedule makes is of those who have late usage.
        run.sudo().write({"correction_scope": "late", "customer_ids": [(6, 0, customers.ids)]})
        run._start_rating()
        run._rate_all()
        return run

    def _prepare_late_vals(self, company, today):
        return {
            "company_id": company.id,
            "cutoff_date": today,
            "invoice_date": today,
            "accounting_date": today,
            "is_automatic": True,
        }

    # === HOOKS === #

    def _get_effect_notes(self, *args, **kwargs):
        notes = super()._get_effect_notes(*args, **kwargs)
        return [*self._get_scope_notes(), *self._get_absorbed_notes(), *notes]

    def _get_scope_notes(self):
        if self.correction_scope == "late":
            return [self.env._("Only late usage that is billed at once; nothing that is due for the first time.")]
        return []

    def _get_absorbed_notes(self):
        """What the run leaves unbilled, per currency, as sentences for the approver."""
        groups = self.env["cloud.charge"]._read_group(
            [("run_id", "=", self.id), ("absorbed_amount", "!=", False), ("absorbed_amount", "!=", 0)],
            ["currency_id"],
            ["absorbed_amount:sum", "__count"],
        )
        return [
            self.env._(
                "%(count)s differences of late usage are absorbed and not billed: %(amount)s %(currency)s.",
                count=count,
                amount=self.env["cloud.bill"]._format_amount(amount, currency),
                currency=currency.name,
            )
            for currency, amount, count in groups
        ]
