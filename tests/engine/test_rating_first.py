from decimal import Decimal

from cloud_billing_engine.rating import rate
from rating_samples import graduated, make_facts


def test_a_ladder():
    # 1,000 h x 0.10 + 500 h x 0.08 = 100.00 + 40.00
    result = rate(graduated(("1000", "0.10"), (None, "0.08")), make_facts("1500"))
    assert result.amount == Decimal("140.00")
