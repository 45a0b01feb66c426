from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.numbers import exact, parse_decimal, to_text
from ...engine.rating import ENGINE_VERSION
from ...sql_rows import as_table
from .credit_line import credit_whole, make_result

# Facts of a rated line that hold for what is given back of it.
_KEPT = ("company_id", "customer_id", "subscription_line_id", "product_id", "rule_id", "contract_rate_id", "version_id")


class CloudPriceCredit(models.AbstractModel):
    """Money that goes back of what was billed, while the service stays billed: a charge that cites it, below zero.

    It is a decision of people. So what corrects itself is compared without it, no minimum makes it good again, and
    what was rated stays what it was.
    """

    _name = "cloud.price.credit"
    _description = "Price Credits"

    # === BUSINESS === #

    def _make(self, credits, day, reason, text=""):
        """Make the run that gives money back of rated lines, in review; its bills become credit notes when posted.

        credits: {cloud.rated.line: CreditedLine, or a Decimal > 0 for all of its days}; posted lines of one company.
        day: its invoice and accounting date. reason: for the approver and the record. text: printed on the credit note.
        The run is submitted and posted like any other (`action_submit`, `action_post`); where the company lets credits
        of this size go, submitting approves it. Raises UserError naming what cannot be given back.
        """
        Run = self.env["cloud.bill.run"]
        Run.check_access("create")
        lines = self.env["cloud.rated.line"].browse(sorted(line.id for line in credits))
        lines.check_access("read")
        given = {
            line: credit if hasattr(credit, "amount") else credit_whole(line, credit)
            for line, credit in credits.items()
        }
        lefts = self._get_left(lines)
        self._check(lines, given, lefts)
        run = Run.sudo().create(self._prepare_run_vals(lines, day, reason)).sudo(self.env.su)  # sudo: see write().
        charges = self._insert_charges(run, lines)
        self._insert_lines(lines, given, lefts, charges, text)
        self.env["cloud.bill"]._assemble(run)
        run.bill_ids._assess()
        run._set_state("review")
        return run

    def _get_left(self, lines):
        """{rated line: Decimal} that can still be given back of each: never more than is left of its charge.

        Corrections that lower a line count, and what was given back of it already, drafts too; 0 of what is not posted,
        freed, or below zero itself. One statement.
        """
        for model in ("cloud.charge", "cloud.rated.line"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
            SELECT r.id, LEAST(r.amount + COALESCE((
                       SELECT SUM(k.amount)
                         FROM cloud_rated_line k
                         JOIN cloud_charge kc ON kc.id = k.charge_id
                        WHERE k.corrects_id = r.id
                          AND k.amount < 0
                          AND kc.is_live), 0), (
                       SELECT SUM(k.amount)
                         FROM cloud_rated_line k
                         JOIN cloud_charge kc ON kc.id = k.charge_id
                        WHERE (kc.id = COALESCE(c.corrects_id, c.id) OR kc.corrects_id = COALESCE(c.corrects_id, c.id))
                          AND kc.is_live
                          AND (kc.state = 'billed' OR k.amount < 0)))::text
              FROM cloud_rated_line r
              JOIN cloud_charge c ON c.id = r.charge_id
             WHERE r.id = ANY(%s)
               AND r.amount > 0
               AND c.state = 'billed'
               AND r.move_line_id IS NOT NULL
            """,
                list(lines.ids),
            )
        )
        lefts = {line_id: max(parse_decimal(left), parse_decimal(0)) for line_id, left in rows}
        return {line: lefts.get(line.id, parse_decimal(0)) for line in lines}

    def _check(self, lines, given, lefts):
        """Raise UserError with all that is asked for too much, or of what was never invoiced."""
        problems = []
        for line in lines:
            currency, values = line.currency_id, {"line": line.display_name, "invoice": line.move_id.name or ""}
            if not lefts[line] > 0:
                problems.append(
                    self.env._("%(line)s (%(invoice)s): nothing is left of it that could be given back.", **values)
                )
            elif not 0 < given[line].amount <= lefts[line]:
                problems.append(
                    self.env._(
                        "%(line)s (%(invoice)s): %(amount)s %(currency)s cannot be given back, %(left)s %(currency)s"
                        " are left. Choose an amount above zero, up to that.",
                        amount=to_text(given[line].amount),
                        left=to_text(lefts[line]),
                        currency=currency.name,
                        **values,
                    )
                )
        if len(lines.company_id) != 1:
            problems.append(self.env._("Choose lines of one company: a credit note is of one."))
        if problems:
            raise UserError("\n".join(problems))

    def _prepare_run_vals(self, lines, day, reason):
        """Return the values of the run; writes nothing."""
        return {
            "company_id": lines.company_id.id,
            "cutoff_date": day,
            "invoice_date": day,
            "accounting_date": day,
            "customer_ids": [(6, 0, lines.customer_id.ids)],
            "is_price_credit": True,
            "note": reason,
            "usage_number": self.env["cloud.usage.store"]._last_number(lines.company_id),
        }

    def _insert_charges(self, run, lines):
        """{id of a billed original: id of the charge that gives back of it}, in three statements for any number."""
        originals = {(line.charge_id.corrects_id or line.charge_id).id for line in lines}
        made = self.env["cloud.charge.correction"]._insert_charges(run, sorted(originals))
        if len(made) < len(originals):
            raise UserError(self.env._("Somebody else corrects the same service just now. Try again."))
        # The number of the usage is that of what is given back: the rows behind are the same.
        self.env.execute_query(
            SQL(
                """
            UPDATE cloud_charge k
               SET is_price_credit = TRUE,
                   usage_number = o.usage_number
              FROM cloud_charge o
             WHERE o.id = k.corrects_id
               AND k.id = ANY(%s)
            """,
                list(made.values()),
            )
        )
        self.env["cloud.charge"].invalidate_model()
        return made

    def _insert_lines(self, lines, given, lefts, charges, text):
        """Insert a rated line below zero for each line that is given back of, and the amounts of their charges."""
        rows, amounts = [], {}
        for line in lines:
            charge_id = charges[(line.charge_id.corrects_id or line.charge_id).id]
            known = amounts.setdefault(charge_id, [])
            row = self._prepare_line_values(line, given[line], lefts[line], text)
            known.append(row["amount"])
            rows.append({**row, "charge_id": charge_id, "sequence": len(known)})
        self.env["cloud.rated.line"]._insert(rows)
        with exact():
            sums = [(charge_id, sum(known)) for charge_id, known in amounts.items()]
        self.env.execute_query(
            SQL(
                "UPDATE cloud_charge SET is_rated = TRUE, amount = v.amount FROM %s WHERE cloud_charge.id = v.id",
                as_table("v", {"id": "integer", "amount": "numeric"}, sums),
            )
        )
        self.env["cloud.charge"].invalidate_model()

    def _prepare_line_values(self, line, credit, left, text):
        """The values of the rated line that gives something back of another one, as `cloud.rated.line` inserts them."""
        result = make_result(credit, left, line.currency_id.name, line.move_id.name or "", text)
        empty = dict.fromkeys(
            ("measured_quantity", "measured_value", "counted_quantity", "counter_start", "quantity", "unit_price",
             "cost_amount", "exchange_rate", "exchange_source", "exchange_date")
        )  # fmt: skip
        return {
            **empty,
            **{name: line[name].id or None for name in _KEPT},
            "customer_name": line.customer_name,
            # On paper a credit stands beside what it is of, not within a bundle's total.
            "bundle_id": None,
            "name": line.name,
            "service_start": credit.start,
            "service_end": credit.end,
            "part_key": line.part_key or "",
            "unit": "",
            "currency_id": line.currency_id.id,
            "amount_exact": result.amount_exact,
            "amount": result.amount,
            "row_count": line.row_count,
            "usage_number": line.usage_number,
            "engine_version": ENGINE_VERSION,
            "result": result,
            "corrects_id": line.id,
        }
