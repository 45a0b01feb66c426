"""Bill runs in databases of their own: what the tests that kill and race real processes share."""

import time

from odoo_scripts import ended

CUSTOMERS = 40
MONTHS = 5

PREPARE = """
from odoo.addons.cloud_billing.models.control.cloud_protected_mixin import TOKEN
company = env.ref("base.main_company")
admin = env.ref("base.user_admin")
for role in ("accountant", "price_manager", "administrator"):
    admin.group_ids += env.ref(f"cloud_billing.group_{{role}}")
if not admin.cloud_person_id:
    admin.cloud_person_id = env["cloud.person"].create({{"name": "Tester"}})
env = env(user=admin.id, context={{"allowed_company_ids": company.ids, "lang": "en_US"}})
plan = env["cloud.price.plan"].create({{"name": "Fees", "company_id": company.id}})
version = env["cloud.price.plan.version"].create(
    {{"plan_id": plan.id, "name": "1", "date_start": "2026-01-01", "rule_ids": [(0, 0, {{"unit_price": "10.01"}})]}})
version.action_approve_directly()
product = env["product.product"].create({{"name": "Fee", "type": "service", "cloud_billing_model": "recurring"}})
for number in range({customers}):
    partner = env["res.partner"].create({{"name": f"Customer {{number:03}}"}})
    customer = env["cloud.customer"].create(
        {{"partner_id": partner.id, "company_id": company.id, "currency_id": company.currency_id.id, "tz": "UTC"}})
    env["cloud.subscription"].create({{
        "customer_id": customer.id, "plan_id": plan.id, "date_start": "2026-01-01",
        "line_ids": [(0, 0, {{"product_id": product.id, "name": "Fee", "quantity": number + 1}})],
    }}).action_activate()
env.flush_all()
# One person who works alone: what two people do is tested elsewhere.
company.sudo()._write_protected({{"cloud_billing_state": "solo"}}, TOKEN)
run = env["cloud.bill.run"].create(
    {{"cutoff_date": "2026-06-01", "invoice_date": "2026-06-01", "accounting_date": "2026-06-01"}})
{then}
env.cr.commit()
print("RUN", run.id)
"""
START = "run._start_rating()"
APPROVE = """
run.action_rate()
run.bill_ids.action_release("All of them")
run.action_submit()
run._set_state("posting")
"""
SMALL_STEPS = """
from odoo.addons.cloud_billing.models.billing.bill import cloud_bill_posting
from odoo.addons.cloud_billing.models.billing.run import cloud_bill_run_rating
cloud_bill_run_rating.CHUNK = 20
cloud_bill_posting.BATCH = 4
"""
RATE = f"{SMALL_STEPS}env['cloud.bill.run']._cron_rate_runs()\nprint('WORKED')\n"
POST = f"{SMALL_STEPS}env['cloud.bill.run']._cron_post_runs()\nprint('WORKED')\n"
# No ids, times or document numbers: what two histories of the same month must have in common. In the order of the texts
# themselves: a fee and its correction may have a customer and a first day in common.
RATED = """
    SELECT COUNT(*), SUM(amount), md5(string_agg(line, ',' ORDER BY line))
      FROM (SELECT r.amount,
                   r.customer_name || ' ' || r.service_start || ' ' || r.service_end || ' ' || r.amount || ' '
                   || COALESCE(r.quantity::text, '-') || ' ' || b.state AS line
              FROM cloud_rated_line r
              JOIN cloud_bill b ON b.id = r.bill_id) told
"""
BOOKS = """
    SELECT COUNT(DISTINCT id), SUM(balance), md5(string_agg(line, ',' ORDER BY line))
      FROM (SELECT m.id,
                   l.balance,
                   p.name || ' ' || m.state || ' ' || m.date || ' ' || l.account_id || ' ' || l.balance || ' '
                   || l.display_type AS line
              FROM account_move m
              JOIN account_move_line l ON l.move_id = m.id
              JOIN res_partner p ON p.id = m.partner_id
             WHERE m.cloud_bill_id IS NOT NULL) told
"""
# Each returns no row, whatever was killed: shares no code with the add-on.
INVARIANTS = (
    "SELECT cloud_bill_id FROM account_move WHERE cloud_bill_id IS NOT NULL GROUP BY 1 HAVING COUNT(*) > 1",
    "SELECT id FROM account_move WHERE cloud_bill_id IS NOT NULL AND state <> 'posted'",
    """
    SELECT b.id FROM cloud_bill b LEFT JOIN account_move m ON m.id = b.move_id AND m.cloud_bill_id = b.id
     WHERE b.state = 'posted' AND m.id IS NULL
    """,
    "SELECT b.id FROM cloud_bill b JOIN account_move m ON m.id = b.move_id WHERE m.amount_untaxed_signed <> b.amount",
    """
    SELECT m.id FROM account_move m JOIN account_move_line l ON l.move_id = m.id
     WHERE m.cloud_bill_id IS NOT NULL GROUP BY m.id HAVING SUM(l.balance) <> 0
    """,
    """
    SELECT a.id FROM cloud_charge a JOIN cloud_charge b ON a.component_id = b.component_id AND a.id < b.id
     WHERE a.is_live AND b.is_live AND a.corrects_id IS NULL AND b.corrects_id IS NULL
       AND a.service_start < b.service_end AND b.service_start < a.service_end
    """,
    """
    SELECT r.id FROM cloud_rated_line r JOIN cloud_bill b ON b.id = r.bill_id
     WHERE b.state = 'posted' AND r.move_line_id IS NULL
    """,
    """
    SELECT c.id FROM cloud_charge c JOIN cloud_bill b ON b.id = c.bill_id
     WHERE b.state = 'posted' AND c.state <> 'billed'
    """,
)
RATED_CHARGES = "SELECT COUNT(*) FROM cloud_charge WHERE is_rated"
POSTED_BILLS = "SELECT COUNT(*) FROM cloud_bill WHERE state = 'posted'"


class Billing:
    """One database with its bill runs, and what these tests do with it."""

    def __init__(self, odoo, database, script):
        self.odoo = odoo
        self.database = database
        self.script = script

    def run(self, code):
        """What a script of its own prints; it must end well."""
        return ended(self.script(self.database, code))

    def prepare(self, then, customers=CUSTOMERS):
        """A company with its customers and a run that stands where `then` leaves it; the run's id."""
        return int(self.run(PREPARE.format(customers=customers, then=then)).split("RUN ")[1].split()[0])

    def sql(self, statement, **values):
        return self.odoo.pg.sql(statement, self.database, **values)

    def count(self, statement):
        return int(self.sql(statement)[0][0])

    def rated(self):
        return self.sql(RATED)[0]

    def books(self):
        for statement in INVARIANTS:
            assert not self.sql(statement), statement
        return self.sql(BOOKS)[0]

    def work_by_two(self, code):
        """Let two workers run at once; both must end well."""
        for worker in [self.script(self.database, code) for _ in range(2)]:
            printed = worker.communicate(timeout=300)[0]
            assert "WORKED" in printed and "Traceback" not in printed, printed[-3000:]

    def kill_behind(self, code, counter, number):
        """Start the work, kill -9 it once the counter says so much, and wait until the database let go of it."""
        process = self.script(self.database, code)
        deadline = time.monotonic() + 120
        while self.count(counter) < number and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        assert process.poll() is None, f"it was to be killed behind {number} and had ended"
        self.kill(process)

    def kill(self, process):
        """kill -9, and wait until the database let go of it."""
        process.kill()
        process.wait()
        others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = :'name' AND pid <> pg_backend_pid()"
        while int(self.sql(others, name=self.database)[0][0]):
            time.sleep(0.05)
        # The lease of the dead ends by itself after minutes; a test does not wait for it.
        self.sql("UPDATE cloud_bill SET claim_until = '2020-01-01'")
        self.sql("UPDATE cloud_bill_run SET claim_until = '2020-01-01'")
        self.sql("UPDATE cloud_bill_run_share SET claim_until = '2020-01-01'")
