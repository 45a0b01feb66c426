import base64
from contextlib import closing

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...csv_downloads import download_csv
from ...engine.numbers import exact, parse_decimal
from ...engine.readers.base import RejectedFile
from ...fields import DecimalField, format_decimal
from ..usage.reader_messages import explain_refusal
from .cutover_layout import CellError, read_cell, read_rows, write_table
from .parallel_totals import COLUMNS, EXPORTED, Theirs, compare

_OPEN_STATES = ("differs", "only_ours", "only_theirs")


class CloudParallel(models.Model):
    """A month that two systems worked out: their totals per customer beside our bills, before anything posts."""

    _name = "cloud.parallel"
    _description = "Parallel Month"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _rec_name = "run_id"
    _check_company_auto = True

    run_id = fields.Many2one("cloud.bill.run", required=True, ondelete="cascade", index=True)
    run_state = fields.Selection(related="run_id.state", string="State of the Run")
    company_id = fields.Many2one(related="run_id.company_id", store=True, index=True)
    basis = fields.Selection(
        [("net", "Net"), ("gross", "With tax")],
        string="Their Totals Are",
        required=True,
        default="net",
        help="Ours are compared as the same: without tax, or as the invoices would total.",
    )
    tolerance = DecimalField(
        required=True, default="0", tracking=True, help="A difference up to this amount needs no explanation."
    )
    is_blocking = fields.Boolean(
        string="Must Be Explained",
        default=True,
        tracking=True,
        help="The run cannot be submitted while a difference above the tolerance is not explained.",
    )
    file = fields.Binary(
        attachment=True,
        help="CSV in UTF-8 with the columns customer (its code), total, and optionally currency and invoice. Several"
        " rows of a customer are added up.",
    )
    file_name = fields.Char()
    line_ids = fields.One2many("cloud.parallel.line", "parallel_id", string="Customers")
    compared_at = fields.Datetime(string="Compared On", readonly=True)
    open_count = fields.Integer(string="Not Explained", compute="_compute_totals")
    total_text = fields.Text(string="Totals", compute="_compute_totals")

    _run_uniq = models.UniqueIndex("(run_id)", "The run has a parallel month already.")
    _tolerance_positive = models.Constraint("CHECK (tolerance >= 0)", "The tolerance is 0 or more.")

    # === COMPUTE === #

    @api.depends("line_ids.state", "line_ids.is_explained", "line_ids.amount_ours", "line_ids.amount_theirs")
    @api.depends_context("lang")
    def _compute_totals(self):
        for parallel in self:
            parallel.open_count = len(parallel.line_ids.filtered(_is_open))
            parallel.total_text = "\n".join(
                parallel._get_total_sentence(currency, lines)
                for currency, lines in parallel.line_ids.grouped("currency_id").items()
            )

    def _get_total_sentence(self, currency, lines):
        def money(name):
            with exact():
                total = sum((amount for amount in lines.mapped(name) if amount is not None), parse_decimal(0))
            return f"{format_decimal(self.env, total, currency.decimal_places)} {currency.name}"

        return self.env._(
            "%(count)s customers: ours %(ours)s, theirs %(theirs)s, difference %(difference)s; %(equal)s equal.",
            count=len(lines),
            ours=money("amount_ours"),
            theirs=money("amount_theirs"),
            difference=money("difference"),
            equal=len(lines.filtered(lambda line: line.state == "equal")),
        )

    # === ACTIONS === #

    def action_compare(self):
        """Read the file and compare it with the bills of the run as they are now. Explanations of equal size stay."""
        self.check_access("write")
        for parallel in self:
            parallel._compare(fields.Datetime.now())

    def action_open_lines(self):
        """The customers, the largest difference first."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Parallel Month: %(run)s", run=self.run_id.name),
            "res_model": "cloud.parallel.line",
            "view_mode": "list",
            "domain": [("parallel_id", "=", self.id)],
            "context": {"create": False, "search_default_open": 1},
        }

    def action_export(self):
        """Download the comparison as CSV."""
        self.ensure_one()
        self.check_access("read")
        name = f"parallel-{self.run_id.name}.csv".replace("/", "-")
        return download_csv(self.env, name, self._export_lines(), self)

    def _export_lines(self):
        states = dict(self.line_ids._fields["state"]._description_selection(self.env))
        return write_table(
            EXPORTED,
            [
                (
                    line.customer_key,
                    line.customer_id.name,
                    line.currency_id.name,
                    line.amount_ours,
                    line.amount_theirs,
                    line.difference,
                    states[line.state],
                    "yes" if line.is_explained else "",
                    line.note,
                )
                for line in self.line_ids.sorted(lambda line: (-line.size, line.customer_key or "", line.id))
            ],
        )

    # === BUSINESS === #

    def _compare(self, now):
        self.ensure_one()
        if self.run_id.state != "review":
            raise UserError(
                self.env._("%(run)s is not in review: there is nothing to compare with.", run=self.run_id.name)
            )
        theirs, ours = self._read_theirs(), self._get_ours()
        former = {
            (line.customer_key, line.currency_id.id, line.difference): (
                line.note,
                line.is_explained,
                line.explained_by_id.id,
                line.explained_at,
            )
            for line in self.line_ids
        }
        # sudo: the comparison is worked out; people write notes and marks only.
        lines = self.line_ids.sudo()
        lines.unlink()
        lines.create(
            [
                self._prepare_parallel_line_vals(place, ours.get(place), theirs.get(place), former)
                for place in sorted({*ours, *theirs}, key=lambda place: (place[1], place[2]))
            ]
        )
        self.compared_at = now

    def _prepare_parallel_line_vals(self, place, ours, theirs, former):
        customer_id, key, currency_id = place
        amount = theirs.total if theirs else None
        difference, state = compare(ours, amount, self.tolerance)
        note, is_explained, user_id, moment = former.get((key, currency_id, difference), (False, False, False, False))
        return {
            "parallel_id": self.id,
            "customer_id": customer_id,
            "customer_key": key,
            "currency_id": currency_id,
            "amount_ours": ours,
            "amount_theirs": amount,
            "difference": difference,
            "size": abs(difference),
            "state": state,
            "invoices": ", ".join(theirs.invoices) if theirs else False,
            "note": note,
            "is_explained": is_explained,
            "explained_by_id": user_id,
            "explained_at": moment,
        }

    def _read_theirs(self):
        """{(customer id or False, key, currency id): Theirs}. Raises UserError with all that is wrong with the file."""
        if not self.file:
            raise UserError(self.env._("Upload the other system's totals first."))
        content = base64.b64decode(self.with_context(bin_size=False).file)
        try:
            _header, rows = read_rows(content, self.file_name or self.run_id.name, COLUMNS)
        except RejectedFile as error:
            raise UserError(explain_refusal(self.env, error)) from error
        currencies = {currency.name: currency for currency in self.env["res.currency"].search([])}
        customers = self.env["cloud.customer"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("code", "in", sorted({texts.get("customer", "") for _no, texts, _broken in rows})),
            ]
        )
        # Who is paid for by another one is on that one's bill.
        payers = customers._get_payers()
        by_code = {customer.code: payers[customer.id] for customer in customers}
        theirs, problems = {}, []
        for row_no, texts, is_broken in rows:
            code = (texts.get("currency") or self.company_id.currency_id.name).upper()
            try:
                total = None if is_broken else read_cell(COLUMNS[2], texts["total"])
            except CellError:
                total = None
            if total is None or not texts.get("customer") or code not in currencies:
                problems.append(
                    self.env._(
                        "Row %(row)s needs a customer, a total as 1234.56 and the three letters of an active currency.",
                        row=row_no,
                    )
                )
                continue
            payer = by_code.get(texts["customer"])
            key = (payer.code or _get_key(payer)) if payer else texts["customer"]
            found = theirs.setdefault((payer.id if payer else False, key, currencies[code].id), Theirs())
            with exact():
                found.total += total
            if texts.get("invoice"):
                found.invoices.append(texts["invoice"])
        if problems:
            raise UserError("\n".join(problems))
        return theirs

    def _get_ours(self):
        """{(customer id, key, currency id): amount} of the bills that the run would post, by the basis of the file."""
        bills = self.run_id.bill_ids.filtered(lambda bill: bill.state not in ("excluded", "cancelled"))
        # sudo: what an invoice would total is worked out for whoever compares, and not kept.
        asked = bills.sudo().filtered(lambda bill: bill.tax_basis != self.basis and bill.state in ("ready", "look"))
        totals = self._get_invoice_totals(asked)
        ours = {}
        with exact():
            for bill in bills:
                customer = bill.customer_id
                place = customer.id, customer.code or _get_key(customer), bill.currency_id.id
                ours[place] = ours.get(place, parse_decimal(0)) + totals.get(bill.id, bill.amount or parse_decimal(0))
        return ours

    def _get_invoice_totals(self, bills):
        """{bill id: total of the invoice it would become}, net or with tax; the invoices do not outlive this."""
        bills = bills.filtered(lambda bill: bill._get_invoice_groups())
        if not bills:
            return {}
        totals = {}
        # A savepoint that is closed is rolled back.
        with closing(self.env.cr.savepoint()):
            # sudo: who compares may see what would be posted; the invoices do not outlive this block.
            Move = self.env["account.move"].sudo().with_company(self.company_id)
            moves = Move.create([bill._prepare_move_vals() for bill in bills])
            for bill, move in zip(bills, moves, strict=True):
                amount = move.amount_total if self.basis == "gross" else move.amount_untaxed
                sign = -1 if move.move_type == "out_refund" else 1
                totals[bill.id] = sign * parse_decimal(f"{amount:.{move.currency_id.decimal_places}f}")
        return totals

    def _get_blockers(self):
        """Why the run cannot be submitted, as sentences."""
        self.ensure_one()
        if not self.is_blocking:
            return []
        values = {"run": self.run_id.name}
        if not self.compared_at or self._is_outdated():
            return [
                self.env._(
                    "%(run)s has a parallel month that was not compared with its bills as they are now. Press Compare"
                    " there.",
                    **values,
                )
            ]
        if self.open_count:
            return [
                self.env._(
                    "%(run)s: %(count)s differences to the other system's totals are not explained. Open its parallel"
                    " month; correct the contracts and rate again, or say why each is right.",
                    count=self.open_count,
                    **values,
                )
            ]
        return []

    def _is_outdated(self):
        """Whether the bills are other than those that were compared."""
        compared = {
            (line.customer_id.id, line.customer_key, line.currency_id.id): line.amount_ours
            for line in self.line_ids
            if line.amount_ours is not None
        }
        return self._get_ours() != compared


def _get_key(customer):
    """Of a customer without a code."""
    return f"C{customer.id}"


def _is_open(line):
    return line.state in _OPEN_STATES and not line.is_explained
