from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ....engine.numbers import to_text

# The end is agreed on by a request of its own: the only thing of an approved record that may still change, once.
_GUARD_END = """
CREATE OR REPLACE FUNCTION cloud_billing_guard_spend_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' AND NEW.date_end IS DISTINCT FROM OLD.date_end
       AND EXISTS (SELECT 1 FROM res_company WHERE id = OLD.company_id AND cloud_billing_state <> 'setup')
       AND NOT EXISTS (
        SELECT 1 FROM cloud_change_request q
         WHERE q.res_model = 'cloud.spend.commitment' AND q.state = 'applied'
           AND q.applied_xid = txid_current()::text
           AND (q.kind = 'spend_end' AND q.res_id = NEW.id
                OR q.kind = 'spend_commitment'
                   AND q.res_id IN (SELECT id FROM cloud_spend_commitment WHERE replaces_id = NEW.id))
    ) THEN
        RAISE EXCEPTION 'The end of an approved minimum or commitment changes by an approved request only.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE TRIGGER cloud_billing_guard_end BEFORE UPDATE OF date_end ON cloud_spend_commitment
    FOR EACH ROW EXECUTE FUNCTION cloud_billing_guard_spend_end();
"""


class CloudSpendCommitment(models.Model):
    """How a minimum or commitment is agreed on, replaced and ended."""

    _inherit = "cloud.spend.commitment"

    def init(self):
        result = super().init()
        self.env.cr.execute(_GUARD_END)
        return result

    # === ACTIONS === #

    def action_submit_end(self):
        """Propose the day on which an approved minimum or commitment ends."""
        self.check_access("write")
        for commitment in self:
            problems = commitment._get_end_problems()
            if problems:
                raise UserError("\n".join(problems))
            self.env["cloud.change.request"]._submit(
                commitment,
                "spend_end",
                effect=commitment._get_end_effect(),
                content_hash=commitment._get_content_hash(),
            )

    # === BUSINESS: APPROVAL === #

    def _get_overlapping(self):
        """Approved ones for the same charges on some of the same days, without the one that this replaces."""
        domain = Domain("scope_hash", "=", self.scope_hash) & Domain("state", "=", "approved")
        domain &= Domain("id", "not in", (self | self.replaces_id).ids)
        domain &= Domain("date_end", "=", False) | Domain("date_end", ">", self.date_start)
        if self.date_end:
            domain &= Domain("date_start", "<", self.date_end)
        return self.search(domain)

    def _take_effect(self, write):
        replaced = self.replaces_id
        if replaced and (not replaced.date_end or replaced.date_end > self.date_start):
            write(replaced, {"date_end": self.date_start})
        return super()._take_effect(write)

    def _get_problems(self):
        problems = super()._get_problems()
        values = {"commitment": self.display_name}
        for other in self._get_overlapping():
            problems.append(
                self.env._(
                    "%(commitment)s: %(other)s counts the same charges from %(start)s on. End that one first, or change"
                    " it with its button Change.",
                    other=other.display_name,
                    start=format_date(self.env, other.date_start),
                    **values,
                )
            )
        if self.replaces_id:
            problems += self.replaces_id._get_cut_problems(self.date_start)
        if self.subscription_id and self.subscription_id.currency_id != self.currency_id:
            problems.append(
                self.env._(
                    "%(commitment)s: the subscription is in %(currency)s, the customer pays in %(own)s. Choose a"
                    " subscription in the customer's currency.",
                    currency=self.subscription_id.currency_id.name,
                    own=self.currency_id.name,
                    **values,
                )
            )
        return problems

    def _get_cut_problems(self, day):
        """Why this one cannot end on a day, as sentences."""
        billed_until = self._get_billed_until()
        if day <= self.date_start:
            return [
                self.env._(
                    "%(commitment)s begins only on %(start)s: choose a later day.",
                    commitment=self.display_name,
                    start=format_date(self.env, self.date_start),
                )
            ]
        if billed_until and day < billed_until:
            return [
                self.env._(
                    "%(commitment)s was billed up to %(day)s: choose that day or a later one, or credit its invoice"
                    " first.",
                    commitment=self.display_name,
                    day=format_date(self.env, billed_until),
                )
            ]
        return []

    def _get_end_problems(self):
        self.ensure_one()
        if self.state != "approved" or not self.new_date_end:
            return [
                self.env._(
                    "%(commitment)s: enter the proposed end of an approved minimum or commitment.",
                    commitment=self.display_name,
                )
            ]
        return self._get_cut_problems(self.new_date_end)

    def _get_end_effect(self):
        label = self._fields["date_end"]._description_string(self.env)
        return {
            "title": self.display_name,
            "rows": [
                {
                    "label": label,
                    "old": format_date(self.env, self.date_end) or self.env._("open"),
                    "new": format_date(self.env, self.new_date_end),
                }
            ],
            "notes": self._get_end_notes(),
        }

    def _get_end_notes(self):
        if self.kind == "term":
            return [self.env._("The whole amount stays committed; what is missing is billed on the new end.")]
        return []

    def _get_content(self):
        return {
            **{name: self[name] for name in ("name", "scope", "include_children", "tax_basis", "kind", "cycle_kind")},
            "owner": [self.customer_id.id, self.subscription_id.id, self.subscription_line_id.id],
            "amount": to_text(self.amount),
            "currency": self.currency_id.name,
            "dates": [fields.Date.to_string(day) for day in (self.date_start, self.date_end, self.new_date_end)],
            "is_prorated": self.is_prorated,
            "items": [[item.product_id.id, item.categ_id.id] for item in self.item_ids.sorted("id")],
            "product": self.product_id.id,
            "replaces": self.replaces_id.id,
        }

    def _get_effect_values(self):
        def label(name):
            return self._fields[name]._description_string(self.env)

        def choice(name):
            return dict(self._fields[name]._description_selection(self.env))[self[name]]

        return {
            label("name"): self.name,
            self.env._("For whom"): self.owner_text,
            label("kind"): choice("kind"),
            label("amount"): self._get_amount_text(),
            label("date_start"): format_date(self.env, self.date_start),
            label("date_end"): format_date(self.env, self.date_end) if self.date_end else self.env._("open"),
            label("is_prorated"): self.env._("yes") if self.is_prorated else self.env._("no"),
            self.env._("What counts"): self.counts_text,
            label("product_id"): self.product_id.display_name,
        }

    def _get_replaced(self):
        return self.replaces_id

    def _prepare_submitted_vals(self, request):
        if request.kind == "spend_end":
            return {"request_id": request.id}
        return super()._prepare_submitted_vals(request)

    def _apply_change_request(self, request, token):
        if request.kind != "spend_end":
            super()._apply_change_request(request, token)
            return
        problems = self._get_end_problems()
        if problems:
            raise UserError("\n".join(problems))
        self._write_protected({"date_end": self.new_date_end, "new_date_end": False}, token)

    def _reject_change_request(self, request, token):
        if request.kind != "spend_end":
            super()._reject_change_request(request, token)
            return
        self._write_protected({"new_date_end": False}, token)
