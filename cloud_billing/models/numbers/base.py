from decimal import Decimal

from odoo import api, models
from odoo.models import parse_read_group_spec
from odoo.tools import SQL

from ...engine.numbers import to_text
from ...fields import FETCH_KEY, FETCHING, DecimalField

# Where an aggregate is compared (HAVING, ORDER BY) it stays a number; only what is selected becomes text.
_COMPARING = object()
_COMPARE_KEY = "_decimal_field_compare"
_NUMBERS = ("sum", "avg", "max", "min")
_ARRAYS = ("array_agg", "array_agg_distinct")


class Base(models.AbstractModel):
    _inherit = "base"

    def _fetch_query(self, query, fields):
        if not any(isinstance(field, DecimalField) for field in fields):
            return super()._fetch_query(query, fields)
        fetching = self.with_context(**{FETCH_KEY: FETCHING})
        return super(Base, fetching)._fetch_query(query, fields).with_env(self.env)

    # === AGGREGATES === #

    def _get_decimal_aggregate(self, spec):
        """(field, function) of an aggregate over a DecimalField, else (None, None)."""
        name, _property, function = parse_read_group_spec(spec) if spec != "__count" else (None, None, None)
        field = self._fields.get(name)
        return (field, function) if isinstance(field, DecimalField) else (None, None)

    def _read_group_select(self, aggregate_spec, query):
        field, function = self._get_decimal_aggregate(aggregate_spec)
        if field is None:
            return super()._read_group_select(aggregate_spec, query)
        if function == "sum_currency":
            # The web client asks for a sum converted at today's rates. Exact amounts are never converted in passing.
            expression = SQL("NULL::numeric")
        else:
            expression = super()._read_group_select(aggregate_spec, query)
        if function in ("sum", "avg") and field.currency_field:
            currency = self._field_to_sql(self._table, field.currency_field, query)
            expression = SQL("CASE WHEN COUNT(DISTINCT %s) < 2 THEN %s END", currency, expression)
        if self.env.context.get(_COMPARE_KEY) is _COMPARING:
            return expression
        if function in (*_NUMBERS, "sum_currency"):
            return SQL("(%s)::text", expression)
        return SQL("(%s)::text[]", expression) if function in _ARRAYS else expression

    def _read_group_having(self, having_domain, query):
        return super(Base, self._comparing())._read_group_having(having_domain, query)

    def _comparing(self):
        return self.with_context(**{_COMPARE_KEY: _COMPARING})

    def _is_decimal_group(self, spec):
        """Whether a groupby is by a DecimalField of this model. A path ("line_id.amount") is answered where it ends."""
        name, _dot, path = spec.partition(".")
        field = self._fields.get(name)
        if path and field is not None and field.type == "many2one":
            return self.env[field.comodel_name]._is_decimal_group(path)
        return isinstance(field, DecimalField)

    def _read_group_groupby(self, alias, groupby_spec, query):
        expression = super()._read_group_groupby(alias, groupby_spec, query)
        if isinstance(self._fields.get(groupby_spec), DecimalField):
            # 1.0 and 1.00 are one group.
            return SQL("trim_scale(%s)::text", expression)
        return expression

    def _read_group_orderby(self, order, groupby_terms, query):
        decimals = {spec for spec in groupby_terms if self._is_decimal_group(spec)}
        terms = {spec: SQL("(%s)::numeric", term) if spec in decimals else term for spec, term in groupby_terms.items()}
        result = super(Base, self._comparing())._read_group_orderby(order, terms, query)
        # The method may add to the terms of the other groups.
        groupby_terms.update({spec: term for spec, term in terms.items() if spec not in decimals})
        return result

    def _read_group_postprocess_groupby(self, groupby_spec, raw_values):
        if isinstance(self._fields.get(groupby_spec), DecimalField):
            raw_values = [_decimal(value) for value in raw_values]
        return super()._read_group_postprocess_groupby(groupby_spec, raw_values)

    def _read_group_postprocess_aggregate(self, aggregate_spec, raw_values):
        _field, function = self._get_decimal_aggregate(aggregate_spec)
        if function in (*_NUMBERS, "sum_currency"):
            raw_values = [_decimal(value) for value in raw_values]
        elif function in _ARRAYS:
            raw_values = [value and [_decimal(item) for item in value] for value in raw_values]
        return super()._read_group_postprocess_aggregate(aggregate_spec, raw_values)

    @api.model
    def _web_read_group_format(self, groupby, aggregates, groups):
        result = super()._web_read_group_format(groupby, aggregates, groups)
        for group in result:
            for key, value in group.items():
                if isinstance(value, Decimal):
                    group[key] = to_text(value)
                elif isinstance(value, list) and any(isinstance(item, Decimal) for item in value):
                    group[key] = [to_text(item) if isinstance(item, Decimal) else item for item in value]
        return result


def _decimal(value):
    return Decimal(value) if isinstance(value, str) else value
