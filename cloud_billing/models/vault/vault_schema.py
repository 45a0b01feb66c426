"""Secrets and versions of the key: tables of a schema of their own, and what the ORM sees of them.

No column with a value is in a view: there is no way to one by the ORM, for nobody.
"""

from ...hooks import VAULT_SCHEMA

SECRET_TABLE = f"{VAULT_SCHEMA}.secret"
KEY_TABLE = f"{VAULT_SCHEMA}.key"

# put_count: whoever encrypts with a version and whoever retires it change the same row, so that of two at the same
# moment one is tried again.
_TABLES = f"""
CREATE SCHEMA IF NOT EXISTS {VAULT_SCHEMA};
CREATE TABLE IF NOT EXISTS {KEY_TABLE} (
    version     integer PRIMARY KEY CHECK (version > 0),
    fingerprint text NOT NULL,
    place       text NOT NULL,
    made_at     timestamp NOT NULL,
    put_count   bigint NOT NULL DEFAULT 0,
    saved_at    timestamp,
    saved_by    integer REFERENCES public.res_users ON DELETE SET NULL,
    retired_at  timestamp
);
CREATE TABLE IF NOT EXISTS {SECRET_TABLE} (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id  integer NOT NULL REFERENCES public.res_company ON DELETE CASCADE,
    res_model   text NOT NULL,
    res_id      integer NOT NULL,
    name        text NOT NULL,
    label       text NOT NULL,
    fingerprint text NOT NULL,
    set_at      timestamp NOT NULL,
    set_by      integer REFERENCES public.res_users ON DELETE SET NULL,
    key_version integer NOT NULL REFERENCES {KEY_TABLE},
    wrapped_key bytea NOT NULL,
    ciphertext  bytea NOT NULL,
    UNIQUE (res_model, res_id, name)
);
CREATE INDEX IF NOT EXISTS secret_key_version_idx ON {SECRET_TABLE} (key_version);
"""

_VIEWS = f"""
CREATE OR REPLACE VIEW cloud_secret AS
    SELECT id, company_id, res_model, res_id, name, label, fingerprint, set_at, set_by, key_version
      FROM {SECRET_TABLE};
CREATE OR REPLACE VIEW cloud_vault_key AS
    SELECT k.version AS id, k.version, k.fingerprint, k.place, k.made_at, k.saved_at, k.saved_by, k.retired_at,
           (SELECT count(*) FROM {SECRET_TABLE} s WHERE s.key_version = k.version)::integer AS secret_count,
           k.version = (SELECT max(version) FROM {KEY_TABLE}) AS is_current
      FROM {KEY_TABLE} k;
"""


def create(cr):
    """Make the tables and the views where they are missing."""
    cr.execute(_TABLES)
    cr.execute(_VIEWS)
