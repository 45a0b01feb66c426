from odoo import api, fields, models
from odoo.tools import format_date

from ..billing.rated.told_numbers import tell_amount, tell_number
from ..billing.telling.invoice_text import get_detail_texts
from .cloud_bill_grouping import get_accounts
from .text_template import fill_template

# Names of subscriptions or cost centres that one placeholder stands for; a bill may have thousands.
_NAMED = 5


class CloudBill(models.Model):
    """What a bill says where nobody wrote anything: by the templates of its company, brand and language."""

    _inherit = "cloud.bill"

    template_texts = fields.Json(compute="_compute_template_texts", help="{place: text with placeholders}.")

    # === COMPUTE === #

    @api.depends("customer_id", "company_id")
    def _compute_template_texts(self):
        texts = self.env["cloud.text.template"]._fetch(self)
        for bill in self:
            bill.template_texts = texts[bill]

    # === BUSINESS === #

    def _get_template(self, place):
        self.ensure_one()
        return (self.template_texts or {}).get(place)

    def _get_language_env(self):
        """The environment in the customer's language."""
        return self.with_context(lang=self.customer_id.partner_id.lang or self.env.lang).env

    # === HOOKS === #

    def _get_sealed_shape(self):
        return {**super()._get_sealed_shape(), "templates": self.template_texts or {}}

    def _get_header_text(self):
        return super()._get_header_text() or self._fill_bill_template("header")

    def _get_footer_text(self):
        return super()._get_footer_text() or self._fill_bill_template("footer")

    def _fill_bill_template(self, place):
        template = self._get_template(place)
        return template and fill_template(template, self._get_bill_values(self.rated_line_ids, template))

    def _get_proposed_line_text(self, lines):
        template = self._get_template("line")
        if not template:
            return super()._get_proposed_line_text(lines)
        return fill_template(template, self._get_line_values(lines, template))

    def _get_bill_values(self, lines, template):
        """Return {placeholder: text} of some lines of the bill, in the customer's language; see `BILL_NAMES`."""
        env = self._get_language_env()
        start = min(lines.mapped("service_start"), default=self.service_start)
        end = max(lines.mapped("service_end"), default=self.service_end)
        return {
            "service_from": format_date(env, start) if start else "",
            "service_to": format_date(env, fields.Date.subtract(end, days=1)) if end else "",
            "subscription": _list_names(lines.charge_id.subscription_id.mapped("name")),
            "order": self._get_order_reference() or "",
            "cost_centre": self._tell_cost_centres(lines) if "{cost_centre}" in template else "",
        }

    def _get_line_values(self, lines, template):
        """Return the same of one invoice line, and what is said of it alone; see `LINE_NAMES`."""
        env, first = self._get_language_env(), lines[0]
        is_of_one_unit = len(set(lines.mapped("unit"))) == 1
        quantities = [line.quantity for line in lines if line.quantity is not None] if is_of_one_unit else []
        is_of_one_price = len(lines) == 1 and first.unit_price is not None
        return {
            **self._get_bill_values(lines, template),
            "product": first.product_id.with_env(env).name,
            "quantity": tell_number(env, sum(quantities)) if quantities else "",
            "unit": (first.unit or "") if quantities else "",
            "unit_price": tell_amount(env, first.unit_price, self.currency_id.name) if is_of_one_price else "",
            "details": "\n".join(get_detail_texts(env, first.statement)) if len(lines) == 1 else "",
        }

    def _tell_cost_centres(self, lines):
        """The names of the analytic accounts of some lines."""
        ids = {account for line in lines for account in get_accounts(self._get_analytic_distribution(line))}
        # sudo: whoever may read a bill may read what it is for.
        return _list_names(self.env["account.analytic.account"].sudo().browse(sorted(ids)).mapped("name"))


def _list_names(names):
    names = list(dict.fromkeys(filter(None, names)))
    return ", ".join([*names[:_NAMED], *(["…"] if len(names) > _NAMED else [])])
