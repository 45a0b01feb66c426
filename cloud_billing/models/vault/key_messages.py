"""What is wrong with the key, as sentences with the remedy."""

from odoo.tools import LazyTranslate

_lt = LazyTranslate(__name__)

# One sentence per KeyStoreError.code; its values, and the name of the database.
_PROBLEMS = {
    "no_file": _lt(
        "The secrets of the database %(database)s cannot be read: their key file %(place)s is not there. Put the "
        "backup copy of the key file there, readable for the user of the server alone. If there is no copy any "
        "more: Cloud Billing, Settings, Keys, Forget All; then type them again."
    ),
    "file_failed": _lt(
        "The key file %(place)s cannot be read or written: %(reason)s. Its folder and the file belong to the user "
        "of the server."
    ),
    "bad_key": _lt(
        "What %(place)s holds is not a key of Cloud Billing, or a part of it is missing. Put the backup copy "
        "there; docs/secrets.md shows what it looks like."
    ),
    "other_key": _lt(
        "The secrets of the database %(database)s cannot be read: version %(version)s of the key in %(place)s is "
        "that of another database (its fingerprint is %(found)s, %(wanted)s is wanted). Put the backup copy of "
        "the right key there."
    ),
    "no_version": _lt(
        "The secrets of the database %(database)s cannot be read: version %(version)s of the key is missing in "
        "%(place)s. Put it back from the backup copy; versions that secrets or backups still need are never "
        "removed."
    ),
    "command_failed": _lt(
        "The command %(place)s that gives the key did not work: %(reason)s. Try it by hand as the user of the server."
    ),
    "command_slow": _lt(
        "The command %(place)s did not give the key within %(seconds)s seconds. Try it by hand as the user of the "
        "server, or raise key_command_seconds in odoo.conf."
    ),
    "bad_command": _lt(
        'In odoo.conf, section [cloud_billing], key_command is not a list such as ["/usr/local/bin/billing-key", '
        '"--read"], or key_command_seconds is not a number.'
    ),
    "no_newer": _lt(
        "%(place)s has no version above %(version)s of the key. Add one there first (docs/secrets.md), then "
        "rotate again."
    ),
}


def explain(env, error):
    """The sentence of a KeyStoreError, in the person's language."""
    sentence = env._(_PROBLEMS[error.code])
    return sentence % {"database": env.cr.dbname, **error.values}
