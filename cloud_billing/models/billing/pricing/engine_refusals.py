"""What the engine refuses while a charge is rated, as a reason of a bill: its code, and facts that can be stored."""

from ....engine.rating.texts import as_text
from .usage_facts import Refused


def refuse_engine(error, item):
    """The Refused of a RatingError: code engine_<reason>, told in cloud_bill_reason_engine. item: of `cloud.rating`."""
    facts = {name: _tell(value) for name, value in error.facts.items()}
    place = {
        "line": item["line_name"],
        "customer": item["customer_name"],
        "plan": item["plan_name"],
        "plan_id": item["plan_id"],
        "product_id": item["product_id"],
    }
    return Refused(f"engine_{error.reason}", **{**facts, **place, "detail": str(error)})


def _tell(value):
    """A fact as JSON: dimension values as text ("region asia, sku -"), numbers and dates as text."""
    if isinstance(value, (tuple, list)):
        return ", ".join(" ".join(str(part) or "-" for part in pair) for pair in value)
    value = as_text(value)
    return value if value is None or isinstance(value, (str, int)) else str(value)
