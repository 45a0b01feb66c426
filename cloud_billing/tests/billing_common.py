"""What the tests of billing share: usage, customers who use it, prices, and a run up to where a test begins."""

import json
from datetime import date, datetime
from decimal import Decimal

from odoo.addons.cloud_billing.models.usage.usage_schema import COUNTER_TABLE, ROW_TABLE

from .common import CloudBillingAccountCase

D = Decimal


class BillingCase(CloudBillingAccountCase):
    """A live company with a chart of accounts, a plan in its own currency (EUR, two decimals) and no prices yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        # Nothing of Odoo's random demo currencies: euro is the company's own, so rates are those a test sets.
        cls.currency = cls.company.currency_id
        cls.categ = cls.env["product.category"].create({"name": "Cloud"})
        cls.meter = cls.make_meter("Disk", unit="GB")
        cls.cost_meter = cls.make_meter("Resale", basis="cost_billed")
        cls.disk = cls.make_product("Disk", "metered", cls.meter)
        cls.resale = cls.make_product("Resale", "metered", cls.cost_meter)
        cls.support = cls.make_product("Support", "recurring")
        cls.set_up = cls.make_product("Set-up", "one_time")
        cls.plan = cls.make_plan("Public prices")
        cls.source = cls.make_source("Provider", "provider", "snapshot")
        cls.own_source = cls.make_source("Own meters", "customer", "append")

    # ---- catalog and contract ----

    @classmethod
    def make_meter(cls, name, **vals):
        return cls.env["cloud.meter"].create(
            {"name": name, "code": f"{name}_{cls.company.id}".lower(), "company_id": False, **vals}
        )

    @classmethod
    def make_product(cls, name, billing_model, meter=None, **vals):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "categ_id": cls.categ.id,
                "cloud_billing_model": billing_model,
                "cloud_meter_id": meter.id if meter else False,
                "taxes_id": [(5,)],
                "property_account_income_id": cls.company_data["default_account_revenue"].id,
                **vals,
            }
        )

    @classmethod
    def make_plan(cls, name, currency=None, tax_basis="net"):
        return cls.env["cloud.price.plan"].create(
            {
                "name": name,
                "company_id": cls.company.id,
                "currency_id": (currency or cls.company.currency_id).id,
                "tax_basis": tax_basis,
            }
        )

    @classmethod
    def make_version(cls, *rules, plan=None, date_start="2026-01-01"):
        """An approved version with the given prices: dicts of product_id, unit_price, ... of cloud.price.rule.

        Two people would approve it in a live company; that is tested elsewhere.
        """
        state = cls.company.cloud_billing_state
        cls.set_company_state("setup")
        version = cls.env["cloud.price.plan.version"].create(
            {
                "name": f"From {date_start}",
                "plan_id": (plan or cls.plan).id,
                "date_start": date_start,
                "rule_ids": [(0, 0, rule) for rule in rules],
            }
        )
        version.action_approve_directly()
        cls.env.flush_all()
        cls.set_company_state(state)
        return version

    @classmethod
    def make_customer(cls, name, **vals):
        partner = vals.pop("partner", None) or cls.env["res.partner"].create({"name": name})
        return cls.env["cloud.customer"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "tz": "Europe/Amsterdam",
                **vals,
            }
        )

    @classmethod
    def make_subscription(cls, customer, *lines, plan=None, activate=True, **vals):
        """An active subscription from 2026-01-01 on; lines: products, or dicts of values of a line."""
        subscription = cls.env["cloud.subscription"].create(
            {
                "customer_id": customer.id,
                "plan_id": (plan or cls.plan).id,
                "date_start": "2026-01-01",
                "line_ids": [
                    (0, 0, line if isinstance(line, dict) else {"product_id": line.id, "name": line.name})
                    for line in lines
                ],
                **vals,
            }
        )
        if activate:
            subscription.action_activate()
        return subscription

    # ---- usage ----

    @classmethod
    def make_source(cls, name, month_basis, shape):
        return cls.env["cloud.usage.source"].create(
            {
                "name": f"{name} {cls.company.id}",
                "company_id": cls.company.id,
                "reader": "focus" if shape == "snapshot" else "csv",
                "shape": shape,
                "month_basis": month_basis,
                "tz": "UTC",
            }
        )

    @classmethod
    def make_stream(cls, name, source=None, unit="GB", currency="EUR", charge_kind="usage"):
        source = source or cls.source
        return (
            cls.env["cloud.usage.stream"]
            .sudo()
            .create(
                {
                    "source_id": source.id,
                    "company_id": cls.company.id,
                    "identity_hash": name,
                    "service": name,
                    "sub_account": name,
                    "provider_account": "payer",
                    "charge_kind": charge_kind,
                    "unit": unit,
                    "currency": currency,
                    "policy": "bill",
                }
            )
        )

    @classmethod
    def seal_month(cls, source, month, account="payer"):
        """That the month of an account was complete, whatever has arrived of it."""
        return (
            cls.env["cloud.usage.seal"]
            .sudo()
            .create(
                {
                    "source_id": source.id,
                    "provider_account": account,
                    "month": month,
                    "kind": "automatic",
                    "sealed_at": "2026-04-02 00:00:00",
                    "content_number": 0,
                    "row_count": 0,
                    "costs": [],
                }
            )
        )

    @classmethod
    def map_stream(cls, stream, line, date_start=None, date_end=None):
        return (
            cls.env["cloud.usage.mapping"]
            .sudo()
            .create(
                {
                    "stream_id": stream.id,
                    "subscription_line_id": line.id,
                    "date_start": date_start,
                    "date_end": date_end,
                }
            )
        )

    @classmethod
    def deliver(cls, *rows, source=None, month="2026-03-01", account="payer"):
        """One import: a delivered month that replaces the one before it (snapshot) or adds rows (append).

        rows: dicts of stream, quantity, cost, tags, and start (a text, UTC; the 10th of the month if left out).
        Returns its import number.
        """
        source = source or cls.source
        cls.env.flush_all()
        number = cls.env["cloud.usage.store"]._take_number(cls.company)
        usage_import = cls.env["cloud.usage.import"].sudo().create({"source_id": source.id, "name": f"IMP {number}"})
        counts = {"rows_read": len(rows), "rows_accepted": len(rows)}
        usage_import.write({"state": "imported", "import_number": number, **counts})
        is_snapshot = source.shape == "snapshot"
        if is_snapshot:
            cls.env["cloud.usage.delivery"].sudo().search(
                [
                    ("source_id", "=", source.id),
                    ("provider_account", "=", account),
                    ("billing_month", "=", month),
                    ("superseded_number", "=", 0),
                    ("import_number", ">", 0),
                ]
            ).write({"superseded_number": number})
            cls.env.flush_all()
        delivery = (
            cls.env["cloud.usage.delivery"]
            .sudo()
            .create(
                {
                    "import_id": usage_import.id,
                    "source_id": source.id,
                    "company_id": cls.company.id,
                    "is_snapshot": is_snapshot,
                    "provider_account": account,
                    "billing_month": month if is_snapshot else False,
                    "import_number": number,
                    "superseded_number": 0,
                    "row_count": len(rows),
                }
            )
        )
        cls.env["cloud.usage.file"].sudo().create(
            {"import_id": usage_import.id, "sequence": 1, "name": f"usage-{number}.csv"}
        )
        cls.env.flush_all()
        for place, row in enumerate(rows, 1):
            start = row.get("start") or f"{month[:8]}10 12:00:00"
            key = f"{number}-{place}".encode()
            cls.env.cr.execute(
                f"""
                INSERT INTO {ROW_TABLE} (source_id, scope, row_key, payload_hash, import_id, delivery_id, stream_id,
                       file_sequence, row_no, external_id, service_start, service_end, billing_month, quantity,
                       cost_billed, tags)
                VALUES (%s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s)
                """,
                [
                    source.id,
                    usage_import.id if is_snapshot else 0,
                    key,
                    key,
                    usage_import.id,
                    delivery.id,
                    row["stream"].id,
                    place + 1,
                    f"id-{number}-{place}",
                    start,
                    start,
                    month if is_snapshot else None,
                    row.get("quantity"),
                    row.get("cost"),
                    json.dumps(row["tags"]) if "tags" in row else None,
                ],
            )
        cls._summarise(delivery)
        return number

    @classmethod
    def _summarise(cls, delivery):
        """What the store keeps per delivery and stream, and by day: by it it finds what changed and what is missing."""
        cls.env.cr.execute(
            f"""
            INSERT INTO cloud_billing_usage.delivery_stream
                 SELECT delivery_id, stream_id, COUNT(*), SUM(quantity), SUM(cost_billed), NULL, NULL, NULL,
                        MIN(service_start), MAX(service_start), MIN(id), MAX(id)
                   FROM {ROW_TABLE} WHERE delivery_id = %s GROUP BY delivery_id, stream_id
            """,
            [delivery.id],
        )
        cls.env.cr.execute(
            f"""
            INSERT INTO cloud_billing_usage.delivery_day
                 SELECT delivery_id, stream_id, service_start::date, source_id, COUNT(*), 0, SUM(quantity),
                        SUM(cost_billed), 1
                   FROM {ROW_TABLE}
                  WHERE delivery_id = %s
               GROUP BY delivery_id, stream_id, service_start::date, source_id
            """,
            [delivery.id],
        )

    @classmethod
    def last_number(cls):
        cls.env.cr.execute(f"SELECT last_number FROM {COUNTER_TABLE} WHERE company_id = %s", [cls.company.id])
        return (cls.env.cr.fetchone() or [0])[0]

    # ---- runs ----

    def make_run(self, cutoff="2026-04-01", **vals):
        """A rated run whose bills nobody has looked at yet."""
        run = self.env["cloud.bill.run"].create(
            {
                "company_id": self.company.id,
                "cutoff_date": cutoff,
                "invoice_date": cutoff,
                "accounting_date": cutoff,
                **vals,
            }
        )
        run.action_rate()
        return run

    def start_run(self, cutoff="2026-04-01"):
        """A run with its charges, none of them rated yet, and nothing in the cache: to count what rating takes."""
        self.env["cloud.billing.period"]._create_due(self.company, self.day(cutoff))
        run = self.env["cloud.bill.run"].create(
            {
                "company_id": self.company.id,
                "cutoff_date": cutoff,
                "invoice_date": cutoff,
                "accounting_date": cutoff,
            }
        )
        run._start_rating()
        self.env.flush_all()
        self.env.invalidate_all()
        return run

    def free(self, move, date="2026-04-02"):
        """Credit an invoice, so that what it charged is due again."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "cloud_usage_again": "yes", "date": date})
        )
        wizard.reverse_moves()
        wizard.new_move_ids.action_post()

    def release_all(self, run):
        looks = run.bill_ids.filtered(lambda bill: bill.state == "look")
        if looks:
            looks.action_release("Seen")

    def approve(self, run):
        """Release what needs a look, submit as the accountant, approve as the checker."""
        self.set_company_state("live")
        self.release_all(run)
        run.with_user(self.user_accountant).action_submit()
        self.vote(run.request_id)
        self.assertEqual(run.state, "approved")

    def post(self, run):
        self.approve(run)
        run.with_user(self.user_accountant).action_post()
        return run.bill_ids.move_id

    def amounts(self, records, name="amount"):
        return [str(value) for value in records.mapped(name)]

    @staticmethod
    def day(text):
        return date.fromisoformat(text)

    @staticmethod
    def instant(text):
        return datetime.fromisoformat(text)
