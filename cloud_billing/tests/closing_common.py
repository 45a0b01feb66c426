"""What the tests of month ends share: the accounts they post on, and ways from a month's end to its figures."""

from decimal import Decimal

from .billing_common import BillingCase

D = Decimal


class ClosingCase(BillingCase):
    """A company with accounts and a journal for month ends; `cls.accrued`, `cls.deferred`, `cls.cost_due`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accrued = cls.make_account("180100", "Accrued income", "asset_current")
        cls.deferred = cls.make_account("280100", "Deferred revenue", "liability_current")
        cls.cost_due = cls.make_account("280200", "Accrued cost", "liability_current")
        cls.income = cls.company_data["default_account_revenue"]
        cls.expense = cls.company_data["default_account_expense"]
        cls.company.write(
            {
                "cloud_closing_journal_id": cls.company_data["default_journal_misc"].id,
                "cloud_accrued_income_account_id": cls.accrued.id,
                "cloud_deferred_account_id": cls.deferred.id,
                "cloud_accrued_cost_account_id": cls.cost_due.id,
            }
        )

    @classmethod
    def make_account(cls, code, name, account_type):
        return cls.env["account.account"].create(
            {"code": code, "name": name, "account_type": account_type, "company_ids": [(6, 0, cls.company.ids)]}
        )

    def make_closing(self, date_end, **vals):
        """A computed month's end, made by the accountant."""
        closing = (
            self.env["cloud.closing"]
            .with_user(self.user_accountant)
            .create({"company_id": self.company.id, "date_end": date_end, **vals})
        )
        closing.action_compute()
        return closing

    def post_closing(self, closing):
        """Submit, approve by the checker and post by the accountant, in a live company."""
        self.set_company_state("live")
        closing = closing.with_user(self.user_accountant)
        self.assertFalse(closing.action_submit())
        self.vote(closing.request_id)
        closing.action_post()
        self.assertEqual(closing.state, "posted")
        return closing

    def make_posted(self, date_end):
        return self.post_closing(self.make_closing(date_end))

    def figures(self, closing, kind=None):
        """[(kind, source, amount, company amount)] as text, in order."""
        lines = closing.line_ids.filtered(lambda line: kind in (None, line.kind))
        return sorted((line.kind, line.source, str(line.amount), str(line.company_amount)) for line in lines)

    def balance(self, account, until, date_from=None):
        """What the ledger holds on an account up to a day, debit positive, as text with the currency's decimals."""
        domain = [("account_id", "=", account.id), ("parent_state", "=", "posted"), ("date", "<=", until)]
        if date_from:
            domain.append(("date", ">=", date_from))
        ((total,),) = self.env["account.move.line"]._read_group(domain, [], ["balance:sum"])
        return f"{total:.2f}"

    def invoice_year(self, fee="1200.00", start="2026-01-15", **vals):
        """(subscription, invoice) of a yearly fee in advance, posted on its first day."""
        customer = vals.pop("customer", None) or self.make_customer("Acme")
        subscription = self.make_subscription(
            customer, self.support, date_start=start, cycle_unit="year", cycle_kind="anniversary", **vals
        )
        subscription.line_ids.timing = "advance"
        return subscription, self.post(self.make_run(start))
