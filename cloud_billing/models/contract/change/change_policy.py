"""What was agreed of days that are billed already, handed down to the records that are written.

A person chooses it for one change; a write that reaches into billed days without one is refused. It says what shall
happen and gives no right: whoever may write the record may choose it.
"""

from odoo.exceptions import ValidationError

_KEY = "cloud_change_policy"
CHANGE_POLICIES = [
    ("credit", "Credit with the next invoice"),
    ("refund", "Credit note at once"),
    ("nothing", "Nothing is given back"),
]
_POLICIES = dict(CHANGE_POLICIES)


def with_policy(records, policy, reason=None):
    """The records, to be written under a policy (of CHANGE_POLICIES, None for none)."""
    if policy is not None and policy not in _POLICIES:
        raise ValidationError(
            records.env._("%(policy)s is no policy for billed days. Choose one of the list.", policy=policy)
        )
    return records.with_context(**{_KEY: (policy, reason)})


def get_policy(env):
    """(policy or None, reason or None) of what is being written."""
    policy, reason = env.context.get(_KEY) or (None, None)
    return (policy if policy in _POLICIES else None), reason
