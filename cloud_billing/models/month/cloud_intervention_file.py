import hashlib
from dataclasses import dataclass
from decimal import Decimal

from odoo import models
from odoo.fields import Domain

from ...csv_cells import write_csv
from ...engine.numbers import exact, to_text

COLUMNS = (
    "number", "when_utc", "what", "person", "login", "company", "model", "record_id", "record", "customer", "run",
    "bill", "journal_entry", "amount", "currency", "reason", "approved_by", "approval",
)  # fmt: skip


@dataclass(frozen=True)
class RegisterFile:
    """A part of the register as a file. totals: {currency name: Decimal}, in the order of names."""

    name: str
    content: bytes
    count: int
    totals: dict
    digest: str


class CloudIntervention(models.Model):
    """The register as CSV: a head that says what was asked for and what the rest comes to, an empty line, the rest.

    The digest is SHA-256 over all bytes after the empty line, so anybody can check that nothing was changed since.
    The columns are the file's format (docs/corrections.md) and not translated.
    """

    _inherit = "cloud.intervention"

    # === BUSINESS === #

    def _make_file(self, domain):
        """The RegisterFile of the interventions of a search domain that the person may read, oldest first."""
        self.check_access("read")
        domain = Domain(domain or [])
        found = self.search(domain, order="id")
        # sudo: lends the right to read the names of what the interventions are about.
        body = write_csv([COLUMNS, *(one._get_cells() for one in found.sudo())]).encode()
        totals = {}
        with exact():
            for one in found:
                if one.amount is not None:
                    totals[one.currency_id.name] = totals.get(one.currency_id.name, Decimal(0)) + one.amount
        totals = dict(sorted(totals.items()))
        digest = hashlib.sha256(body).hexdigest()
        head = [
            ("Register of interventions", ", ".join(self.env.companies.mapped("name"))),
            ("Filter", "all" if domain.is_true() else str(list(domain))),
            ("Count", len(found)),
            *((f"Control total {currency}", to_text(total)) for currency, total in totals.items()),
            ("SHA-256", digest),
        ]
        content = write_csv(head).encode() + b"\r\n" + body
        return RegisterFile(f"interventions-{digest[:12]}.csv", content, len(found), totals, digest)

    def _get_cells(self):
        return (
            self.id,
            self.occurred_at.isoformat(sep=" ", timespec="seconds"),
            self.kind,
            self.person_name,
            self.user_login,
            self.company_id.name,
            self.res_model,
            self.res_id,
            self.res_name,
            self.customer_id.display_name,
            self.run_id.display_name,
            self.bill_id.display_name,
            self.move_id.display_name,
            self.amount,
            self.currency_id.name,
            self.reason,
            self.approver_names,
            self.request_id.id or None,
        )
