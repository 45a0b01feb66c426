from decimal import Decimal

from odoo import Command, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.numbers import parse_decimal, round_to, to_text

# Which side of the entry the income or cost account is on, for a positive amount; the balance account has the other.
_SIGNS = {"accrued_income": -1, "accrued_cost": 1, "deferral": 1, "release": -1}
_REVERSED = ("accrued_income", "accrued_cost", "deferral")


class CloudClosing(models.Model):
    """What a month's end posts: one entry on its last day, its reversal on the next, and releases that stay."""

    _inherit = "cloud.closing"

    # === ACTIONS === #

    def action_post(self):
        """Make the entries of an approved month's end and their reversal, all in one transaction."""
        self.check_access("write")
        for closing in self:
            problems = closing._get_company_problems() + closing._get_book_problems()
            if problems:
                raise UserError("\n".join(problems))
            closing._check_approved()
            closing._post_entries()

    # === BUSINESS === #

    def _get_company_problems(self):
        if self.company_id.cloud_billing_state != "setup":
            return []
        return [
            self.env._(
                "%(company)s is being set up: take it live before anything is posted.", company=self.company_id.name
            )
        ]

    def _post_entries(self):
        # First the state: of two people at once the second finds it posted, or fails and is tried again.
        # sudo: the state changes by buttons only, so `write` refuses it to everybody.
        self.sudo().write({"state": "posted"})
        self.flush_recordset()
        groups = self._fetch_groups()
        Move = self.env["account.move"].with_company(self.company_id).with_context(mail_create_nosubscribe=True)
        moves = Move.create(self._prepare_all_entry_vals(groups))
        entry = moves.filtered(lambda move: move.cloud_closing_part == "entry")
        moves.filtered(lambda move: move.cloud_closing_part == "reversal").reversed_entry_id = entry
        self._check_tie_out(moves, groups)
        if not self.is_entry_draft:
            # The reversal may lie in the future; the books want it now, not when its day has come.
            moves.with_context(validate_analytic=True)._post(soft=False)
        self.invalidate_recordset(["move_ids"])
        self.env["cloud.audit.event"]._record(
            "closing_posted", self, detail={"entries": moves.mapped("name"), "digest": self.digest}
        )
        return moves

    def _fetch_groups(self):
        """Dicts of what one line of an entry holds: kind, both accounts, analytics, currency and sign of its amounts.

        Amounts of different signs never share a line: the ledger wants both of its currencies on one side.
        """
        self.env["cloud.closing.line"].flush_model()
        groups = self.env.execute_query_dict(
            SQL(
                """
            SELECT kind, account_id, counter_account_id, analytic_distribution, currency_id,
                   SUM(amount)::text AS amount, SUM(company_amount)::text AS company_amount
              FROM cloud_closing_line
             WHERE closing_id = %s
               AND (amount <> 0 OR company_amount <> 0)
          GROUP BY kind, account_id, counter_account_id, analytic_distribution, currency_id,
                   CASE WHEN amount = 0 THEN company_amount > 0 ELSE amount > 0 END
          ORDER BY kind, account_id, counter_account_id, analytic_distribution, currency_id, SUM(amount)
                """,
                self.id,
            )
        )
        for group in groups:
            group["amount"] = parse_decimal(group["amount"])
            group["company_amount"] = parse_decimal(group["company_amount"])
        return groups

    def _prepare_all_entry_vals(self, groups):
        """The values of the entries: accruals and deferrals with their reversal, and what is released for good."""
        reversed_groups = [group for group in groups if group["kind"] in _REVERSED]
        released = [group for group in groups if group["kind"] == "release"]
        vals = []
        if reversed_groups:
            vals.append(self._prepare_entry_vals("entry", self.date_end, self.name, reversed_groups, 1))
            ref = self.env._("Reversal of: %(closing)s", closing=self.name)
            vals.append(self._prepare_entry_vals("reversal", self.day_after, ref, reversed_groups, -1))
        if released:
            ref = self.env._("%(closing)s, release of opening balances", closing=self.name)
            vals.append(self._prepare_entry_vals("release", self.date_end, ref, released, 1))
        return vals

    def _check_tie_out(self, moves, groups):
        """Raise where an entry does not hold, account by account and in both currencies, what the lines add up to."""
        lines = moves.filtered(lambda move: move.cloud_closing_part != "reversal").line_ids
        company_step = self._get_step(self.currency_id)
        for account in lines.account_id:
            own = lines.filtered(lambda line, account=account: line.account_id == account)
            found = sum((round_to(Decimal(repr(line.balance)), company_step) for line in own), Decimal(0))
            expected = sum(
                (
                    sign * group["company_amount"]
                    for group in groups
                    for name, sign in (
                        ("account_id", _SIGNS[group["kind"]]),
                        ("counter_account_id", -_SIGNS[group["kind"]]),
                    )
                    if group[name] == account.id
                ),
                Decimal(0),
            )
            if found != expected:
                raise UserError(
                    self.env._(
                        "%(closing)s: account %(account)s would get %(found)s instead of %(expected)s.",
                        closing=self.name,
                        account=account.display_name,
                        found=to_text(found),
                        expected=to_text(expected),
                    )
                )

    @staticmethod
    def _get_step(currency):
        return parse_decimal(repr(currency.rounding))

    # === HOOKS === #

    def _prepare_entry_vals(self, part, day, ref, groups, direction):
        """Return the values of one entry; direction: -1 for the reversal. Amounts must stay: they are checked."""
        return {
            "move_type": "entry",
            "company_id": self.company_id.id,
            # sudo: the journal that the company chose, whoever posts.
            "journal_id": self.company_id.sudo().cloud_closing_journal_id.id,
            "date": day,
            "ref": ref,
            "cloud_closing_id": self.id,
            "cloud_closing_part": part,
            "line_ids": [
                Command.create(vals) for group in groups for vals in self._prepare_entry_line_vals(group, direction)
            ],
        }

    def _prepare_entry_line_vals(self, group, direction):
        """Return the values of the two lines of a group; the one place where its amounts become floats."""
        sign = direction * _SIGNS[group["kind"]]
        label = dict(self.env["cloud.closing.line"]._fields["kind"]._description_selection(self.env))[group["kind"]]
        text = f"{label}, {self.name}"
        amount, balance = float(sign * group["amount"]), float(sign * group["company_amount"])
        common = {"name": text, "currency_id": group["currency_id"], "tax_ids": [Command.clear()]}
        return [
            {
                **common,
                "account_id": group["account_id"],
                "analytic_distribution": group["analytic_distribution"] or False,
                "amount_currency": amount,
                "balance": balance,
            },
            {
                **common,
                "account_id": group["counter_account_id"],
                "analytic_distribution": False,
                "amount_currency": -amount,
                "balance": -balance,
            },
        ]
