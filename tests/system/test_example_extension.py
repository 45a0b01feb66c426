"""Small modules add what they need without touching ours: a charge model, a column on the bill run, readers."""

import subprocess

import pytest


@pytest.mark.parametrize(
    ("module", "tests"),
    [
        # A charge model, a reader and a column on the bill run.
        ("cloud_billing_example", 3),
        # A reader for a format of one's own in at most fifty lines, by which a file comes in through the wizard.
        ("cloud_billing_example_reader", 2),
        # A connector of one's own in at most fifty lines, spoken to over HTTP.
        ("cloud_billing_example_connector", 4),
    ],
)
def test_another_module_adds_what_it_needs(odoo_env, database, module, tests):
    command = odoo_env.command(
        f"--init={module}", f"--test-tags=/{module}", "--no-http", "--stop-after-init", database=database()
    )
    done = subprocess.run(command, env=odoo_env.environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    # Odoo says how many tests ran; none would be no proof.
    assert f"0 failed, 0 error(s) of {tests} tests" in done.stderr
