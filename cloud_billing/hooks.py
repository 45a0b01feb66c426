"""What installing and removing the module does outside the tables that Odoo owns."""

import logging
from datetime import datetime

_logger = logging.getLogger(__name__)

USAGE_SCHEMA = "cloud_billing_usage"
AUDIT_SCHEMA = "cloud_billing_audit"
VAULT_SCHEMA = "cloud_billing_vault"

# Foreign keys that were made with our models and refuse that what they point at is deleted.
_HOLDING_KEYS = """
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname)
  FROM pg_constraint c
 WHERE c.contype = 'f' AND c.confdeltype IN ('a', 'r') AND c.connamespace = current_schema::regnamespace
   AND c.conname IN (
       SELECT k.name FROM ir_model_constraint k JOIN ir_module_module m ON m.id = k.module
        WHERE k.type = 'f' AND m.name = 'cloud_billing')
"""


def pre_init_hook(env):
    """Make the schemas for what the ORM must not own: usage rows (volume), audit events, secrets."""
    for schema in (USAGE_SCHEMA, AUDIT_SCHEMA, VAULT_SCHEMA):
        # The names are constants of this file; an identifier cannot be a parameter.
        env.cr.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")


def uninstall_hook(env):
    """Drop the guards, the usage rows and the secrets; keep the audit events, which outlive the module on purpose.

    They are exported first. Where that fails nothing is removed.
    """
    env["cloud.audit.event"]._record("uninstalled", company=env.company)
    path = env["cloud.audit.export"]._save(datetime.now())
    env["cloud.change.request"]._drop_guards()
    drop_holding_keys(env.cr)
    # Odoo deletes the records that came with the module, and nothing protects them any more.
    env.cr.execute("UPDATE res_company SET cloud_billing_state = 'setup'")
    env.invalidate_all()
    for schema in (USAGE_SCHEMA, VAULT_SCHEMA):
        env.cr.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    # Tables that no model owns: what they say of charges and changes must not meet those of a later installation.
    env.cr.execute("DROP TABLE IF EXISTS cloud_charge_found_equal, cloud_subscription_change_counter")
    _logger.info(
        "Cloud Billing was removed; its audit events are in %s, and stay in the schema %s.", path, AUDIT_SCHEMA
    )


def drop_holding_keys(cr):
    """Let go of what our rows point at: Odoo deletes the groups that came with the module before our tables go.

    Until then a level of a policy or of a request holds its group, as it should.
    """
    cr.execute(_HOLDING_KEYS)
    for (statement,) in cr.fetchall():
        cr.execute(statement)
