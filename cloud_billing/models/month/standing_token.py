"""What the schedule shows when it submits under a standing approval; compared with `is`, passed on as an argument only.

Like the token of protected records it must never become an attribute, a context value or an entry of a dict.
"""

STANDING_TOKEN = object()
