import logging
import uuid
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..billing.isolated_work import do_claimed, do_now
from .cloud_undo_blocker import UndoBlocker

_logger = logging.getLogger(__name__)

# Credit notes of one transaction: posting is serial per journal, as with invoices.
BATCH = 25
LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 3


class CloudUndoLinePosting(models.AbstractModel):
    """Invoices to posted credit notes that free what was charged: claimed by writing, all of a batch or none."""

    _name = "cloud.undo.line.posting"
    _description = "Reversal of Invoices"

    # === BUSINESS: CLAIM === #

    @api.model
    def _claim(self, undo):
        """Claim the next lines of an undo that nobody works on, and commit that; empty where there are none.

        An array is selected once: a plan that selects again for each row would claim more than the limit.
        A line whose worker died three times goes on the correction list: its attempts were counted before the work.
        """
        self.flush_model()
        now, token = fields.Datetime.now(), uuid.uuid4().hex
        self.env.cr.execute(
            """
            UPDATE cloud_undo_line
               SET claim_token = %(token)s,
                   claim_until = %(until)s,
                   attempts = COALESCE(attempts, 0) + 1
             WHERE id = ANY(ARRAY(SELECT id
                                      FROM cloud_undo_line
                                     WHERE undo_id = %(undo_id)s
                                       AND state = 'planned'
                                       AND is_planned
                                       AND (claim_until IS NULL OR claim_until < %(now)s)
                                  ORDER BY id
                                     LIMIT %(limit)s
                                FOR UPDATE SKIP LOCKED))
         RETURNING id, attempts
            """,
            {"token": token, "until": now + LEASE, "now": now, "undo_id": undo.id, "limit": BATCH},
        )
        claimed = self.env.cr.fetchall()
        lines = self.browse(sorted(line_id for line_id, _attempts in claimed))
        lines.invalidate_recordset()
        dead = self.browse(line_id for line_id, attempts in claimed if attempts > MAX_ATTEMPTS)
        if dead:
            tried = self.env._("Its reversal was tried %(count)s times and never came to an end.", count=MAX_ATTEMPTS)
            dead._give_over(tried)
            return lines - dead or self._claim(undo)
        return lines

    def _keep_claimed(self, token):
        """Those lines that are still ours: the first statement of the work writes them."""
        rows = self.env.execute_query(
            SQL(
                """
            UPDATE cloud_undo_line
               SET claim_until = %s
             WHERE id = ANY(%s)
               AND claim_token = %s
               AND state = 'planned'
         RETURNING id
            """,
                fields.Datetime.now() + LEASE,
                list(self.ids),
                token,
            )
        )
        lines = self.browse(sorted(line_id for (line_id,) in rows))
        lines.invalidate_recordset()
        return lines

    # === BUSINESS: REVERSE === #

    def _reverse_claimed(self, token):
        """Reverse claimed lines in one transaction; where that fails, one by one. Commits. Returns how many it saw."""
        return do_claimed(self, lambda lines: lines._reverse_batch(token), lambda line, error: line._give_up(error))

    def _reverse_batch(self, token):
        lines = self._keep_claimed(token)
        lines._reverse()
        return len(lines)

    def _reverse_now(self):
        """Reverse lines within the caller's transaction: all at once, or one by one where that fails."""
        do_now(self, lambda lines: lines._reverse(), lambda line, error: line._give_over(str(error)))

    def _reverse(self):
        """Credit the invoices of these lines and free what they charged; all of them or none.

        Whoever was sent or paid an invoice since it was approved keeps it: that line goes on the correction list.
        """
        waiting = self.filtered(lambda line: line.state == "planned" and line.is_planned)
        for undo, lines in waiting.grouped("undo_id").items():
            undo._check_agreed()
            blockers = undo._get_blockers(lines)
            for line in lines.filtered(lambda line, blockers=blockers: line.id in blockers):
                line._give_over(blockers[line.id])
            rest = lines.filtered(lambda line, blockers=blockers: line.id not in blockers)
            rest._reverse_of(undo)

    def _reverse_of(self, undo):
        """Reverse lines of one undo that nothing stands in the way of."""
        # Bills of nothing have no invoice, so no credit note: what they charged is due again at once.
        nothing = self.filtered(lambda line: not line.move_id)
        nothing.bill_id.charge_ids._void()
        nothing.bill_id._record("usage_freed", undo.reason)
        invoiced = (self - nothing).sorted("id")
        # sudo: an approved undo posts credit notes and links them, whatever role it is started with.
        moves = invoiced.move_id.sudo().with_company(undo.company_id)
        notes = moves.with_context(mail_create_nosubscribe=True)._reverse_moves(
            [line._prepare_reversal_vals() for line in invoiced], cancel=True
        )
        by_move = {note.reversed_entry_id.id: note for note in notes}
        for line in invoiced.sudo():  # sudo: lines change by their undo only, so no role may write them.
            line.credit_move_id = by_move[line.move_id.id]
        # sudo: as above.
        self.sudo().write({"state": "reversed", "claim_token": False, "claim_until": False})
        self.env["cloud.intervention"]._note(
            "reversed",
            self.bill_id,
            undo.reason,
            amount=lambda bill: -bill.amount,
            request=undo.request_id,
        )

    def _give_up(self, error):
        """After a failure: what a person must put right goes on the correction list, the rest is tried again."""
        self.invalidate_recordset()
        if self.state != "planned":
            return
        if isinstance(error, (UserError, ValidationError)) or self.attempts >= MAX_ATTEMPTS:
            self._give_over(str(error))
        else:
            # sudo: see _reverse_of.
            self.sudo().write({"claim_token": False, "claim_until": False})

    def _give_over(self, told):
        """Put lines on the correction list. told: why, as a text or a sequence of UndoBlocker."""
        if isinstance(told, str):
            _logger.warning("%s cannot be reversed: %s", ", ".join(self.mapped("display_name")), told)
            told = (UndoBlocker(told, self.env._("Put that right, then make the invoice billable again by hand.")),)
        # sudo: see _reverse_of. What was approved stays as it is: is_planned.
        self.sudo().write(
            {
                "state": "open",
                "why_text": "\n".join(one.why for one in told),
                "remedy_text": "\n".join(dict.fromkeys(one.what for one in told)),
                "claim_token": False,
                "claim_until": False,
            }
        )

    # === HOOKS === #

    def _prepare_reversal_vals(self):
        """Return the values of the credit note of this line; writes nothing. To add one: extend super()."""
        self.ensure_one()
        undo, move = self.undo_id, self.move_id
        env = self.with_context(lang=move.partner_id.lang or self.env.lang).env
        return {
            "ref": env._("Reversal of: %(invoice)s, %(reason)s", invoice=move.name, reason=undo.reason),
            "date": undo.date,
            "invoice_date": undo.date,
            "invoice_date_due": undo.date,
            "invoice_payment_term_id": False,
            "invoice_origin": move.invoice_origin,
            "cloud_frees_bill_id": self.bill_id.id,
        }
