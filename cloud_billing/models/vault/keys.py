"""The key as it is used: read where it is kept, and proved to be the one that this database knows.

Functions of this module and no methods of a model: Python that is typed into Odoo reaches methods, and never a key.
"""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from . import envelope, key_messages, vault_schema
from .key_store import KeyStoreError, get_store

_TABLE = SQL(vault_schema.KEY_TABLE)


def read(env, versions):
    """{version: key} of these registered versions. Raises UserError with the remedy."""
    known = fetch_fingerprints(env)
    try:
        store = get_store(env.cr.dbname)
        keys = store.load()
        check(store, keys, {version: known[version] for version in versions})
    except KeyStoreError as error:
        raise refuse(env, error) from None
    return keys


def take_current(env):
    """(key, version) to encrypt with; the first time the key file is made. Raises UserError with the remedy.

    A database that has registered a key never gets another one silently: its secrets would need both.
    """
    known = fetch_fingerprints(env)
    newest = max(known, default=0)
    try:
        store = get_store(env.cr.dbname)
        keys = store.make() if store.can_make and not known else store.load()
        check(store, keys, {newest: known[newest]} if known else {})
        version = max(keys)
        if not register(env, store, version, keys[version]):
            raise KeyStoreError("no_version", place=store.place, version=newest)
    except KeyStoreError as error:
        raise refuse(env, error) from None
    return keys[version], version


def check(store, keys, wanted):
    """Raise KeyStoreError unless the store has these versions ({version: fingerprint}), and the right ones."""
    for version, fingerprint in wanted.items():
        if version not in keys:
            raise KeyStoreError("no_version", place=store.place, version=version)
        found = envelope.get_key_fingerprint(keys[version])
        if found != fingerprint:
            raise KeyStoreError("other_key", place=store.place, version=version, found=found, wanted=fingerprint)


def register(env, store, version, key):
    """Make a version known if it is not and count its use to encrypt; whether it may be used (it is not retired)."""
    fingerprint = envelope.get_key_fingerprint(key)
    # Changes the row that retiring changes too, so that of two at the same moment one is tried again.
    [(put_count, retired_at)] = env.execute_query(
        SQL(
            """
        INSERT INTO %(table)s AS k (version, fingerprint, place, made_at, put_count)
             VALUES (%(version)s, %(fingerprint)s, %(place)s, %(now)s, 1)
        ON CONFLICT (version) DO UPDATE SET put_count = k.put_count + 1
          RETURNING put_count, retired_at
        """,
            table=_TABLE,
            version=version,
            fingerprint=fingerprint,
            place=store.place,
            now=fields.Datetime.now(),
        )
    )
    env["cloud.vault.key"].invalidate_model()
    if put_count == 1:
        detail = {"version": version, "place": store.place, "fingerprint": fingerprint}
        env["cloud.audit.event"]._record("key_made", detail=detail)
    return not retired_at


def fetch_fingerprints(env):
    """{version: fingerprint} of the registered versions."""
    return dict(env.execute_query(SQL("SELECT version, fingerprint FROM %s", _TABLE)))


def refuse(env, error):
    """The UserError of a KeyStoreError; the failure is in the audit trail although what failed is rolled back."""
    sentence = key_messages.explain(env, error)
    env["cloud.vault.key"]._note_failure(sentence)
    return UserError(sentence)
