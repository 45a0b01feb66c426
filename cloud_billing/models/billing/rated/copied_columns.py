"""Columns that say again what the row says that they belong to: kept equal by PostgreSQL, in place of foreign keys.

A rated line names the customer of its charge, so that it is found and read without it. A foreign key of each such
column would be looked up for every row: ten keys take four fifths of the time in which PostgreSQL takes in 10,000
lines, and four of them repeat the charge. They would prove nothing new. The charge has those foreign keys, restrict; it
cannot go while a line refers to it by the one foreign key that is left; and neither of the two ever changes the
columns. So whatever is named here is there as long as the row is, and it is the same thing that the charge names, which
foreign keys did not say.

Nothing here looks at rows that somebody else may be changing: what was equal when it was inserted stays equal.
"""

_REFUSE = """
CREATE OR REPLACE FUNCTION cloud_billing_refuse_copied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %: to whom and what it belongs never changes.', TG_TABLE_NAME, OLD.id
          USING ERRCODE = 'restrict_violation';
END $$
"""
_COMPARE = """
CREATE OR REPLACE FUNCTION {table}_compare_copied() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong_id integer;
BEGIN
    SELECT added.id
      INTO wrong_id
      FROM added
 LEFT JOIN {source} source ON source.id = added.{link}
     WHERE source.id IS NULL
        OR ({source_columns}) IS DISTINCT FROM ({added_columns})
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '{table} % does not belong to the same as its {link}.', wrong_id
              USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {table}_copied_equal AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {table}_compare_copied();
CREATE OR REPLACE TRIGGER {table}_copied_fixed BEFORE UPDATE ON {table} FOR EACH ROW
    WHEN ((OLD.{link}, {old_columns}) IS DISTINCT FROM (NEW.{link}, {new_columns}))
    EXECUTE FUNCTION cloud_billing_refuse_copied();
CREATE OR REPLACE TRIGGER {table}_source_fixed BEFORE UPDATE ON {source} FOR EACH ROW
    WHEN (({old_columns}) IS DISTINCT FROM ({new_columns}))
    EXECUTE FUNCTION cloud_billing_refuse_copied();
"""


def keep_equal(cr, table, link, source, columns):
    """Keep `columns` of a table equal to those of the same names of the row that its column `link` refers to.

    All are names of ours. The columns are fields of `CopiedMany2one`, or no references at all.
    """
    listed = {
        name: ", ".join(f"{row}.{column}" for column in columns)
        for name, row in (
            ("source_columns", "source"),
            ("added_columns", "added"),
            ("old_columns", "OLD"),
            ("new_columns", "NEW"),
        )
    }
    cr.execute(_REFUSE)
    # Names of tables and columns of this add-on, no values: PostgreSQL takes no parameters here.
    cr.execute(  # pylint: disable=sql-injection
        _COMPARE.format(table=table, link=link, source=source, **listed)
    )
