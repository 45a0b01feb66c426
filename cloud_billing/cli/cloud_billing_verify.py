"""odoo-bin cloud_billing_verify: whether the audit trail was altered, told without a screen and without writing."""

import sys
from pathlib import Path

from odoo import SUPERUSER_ID, api
from odoo.cli.command import Command
from odoo.modules.registry import Registry
from odoo.tools import config

IN_ORDER, NOT_IN_ORDER, NOT_VERIFIED = 0, 1, 2


class Cloud_Billing_Verify(Command):
    """Verify the seals of the audit trail of Cloud Billing, from the first to the last. Changes nothing.

    Prints a line per chain and what is wrong with it. Exits with 0 (in order), 1 (not in order), 2 (not verified).
    """

    name = "cloud_billing_verify"
    epilog = """
    The server's configuration is named by the variable ODOO_RC or by --config; where the add-on is in no folder that
    odoo-bin knows by itself, ODOO_RC is needed, or --addons-path=... before the name of the command.
    Anchors are lines of mails, of the anchor file, of closed bill runs; whole mails can be given.
    Options of the server (--addons-path, --data-dir, --db_host, ...) are taken too.
    """

    def run(self, args):
        self.parser.add_argument("-c", "--config", help="odoo.conf")
        self.parser.add_argument("-d", "--database", required=True)
        self.parser.add_argument("--anchor", type=Path, action="append", default=[], help="a file with kept anchors")
        options, server = self.parser.parse_known_args(args)
        given = ["--config", options.config] if options.config else []
        config.parse_config([*given, "--database", options.database, "--no-http", *server], setup_logging=True)
        with Registry(options.database).cursor(readonly=True) as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            if "cloud.audit.verification" not in env:
                sys.exit(f"Cloud Billing is not installed in {options.database}.")
            lines, result = verify(env, [path.read_text(errors="replace") for path in options.anchor])
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.exit(result)


def verify(env, texts):
    """(lines to print, exit code). texts: of files that hold anchors."""
    checks, problem = env["cloud.audit.verification"]._check_for_print(texts)
    lines, states = [], set()
    for chain, check in sorted(checks.items()):
        if not check.count and not check.waiting_count and not check.findings:
            continue
        company = env["res.company"].browse(chain).exists().name if chain else "no company"
        state = check.get_state()
        states.add(state)
        lines.append(
            f"{company or chain}: {state}; {check.count} sealed, last {check.sealed_at or 'never'};"
            f" {check.waiting_count} not sealed yet; {check.anchor_count} anchors compared;"
            f" {check.finding_count} findings"
        )
        lines += [f"  {sentence}" for sentence in env["cloud.audit.verification"]._explain(check.findings)]
    if problem:
        return [*lines, problem], NOT_VERIFIED
    return lines or ["No event is sealed."], IN_ORDER if states <= {"ok"} else NOT_IN_ORDER
