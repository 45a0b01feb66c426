from typing import NamedTuple

from odoo import models


class UndoBlocker(NamedTuple):
    """Why an invoice is not taken back, and what to do instead; sentences."""

    why: str
    what: str


class CloudUndoBlocker(models.AbstractModel):
    """What keeps a posted invoice from being taken back: somebody outside has it, or money hangs on it."""

    _name = "cloud.undo.blocker"
    _description = "What Stands in the Way of an Undo"

    # === BUSINESS === #

    def _get_blockers(self, lines):
        """{undo line id: tuple of UndoBlocker} of those that cannot be reversed; a constant number of statements."""
        found = {}
        moves = self._get_undo_blockers(lines.move_id)
        freed = lines.bill_id._get_free_blockers()
        taken = self._get_taken(lines)
        first = self.env._("Deal with what was posted on top of it first, then look again.")
        for line in lines:
            told = [*moves.get(line.move_id.id, ()), *(UndoBlocker(why, first) for why in freed.get(line.bill_id, ()))]
            if line.bill_id in taken:
                why = self.env._("It is a part of %(undo)s already.", undo=taken[line.bill_id])
                told.append(UndoBlocker(why, self.env._("Nothing: it is reversed there.")))
            if told:
                found[line.id] = tuple(told)
        return found

    def _get_taken(self, lines):
        """{bill: name of the other undo that waits to reverse it}."""
        others = self.env["cloud.undo.line"].search(
            [
                ("bill_id", "in", lines.bill_id.ids),
                ("undo_id", "not in", lines.undo_id.ids),
                ("undo_id.state", "in", ("pending", "approved")),
                ("state", "=", "planned"),
            ]
        )
        return {other.bill_id: other.undo_id.name for other in others}

    # === HOOKS === #

    def _get_undo_blockers(self, moves):
        """Return why posted invoices cannot be taken back: {invoice id: list of UndoBlocker}.

        To add a reason, such as an export of the books: extend what super() returns, for all invoices at once.
        """
        blockers = {}
        for found in (self._get_sent_blockers(moves), self._get_paid_blockers(moves)):
            for move_id, told in found.items():
                blockers.setdefault(move_id, []).append(told)
        return blockers

    def _get_sent_blockers(self, moves):
        """Invoices that the customer has, or is being sent: {invoice id: UndoBlocker}."""
        sent = moves.filtered(lambda move: move.is_move_sent or move.is_being_sent)
        # sudo: whether a customer was written to is told to everybody who may undo.
        notified = (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("mail_message_id.model", "=", "account.move"),
                    ("mail_message_id.res_id", "in", moves.ids),
                    ("notification_type", "=", "email"),
                    ("res_partner_id.partner_share", "=", True),
                ]
            )
        )
        sent |= moves.browse(notified.mail_message_id.mapped("res_id"))
        told = UndoBlocker(
            self.env._("The customer has it: it was sent."),
            self.env._(
                "Give money back for lines, days or an amount; or make the whole invoice billable again and send the"
                " credit note too."
            ),
        )
        return dict.fromkeys(sent.ids, told)

    def _get_paid_blockers(self, moves):
        """Invoices that something is matched with: a payment, a credit note: {invoice id: UndoBlocker}."""
        receivable = [
            ("move_id", "in", moves.ids),
            ("account_id.account_type", "in", ("asset_receivable", "liability_payable")),
            "|",
            ("matched_debit_ids", "!=", False),
            ("matched_credit_ids", "!=", False),
        ]
        # sudo: journal items of invoices that the person may read.
        matched = self.env["account.move.line"].sudo().search(receivable).move_id
        told = UndoBlocker(
            self.env._("A payment or another document is matched with it."),
            self.env._(
                "Give money back for lines, days or an amount; or take the matching off its payment, then make the"
                " whole invoice billable again."
            ),
        )
        return dict.fromkeys(matched.ids, told)
