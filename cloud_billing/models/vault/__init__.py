"""Vault: secrets of other systems, encrypted, and the key that is kept outside the database.

Owns the values, who set them and when, the versions of the key and where it is read, its rotation, and the hiding of
values in logs. Does not own whom a secret belongs to: any record that inherits `cloud.secret.owner.mixin`.
"""

from . import cloud_audit_event, cloud_secret, cloud_secret_owner_mixin, cloud_vault_key, cloud_vault_key_rotation
from . import cloud_home, call_log

call_log.hide_arguments()
