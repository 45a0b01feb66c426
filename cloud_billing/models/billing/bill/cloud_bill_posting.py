import logging
import uuid
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, float_compare

from ....engine.numbers import exact, to_text
from ..isolated_work import do_claimed, do_now

_logger = logging.getLogger(__name__)

# Invoices of one transaction: posting is serial per journal, so it is kept short; more would gain nothing.
BATCH = 25
LEASE = timedelta(minutes=10)
MAX_ATTEMPTS = 3


class CloudBillPosting(models.AbstractModel):
    """Bills to posted invoices: claimed by writing, created and posted in one transaction, tied out before."""

    _name = "cloud.bill.posting"
    _description = "Posting of Bills"

    # === BUSINESS: CLAIM === #

    @api.model
    def _claim(self, run):
        """Claim the next bills of a run that nobody works on; the caller commits. Empty where there are none.

        An array is selected once: a plan that selects again for each row would claim more than the limit.
        A bill whose poster died three times is parked here: its attempts were counted before the work.
        """
        self.flush_model()
        now, token = fields.Datetime.now(), uuid.uuid4().hex
        self.env.cr.execute(
            """
            UPDATE cloud_bill
               SET claim_token = %(token)s,
                   claim_until = %(until)s,
                   attempts = COALESCE(attempts, 0) + 1
             WHERE id = ANY(ARRAY(SELECT id
                                      FROM cloud_bill
                                     WHERE run_id = %(run_id)s
                                       AND state = 'ready'
                                       AND content_hash IS NOT NULL
                                       AND (claim_until IS NULL OR claim_until < %(now)s)
                                  ORDER BY id
                                     LIMIT %(limit)s
                                FOR UPDATE SKIP LOCKED))
         RETURNING id, attempts
            """,
            {"token": token, "until": now + LEASE, "now": now, "run_id": run.id, "limit": BATCH},
        )
        claimed = self.env.cr.fetchall()
        bills = self.browse(sorted(bill_id for bill_id, _attempts in claimed))
        bills.invalidate_recordset()
        dead = self.browse(bill_id for bill_id, attempts in claimed if attempts > MAX_ATTEMPTS)
        if dead:
            dead._park(self.env._("Posting was tried %(count)s times and never came to an end.", count=MAX_ATTEMPTS))
            return bills - dead or self._claim(run)
        return bills

    def _keep_claimed(self, token):
        """Those bills that are still ours: the first statement of the work writes them."""
        self.env.execute_query(
            SQL(
                "UPDATE cloud_bill SET claim_until = %s WHERE id = ANY(%s) AND claim_token = %s AND state = 'ready'",
                fields.Datetime.now() + LEASE,
                list(self.ids),
                token,
            )
        )
        self.env.cr.execute(
            "SELECT id FROM cloud_bill WHERE id = ANY(%s) AND claim_token = %s AND state = 'ready' ORDER BY id",
            [list(self.ids), token],
        )
        bills = self.browse(row[0] for row in self.env.cr.fetchall())
        bills.invalidate_recordset()
        return bills

    # === BUSINESS: POST === #

    def _post_claimed(self, token):
        """Post claimed bills in one transaction; where that fails, one by one. Commits. Returns how many were done."""
        return do_claimed(self, lambda bills: bills._post_batch(token), lambda bill, error: bill._give_up(error))

    def _post_batch(self, token):
        bills = self._keep_claimed(token)
        bills._post()
        return len(bills)

    def _give_up(self, error):
        """After a failure: park what a person must put right, let the rest be tried again up to the last attempt."""
        self.invalidate_recordset()
        if self.state != "ready":
            return
        is_final = isinstance(error, (UserError, ValidationError)) or self.attempts >= MAX_ATTEMPTS
        if is_final:
            self._park_failed(error)
        else:
            # sudo: bills change by posting; no role may write them.
            self.sudo().write({"claim_token": False, "claim_until": False})

    def _park_failed(self, error):
        _logger.warning("%s is parked: %s", self.name, error)
        self._park(str(error))

    def _park(self, error):
        # sudo: bills change by posting; no role may write them.
        self.sudo().write({"state": "parked", "error": error, "claim_token": False, "claim_until": False})
        self._record("bill_parked", error)

    def _post_now(self):
        """Post bills within the caller's transaction: all at once, or one by one where that fails."""
        do_now(self, lambda bills: bills._post(), lambda bill, error: bill._park_failed(error))

    def _post(self):
        """Create and post the invoices of these bills; all of them or none. Raises UserError naming the bill."""
        ready = self.filtered(lambda bill: bill.state == "ready")
        if not ready:
            return
        ready._check_seal()
        ready._check_positions()
        zero = ready - ready._get_invoiced()
        moves = self.env["account.move"]
        for company, bills in (ready - zero).grouped("company_id").items():
            # Odoo would make everybody who posts a follower of each invoice, and log the making of each by itself.
            Move = moves.with_company(company).with_context(mail_create_nosubscribe=True)
            vals = [bill._prepare_move_vals() for bill in bills]
            made = Move.with_context(mail_create_nolog=True).create(vals).with_env(Move.env)
            made._message_log_batch({move.id: move._creation_message() for move in made})
            bills._check_tie_out(made)
            # The plans that analytics make mandatory are enforced only when asked for, as Odoo's own button does.
            made.with_context(validate_analytic=True)._post_batch()
            bills._check_posted(made)
            moves |= made
        ready._set_posted({move.cloud_bill_id.id: move for move in moves})

    def _check_seal(self):
        """What is posted is what was approved, line by line."""
        for run, bills in self.grouped("run_id").items():
            hashes = run._compute_bill_hashes(bills)
            for bill in bills:
                if hashes.get(bill.id) != bill.content_hash:
                    raise UserError(
                        self.env._(
                            "%(bill)s is not what was approved. Take the run back to draft and rate it again.",
                            bill=bill.name,
                        )
                    )

    def _check_positions(self):
        """Raise where taxes would follow another fiscal position than when it was rated: an address came since."""
        for bill_id, position in self._find_fiscal_positions().items():
            bill = self.browse(bill_id)
            # Of a bill that was rated by an older version nobody knows.
            if bill.rated_position and bill.rated_position != str(position.id or 0):
                rated = position.browse(int(bill.rated_position)).exists()
                raise UserError(
                    self.env._(
                        "%(bill)s: its taxes would follow %(now)s, and they followed %(then)s when it was rated and"
                        " approved: an address or a tax number of %(customer)s was changed. Take the run back to draft"
                        " and rate it again.",
                        bill=bill.name,
                        now=position.name or self.env._("no fiscal position"),
                        then=rated.name or self.env._("no fiscal position"),
                        customer=bill.customer_id.name,
                    )
                )

    def _check_tie_out(self, moves):
        """Raise where an invoice is not the sum of its rated lines: line by line, and its total."""
        by_bill = {move.cloud_bill_id: move for move in moves}
        for bill in self:
            move = by_bill[bill]
            groups = bill._get_invoice_groups()
            lines = bill._get_amount_lines(move)
            if len(lines) != len(groups):
                raise UserError(
                    self.env._(
                        "%(bill)s: %(count)s invoice lines were made of %(groups)s.",
                        bill=bill.name,
                        count=len(lines),
                        groups=len(groups),
                    )
                )
            bill._check_move(move, lines, groups)

    def _check_move(self, move, lines, groups):
        sign = -1 if move.move_type == "out_refund" else 1
        sides = set()
        with exact():
            prices = [
                self._get_ledger_price(
                    line.product_id,
                    sign * sum(rated.amount for rated in group),
                    line.account_id,
                    move.fiscal_position_id,
                    group,
                )
                for line, group in zip(lines, groups, strict=True)
            ]
            total = sum(price.amount for price in prices)
        for line, price in zip(lines, prices, strict=True):
            sides.add(price.ties_to)
            found = line.price_subtotal if price.ties_to == "untaxed" else line.price_total
            self._refuse_difference(found, price.amount, line.product_id.display_name)
        # Where some lines tie before tax and some after it, the document has no one side to compare.
        if sides == {"untaxed"}:
            self._refuse_difference(move.amount_untaxed, total, move.currency_id.name)
        elif sides == {"total"}:
            self._refuse_difference(move.amount_total, total, move.currency_id.name)

    def _refuse_difference(self, found, expected, what):
        if float_compare(found, float(expected), precision_rounding=self.currency_id.rounding):
            raise UserError(
                self.env._(
                    "%(bill)s: %(what)s would be %(found)s on the invoice instead of %(expected)s. Check the taxes"
                    " of the product, then recalculate.",
                    bill=self.name,
                    what=what,
                    found=found,
                    expected=to_text(expected),
                )
            )

    def _check_posted(self, moves):
        """Raise where Odoo has moved the accounting date: a lock date came up since it was checked."""
        for move in moves:
            if move.date != self.run_id.accounting_date:
                raise UserError(
                    self.env._(
                        "%(bill)s: the books are closed on %(date)s. Choose another accounting date.",
                        bill=move.cloud_bill_id.name,
                        date=self.run_id._get_date_text(self.run_id.accounting_date),
                    )
                )

    def _set_posted(self, moves):
        """Link bills, charges and rated lines with what they became. moves: {bill id: invoice}; others are zero."""
        pairs, states = [], dict(self._fields["state"]._description_selection(self.env))
        # sudo: bills change by posting; no role may write them. The change of state is logged of all of them at once.
        bills = self.sudo().with_context(tracking_disable=True)
        bodies = {}
        for bill in bills:
            move = moves.get(bill.id)
            told = states["posted" if move else "zero"]
            bodies[bill.id] = Markup("%s: %s") % (told, move._get_html_link()) if move else told
            bill.write(
                {
                    "state": "posted" if move else "zero",
                    "move_id": move.id if move else False,
                    "error": False,
                    "claim_token": False,
                    "claim_until": False,
                }
            )
            if move:
                lines = bill._get_amount_lines(move)
                for line, group in zip(lines, bill._get_invoice_groups(), strict=True):
                    pairs += [(rated.id, line.id) for rated in group]
        bills._message_log_batch(bodies)
        self.env["cloud.rated.line"]._link(pairs)
        self.charge_ids._set_billed()
        self._record("bill_posted")
