"""What a customer reads of an instalment: which part of which sum; made of the statement alone."""

from ..rated.told_numbers import tell_money


def get_instalment_texts(env, instalment, currency):
    """Lines of text. instalment: of a statement, dict of kind, number, count, total, and discount and rest of a
    settlement; amounts are texts."""

    total = tell_money(env, instalment["total"], currency)
    if instalment["kind"] == "down":
        return [env._("Down payment of %(total)s", total=total)]
    if instalment["kind"] == "part":
        return [
            env._(
                "Instalment %(number)s of %(count)s of %(total)s",
                number=instalment["number"],
                count=instalment["count"],
                total=total,
            )
        ]
    texts = [
        env._(
            "Settlement of the %(rest)s left of %(total)s",
            rest=tell_money(env, instalment["rest"], currency),
            total=total,
        )
    ]
    if instalment["discount"]:
        texts.append(
            env._("%(discount)s off for paying early", discount=tell_money(env, instalment["discount"], currency))
        )
    return texts
