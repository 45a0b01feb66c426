"""What tests of whole stories share: the SQL of tests/system/invariants.sql, which shares no code with the add-on."""

from pathlib import Path

INVARIANTS = Path(__file__).parents[2] / "tests" / "system" / "invariants.sql"


class InvariantsMixin:
    """For a test case in a checkout of the project: skip it where INVARIANTS is no file."""

    def broken(self):
        """Rows (invariant, record, detail) of what does not hold; [] where all is well."""
        self.env.flush_all()
        found = []
        for statement in INVARIANTS.read_text(encoding="utf-8").split(";\n"):
            if "SELECT" in statement:
                self.env.cr.execute(statement.replace("%", "%%"), [])
                found += self.env.cr.fetchall()
        return found
