from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _lang_get
from odoo.exceptions import ValidationError

from .text_template import MAX_LENGTH, MAX_PLACEHOLDERS, TemplateError, read_template

# What a text may name: of a whole bill, and of one line besides.
BILL_NAMES = ("service_from", "service_to", "subscription", "order", "cost_centre")
LINE_NAMES = (*BILL_NAMES, "product", "quantity", "unit", "unit_price", "details")


class CloudTextTemplate(models.Model):
    """A text that invoices of a company, a brand or a language bear, with placeholders for what differs."""

    _name = "cloud.text.template"
    _description = "Text Template of Invoices"
    _order = "place, brand_id, lang, id"
    _check_company_auto = True

    place = fields.Selection(
        [("header", "Above the lines"), ("line", "Each line"), ("footer", "Below the total")],
        required=True,
        default="line",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    brand_id = fields.Many2one(
        "cloud.brand", ondelete="cascade", check_company=True, help="Empty: of every brand that has no text of its own."
    )
    lang = fields.Selection(_lang_get, string="Language", help="Of the customer. Empty: of every other language.")
    text = fields.Text(required=True, help="Placeholders stand in braces, like {service_from}.")
    placeholders = fields.Char(compute="_compute_placeholders")
    active = fields.Boolean(default=True)

    _one_per_place = models.UniqueIndex(
        "(company_id, COALESCE(brand_id, 0), COALESCE(lang, ''), place) WHERE active",
        "There is a text for this place, brand and language already.",
    )

    # === COMPUTE === #

    @api.depends("place", "brand_id", "lang")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["place"]._description_selection(self.env))
        for template in self:
            parts = (labels.get(template.place), template.brand_id.name, template.lang)
            template.display_name = ", ".join(filter(None, parts))

    @api.depends("place")
    def _compute_placeholders(self):
        for template in self:
            template.placeholders = " ".join(f"{{{name}}}" for name in template._get_names())

    # === CONSTRAINTS === #

    @api.constrains("text", "place")
    def _check_text(self):
        for template in self:
            try:
                read_template(template.text or "", template._get_names())
            except TemplateError as error:
                raise ValidationError(template._get_problem(error)) from error

    def _get_problem(self, error):
        names = ", ".join(f"{{{name}}}" for name in self._get_names())
        sentences = {
            "too_long": self.env._("The text has %(name)s characters; up to %(most)s fit on an invoice. Shorten it."),
            "too_many": self.env._("The text has %(name)s placeholders; up to %(limit)s may stand in it."),
            "brace": self.env._(
                "There is a brace that belongs to no placeholder near “%(name)s”. Take it out, or write one of:"
                " %(names)s."
            ),
            "unknown": self.env._("{%(name)s} is no placeholder here. Those that are: %(names)s."),
        }
        facts = {"name": error.name, "names": names, "most": MAX_LENGTH, "limit": MAX_PLACEHOLDERS}
        return sentences[error.reason] % facts

    # === BUSINESS === #

    @api.model
    def _fetch(self, bills):
        """{bill: {place: text}}: the narrowest text for each, in one statement. A brand goes before a language."""
        # sudo: whoever may read a bill may read what it says.
        templates = self.sudo().search([("company_id", "in", bills.company_id.ids)])
        found = {}
        for bill in bills:
            brand, lang = bill.customer_id.brand_id, bill.customer_id.partner_id.lang
            mine = templates.filtered(
                lambda one, bill=bill, brand=brand, lang=lang: (
                    one.company_id == bill.company_id
                    and (not one.brand_id or one.brand_id == brand)
                    and (not one.lang or one.lang == lang)
                )
            )
            mine = mine.sorted(lambda one: (bool(one.brand_id), bool(one.lang)))
            found[bill] = {one.place: one.text for one in mine}
        return found

    # === HOOKS === #

    def _get_names(self):
        """Return the placeholders that may stand in this text; whoever adds one gives it a value on the bill."""
        return LINE_NAMES if self.place == "line" else BILL_NAMES
