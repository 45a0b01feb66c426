"""What the story of a reseller's quarter is told with: the firm, its customers and contracts, and its books."""

from datetime import timedelta

from odoo.tests import freeze_time

from .closing_common import ClosingCase, D
from .invariants_common import InvariantsMixin
from .undo_common import UndoMixin


class QuarterCase(UndoMixin, InvariantsMixin, ClosingCase):
    """What is sold, without the 21 % of tax on top, in the company's currency:

    | product       | price                                             | billed                                   |
    |---------------|---------------------------------------------------|------------------------------------------|
    | Resale        | what the provider bills, and 20 %                 | after the month, once the provider's     |
    |               |                                                   | bill is final, on the 6th                |
    | Backup,       | 0.10 per GB by the own meter; 0.08 from February  | after the month                          |
    | Archive       | on, which is approved too late                    |                                          |
    | Operations    | 80.00 a month                                     | after the month                          |
    | Support       | 50.00 a month                                     | before the month                         |
    | Reserved year | 730.00 a year, 2.00 a day                         | before the year                          |

    | customer | buys                                     | what happens to it                                       |
    |----------|------------------------------------------|----------------------------------------------------------|
    | Acme     | Resale, Support                          | January is restated; an outage in February, money back   |
    | Bolt     | Resale; Reserved year from 15 January on | deferred revenue; an invoice that is billable again      |
    | Cato     | Backup, Operations                       | late usage; a wrong price; pays 0.80 too little          |
    | Dune     | Resale, by a provider account of its own | February is billed on estimate                           |
    | Echo     | Archive, Support                         | its invoice cannot be posted; a wrong price; goodwill    |
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.vat = cls.company_data["default_tax_sale"].copy({"name": "VAT 21 %", "amount": 21})
        cls.archive_income = cls.income.copy({"name": "Income from archives", "code": "400950"})
        taxed = {"taxes_id": [(6, 0, cls.vat.ids)]}
        cls.resale.write(taxed)
        cls.backup = cls.make_product("Backup", "metered", cls.meter, **taxed)
        cls.archive = cls.make_product(
            "Archive", "metered", cls.meter, property_account_income_id=cls.archive_income.id, **taxed
        )
        cls.operations = cls.make_product("Operations", "recurring", **taxed)
        cls.helpdesk = cls.make_product("Support", "recurring", cloud_timing="advance", **taxed)
        cls.reserved = cls.make_product("Reserved year", "recurring", cloud_timing="advance", **taxed)
        cls.goodwill = cls.make_product("Goodwill", False, **taxed)
        cls.set_prices("2026-01-01", per_gb="0.10")
        cls.set_accounts()
        cls.set_provider()
        cls.sign_contracts()

    @classmethod
    def set_prices(cls, day, per_gb):
        prices = {
            cls.backup: per_gb,
            cls.archive: per_gb,
            cls.operations: "80.00",
            cls.helpdesk: "50.00",
            cls.reserved: "730.00",
        }
        cls.make_version(
            {"product_id": cls.resale.id, "charge_model": "cost_plus", "percent": "20"},
            *({"product_id": product.id, "unit_price": price} for product, price in prices.items()),
            date_start=day,
        )

    @classmethod
    def set_accounts(cls):
        """The accounts of the trial balance, by the names it has for them."""
        cls.small = cls.make_account("699901", "Small differences", "expense")
        cls.bank = cls.make_account("101950", "Money in transit", "asset_current")
        cls.company.cloud_small_account_id = cls.small
        bank_journal = cls.company_data["default_journal_bank"]
        bank_journal.inbound_payment_method_line_ids.payment_account_id = cls.bank
        vat_line = cls.vat.invoice_repartition_line_ids.filtered(lambda line: line.repartition_type == "tax")
        cls.accounts = {
            "receivable": cls.company_data["default_account_receivable"],
            "bank": cls.bank,
            "small differences": cls.small,
            "tax": vat_line.account_id,
            "income": cls.income,
            "income of archives": cls.archive_income,
            "accrued income": cls.accrued,
            "deferred revenue": cls.deferred,
            "provider's cost": cls.expense,
            "payable": cls.company_data["default_account_payable"],
            "accrued cost": cls.cost_due,
        }

    @classmethod
    def set_provider(cls):
        """The provider changes nothing from the 6th of the next month on; who has to be billed earlier is estimated.

        What it costs is accrued until its bill is posted.
        """
        cls.source.write(
            {
                "final_days": 5,
                "late_policy": "estimate",
                "is_cost_accrued": True,
                "cost_account_id": cls.expense.id,
                "cost_accrued_from": "2026-01-01",
            }
        )

    @classmethod
    def sign_contracts(cls):
        """All contracts begin with January; only Bolt's reserved year begins on the 15th."""
        cls.acme, cls.bolt, cls.cato, cls.dune, cls.echo = cls.customers = [
            cls.make_customer(name) for name in ("Acme", "Bolt", "Cato", "Dune", "Echo")
        ]
        acme = cls.make_subscription(cls.acme, cls.resale, cls.helpdesk)
        bolt = cls.make_subscription(cls.bolt, cls.resale)
        cls.make_subscription(
            cls.bolt, cls.reserved, date_start="2026-01-15", cycle_unit="year", cycle_kind="anniversary"
        )
        cato = cls.make_subscription(cls.cato, cls.backup, cls.operations)
        dune = cls.make_subscription(cls.dune, cls.resale)
        echo = cls.make_subscription(cls.echo, cls.archive, cls.helpdesk)
        owners = {"acme": acme, "bolt": bolt, "cato": cato, "dune": dune, "echo": echo}
        cls.streams = {}
        for name, contract in owners.items():
            source = cls.own_source if name in ("cato", "echo") else cls.source
            cls.streams[name] = cls.make_stream(name, source=source, currency=cls.currency.name)
            cls.map_stream(cls.streams[name], contract.line_ids.filtered("meter_id"))
        cls.streams["dune"].provider_account = "dune"

    # ---- what happens on a day ----

    def on(self, day):
        """Noon of a day."""
        return freeze_time(f"{day} 12:00:00")

    def deliver_provider(self, day, month, account="payer", **costs):
        """The provider's bill of a month of one account, as it stands on a day: what each customer's usage costs."""
        rows = [{"stream": self.streams[name], "quantity": "1", "cost": cost} for name, cost in costs.items()]
        self.date_import(day, self.source, self.deliver(*rows, month=month, account=account))

    def deliver_own(self, day, service_day, **quantities):
        """What the own meter adds on a day: GB of each customer on a day of service."""
        start = f"{service_day} 12:00:00"
        rows = [{"stream": self.streams[name], "quantity": gb, "start": start} for name, gb in quantities.items()]
        self.date_import(day, self.own_source, self.deliver(*rows, source=self.own_source))

    def date_import(self, day, source, number):
        usage_import = self.env["cloud.usage.import"].sudo()
        usage_import = usage_import.search([("source_id", "=", source.id), ("import_number", "=", number)])
        usage_import.imported_at = f"{day} 08:00:00"

    def receive_vendor_bill(self, day, month, amount):
        """The provider's bill for the usage of a month; without tax, which is not of interest here."""
        with self.on(day):
            line = {"name": "Usage", "price_unit": amount, "tax_ids": [(5,)], "account_id": self.expense.id}
            bill = self.env["account.move"].create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.partner_a.id,
                    "invoice_date": day,
                    "date": day,
                    "cloud_usage_source_id": self.source.id,
                    "cloud_usage_month": month,
                    "invoice_line_ids": [(0, 0, line)],
                }
            )
            bill.action_post()

    def make_run_on(self, day, cutoff):
        with self.on(day):
            return self.make_run(cutoff, invoice_date=day, accounting_date=day)

    def bill(self, day, cutoff):
        """Rate what is due up to the cut-off, approve and post it, dated the day; returns the run."""
        run = self.make_run_on(day, cutoff)
        with self.on(day):
            self.post(run)
        return run

    def bill_of(self, run, customer):
        return run.bill_ids.filtered(lambda bill: bill.customer_id == customer)

    def pay(self, day, invoice, amount):
        with self.on(day):
            self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=invoice.ids
            ).create({"amount": amount, "payment_date": day})._create_payments()

    def find_open_invoices(self, customer, before):
        return self.env["account.move"].search(
            [
                ("partner_id", "=", customer.partner_id.id),
                ("move_type", "=", "out_invoice"),
                ("payment_state", "=", "not_paid"),
                ("invoice_date", "<", before),
            ]
        )

    def close(self, day, date_end):
        with self.on(day):
            return self.make_posted(date_end)

    # ---- what is compared ----

    def assert_invoices(self, run, **expected):
        """Each posted invoice of a run, by customer: (untaxed, total); a credit note is below zero."""
        found = {}
        for bill in run.bill_ids.filtered(lambda bill: bill.state == "posted"):
            move = bill.move_id
            sign = -1 if move.move_type == "out_refund" else 1
            found[bill.customer_id.name] = (f"{sign * move.amount_untaxed:.2f}", f"{sign * move.amount_total:.2f}")
        self.assertEqual(found, expected)

    def assert_corrections(self, run, **expected):
        """Lines of a run that correct billed ones, by customer: first and last day of service, amount."""
        found = {}
        for line in run.bill_ids.rated_line_ids.filtered(lambda line: line.charge_id.corrects_id):
            last = line.service_end - timedelta(days=1)
            found[line.customer_name] = (f"{line.service_start:%m-%d}", f"{last:%m-%d}", str(line.amount))
        self.assertEqual(found, expected)

    def assert_closing(self, closing, **expected):
        """The lines of a month's end added up by kind and customer."""
        found = {}
        for line in closing.line_ids:
            sums = found.setdefault(line.kind, {})
            sums[line.customer_id.name] = sums.get(line.customer_id.name, D(0)) + line.amount
        found = {kind: {name: str(amount) for name, amount in sums.items()} for kind, sums in found.items()}
        self.assertEqual(found, expected)

    def assert_trial_balance(self, day, expected):
        """All that the ledger holds up to a day, debit above zero; nothing is on any other account. And all is well."""
        names = {account: name for name, account in self.accounts.items()}
        groups = self.env["account.move.line"]._read_group(
            [("company_id", "=", self.company.id), ("parent_state", "=", "posted"), ("date", "<=", day)],
            ["account_id"],
            ["balance:sum"],
        )
        found = {names.get(account, account.display_name): f"{total:.2f}" for account, total in groups}
        self.assertEqual({name: total for name, total in found.items() if float(total)}, expected)
        self.assertEqual(self.broken(), [])

    def assert_owed(self, day="2026-12-31", **expected):
        """What each customer owes on a day."""
        groups = dict(
            self.env["account.move.line"]._read_group(
                [
                    ("account_id", "=", self.accounts["receivable"].id),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", day),
                ],
                ["partner_id"],
                ["balance:sum"],
            )
        )
        found = {customer.name: f"{groups.get(customer.partner_id, 0.0):.2f}" for customer in self.customers}
        self.assertEqual({name: total.replace("-0.00", "0.00") for name, total in found.items()}, expected)
