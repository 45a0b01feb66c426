"""A charge model, a reader and a column on the bill run, added by a small module that touches nothing of ours."""

import subprocess


def test_another_module_adds_a_charge_model_a_reader_and_a_column(odoo_env, database):
    name = database()
    command = odoo_env.command(
        "--init=cloud_billing_example", "--test-tags=/cloud_billing_example", "--no-http", "--stop-after-init",
        database=name,
    )  # fmt: skip
    done = subprocess.run(command, env=odoo_env.environ, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    # Odoo says how many tests ran; none would be no proof.
    assert "0 failed, 0 error(s) of 3 tests" in done.stderr
