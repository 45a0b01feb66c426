"""`DecimalField`: a number that keeps every digit between the keyboard, the cache and the column.

Odoo's Float passes every value through a Python float, even with `digits=0`, and psycopg2 hands NUMERIC columns over
as floats. Here the cache holds a Decimal, the column is an unlimited NUMERIC, and fetching selects it as text. What
the ORM must do beside the field (fetch, aggregate, import, track, print) is in `models/numbers`.

One door stays a float: Odoo's XML data files turn the text of a float field into a float before we see it. Give exact
values by a CSV data file, which goes through `load()`.
"""

import ast
import operator as python_operator
from decimal import Decimal

from odoo import fields
from odoo.addons.base.models.res_lang import intersperse
from odoo.exceptions import ValidationError
from odoo.tools import SQL, sql
from odoo.tools.misc import get_lang

from .engine.numbers import NumberError, parse_decimal, to_text

# The marker that tells to_sql a column is being fetched, not compared. An object: no caller can send it over RPC.
FETCHING = object()
FETCH_KEY = "_decimal_field_fetch"
# A float that a person typed has at most so many digits; more means digits were lost on the way here.
_FLOAT_DIGITS = 15
_INEQUALITIES = {
    "<": python_operator.lt,
    "<=": python_operator.le,
    ">": python_operator.gt,
    ">=": python_operator.ge,
}


def is_null(value):
    """Whether a value from outside means empty. Not `not value`: 0 is a number."""
    return value is None or value is False or value == ""


def format_decimal(env, number, minimum_decimals=0):
    """The number as the user of `env` writes it: his or her decimal point and separators, every digit; "" for None."""
    if number is None or number is False:
        return ""
    lang = get_lang(env)
    integers, _point, decimals = to_text(number).partition(".")
    integers = intersperse(integers, ast.literal_eval(lang.grouping), lang.thousands_sep or "")[0]
    decimals = decimals.ljust(minimum_decimals, "0")
    return integers + (lang.decimal_point + decimals if decimals else "")


class DecimalField(fields.Float):
    """An exact number: `Decimal` or None (empty, which is not 0) on records, text in `read` and over RPC.

    :param currency_field: name of the field with the currency of the amount. Amounts of several currencies have no
        sum then: `amount:sum` is empty for a group that mixes them.
    """

    falsy_value = None
    currency_field = None

    def __init__(self, string=None, **kwargs):
        if string is not None:
            kwargs["string"] = string
        super().__init__(digits=False, **kwargs)

    # The web client asks for the currencies of a group beside its sum, and leaves a mixed one blank.
    _description_currency_field = property(lambda self: self.currency_field)

    def _to_decimal(self, value, env, validate=True):
        """Decimal or None. validate: refuse a float that has lost digits; a search takes it as it is."""
        if is_null(value):
            return None
        if isinstance(value, float):
            text = repr(value)
            if validate and len(Decimal(text).as_tuple().digits) > _FLOAT_DIGITS:
                raise ValidationError(
                    env._(
                        "%(field)s: give %(value)s as text; a floating point number has lost digits.",
                        field=self.string,
                        value=text,
                    )
                )
            value = text
        try:
            return parse_decimal(value.strip() if isinstance(value, str) else value)
        except (NumberError, TypeError) as error:
            raise ValidationError(
                env._(
                    "%(field)s: %(value)s is not a plain number. Write digits with a point, for instance 1234.56.",
                    field=self.string,
                    value=str(value)[:80],
                )
            ) from error

    # === CONVERSIONS === #

    def convert_to_column(self, value, record, values=None, validate=True):
        return self._to_decimal(value, record.env, validate)

    def convert_to_cache(self, value, record, validate=True):
        return self._to_decimal(value, record.env, validate)

    def convert_to_record(self, value, record):
        # Whoever put a value in the cache without conversion gave what psycopg2 made of it.
        return value if value is None or isinstance(value, Decimal) else self._to_decimal(value, record.env, False)

    def convert_to_read(self, value, record, use_display_name=True):
        return False if value is None else to_text(value)

    def convert_to_export(self, value, record):
        return "" if value is None else to_text(value)

    def convert_to_display_name(self, value, record):
        return False if value is None else to_text(value)

    def _insert_cache(self, records, values):
        return super()._insert_cache(records, (Decimal(value) if isinstance(value, str) else value for value in values))

    # === SQL AND DOMAINS === #

    def to_sql(self, model, alias):
        expression = super().to_sql(model, alias)
        if model.env.context.get(FETCH_KEY) is FETCHING:
            return SQL("%s::text", expression, to_flush=self)
        return expression

    def filter_function(self, records, field_expr, operator, value):
        """As SQL would: empty equals only empty, 0 equals only 0, and nothing is less or greater than empty."""
        if operator == "in":
            wanted = {self._to_decimal(item, records.env, False) for item in value}
            return lambda record: self.__get__(record) in wanted
        if operator in _INEQUALITIES:
            compare, bound = _INEQUALITIES[operator], self._to_decimal(value, records.env, False)
            return lambda record: (
                bound is not None and (number := self.__get__(record)) is not None and compare(number, bound)
            )
        return super().filter_function(records, field_expr, operator, value)

    # === SCHEMA === #

    def update_db_column(self, model, column):
        result = super().update_db_column(model, column)
        self._refuse_nan(model)
        return result

    def _refuse_nan(self, model):
        """NUMERIC admits NaN and infinities, which no amount is: the database refuses them for raw SQL too."""
        name = f"{model._table}_{self.name}_finite"[:63]
        if sql.constraint_definition(model.env.cr, model._table, name):
            return
        definition = f"CHECK (\"{self.name}\" NOT IN ('NaN', 'Infinity', '-Infinity'))"
        sql.add_constraint(model.env.cr, model._table, name, definition)


class BigIntegerField(fields.Integer):
    """A whole number of 64 bits, for digests and identities of tables that SQL owns; Odoo's own ends at 32."""

    _column_type = ("int8", "int8")
    aggregator = None

    # Odoo's Integer reads what is above 31 bits as a float, also on its way into a new record, and loses digits.

    def convert_to_read(self, value, record, use_display_name=True):
        return str(value or 0)

    def convert_to_write(self, value, record):
        return value or 0


class CopiedMany2one(fields.Many2one):
    """A Many2one without a foreign key of its own: it says again what the row says that its record belongs to.

    PostgreSQL keeps the two equal, and that row has the foreign key: see `models/billing/rated/copied_columns.py`.
    """

    def update_db_foreign_key(self, model, column):
        """Make none."""


def get_changed(record, vals, names):
    """Those of the names to which `vals`, as given to write(), would give another value on the record."""
    return [
        name
        for name in names
        if name in vals
        and record._fields[name].convert_to_cache(vals[name], record)
        != record._fields[name].convert_to_cache(record[name], record)
    ]
