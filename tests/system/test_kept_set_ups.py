"""What classes set up alike is made once by the plugin of the Odoo suite, and no class finds traces of another."""

import re
import subprocess

from run_tests import PLUGINS

# The name begins as our add-ons' do: the plugin keeps the set-ups of their classes.
ADD_ON = "cloud_billing_kept"
TESTS = """
from odoo.tests import TransactionCase

made = []


class BaseCase(TransactionCase):
    NAME = "Kept"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made.append(cls.NAME)
        cls.partner = cls.make_partner()
        cls.lines = []
        cls.by_name = {"kept": cls.partner}

    @classmethod
    def make_partner(cls):
        return cls.env["res.partner"].create({"name": cls.NAME})

    def assert_unspoilt(self):
        self.assertEqual((self.partner.name, self.lines, self.by_name), (self.NAME, [], {"kept": self.partner}))
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Spoilt")]))


class TestFirst(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.partner"].create({"name": "Spoilt"})
        cls.partner.name = "Changed"
        cls.lines.append(1)
        del cls.by_name["kept"]

    def test_sees_what_it_did(self):
        self.assertEqual((self.partner.name, self.lines, self.by_name), ("Changed", [1], {}))


class TestSecond(BaseCase):
    def test_sees_nothing_of_the_first(self):
        self.assert_unspoilt()
        self.assertEqual(made.count("Kept"), 1)


class TestOther(BaseCase):
    NAME = "Other"

    def test_has_what_it_named(self):
        self.assert_unspoilt()
        self.assertEqual(self.env["res.partner"].search_count([("name", "=", "Kept")]), 0)


class TestOwnWay(BaseCase):
    @classmethod
    def make_partner(cls):
        return super().make_partner().copy({"name": cls.NAME})

    def test_makes_it_its_way(self):
        self.assert_unspoilt()
        self.assertEqual(self.env["res.partner"].search_count([("name", "=", "Kept")]), 2)


class TestAlone(TransactionCase):
    def test_waits_for_nobody_and_sees_nothing(self):
        self.env.cr.execute("SET LOCAL lock_timeout = '5s'")
        self.env["res.partner"].search([]).lock_for_update()
        self.assertEqual(self.env["res.partner"].search_count([("name", "in", ("Kept", "Other", "Spoilt"))]), 0)
"""


def test_classes_share_a_set_up_and_nothing_else(odoo_env, database, tmp_path):
    folder = tmp_path / ADD_ON / "tests"
    folder.mkdir(parents=True)
    for path in (folder.parent, folder):
        (path / "__init__.py").touch()
    (folder.parent / "__manifest__.py").write_text('{"name": "Kept", "license": "LGPL-3"}')
    (folder / "test_kept.py").write_text(TESTS)
    config = odoo_env.write_config(
        tmp_path / "odoo.conf",
        addons_path=f"{odoo_env.addons_path},{tmp_path}",
        db_name=database(),
        log_level="error",
    )
    environ = {**odoo_env.environ, "ODOO_RC": str(config)}
    environ["PYTHONPATH"] += f":{PLUGINS}"
    command = [odoo_env.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "kept_set_ups"]
    done = subprocess.run(
        [*command, "-c", "/dev/null", f"--rootdir={tmp_path}", folder / "test_kept.py"],
        cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300,
    )  # fmt: skip
    assert re.search(r"^5 passed", done.stdout, re.MULTILINE), done.stdout
