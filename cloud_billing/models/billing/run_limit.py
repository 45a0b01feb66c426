"""A run that bills only some: what its statements ask, so that the same words restrict all of them."""

from dataclasses import dataclass

from odoo.tools import SQL

# Of `customer`: the top of its tree is who pays, see `cloud.customer._get_payers`.
PAYER = SQL("split_part(customer.parent_path, '/', 1)::integer")


@dataclass(frozen=True)
class RunLimit:
    """Whose charges a limited run may have. Sorted ids, so that equal limits make equal statements.

    subscription_ids: theirs. customer_ids: whose own true-ups, which belong to no subscription.
    """

    subscription_ids: tuple[int, ...]
    customer_ids: tuple[int, ...] = ()


def select_limited(limit, subscription_id, customer_id=None) -> SQL:
    """The condition that a row is within a limit. limit: RunLimit, None for a run of everybody.

    subscription_id, customer_id: SQL of the columns; customer_id where a row may belong to no subscription.
    """
    if limit is None:
        return SQL("TRUE")
    within = SQL("%s = ANY(%s)", subscription_id, list(limit.subscription_ids))
    if customer_id is None:
        return within
    return SQL("(%s OR %s IS NULL AND %s = ANY(%s))", within, subscription_id, customer_id, list(limit.customer_ids))


def get_limited_domain(limit):
    """The same as a domain of charges."""
    if limit is None:
        return []
    return [
        "|",
        ("subscription_id", "in", limit.subscription_ids),
        "&",
        ("subscription_id", "=", False),
        ("customer_id", "in", limit.customer_ids),
    ]
