from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools import format_date

from ...fields import format_decimal


class CloudChangeProposal(models.Model):
    """What the one who approves sees: field by field, and who is touched."""

    _inherit = "cloud.change.proposal"

    # === BUSINESS === #

    def _get_change_effect(self):
        self.ensure_one()
        return {
            "title": self.env._(
                "Values that change: %(count)s, of records: %(records)s",
                count=self.item_count,
                records=len(self.item_ids.grouped(lambda item: (item.res_model, item.target_id))),
            ),
            "rows": [
                {
                    "label": f"{item.record_name}: {item.field_label}",
                    "old": item.old_text or "",
                    "new": item.new_text or "",
                }
                for item in self.item_ids
            ],
            "notes": self._get_effect_notes(),
        }

    def _get_effect_notes(self):
        notes = super()._get_effect_notes()
        if self.effective_date:
            notes.append(self.env._("Takes effect on %(day)s.", day=format_date(self.env, self.effective_date)))
        for records in self._get_targets():
            notes += records._get_agreed_notes()
        lines = self._get_touched_lines()
        customers = lines.subscription_id.customer_id
        if lines:
            notes.append(
                self.env._(
                    "Customers it touches: %(customers)s, subscriptions: %(subscriptions)s (%(names)s)",
                    customers=len(customers),
                    subscriptions=len(lines.subscription_id),
                    names=", ".join(customers[:5].mapped("display_name")) + (" ..." if len(customers) > 5 else ""),
                )
            )
            notes.append(
                self.env._(
                    "Billed for these in the last twelve months: %(amount)s %(currency)s",
                    amount=format_decimal(self.env, self._add_billed(lines)),
                    currency=self.company_id.currency_id.name,
                )
            )
        return notes

    def _get_effect_amount(self):
        """What was billed in the last twelve months for the lines that are touched, and what the records say they move.

        None where nobody can say.
        """
        lines = self._get_touched_lines()
        amounts = [self._add_billed(lines)] if lines else []
        amounts += [amount for records in self._get_targets() if (amount := records._get_agreed_amount()) is not None]
        return sum(amounts) if amounts else super()._get_effect_amount()

    def _get_targets(self):
        """The records that are changed, model by model."""
        return [
            # sudo: the checker is told what is changed, also of records that he may not open.
            self.env[model].sudo().browse(items.mapped("target_id")).exists()
            for model, items in self.item_ids.grouped("res_model").items()
        ]

    def _add_billed(self, lines):
        today = fields.Date.context_today(self)
        # sudo: how much is touched is told whatever the maker may read.
        groups = (
            self.env["cloud.rated.line"]
            .sudo()
            ._read_group(
                [
                    ("subscription_line_id", "in", lines.ids),
                    ("is_frozen", "=", True),
                    ("service_start", ">=", today - relativedelta(years=1)),
                ],
                ["currency_id"],
                ["amount:sum"],
            )
        )
        return self._add_approval_amounts(groups, today)

    def _is_sensitive(self):
        """Whether one of the values, or making or deleting such a record, is of high sensitivity."""
        # sudo: how sensitive a field is holds for everyone.
        listed = self.env["cloud.protected.field"].sudo().search([("sensitivity", "=", "high")])
        high = set(listed.mapped(lambda protected: (protected.model_name, protected.field_name)))
        always = self.env["cloud.protected.field"]._get_always()
        return any(item.res_model in always or (item.res_model, item.field_name) in high for item in self.item_ids)

    def _get_touched_lines(self):
        """The lines of running subscriptions that what is changed counts for, as far as its records tell."""
        # sudo: the checker is told how many there are, also of those he may not open.
        lines = self.env["cloud.subscription.line"].sudo()
        for (model, _lang), items in self.item_ids.grouped(lambda item: (item.res_model, item.lang)).items():
            # sudo: as above.
            records = self.env[model].sudo().browse(items.mapped("target_id")).exists()
            domain = records._get_touched_domain() if records else None
            if domain is not None:
                lines |= lines.search([*domain, ("company_id", "=", self.company_id.id)])
        return lines
