"""How much of what customers of a live company owe a journal entry gives up, and how much of that people agreed on.

In the company's currency. Given up is what is credited to the customers, less what came in for it: on an account of a
bank or of cash, or on the account where a payment waits for the bank.
"""

from decimal import Decimal

_CASH = ("asset_cash", "liability_credit_card")
_BALANCE_SHEET = ("asset", "liability")


def get_touched_claims(moves, companies):
    """The lines on receivable accounts whose partner is a customer of one of the companies."""
    # sudo: lends the right to know who is a customer and what is entered; who asks learns a yes or a no.
    lines = find_receivable(moves.sudo()).filtered("partner_id")
    firms = lines.partner_id.commercial_partner_id
    if not firms:
        return lines
    customers = (
        lines.env["cloud.customer"]
        .with_context(active_test=False)
        .search([("partner_id.commercial_partner_id", "in", firms.ids), ("company_id", "in", companies.ids)])
    )
    known = customers.partner_id.commercial_partner_id
    return lines.filtered(lambda line: line.partner_id.commercial_partner_id in known)


def find_receivable(moves):
    """Their lines on receivable accounts, whoever they say it is of."""
    return moves.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")


def add_given_up(move, claims):
    """How much these lines of the entry let customers owe less, beyond what came in with it."""
    if not claims or is_exchange_difference(move):
        return Decimal(0)
    # sudo: as above.
    came_in = sum(get_exact_balance(line) for line in move.sudo().line_ids if _is_money(line))
    return -sum(get_exact_balance(line) for line in claims) - came_in


def is_exchange_difference(move):
    """Whether it is what Odoo books of rates: amounts of nothing in the currency of the claim."""
    company = move.company_id
    receivable = find_receivable(move)
    others = (move.line_ids - receivable).account_id
    return (
        move.journal_id == company.currency_exchange_journal_id
        and others <= (company.income_currency_exchange_account_id | company.expense_currency_exchange_account_id)
        and not any(receivable.mapped("amount_currency"))
    )


def get_entitled(move, claims):
    """How much of it was agreed by other means than a proposal of its own: asked of what it is of, not of a caller."""
    # sudo: lends the right to read what was agreed, whoever posts it.
    move = move.sudo()
    return max(_get_of_write_off(move), _get_of_undo(move), _get_of_bill(move), _get_of_terms(move, claims))


def _get_of_write_off(move):
    write_off = move.cloud_write_off_id
    request = write_off.request_id
    if (
        request.state == "applied"
        and write_off.entry_id in (move, move.browse())
        and request.content_hash == write_off._get_content_hash()
    ):
        return _get_total(move)
    return Decimal(0)


def _get_of_undo(move):
    """A credit note over the whole of an invoice that people agreed to take back."""
    lines = move.env["cloud.undo.line"].search(
        [("bill_id", "in", move.cloud_frees_bill_id.ids), ("undo_id.request_id.state", "=", "applied")]
    )
    agreed = lines.filtered(
        lambda line: line.is_planned and line.credit_move_id in (move, move.browse()) and line.undo_id.state != "draft"
    )
    return _get_total(move.reversed_entry_id) if agreed.move_id & move.reversed_entry_id else Decimal(0)


def _get_of_bill(move):
    """What is made of a bill ties to its lines, which the approval of its run covers."""
    bill = move.cloud_bill_id
    if not bill or bill.move_id not in (move, move.browse()) or bill.state not in ("ready", "posted"):
        return Decimal(0)
    if bill.state == "ready":
        bill._check_tie_out(move)
    return _get_total(move)


def _get_of_terms(move, claims):
    """Of a payment: the discount that the terms of the customer's invoices grant on its day. The terms were agreed."""
    payment = move.origin_payment_id
    if not payment:
        return Decimal(0)
    lines = move.env["account.move.line"].search(
        [
            ("partner_id", "in", claims.partner_id.ids),
            ("account_id", "in", claims.account_id.ids),
            ("move_id.move_type", "=", "out_invoice"),
            ("parent_state", "=", "posted"),
            ("discount_date", ">=", payment.date),
        ]
    )
    return sum((_get_discount(invoice) for invoice in lines.move_id), Decimal(0))


def _get_discount(invoice):
    """A cent more, because Odoo rounds the parts of the discount each by itself."""
    percent = invoice.invoice_payment_term_id.discount_percentage
    return Decimal(f"{abs(invoice.amount_total_signed) * percent / 100:.6f}") + Decimal("0.01")


def _get_total(move):
    """What it lets the customer owe less, in the company's currency."""
    return sum((abs(get_exact_balance(line)) for line in find_receivable(move)), Decimal(0))


def _is_money(line):
    """Whether the line is on an account of money that came in, or of a payment that waits for the bank."""
    account, payment = line.account_id, line.move_id.origin_payment_id
    if account.account_type in _CASH:
        return True
    waiting = payment.outstanding_account_id | line.company_id.transfer_account_id
    return bool(payment) and account in waiting and account.internal_group in _BALANCE_SHEET


def get_exact_balance(line):
    """The balance of a line as a Decimal, in the company's currency."""
    return Decimal(f"{line.balance:.{line.company_currency_id.decimal_places}f}")
