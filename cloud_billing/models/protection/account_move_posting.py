from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...fields import format_decimal
from . import agreed_writes, exact_values
from .claims_given_up import add_given_up, get_entitled, get_exact_balance, get_touched_claims

# What may stand against a claim without giving it up: the invoice itself.
_INVOICES = ("out_invoice", "out_receipt")
# What an approval of an entry covers of each of its lines.
_OF_A_LINE = ("account_id", "partner_id", "currency_id", "balance", "amount_currency", "tax_ids", "name")


class AccountMove(models.Model):
    """Whatever gives up a claim on a customer of a live company, by whatever document, is posted by two people.

    Credit notes by hand, entries, payments and lines of a bank statement with a difference: what is credited to the
    customer less what came in. What was agreed as a whole (bills, write-offs, an undo) is told apart by what it is of.
    """

    _inherit = "account.move"

    # === ACTIONS === #

    def action_cloud_propose_posting(self):
        """Put the posting of these documents into the person's draft of a change request; opens it."""
        self.check_access("write")
        self.env["cloud.change.proposal"]._propose(self, {"state": "posted"})
        return self.action_cloud_proposed()

    # === BUSINESS === #

    def _filter_guarded(self, companies):
        """Those that would give up more than the company lets one person give up."""
        moves = super()._filter_guarded(companies).filtered(lambda move: move.move_type not in _INVOICES)
        return moves.filtered(lambda move: move._gives_up_too_much(companies))

    def _filter_guarded_changes(self, vals, names, companies):
        """Only by being posted: a draft is nobody's money, and what is posted keeps what was agreed."""
        if vals.get("state") != "posted":
            return self.browse()
        return self._get_guarded_of(companies).filtered(lambda move: move.state != "posted")

    def _gives_up_too_much(self, companies):
        """Whether one person may not post it."""
        claims = get_touched_claims(self, companies)
        given_up = add_given_up(self, claims)
        limit = self.company_id.cloud_hand_limit or Decimal(0)
        return given_up > limit and given_up > get_entitled(self, claims)

    def _get_protected_hash(self):
        """Of the whole document: what was agreed is what is posted."""
        # sudo: compared as a whole, also the parts that the person may not read.
        move = self.sudo()
        lines = [
            [exact_values.read(line, name) for name in _OF_A_LINE]
            for line in move.line_ids.sorted("id")
            if line.display_type not in ("line_section", "line_subsection", "line_note")
        ]
        head = [
            exact_values.read(move, name)
            for name in ("move_type", "journal_id", "partner_id", "currency_id", "invoice_date", "state")
        ]
        return exact_values.digest([head, lines])

    @api.model
    def _get_flow_names(self):
        """Posting is proposed by its own button: no form of a document offers its state."""
        return super()._get_flow_names() | {"state"}

    def _check_proposed(self, vals):
        if vals.get("state", "posted") != "posted":
            raise UserError(
                self.env._("Of the state of a document only that it is posted is proposed: Propose to Post.")
            )
        return super()._check_proposed(vals)

    def _write_agreed(self, vals):
        """What was agreed is posted, or taken back, as Odoo's own buttons do it, and never simply written."""
        others = {name: value for name, value in vals.items() if name != "state"}
        result = super()._write_agreed(others) if others else True
        if vals.get("state") == "posted":
            self._post(soft=False)
        elif vals.get("state") == "draft":
            self.button_draft()
        elif "state" in vals:
            raise UserError(self.env._("A document is posted or taken back by a request, and nothing else."))
        return result

    def _get_agreed_amount(self):
        companies = self.env["cloud.protected.field"]._get_companies("live")
        amounts = [add_given_up(move, get_touched_claims(move, companies)) for move in self]
        return sum(amounts, Decimal(0)) if any(amounts) else super()._get_agreed_amount()

    def _get_agreed_notes(self):
        notes = super()._get_agreed_notes()
        for move in self:
            given_up = move._get_agreed_amount() or Decimal(0)
            notes.append(
                self.env._(
                    "%(document)s of %(day)s: %(partner)s would owe %(amount)s %(currency)s less. %(lines)s",
                    document=move.display_name,
                    day=format_date(self.env, move.invoice_date or move.date),
                    partner=", ".join(move.line_ids.partner_id.commercial_partner_id.mapped("display_name")),
                    amount=format_decimal(self.env, given_up),
                    currency=move.company_id.currency_id.name,
                    lines="; ".join(
                        f"{line.account_id.display_name}: {line.name or ''} "
                        f"{format_decimal(self.env, get_exact_balance(line))}"
                        for line in move.line_ids[:10]
                        if line.account_id
                    ),
                )
            )
        return notes

    def _refuse_unagreed(self, names):
        if "state" not in names:
            return super()._refuse_unagreed(names)
        raise UserError(
            self.env._(
                "%(records)s: %(company)s is live, and what lets a customer owe less is posted only with the approval "
                "of a second person. Use Propose to Post on a credit note or an entry; for an invoice of bills use "
                "Correct, and keep open what a payment leaves open.",
                # sudo: lends the right to read the names of what stands in the way.
                records=", ".join(self[:5].sudo().mapped("display_name")),
                company=self[:1].sudo().company_id.name,  # sudo: as above.
            )
        )

    def _is_older_than_live(self):
        """Whether it was there before two people had to agree."""
        # sudo: lends the right to read since when the company is live.
        since = self.sudo().company_id.cloud_billing_live_at
        return bool(since and self.create_date and self.create_date < since)

    def _check_may_be_matched(self, claims):
        """Raise UserError where this posted document stands against the claims though nobody agreed to it.

        It may have been edited since it was posted, or posted under another name than the customer's.
        """
        self.ensure_one()
        given_up = add_given_up(self, claims)
        if given_up <= (self.company_id.cloud_hand_limit or Decimal(0)) or given_up <= get_entitled(self, claims):
            return
        # sudo: lends the right to look for what was agreed.
        items = (
            self.env["cloud.change.item"]
            .sudo()
            .search(
                [("res_model", "=", self._name), ("target_id", "=", self.id), ("proposal_id.outcome", "=", "applied")]
            )
        )
        agreed = max((request.effect_amount or Decimal(0) for request in items.request_id), default=Decimal(0))
        if given_up > agreed and not agreed_writes.covers(self, ["state"]):
            self._refuse_unagreed(["state"])
