"""Sentences for the figures by which a row broke its checks."""

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from odoo.tools import format_date, format_datetime

from ...engine.numbers import parse_decimal
from ...fields import format_decimal


def explain_broken(env, broken, tz):
    """A sentence per broken check, with costs to who may see them.

    broken: as check_sql wrote it; tz: of the source, for moments and days.
    """
    sees_costs = env["cloud.field.access"]._may_see_costs()
    return [
        _explain_hidden(env, facts)
        if not sees_costs and facts.get("measure", "").startswith("cost_")
        else _EXPLAIN[facts["code"]](env, facts, tz or "UTC")
        for facts in broken
    ]


def _tell(env, text):
    return "" if text is None else format_decimal(env, parse_decimal(text))


def _get_label(env, field, value):
    return dict(env["cloud.usage.check"]._fields[field]._description_selection(env)).get(value, value or "")


def _explain_hidden(env, facts):
    measure = _get_label(env, "measure", facts["measure"])
    if facts["code"] == "spike":
        return env._(
            "%(measure)s of %(day)s is far above the same weekday before.",
            measure=measure, day=format_date(env, facts["day"]),
        )  # fmt: skip
    return env._("%(measure)s is outside its bounds.", measure=measure)


def _explain_range(env, facts, _tz):
    lowest, highest = facts["lowest"], facts["highest"]
    values = {
        "measure": _get_label(env, "measure", facts["measure"]),
        "value": _tell(env, facts["value"]),
        "lowest": _tell(env, lowest),
        "highest": _tell(env, highest),
    }
    if highest is None:
        return env._("%(measure)s %(value)s is below %(lowest)s.", **values)
    if lowest is None:
        return env._("%(measure)s %(value)s is above %(highest)s.", **values)
    return env._("%(measure)s %(value)s is not between %(lowest)s and %(highest)s.", **values)


def _explain_time(env, facts, tz):
    moment = datetime.fromisoformat(facts["value"]).replace(tzinfo=timezone.utc).astimezone(ZoneInfo(tz))
    local = format_datetime(env, moment.replace(tzinfo=None), tz="UTC")
    if facts["code"] == "old":
        return env._(
            "Service began on %(moment)s, more than %(days)s days before it arrived.",
            moment=local, days=facts["past_days"],
        )  # fmt: skip
    return env._(
        "Service begins on %(moment)s, more than %(days)s days after it arrived.",
        moment=local, days=facts["future_days"],
    )  # fmt: skip


def _explain_unit(env, facts, _tz):
    return env._("%(service)s never came in %(unit)s.", service=facts["scope"] or "?", unit=facts["value"])


def _explain_value(env, facts, _tz):
    name = facts["tag"] if facts["dimension"] == "tag" else _get_label(env, "dimension", facts["dimension"])
    return env._("%(name)s %(value)s was never seen.", name=name, value=facts["value"])


def _explain_spike(env, facts, _tz):
    return env._(
        "%(measure)s of %(day)s is %(value)s; usual on this weekday is %(usual)s (median of %(weeks)s weeks).",
        measure=_get_label(env, "measure", facts["measure"]),
        day=format_date(env, facts["day"]),
        value=_tell(env, facts["value"]),
        usual=_tell(env, facts["usual"]),
        weeks=facts["weeks"],
    )


_EXPLAIN = {
    "range": _explain_range,
    "old": _explain_time,
    "future": _explain_time,
    "unit": _explain_unit,
    "value": _explain_value,
    "spike": _explain_spike,
}
