"""What a review of the record looks at, as data: {kind: (label, kinds of events)}.

Whoever did one of the first kind of things in the range does not sign that it is in order (`JUDGED`).
"""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

KINDS = {
    "rights": (
        _lt("Roles, rights and people changed"),
        ("role_changed", "rights_changed", "person_enrolled", "person_changed"),
    ),
    "emergency": (
        _lt("Emergency changes"),
        ("emergency_applied", "emergency_ended", "emergency_confirmed", "emergency_reviewed"),
    ),
    "alone": (_lt("Approved without a second person"), ("approved_alone", "applied_standing")),
    "schedules": (_lt("Scheduled actions switched off or changed"), ("schedule_off", "schedule_changed")),
    "lock_dates": (_lt("Lock dates changed"), ("lock_dates",)),
    "modules": (_lt("Modules installed, updated or removed"), ("module_changed",)),
    "tracking": (_lt("What is tracked was changed"), ("tracking_added", "tracking_removed")),
    "failed_logins": (_lt("Failed logins"), ("login_failed",)),
    "refused": (_lt("Access denied and deletions refused"), ("denied", "deletion_refused")),
    "keys": (
        _lt("Keys and secrets"),
        ("api_key_made", "api_key_removed", "secret_set", "secret_dropped", "key_made", "key_rotated", "key_retired",
         "key_copied", "key_failed"),
    ),
    "exports": (_lt("Exports"), ("exported", "proof_saved")),
    "deleted": (_lt("Deleted records"), ("deleted",)),
}  # fmt: skip

JUDGED = ("rights", "emergency", "alone", "schedules", "lock_dates", "modules", "tracking")
