from datetime import date

from cloud_billing_engine.schedule import Cycle, periods


def test_an_anniversary_on_the_31st_clamps_and_comes_back():
    found = periods(Cycle(kind="anniversary"), date(2026, 1, 31), None, date(2026, 5, 1))
    assert [period.start for period in found] == [
        date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30),
    ]
