"""Triggers that keep a version of a format as it was read by: for raw SQL too, as long as they stand."""

_FUNCTION = """
CREATE OR REPLACE FUNCTION cloud_usage_format_version_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM cloud_usage_import WHERE format_version_id = OLD.id) THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'Version % of a usage format was used to import: it stays.', OLD.id
                  USING ERRCODE = 'restrict_violation';
        END IF;
        IF (NEW.definition::text, NEW.format_id, NEW.number, NEW.identity)
           IS DISTINCT FROM (OLD.definition::text, OLD.format_id, OLD.number, OLD.identity)
        THEN
            RAISE EXCEPTION 'Version % of a usage format was used to import: it stays as it is.', OLD.id
                  USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$;

-- What was read by a version is said once.
CREATE OR REPLACE FUNCTION cloud_usage_import_keeps_format() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.import_number > 0 AND NEW.format_version_id IS DISTINCT FROM OLD.format_version_id THEN
        RAISE EXCEPTION 'Import % was read by its version of the format: that stays.', OLD.id
              USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""
_TRIGGERS = (
    ("cloud_usage_format_version", "BEFORE UPDATE OR DELETE", "cloud_usage_format_version_kept"),
    ("cloud_usage_import", "BEFORE UPDATE", "cloud_usage_import_keeps_format"),
)


def create(cr):
    """Make the guards where they are missing; the tables are there."""
    cr.execute(_FUNCTION)
    # Identifiers cannot be parameters; these are constants of this file.
    for table, when, function in _TRIGGERS:
        cr.execute(  # pylint: disable=sql-injection
            f"CREATE OR REPLACE TRIGGER {function} {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
