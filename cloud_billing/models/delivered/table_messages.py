"""What a test and a dry run of a connector say of a table, as codes and values like all that they say."""

from odoo.tools import LazyTranslate

from ..connection import connector_messages

_lt = LazyTranslate(__name__)

connector_messages.add(
    facts={
        "table_customers": _lt(
            "Customers: %(new)s would be new, %(changed)s changed, %(same)s stay as they are, %(refused)s are refused."
        ),
        "table_subscriptions": _lt(
            "Rows of subscriptions: %(new)s would be new, %(changed)s changed, %(same)s stay as they are, %(refused)s "
            "are refused."
        ),
        "table_row": _lt("Row %(row)s, %(name)s: %(text)s"),
    }
)
