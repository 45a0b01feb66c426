import tempfile
from unittest.mock import patch

import psycopg2
from odoo.tests import tagged
from odoo.tools import config

from ..hooks import uninstall_hook
from .test_approval_policy import PolicyCase


@tagged("post_install", "-at_install")
class TestWhatOurRowsHold(PolicyCase):
    """A group that a policy asks, and that a pending request has asked: both rows name it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.group = cls.env["res.groups"].create({"name": "Controllers", "user_ids": cls.user_ann.ids})
        cls.policy = cls.make_policy([{"approver": "group", "group_id": cls.group.id}])

    def setUp(self):
        super().setUp()
        self.level = self.submit().level_ids
        self.env.flush_all()

    def uninstall(self):
        """What is done before Odoo deletes the records that came with the module."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # What is checked at the end of a transaction would keep the tables from being altered.
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with patch.dict(config.options, data_dir=folder.name):
            uninstall_hook(self.env)

    def test_by_hand_all_of_it_is_refused(self):
        self.assertEqual(self.level.group_id, self.group)
        # What a key refuses has one name in PostgreSQL 18 and another one before.
        self.assert_sql_refused_as(psycopg2.IntegrityError, "DELETE FROM res_groups WHERE id = %s", self.group.id)
        self.assert_sql_refused("UPDATE cloud_change_level SET group_id = NULL WHERE id = %s", self.level.id)
        self.assert_sql_refused("DELETE FROM cloud_change_level WHERE id = %s", self.level.id)
        self.assert_sql_refused("DELETE FROM cloud_approval_level WHERE policy_id = %s", self.policy.id)

    def test_the_add_on_that_is_removed_holds_nothing(self):
        self.uninstall()
        self.group.unlink()
        self.assertFalse(self.group.exists())

    def test_no_trigger_stays_to_refuse_what_odoo_does_then(self):
        triggers = r"""
            SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
             WHERE c.relname LIKE 'cloud\_%' AND NOT t.tgisinternal
        """
        self.env.cr.execute(triggers)
        self.assertIn(("cloud_charge", "cloud_charge_frozen"), self.env.cr.fetchall())
        self.uninstall()
        self.env.cr.execute(triggers)
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_keys_of_other_modules_stay(self):
        count = """
            SELECT count(*)
              FROM pg_constraint c
              JOIN ir_model_constraint k ON k.name = c.conname AND k.type = 'f'
              JOIN ir_module_module m ON m.id = k.module
             WHERE c.contype = 'f' AND c.confdeltype = 'r' AND (m.name = 'cloud_billing') = %s
        """
        self.env.cr.execute(count, [False])
        before = self.env.cr.fetchone()
        self.uninstall()
        self.env.cr.execute(count, [False])
        self.assertEqual(self.env.cr.fetchone(), before)
        self.env.cr.execute(count, [True])
        self.assertEqual(self.env.cr.fetchone(), (0,))
