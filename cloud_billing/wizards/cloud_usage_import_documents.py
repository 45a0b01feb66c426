from odoo import api, fields, models

from ..models.usage import usage_reading


class CloudUsageImportWizard(models.TransientModel):
    """What the documents of some servers do not say, and a new source must: asked where it is needed."""

    _inherit = "cloud.usage.import.wizard"

    is_document = fields.Boolean(compute="_compute_asks")
    asks_currency = fields.Boolean(compute="_compute_asks")
    asks_sample_kind = fields.Boolean(compute="_compute_asks")
    default_currency = fields.Char(
        string="Currency of Costs", size=3, help="These files have costs and do not say in which currency, e.g. EUR."
    )
    sample_kind = fields.Selection(
        lambda self: self.env["cloud.usage.source"]._fields["sample_kind"]._description_selection(self.env),
        string="What a Value Is",
        help="The answer does not say it. A counter is used by what it grew; a level of 4 for half an hour is 2 hours.",
    )

    # === COMPUTE === #

    @api.depends("source_choice", "reader")
    def _compute_asks(self):
        for wizard in self:
            wizard.is_document = usage_reading.is_document(wizard.reader)
            asked = usage_reading.get_asked(wizard.reader) if wizard.source_choice == "new" else ()
            wizard.asks_currency = "currency" in asked
            wizard.asks_sample_kind = "sample_kind" in asked

    # === BUSINESS === #

    def _get_problems(self):
        problems = super()._get_problems()
        if self.asks_sample_kind and not self.sample_kind:
            problems.append(self.env._("Choose what a value in these files is."))
        return problems

    def _get_reader_hint(self, name):
        if name and usage_reading.is_document(name):
            label = dict(self._fields["reader"]._description_selection(self.env))[name]
            return self.env._("The content is that of: %(reader)s.", reader=label)
        return super()._get_reader_hint(name)

    def _prepare_source_vals(self):
        vals = super()._prepare_source_vals()
        if self.asks_currency:
            vals["default_currency"] = self.default_currency
        if self.asks_sample_kind:
            vals["sample_kind"] = self.sample_kind
        return vals
