"""`DecimalField`: a number that keeps every digit between the keyboard, the cache and the column.

Odoo's Float passes every value through a Python float, even with `digits=0`, and psycopg2 hands NUMERIC columns over as
floats. Here the cache holds a Decimal, the column is an unlimited NUMERIC, and fetching selects it as text.
"""
from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, sql

from .engine.numbers import NumberError, parse_decimal, to_text

# The marker that tells to_sql a column is being fetched, not compared. An object: no caller can send it over RPC.
_FETCHING = object()
_FETCH_KEY = "_decimal_field_fetch"
# A float that a person typed has at most so many digits; more means digits were lost on the way here.
_FLOAT_DIGITS = 15


class DecimalField(fields.Float):
    """An exact number: `Decimal` or None (empty, which is not 0) on records, text in `read` and over RPC."""

    falsy_value = None

    def __init__(self, string=None, **kwargs):
        if string is not None:
            kwargs["string"] = string
        super().__init__(digits=False, **kwargs)

    def _to_decimal(self, value, env):
        if value is None or value is False or value == "":
            return None
        if isinstance(value, float):
            digits = Decimal(repr(value)).as_tuple().digits
            if len(digits) > _FLOAT_DIGITS:
                raise ValidationError(
                    env._("%(field)s: give %(value)s as text; a floating point number has lost digits.",
                          field=self.string, value=repr(value))
                )
            value = repr(value)
        try:
            return parse_decimal(value.strip() if isinstance(value, str) else value)
        except NumberError as error:
            raise ValidationError(
                env._("%(field)s: %(value)s is not a plain number. Write digits with a point, for instance 1234.56.",
                      field=self.string, value=error.text[:80])
            ) from error

    def convert_to_column(self, value, record, values=None, validate=True):
        return self._to_decimal(value, record.env)

    def convert_to_cache(self, value, record, validate=True):
        return self._to_decimal(value, record.env)

    def convert_to_record(self, value, record):
        # Aggregates and raw SQL may have cached what psycopg2 made; a Decimal passes through untouched.
        return value if value is None or isinstance(value, Decimal) else self._to_decimal(value, record.env)

    def convert_to_read(self, value, record, use_display_name=True):
        return False if value is None else to_text(value)

    def convert_to_export(self, value, record):
        return "" if value is None else to_text(value)

    def convert_to_display_name(self, value, record):
        return False if value is None else to_text(value)

    def to_sql(self, model, alias):
        expression = super().to_sql(model, alias)
        if model.env.context.get(_FETCH_KEY) is _FETCHING:
            return SQL("%s::text", expression, to_flush=self)
        return expression

    def update_db_column(self, model, column):
        super().update_db_column(model, column)
        if column is None:
            self._refuse_nan(model)

    def _refuse_nan(self, model):
        """NUMERIC admits NaN and infinities, which no amount is: the database refuses them for raw SQL too."""
        name = f"{model._table}_{self.name}_finite"[:63]
        definition = f"CHECK (\"{self.name}\" NOT IN ('NaN', 'Infinity', '-Infinity'))"
        sql.add_constraint(model.env.cr, model._table, name, definition)


class Base(models.AbstractModel):
    _inherit = "base"

    def _fetch_query(self, query, fields):
        if not any(isinstance(field, DecimalField) for field in fields):
            return super()._fetch_query(query, fields)
        fetching = self.with_context(**{_FETCH_KEY: _FETCHING})
        return super(Base, fetching)._fetch_query(query, fields).with_env(self.env)
