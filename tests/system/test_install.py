"""The add-on comes and goes without a complaint in the log: with and without demo data, alone and in company.

What the same database says without us is taken off: a warning of Odoo's own, whatever it is, is not ours.
"""

import functools
import re

import instance
import pytest

ALONE = "account alone"
# The parts of a log line that differ from run to run.
STAMP = re.compile(r"^\S+ \S+ \d+ | cbt_\w+ ")
UNINSTALL = """
module = env["ir.module.module"].search([("name", "=", "cloud_billing")])
module.button_immediate_uninstall()
print("state:", env["ir.module.module"].search([("name", "=", "cloud_billing")]).state)
"""
LEFT_BEHIND = """
SELECT table_schema, table_name FROM information_schema.tables
 WHERE table_schema = 'cloud_billing_usage' OR (table_schema = 'public' AND table_name LIKE 'cloud\\_%')
 UNION ALL
SELECT table_name, column_name FROM information_schema.columns
 WHERE table_schema = 'public' AND column_name LIKE 'cloud\\_%'
 UNION ALL
SELECT 'ir_model_data', name FROM ir_model_data WHERE module = 'cloud_billing'
 UNION ALL
SELECT pronamespace::regnamespace::text, proname FROM pg_proc WHERE proname LIKE 'cloud\\_%'
"""


@pytest.fixture(scope="module")
def templates(odoo_env):
    """The databases to install into, by situation: (template, options of Odoo)."""

    def fill(draft):
        addons = ",".join(str(folder) for folder in odoo_env.source.addons)
        options = ["--init", "account", "--skip-auto-install", "--stop-after-init", "--no-http"]
        odoo_env.run("Installing account alone", *options, f"--addons-path={addons}", database=draft)

    odoo_env.make_template("cb_template_alone", f"{odoo_env.source.version} alone", fill)
    return {
        "beside what installs itself": (odoo_env.base_template(), []),
        "beside what installs itself, with demo data": (odoo_env.base_template(with_demo=True), ["--with-demo"]),
        ALONE: ("cb_template_alone", ["--skip-auto-install"]),
    }


def complaints(log):
    """Warnings and errors of a log, without what differs from run to run."""
    return {STAMP.sub("", line) for line in instance.our_warnings(log)}


class TestInstallUpdateUninstall:
    @pytest.mark.parametrize(
        "situation", ["beside what installs itself", "beside what installs itself, with demo data", ALONE]
    )
    def test_leaves_no_complaint_in_the_log(self, odoo_env, database, script, templates, situation):
        template, options = templates[situation]
        name = database(template)
        once = ("--stop-after-init", "--no-http", *options)

        @functools.cache
        def read_without_us():
            return complaints(
                odoo_env.run("Updating without us", "--update", "account", *once, database=database(template))
            )

        def ours(log):
            """What a log complains of that it would not without us, which is asked only where there is something."""
            return complaints(log) and complaints(log) - read_without_us()

        assert ours(odoo_env.run("Installing", "--init", instance.MODULE, *once, database=name)) == set()
        assert odoo_env.has_module(name)
        assert ours(odoo_env.run("Updating", "--update", instance.MODULE, *once, database=name)) == set()
        removed = script(name, UNINSTALL).communicate(timeout=120)[0]
        assert "state: uninstalled" in removed
        assert ours(removed) == set()
        # The audit schema stays on purpose: what was done outlives the program it was done with.
        assert odoo_env.pg.sql(LEFT_BEHIND, name) == []
        assert ours(odoo_env.run("Installing again", "--init", instance.MODULE, *once, database=name)) == set()
