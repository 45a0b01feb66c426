"""What the engine refuses of instalments, as sentences with a remedy."""

from odoo.tools import format_date


def get_instalment_sentence(line, error, total):
    """The sentence of an InstalmentError. line: one subscription line. total: the agreed sum, a Decimal."""
    env, facts = line.env, error.facts
    values = {"line": line.display_name, "total": line._format_instalment(total)}
    if error.reason == "sum":
        return env._(
            "%(line)s: the parts that are not billed are %(given)s, but %(left)s of the agreed %(total)s is left."
            " Correct an amount, or let the last part take the rest.",
            given=line._format_instalment(line._from_units(facts["given"])),
            left=line._format_instalment(line._from_units(facts["total"])),
            **values,
        )
    if error.reason == "dates":
        return env._(
            "%(line)s: a part is due on %(day)s, before the one in front of it on %(before)s. Put them in order.",
            day=format_date(env, facts["date"]),
            before=format_date(env, facts["before"]),
            **values,
        )
    if error.reason == "amount":
        return env._("%(line)s: each part is more than nothing. Correct the amounts, or take a part out.", **values)
    if error.reason == "not_whole_units":
        return env._(
            "%(line)s: %(amount)s cannot be paid, the smallest amount of the currency is %(step)s. Round it.",
            amount=facts["amount"],
            step=facts["step"],
            **values,
        )
    if error.reason == "too_many_parts":
        return env._("%(line)s: %(total)s cannot be cut into %(count)s parts.", count=facts["count"], **values)
    if error.reason == "down_payment":
        return env._("%(line)s: the down payment is 0 or more, and less than the sum of %(total)s.", **values)
    if error.reason == "nothing_left":
        return env._(
            "%(line)s: nothing of %(total)s is left for the part that takes the rest. Lower another one.", **values
        )
    if error.reason == "count":
        return env._("%(line)s: give a number of parts from 1 to %(most)s.", most=facts["most"], **values)
    return env._("%(line)s: %(total)s is no sum that can be paid in instalments. Give one of more than 0.", **values)
