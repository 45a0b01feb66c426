from contextlib import closing
from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError

from ...engine.numbers import exact, round_to
from .next_invoice import NextInvoice, PreviewBill, PreviewLine

_ZERO = Decimal(0)


class CloudInvoicePreview(models.AbstractModel):
    """The next invoice of a subscription, worked out by the pipeline that bills it, in a savepoint that is rolled back.

    So a preview and the bill cannot differ: there is no second calculation beside the first. What somebody is about to
    change is changed in that savepoint too.
    """

    _name = "cloud.invoice.preview"
    _description = "Preview of the Next Invoice"

    # === BUSINESS === #

    @api.model
    def _get_next_invoice(self, subscription, now, apply=None):
        """The NextInvoice of one subscription as of an instant (naive UTC); nothing of it stays.

        apply: a function without arguments that changes what was agreed, as the person asks for; what it refuses is
        raised. Where it returns subscriptions, as a takeover does, they are billed beside this one. Of a payer with
        several subscriptions only this one's share is shown.
        """
        subscription.check_access("read")
        # A savepoint that is closed is rolled back.
        with closing(self.env.cr.savepoint()):
            made = apply() if apply else None
            beside = made if isinstance(made, type(subscription)) else subscription.browse()
            return self._work_out(subscription, now, beside)

    @api.model
    def _get_proposed_invoices(self, subscription, now, propose):
        """(NextInvoice as it is, as it would be) of the first invoice in which proposed prices of a contract count.

        propose: a function without arguments that returns the cloud.contract.rate records, which it may make; nothing
        of them stays. Nobody agrees on them for that: they are passed to the rating of a run that is rolled back.
        Raises UserError with what stands in the way of their approval. Where they change no invoice up to the one that
        bills their first day, both are the next invoice.
        """
        subscription.check_access("read")
        # A savepoint that is closed is rolled back.
        with closing(self.env.cr.savepoint()):
            rates = propose()
            problems = [problem for rate in rates for problem in rate._get_problems()]
            if problems:
                raise UserError("\n".join(problems))
            days = subscription._get_preview_days_of_price(now, min(rate._get_start() for rate in rates))
            proposal = rates._as_proposal()
            with closing(self.env.cr.savepoint()):
                before = [self._bill_on(subscription, day) for day in days]
            for rate in rates:
                # What was billed is corrected where an agreement changed: so the run asks what its days come to now.
                rate._note_price()
            after = [self._bill_on(subscription, day, proposal) for day in days]
        pairs = list(zip(before, after, strict=True))
        changed = (pair for pair in pairs if pair[0] != pair[1])
        billed = (pair for pair in pairs if pair[1].bills or pair[1].problems)
        return next(changed, None) or next(billed, pairs[0])

    @api.model
    def _work_out(self, subscription, now, beside):
        # Of the days on which something may fall due the first with a bill is the next invoice.
        answer = NextInvoice()
        for day in subscription._get_preview_days(now):
            answer = self._bill_on(subscription | beside, day)
            if answer.bills or answer.problems:
                return answer
        return answer

    @api.model
    def _bill_on(self, subscriptions, day, proposal=None):
        """The NextInvoice of what is due up to a day, with a run that bills these subscriptions alone.

        proposal: see `cloud.rating._rate`. A second run of the same savepoint bills what the first one did not.
        """
        # sudo: whoever may read a subscription may see what it comes to; nobody else's charges are made, none is kept.
        run = (
            self.env["cloud.bill.run"]
            .sudo()
            .with_company(subscriptions.company_id)
            .with_context(tracking_disable=True, mail_create_nosubscribe=True, mail_create_nolog=True)
            .create(
                {
                    "name": "/preview",
                    "company_id": subscriptions.company_id.id,
                    "cutoff_date": day,
                    "invoice_date": day,
                    "accounting_date": day,
                    "subscription_ids": [(6, 0, subscriptions.ids)],
                }
            )
        )
        run._start_rating()
        while run._rate_chunk(proposal):
            pass
        run._make_bills(proposal)
        charges = self.env["cloud.charge"].sudo().search([("run_id", "=", run.id)])  # sudo: as above.
        problems = dict.fromkeys(charge.error for charge in charges if charge.error)
        bills = [
            self._describe(bill) for bill in run.bill_ids._get_invoiced().sorted("id") if bill._get_invoice_groups()
        ]
        return NextInvoice(day if bills or problems else None, tuple(bills), tuple(problems))

    @api.model
    def _describe(self, bill):
        """A bill as PreviewBill: its texts, and the taxes as Odoo works them out for the invoice."""
        groups = bill._get_invoice_groups()
        with exact():
            amounts = [sum((line.amount for line in group), _ZERO) for group in groups]
            sign = -1 if sum(amounts, _ZERO) < 0 else 1
        lines = tuple(
            PreviewLine(
                text=bill._get_move_line_text(group),
                service_start=min(group.mapped("service_start")),
                service_end=max(group.mapped("service_end")),
                amount=amount,
                is_correction=bool(group.charge_id.corrects_id),
            )
            for group, amount in zip(groups, amounts, strict=True)
        )
        untaxed, tax = self._get_taxes(bill, groups, sign)
        with exact():
            return PreviewBill(
                bill.customer_id.display_name,
                bill.currency_id,
                lines,
                sign * untaxed,
                sign * tax,
                sign * (untaxed + tax),
            )

    @api.model
    def _get_taxes(self, bill, groups, sign):
        """(amount without tax, tax) of the invoice, both as its document shows them."""
        journal, fiscal_position = bill._get_journal(), bill._get_fiscal_position()
        AccountTax = self.env["account.tax"]
        base_lines = []
        for group in groups:
            vals = bill._prepare_move_line_vals(group, sign, journal, fiscal_position)
            base_lines.append(
                AccountTax._prepare_base_line_for_taxes_computation(
                    None,
                    product_id=group[0].product_id,
                    tax_ids=AccountTax.browse(vals["tax_ids"][0][2]),
                    price_unit=vals["price_unit"],
                    quantity=vals["quantity"],
                    currency_id=bill.currency_id,
                )
            )
        AccountTax._add_tax_details_in_base_lines(base_lines, bill.company_id)
        AccountTax._round_base_lines_tax_details(base_lines, bill.company_id)
        totals = AccountTax._get_tax_totals_summary(base_lines, bill.currency_id, bill.company_id)
        step = bill._get_step()
        return tuple(
            round_to(Decimal(repr(totals[name])), step) for name in ("base_amount_currency", "tax_amount_currency")
        )
