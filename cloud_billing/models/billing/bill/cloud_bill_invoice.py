from dataclasses import dataclass
from decimal import Decimal

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ....engine.numbers import exact, round_to, to_text
from ..telling.invoice_text import get_bundle_text, get_line_text

_ZERO = Decimal(0)


@dataclass(frozen=True)
class LedgerPrice:
    """An amount as the ledger wants it. price_unit: float, the one door through which a float leaves.

    ties_to: untaxed or total, the side of the invoice line on which `amount` must be found again.
    """

    price_unit: float
    taxes: object
    ties_to: str
    amount: Decimal


class CloudBillInvoice(models.AbstractModel):
    """What a bill becomes in the ledger: one invoice or credit note, its lines, and the proof that they tie."""

    _name = "cloud.bill.invoice"
    _description = "Invoice of a Bill"

    default_journal_id = fields.Many2one(
        "account.journal",
        compute="_compute_default_journal_id",
        compute_sudo=True,
        help="The company's first for sales.",
    )

    # === COMPUTE === #

    @api.depends("company_id")
    def _compute_default_journal_id(self):
        Journal = self.env["account.journal"]
        for company, bills in self.grouped("company_id").items():
            domain = [*Journal._check_company_domain(company), ("type", "=", "sale")]
            bills.default_journal_id = Journal.search(domain, limit=1)

    # === BUSINESS === #

    def _get_invoice_groups(self):
        """The rated lines of this bill as lists, one list to an invoice line, in the order of the invoice.

        What was not used has no invoice line; a usage of zero has one.
        """
        self.ensure_one()
        groups, lines = {}, self.rated_line_ids.sorted(lambda line: line._get_invoice_order())
        for line in lines:
            if line._is_invoiced():
                groups.setdefault(self._get_move_line_key(line), []).append(line.id)
        # What is read of one is read of all bills at hand at once; groups that are joined would be on their own.
        return [lines.browse(ids).with_prefetch(lines._prefetch_ids) for ids in groups.values()]

    def _get_invoiced(self):
        """Those of the bills that become an invoice: a line has an amount, or the customer wants invoices of zero."""
        groups = self.env["cloud.rated.line"]._read_group(
            [("bill_id", "in", self.ids), ("amount", "!=", 0)], ["bill_id"]
        )
        with_amount = {bill.id for (bill,) in groups}
        return self.filtered(lambda bill: bill.id in with_amount or bill.customer_id.is_zero_invoiced)

    def _get_fiscal_position(self):
        """As Odoo finds it for an invoice: by the delivery address where there is one."""
        positions = self.env["account.fiscal.position"].with_company(self.company_id)
        return positions._get_fiscal_position(self.customer_id.partner_id, self._get_delivery())

    def _get_delivery(self):
        """The contact that Odoo delivers to; read with those of the other bills, not each by itself."""
        partner = self.customer_id.partner_id
        return partner.browse(partner.address_get(["delivery"])["delivery"]).with_prefetch(partner._prefetch_ids)

    def _find_fiscal_positions(self):
        """{bill id: fiscal position}: looked for once for customers of whom Odoo asks the same."""
        found, positions = {}, {}
        for bill in self:
            key = bill._get_position_key()
            if key not in found:
                found[key] = bill._get_fiscal_position()
            positions[bill.id] = found[key]
        return positions

    def _get_position_key(self):
        """What of the customer Odoo finds the fiscal position by."""
        partner, company = self.customer_id.partner_id, self.company_id
        asked = [
            (
                contact.with_company(company).property_account_position_id,
                contact.country_id,
                contact.state_id,
                contact.zip,
                bool(contact.vat) and contact._get_vat_required_valid(company=company),
            )
            for contact in (partner, self._get_delivery())
        ]
        return (company, (partner.vat or "")[:2], *asked)

    def _get_journal(self):
        """The sales journal: its own, else the company's first one; empty where there is none."""
        self.ensure_one()
        return self._get_own_journal() or self.default_journal_id

    def _get_income_account(self, product, journal, fiscal_position=None):
        accounts = product.with_company(self.company_id).product_tmpl_id.get_product_accounts(
            fiscal_pos=fiscal_position
        )
        return accounts["income"] or journal.default_account_id

    # === BUSINESS: PRICES AND TAXES === #

    def _get_ledger_price(self, product, amount, account, fiscal_position, lines=None):
        """The LedgerPrice of an amount on this bill's plan: unit price and taxes that give the amount back.

        lines: the rated lines that it is the sum of. Net: the tax comes on top, also where the product's tax is a part
        of its price. Gross: the amount is the total; where the fiscal position changes the tax, the amount less its
        original tax is the net.
        """
        original, taxes = self._get_line_taxes(product, account, fiscal_position, lines)
        number = self._to_ledger(amount)
        if self.tax_basis == "net":
            return LedgerPrice(_add_included_taxes(product, number, taxes), taxes, "untaxed", amount)
        if taxes == original:
            if not taxes.filtered(lambda tax: not tax.price_include):
                return LedgerPrice(number, taxes, "total", amount)
            base = _get_tax_details(product, number, taxes, "total_included")["total_excluded"]
            return LedgerPrice(_add_included_taxes(product, base, taxes), taxes, "total", amount)
        base = _get_tax_details(product, number, original, "total_included")["total_excluded"]
        net = round_to(Decimal(repr(base)), self._get_step())
        return LedgerPrice(_add_included_taxes(product, self._to_ledger(net), taxes), taxes, "untaxed", net)

    def _to_ledger(self, amount):
        """The amount as a float that says the same. Raises UserError where none does."""
        number = float(amount)
        if not self._fits_ledger(amount):
            raise UserError(
                self.env._(
                    "%(bill)s: the ledger cannot hold %(amount)s with every digit. Split the service over several"
                    " subscription lines.",
                    bill=self.name,
                    amount=to_text(amount),
                )
            )
        return number

    def _fits_ledger(self, amount):
        """Whether a float of the ledger can say this amount: it has some 15 digits."""
        return round_to(Decimal(repr(float(amount))), self._get_step()) == amount

    def _get_step(self):
        return Decimal(repr(self.currency_id.rounding))

    # === HOOKS === #

    def _get_line_taxes(self, product, account, fiscal_position, lines):
        """Return (the taxes that are a part of a gross price, the taxes of the invoice line).

        lines: the rated lines of the invoice line, or None. The two differ where a fiscal position changes taxes.
        """
        original = product.taxes_id._filter_taxes_by_company(self.company_id) or account.tax_ids.filtered(
            lambda tax: tax.type_tax_use == "sale"
        )._filter_taxes_by_company(self.company_id)
        return original, fiscal_position.map_tax(original) if fiscal_position else original

    def _get_own_journal(self):
        """Return the journal that was chosen for this bill, or an empty one; reads nothing per bill."""
        self.ensure_one()
        return self.customer_id.journal_id

    def _get_move_line_key(self, rated_line):
        """Return the key by which rated lines share an invoice line; by default each has its own.

        Lines of one key must have one product, one analytic distribution and one currency; amounts are added up.
        """
        return rated_line.id

    def _prepare_move_vals(self):
        """Return the values of the invoice, or of the credit note where the total is negative; writes nothing.

        To add a value: extend what super() returns. Amounts must stay: what does not tie is not posted.
        """
        self.ensure_one()
        run, customer, partner = self.run_id, self.customer_id, self.customer_id.partner_id
        groups = self._get_invoice_groups()
        with exact():
            total = sum((line.amount for group in groups for line in group), _ZERO)
        sign = -1 if total < 0 else 1
        journal, fiscal_position = self._get_journal(), self._get_fiscal_position()
        term = customer.payment_term_id or partner.with_company(self.company_id).property_payment_term_id
        return {
            "move_type": "out_refund" if sign < 0 else "out_invoice",
            "company_id": self.company_id.id,
            "partner_id": partner.id,
            "journal_id": journal.id,
            "currency_id": self.currency_id.id,
            "invoice_date": run.invoice_date,
            "date": run.accounting_date,
            "invoice_payment_term_id": False if run.due_date else term.id,
            **({"invoice_date_due": run.due_date} if run.due_date else {}),
            "fiscal_position_id": fiscal_position.id,
            "invoice_origin": run.name,
            "ref": self._get_order_reference(),
            "cloud_bill_id": self.id,
            "invoice_line_ids": [
                Command.create(vals) for vals in self._prepare_all_line_vals(groups, sign, journal, fiscal_position)
            ],
        }

    def _prepare_all_line_vals(self, groups, sign, journal, fiscal_position):
        """The values of all invoice lines in their order: those of the groups, and a section above each bundle.

        Where the customer pays for others, each of them has a section, itself too, so that its subtotal can be read;
        a bundle is a part of it then.
        """
        vals, section, owner = [], None, None
        is_rolled_up = any(group[0].customer_id != self.customer_id for group in groups)
        for number, group in enumerate(groups, 1):
            if is_rolled_up and group[0].customer_id != owner:
                owner, section = group[0].customer_id, None
                vals.append({**self._prepare_owner_section_vals(group), "sequence": 10 * number - 8})
            here = self._get_section(group[0], section)
            if here and here != section:
                bundle = self._prepare_section_vals(group)
                if is_rolled_up:
                    bundle["display_type"] = "line_subsection"
                vals.append({**bundle, "sequence": 10 * number - 5})
            section = here
            line = self._prepare_move_line_vals(group, sign, journal, fiscal_position)
            vals.append({**line, "sequence": 10 * number})
        return vals

    def _prepare_owner_section_vals(self, lines):
        """Return the values of the section above the lines of one of those whom the customer pays for."""
        return {"display_type": "line_section", "name": lines[0].customer_name}

    @staticmethod
    def _get_section(line, current):
        """Which section of the invoice a rated line stands in: a bundle's charge, for each of its prices; or None."""
        if not line.bundle_id:
            return None
        bundle = line.statement.get("bundle")
        if bundle is None and current and current[0] == line.charge_id:
            return current
        return line.charge_id, bundle and bundle["service_start"]

    @staticmethod
    def _get_amount_lines(move):
        """The invoice lines with amounts, without sections, in the order of `_get_invoice_groups`."""
        return move.invoice_line_ids.filtered(lambda line: line.display_type == "product").sorted("sequence")

    def _prepare_move_line_vals(self, lines, sign, journal, fiscal_position):
        """Return the values of the invoice line of some rated lines. The only place where amounts become floats.

        sign: -1 on a credit note. The rated lines of one invoice line share product, analytics and currency.
        """
        # Iterated, not indexed: what is read of one is read of all lines at hand at once.
        first = next(iter(lines))
        product = first.product_id.with_company(self.company_id)
        with exact():
            amount = sign * sum((line.amount for line in lines), _ZERO)
            # What is counted in several units has no quantity.
            is_of_one_unit = len(set(lines.mapped("unit"))) == 1
            quantities = [line.quantity for line in lines if line.quantity is not None] if is_of_one_unit else []
        account = self._get_income_account(product, journal, fiscal_position)
        price = self._get_ledger_price(product, amount, account, fiscal_position, lines)
        values = {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "name": self._get_move_line_text(lines),
            "quantity": 1,
            "price_unit": price.price_unit,
            "account_id": account.id,
            "tax_ids": [Command.set(price.taxes.ids)],
            "analytic_distribution": self._get_analytic_distribution(first),
            "cloud_service_start": min(lines.mapped("service_start")),
            "cloud_service_end": max(lines.mapped("service_end")),
            "cloud_quantity": sum(quantities, _ZERO) if quantities else None,
            "cloud_unit": first.unit if is_of_one_unit else False,
            "cloud_unit_price": first.unit_price if len(lines) == 1 else None,
        }
        if self.currency_id == self.company_id.currency_id and price.ties_to == "untaxed":
            # Odoo would work these out and write each line a second time; a wrong value is corrected by it.
            balance = float(-sign * price.amount)
            values.update(balance=balance, amount_currency=balance)
        return values

    def _get_analytic_distribution(self, line):
        """Return the analytic distribution of the invoice line of a rated line, or False."""
        return (line.charge_id.commitment_id or line.subscription_line_id).analytic_distribution or False

    def _prepare_section_vals(self, lines):
        """Return the values of the section above a bundle's parts: in the ledger each has its line, on paper the
        section's total can stand for all of them."""
        bundle = lines[0].bundle_id
        return {
            "display_type": "line_section",
            "name": self._get_section_text(lines[0]),
            "collapse_composition": bundle.invoice_display == "total",
            "collapse_prices": bundle.invoice_display == "names",
        }

    def _get_section_text(self, line):
        """Return the text of a bundle's section in the customer's language."""
        env = line.with_context(lang=self.customer_id.partner_id.lang or self.env.lang).env
        name = line.subscription_line_id.name
        if line.customer_id != self.customer_id:
            name = env._("%(line)s (%(customer)s)", line=name, customer=line.customer_name)
        return get_bundle_text(env, name, line.statement)

    def _get_move_line_text(self, lines):
        """Return the text of an invoice line in the customer's language, made of the customer's statements alone."""
        partner = self.customer_id.partner_id
        env = lines.with_context(lang=partner.lang or self.env.lang).env
        texts = []
        for line in lines:
            name = line.name
            if line.customer_id != self.customer_id:
                name = env._("%(line)s (%(customer)s)", line=line.name, customer=line.customer_name)
            texts.append(get_line_text(env, name, line.statement))
        return "\n".join(texts)

    def _get_order_reference(self):
        """Return the purchase order that the customer wants to read on the invoice, or False."""
        return self.customer_id.order_reference


def _get_tax_details(product, number, taxes, special_mode):
    return taxes._get_tax_details(
        number, 1.0, rounding_method="round_globally", product=product, special_mode=special_mode
    )


def _add_included_taxes(product, base, taxes):
    """The unit price that has this base: more than the base where a tax is a part of the price."""
    included = taxes.flatten_taxes_hierarchy().filtered("price_include")
    if not included:
        return base
    details = _get_tax_details(product, base, taxes, "total_excluded")
    return base + sum(data["tax_amount"] for data in details["taxes_data"] if data["tax"] in included)
