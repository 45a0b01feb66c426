from odoo import api, fields, models

from ...fields import format_decimal
from .meter_dimensions import get_dimension_text


class CloudMeter(models.Model):
    """What a meter counts, in words, so that a person reads back what he or she chose."""

    _inherit = "cloud.meter"

    sentence = fields.Char(string="What It Counts", compute="_compute_sentence")

    # === COMPUTE === #

    @api.depends(
        "aggregation",
        "basis",
        "basis_tag",
        "unit",
        "counted_dimension",
        "counted_tag",
        "operation_tag",
        "weighting",
        "is_recurring",
        "apart_dimension",
        "apart_tag",
        "rounding",
        "rounding_step",
        "rounding_scope",
        "value_basis",
        "value_tag",
        "filter_ids.display_name",
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        for meter in self:
            meter.sentence = " ".join(filter(None, meter._get_sentences()))

    # === BUSINESS === #

    def _get_sentences(self):
        """Return the sentences that say what is counted, some empty. To add one: extend what super() returns."""
        self.ensure_one()
        return [
            self._get_aggregation_sentence(),
            self._get_apart_sentence(),
            self._get_recurring_sentence(),
            self._get_rounding_sentence(),
            self._get_value_sentence(),
            self._get_filter_sentence(),
        ]

    def _get_aggregation_sentence(self):
        number = self._get_number_text("basis", "basis_tag")
        if self.aggregation == "unique_count":
            return self._get_unique_sentence()
        if self.aggregation == "time_weighted" and self.weighting == "days":
            return self.env._("Weighs the %s by the days for which it holds, of the days of the period.", number)
        sentences = {
            "sum": self.env._("Adds up the %s of all rows of a period.", number),
            "count": self.env._("Counts the rows of a period."),
            "max": self.env._("Takes the highest %s of a period.", number),
            "min": self.env._("Takes the lowest %s of a period.", number),
            "average": self.env._("Takes the average %s of the rows of a period.", number),
            "latest": self.env._("Takes the %s of the newest row of a period.", number),
            "time_weighted": self.env._(
                "Weighs the %s by the seconds for which it holds, of the seconds of the period.", number
            ),
            "percentile_95": self.env._(
                "Takes the highest %s of a period after leaving out the highest 5 %% of the samples.", number
            ),
            "value": self.env._("Adds up the money that the rows of a period move: the %s.", number),
        }
        return sentences.get(self.aggregation)

    def _get_unique_sentence(self):
        counted = get_dimension_text(self, "counted_dimension", "counted_tag")
        if not self.operation_tag:
            return self.env._("Counts distinct values of %s per period.", counted)
        if self.weighting == "seconds":
            return self.env._(
                "Counts each value of %(counted)s from the row whose tag %(tag)s says add until the row that says"
                " remove, by its seconds of those of the period.",
                counted=counted,
                tag=self.operation_tag,
            )
        if self.weighting == "days":
            return self.env._(
                "Counts each value of %(counted)s from the row whose tag %(tag)s says add until the row that says"
                " remove, by its days of those of the period.",
                counted=counted,
                tag=self.operation_tag,
            )
        return self.env._(
            "Counts the values of %(counted)s that were there at any time of the period, from the row whose tag %(tag)s"
            " says add until the row that says remove.",
            counted=counted,
            tag=self.operation_tag,
        )

    def _get_apart_sentence(self):
        if not self.apart_dimension:
            return ""
        return self.env._(
            "Each %s is measured alone and the results are added up.",
            get_dimension_text(self, "apart_dimension", "apart_tag"),
        )

    def _get_recurring_sentence(self):
        if not self._is_carried_over():
            return ""
        return self.env._("A period starts from what held at the end of the one before it.")

    def _get_rounding_sentence(self):
        if self.rounding == "none":
            return ""
        modes = dict(self._fields["rounding"]._description_selection(self.env))
        values = {"mode": modes[self.rounding].lower(), "step": format_decimal(self.env, self.rounding_step)}
        if self.rounding_scope == "event":
            return self.env._("Each row is rounded %(mode)s to a multiple of %(step)s.", **values)
        return self.env._("The period's quantity is rounded %(mode)s to a multiple of %(step)s.", **values)

    def _get_value_sentence(self):
        if not self.value_basis:
            return ""
        return self.env._("The money that a row moves is its %s.", self._get_number_text("value_basis", "value_tag"))

    def _get_filter_sentence(self):
        if not self.filter_ids:
            return ""
        return self.env._(
            "Only rows where %s.", self.env._(" and ").join(condition._get_text() for condition in self.filter_ids)
        )

    def _get_number_text(self, basis, tag):
        if self[basis] == "tag":
            return self.env._("number in the tag %s", self[tag] or "…")
        label = dict(self._fields[basis]._description_selection(self.env)).get(self[basis], "…").lower()
        if basis == "basis" and self[basis] == "quantity" and self.unit:
            return self.env._("%(number)s in %(unit)s", number=label, unit=self.unit)
        return label

    def _is_carried_over(self):
        """Whether a period starts from the state before it."""
        self.ensure_one()
        if self.aggregation == "unique_count":
            return bool(self.operation_tag)
        return self.aggregation in ("latest", "time_weighted") and self.is_recurring
