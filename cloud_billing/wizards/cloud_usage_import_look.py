from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..models.usage import usage_reading
from ..models.usage.cloud_usage_source_policy import CHARGE_KINDS, DEFAULT_POLICIES
from ..models.usage.usage_store_delivery import SEVERAL

# Of files that are read in the background only the beginning is looked at while a person waits.
_LOOK_BYTES = 4 * 1024 * 1024
_LARGE_BYTES = 20 * 1024 * 1024


class CloudUsageImportWizard(models.TransientModel):
    """The look at files before they are imported: what they hold, and what would come of it."""

    _inherit = "cloud.usage.import.wizard"

    # === BUSINESS: LOOKING === #

    def _look(self):
        """Fill in the preview and what the import would change. Raises UserError with the reason of a refusal."""
        # What is read here belongs to nobody yet: everything but the figures is rolled back.
        savepoint = self.env.cr.savepoint()
        try:
            vals = self._look_inside()
        finally:
            savepoint.close(rollback=True)
        kinds = {line["charge_kind"] for line in vals["preview"]["by_charge_kind"]}
        policies = self._get_policies()
        self.write(
            {
                **vals,
                "allow_removal": False,
                "policy_ids": [
                    Command.clear(),
                    *(
                        Command.create({"charge_kind": kind, "policy": policies[kind], **self._sum_up(vals, kind)})
                        for kind, _label in CHARGE_KINDS
                        if kind in kinds
                    ),
                ],
            }
        )

    def _look_inside(self):
        """Import for a look; the caller rolls it back. Returns values of preview, differences and outcome."""
        source = self._get_source()
        if self._get_file_bytes() > _LARGE_BYTES:
            return self._look_at_beginning(source)
        usage_import = self._create_import(source, name=self.env._("Preview"), allow_removal=True)
        if not usage_import._is_small() or usage_import._is_source_busy():
            return self._look_at_beginning(source)
        preview = self._read_preview(source)
        usage_import._rehearse()
        if usage_import.state == "refused":
            raise UserError(usage_import.error)
        return {
            "preview": preview,
            # sudo: who has the files may see what they change, also where the import hides it from him later.
            "differences": usage_import.sudo().differences,
            "outcome": "known" if usage_import.state == "known" else "new",
            "outcome_text": self._get_outcome_text(usage_import),
        }

    def _look_at_beginning(self, source):
        return {
            "preview": self._read_preview(source, _LOOK_BYTES),
            "differences": False,
            "outcome": "large",
            "outcome_text": False,
        }

    def _read_preview(self, source, limit=None):
        with self._open_files() as files:
            return usage_reading.read_preview(self.env, source, files, limit, self._get_file_options())

    def _get_file_options(self):
        """What is said here of the files themselves, as the readers' options."""
        if not self.expected_month:
            return {}
        return {"billing_month": fields.Date.to_string(self.expected_month.replace(day=1))}

    def _get_outcome_text(self, usage_import):
        counts = {name: usage_import[f"rows_{name}"] for name in ("accepted", "known", "quarantined", "rejected")}
        texts = {name: self._format_count(count) for name, count in counts.items()}
        if usage_import.state == "known":
            return self.env._("All %(known)s rows were delivered before: importing them changes nothing.", **texts)
        sentences = {
            "accepted": self.env._("Rows that come in: %(accepted)s.", **texts),
            "known": self.env._("Known already: %(known)s.", **texts),
            "quarantined": self.env._(
                "Waiting under To resolve, because their id came before with other content: %(quarantined)s.", **texts
            ),
            "rejected": self.env._("Waiting under To resolve, because they cannot be read: %(rejected)s.", **texts),
        }
        return " ".join(sentence for name, sentence in sentences.items() if counts[name])

    def _get_policies(self):
        """{charge kind: policy} to start from: those chosen here before, else the source's, else the defaults."""
        policies = {kind: DEFAULT_POLICIES.get(kind, "hold") for kind, _label in CHARGE_KINDS}
        if self.source_choice == "existing":
            policies.update({line.charge_kind: line.policy for line in self.source_id.policy_ids})
        else:
            policies.update({line.charge_kind: line.policy for line in self.policy_ids})
        return policies

    def _sum_up(self, vals, kind):
        """Rows and money of one charge kind, for its line."""
        totals = [line for line in vals["preview"]["by_charge_kind"] if line["charge_kind"] == kind]
        return {
            "row_count": sum(total["rows"] for total in totals),
            "cost_text": ", ".join(
                f"{self._format_number(total['cost_billed'])} {total['currency'] or ''}".strip() for total in totals
            ),
        }

    def _get_removal_text(self, difference):
        facts = {
            "month": self._format_month(difference["billing_month"]),
            "account": difference["provider_account"] or self.source_id.name,
            "rows": self._format_count(difference["removed_rows"]),
            "currency": difference["currency"],
        }
        if SEVERAL in difference["currency"]:
            return self.env._("%(month)s of %(account)s loses %(rows)s rows with costs in %(currency)s", **facts)
        return self.env._(
            "%(month)s of %(account)s loses %(rows)s rows and %(cost)s %(currency)s",
            cost=self._format_number(difference["removed_cost"] or "0"),
            **facts,
        )
