"""All add-ons are updated, as `odoo -u` does, where people work: a live company, a month posted, its record sealed."""

import instance
import pytest
from live_company import LIVE_COMPANY
from odoo_scripts import ended
from people import Authenticator

ADDONS = (instance.MODULE, *(path.parent.name for path in instance.sibling_manifests()))
ONCE = ("--stop-after-init", "--no-http")
# What administrators may set otherwise than the software brings it; while a company is set up nothing of it waits.
CHOICES = """
listed = env["cloud.protected.field"]
listed.search([("model_name", "=", "product.template"), ("field_name", "=", "uom_id")]).active = False
reference = env["ir.model.fields"]._get("res.partner", "ref")
listed.create({"model_id": reference.model_id.id, "field_id": reference.id})
policies = env["cloud.approval.policy"]
changed = policies.browse(policies.search([("ready", "=", "small")]).action_change()["res_id"])
changed.name = "All that is small"
changed.action_approve_directly()
policies.search([("ready", "=", "large")]).action_end()
env.ref("cloud_billing.mail_template_indexation_notice").subject = "Our own words"
env.ref("cloud_billing.cron_fetch_usage").write({"active": False, "interval_number": 7})
env.ref("base.main_company").cloud_seller_discount = "10"
"""
# The add-on for sessions is installed by choice: here once people work already.
SESSIONS = """
env.ref("cloud_billing.group_approver").lock_timeout_inactivity = 5
env.cr.commit()
"""
# What is proved of the record, and that two people are asked as before: the month's product in the hands of one.
LOOK = """
import json
from odoo.exceptions import UserError
chains = [found.state for found in env["cloud.audit.verification"]._verify(env.cr.now())]
product = env["product.product"].search([("name", "=", "Server")])
try:
    product.cloud_timing = "arrears"
    refused = False
except UserError:
    refused = True
print("TOLD", json.dumps([chains, refused]))
"""
CHOSEN = """
SELECT (SELECT count(*) FROM cloud_protected_field WHERE NOT active),
       (SELECT count(*) FROM cloud_protected_field WHERE model_name = 'res.partner' AND field_name = 'ref' AND active),
       (SELECT string_agg(name, ', ') FROM cloud_approval_policy WHERE ended_at IS NULL),
       (SELECT subject ->> 'en_US' FROM mail_template WHERE subject ->> 'en_US' LIKE 'Our own%'),
       (SELECT count(*) FROM ir_cron WHERE NOT active AND interval_number = 7),
       (SELECT count(*) FROM res_groups WHERE lock_timeout_inactivity = 5)
"""
# Ours, those that hold a protected value, and who has which role and which product which tax. What Odoo itself notes of
# its models and fields when it loads a module is left out.
TABLES = """
SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
 WHERE table_type = 'BASE TABLE'
   AND (table_schema = 'cloud_billing_usage'
        OR table_schema = 'public' AND (
            table_name LIKE 'cloud\\_%'
            OR table_name IN ('account_move', 'account_move_line', 'res_groups_users_rel', 'product_taxes_rel')
            OR table_name IN (SELECT replace(model_name, '.', '_') FROM cloud_protected_field
                               WHERE model_name NOT LIKE 'ir.model%')))
"""
# Without who wrote a row last, and when; and without the copy of a view's text that Odoo's first update makes.
DIGEST = """
SELECT '{0}', md5(string_agg(told, ';' ORDER BY told))
  FROM (SELECT (to_jsonb(t) - '{{write_date,write_uid,arch_prev}}'::text[])::text AS told FROM {0} t) row
"""
EVENTS = """
SELECT origin, action, detail ->> 'module', count(*) FROM cloud_billing_audit.audit_event
 WHERE id > :'last' GROUP BY 1, 2, 3
"""


@pytest.fixture
def live(odoo_env, database, script):
    """A database with every add-on of ours and a live company, whose administrators have set things their own way."""
    name = database(odoo_env.siblings_template())
    code = f"SECRET = {Authenticator().secret!r}\n{CHOICES}\n{LIVE_COMPANY}"
    printed = script(name, code).communicate(timeout=300)[0]
    assert "MADE" in printed, printed
    odoo_env.run("Installing the rest", "--init", ",".join(ADDONS), *ONCE, database=name)
    ended(script(name, SESSIONS))
    return name


class TestAnUpdateOfALiveCompany:
    def test_changes_nothing_and_is_on_record(self, odoo_env, live, tell):
        assert tell(live, LOOK) == [["ok"], True]
        chosen = odoo_env.pg.sql(CHOSEN, live)
        assert chosen == [["1", "1", "All that is small", "Our own words", "1", "1"]]
        digests = self.read_digests(odoo_env.pg, live)
        assert len(digests) > 150
        for _again in range(2):
            last = odoo_env.pg.sql("SELECT max(id) FROM cloud_billing_audit.audit_event", live)[0][0]
            log = odoo_env.run("Updating", "--update", ",".join(ADDONS), *ONCE, database=live)
            assert instance.our_warnings(log) == []
            # One event a module, and nothing else: what two people agreed on was not touched.
            events = odoo_env.pg.sql(EVENTS, live, last=last)
            assert sorted(events) == sorted(["install", "module_changed", addon, "1"] for addon in ADDONS)
            after = self.read_digests(odoo_env.pg, live)
            assert {name: digest for name, digest in after.items() if digests.get(name) != digest} == {}
            assert odoo_env.pg.sql(CHOSEN, live) == chosen
            assert tell(live, LOOK) == [["ok"], True]

    def read_digests(self, pg, database):
        """{table: digest of its rows}."""
        statements = [DIGEST.format(table) for (table,) in pg.sql(TABLES, database)]
        return dict(pg.sql(" UNION ALL ".join(statements), database))
