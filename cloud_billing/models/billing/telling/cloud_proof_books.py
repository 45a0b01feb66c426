import json
from decimal import Decimal

from odoo import models

from ....engine.numbers import round_to, to_text


class CloudProofBooks(models.AbstractModel):
    """What became of rated lines in the ledger, and who agreed to it, as a proof file tells it."""

    _name = "cloud.proof.books"
    _description = "Books in a Proof File"

    # === BUSINESS: THE INVOICE === #

    def _describe_invoice(self, lines):
        """The invoice line of rated lines, with its whole entry; None where they are on none."""
        move_line = lines.move_line_id
        if not move_line:
            return None
        move = move_line.move_id
        return {
            "number": move.name or "",
            "state": move.state,
            "date": move.date.isoformat(),
            "currency": move.currency_id.name,
            "company_currency": move.company_currency_id.name,
            "journal": move.journal_id.display_name,
            "inalterable_hash": move.inalterable_hash or None,
            "sign": -1 if move.move_type == "out_refund" else 1,
            "ties_to": self._get_side(lines, move_line),
            "untaxed": _as_money(move_line.price_subtotal, move.currency_id),
            "total": _as_money(move_line.price_total, move.currency_id),
            "entry": [self._describe_entry_row(one, move_line) for one in move.line_ids.sorted("id")],
        }

    def _describe_entry_row(self, row, move_line):
        return {
            "account": row.account_id.display_name or "",
            "label": row.name or None,
            "debit": _as_money(row.debit, row.company_currency_id),
            "credit": _as_money(row.credit, row.company_currency_id),
            "amount_currency": _as_money(row.amount_currency, row.currency_id),
            "is_line": row == move_line,
        }

    def _get_side(self, lines, move_line):
        """Which side of the invoice line the rated lines add up to; None where a tax replaced that of a gross price."""
        move, bill = move_line.move_id, lines.bill_id[:1]
        amount = (-1 if move.move_type == "out_refund" else 1) * sum(lines.mapped("amount"), Decimal(0))
        price = bill._get_ledger_price(
            move_line.product_id.with_company(move.company_id), amount, move_line.account_id, move.fiscal_position_id
        )
        return price.ties_to if price.amount == amount else None

    # === BUSINESS: THE APPROVAL === #

    def _describe_approval(self, lines):
        """What was sealed and agreed to, of the bill that the lines are on; None before its run is submitted."""
        bill = lines.bill_id[:1]
        run = bill.run_id
        request = run.request_id
        if not request or not bill.content_hash:
            return None
        content = run._get_sealed_values(bill).get(bill.id, [])
        return {
            "bill": {
                "id": bill.id,
                "name": bill.display_name,
                "columns": list(run._get_sealed_columns()),
                "content": _as_json(content),
                "digest": bill.content_hash,
            },
            "run": {
                "name": run.name,
                "content": _as_json(run._get_sealed_content()),
                "digest": run._get_sealed_hash(),
            },
            "request": {
                "name": request.name,
                "state": request.state,
                "content_hash": request.content_hash,
                "requested_by": request.requester_person_id.name,
                "requested_by_id": request.requester_person_id.id,
                "levels": request.levels,
                "submitted_at": request.submitted_at.isoformat(),
                "decided_at": request.decided_at.isoformat() if request.decided_at else None,
            },
            "votes": [
                {
                    "person": vote.person_id.name,
                    "person_id": vote.person_id.id,
                    "decision": vote.decision,
                    "content_hash": vote.content_hash,
                    "voted_at": vote.voted_at.isoformat(),
                }
                for vote in request.vote_ids.filtered(lambda vote: vote.round == request.round)
            ],
        }


def _as_money(number, currency):
    """An amount of the ledger, which keeps floats, as the text that it means."""
    return to_text(round_to(Decimal(repr(number)), Decimal(repr(currency.rounding))))


def _as_json(values):
    """As the digest saw them: dates and the like are their text."""
    return json.loads(json.dumps(values, default=str))
