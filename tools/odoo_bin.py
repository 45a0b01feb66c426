"""Start Odoo from a source on PYTHONPATH: `python odoo_bin.py <Odoo's own arguments>`."""

import sys

# Python puts this script's folder first; its modules are the tools', not Odoo's.
del sys.path[0]

from odoo.cli import main  # noqa: E402

main()
