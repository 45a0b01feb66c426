"""Values of fields as JSON, for what an approval covers."""

from decimal import Decimal

from odoo import models

from ...engine.numbers import to_text


def as_content(value):
    """A field's value as JSON: numbers as text with every digit, records as ids, empty as None."""
    if isinstance(value, Decimal):
        return to_text(value)
    if isinstance(value, models.BaseModel):
        return value.ids
    return None if value is False else value
