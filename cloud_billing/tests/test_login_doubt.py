"""A login whose password somebody else has set does not vote: an administrator would be anybody."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.control import identity
from ..models.record.res_users_doubt import DOUBT_DAYS
from .common import CloudBillingCase

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@tagged("post_install", "-at_install")
class TestWhoseLoginItIs(CloudBillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.cloud_second_factor = False
        cls.set_company_state("setup")
        plan = cls.env["cloud.price.plan"].create({"name": "Plan", "company_id": cls.company.id})
        version = cls.env["cloud.price.plan.version"].create(
            {"plan_id": plan.id, "date_start": "2026-01-01", "rule_ids": [(0, 0, {"name": "Price", "unit_price": "1"})]}
        )
        cls.set_company_state("live")
        maker = cls.env(user=cls.user_price_manager)
        cls.request = maker["cloud.change.request"]._submit(version.with_env(maker), "price_version")
        cls.record_at(cls.user_approver, "login", cls.user_approver, 30)

    @classmethod
    def record_at(cls, user, action, by, days):
        """What the record tells of a login, so many days ago."""
        cls.env.cr.execute(
            "INSERT INTO cloud_billing_audit.audit_event (occurred_at, company_id, user_id, user_login, action,"
            " res_model, res_id) VALUES (%s, %s, %s, %s, %s, 'res.users', %s)",
            [fields.Datetime.now() - timedelta(days=days), cls.company.id, by.id, by.login, action, user.id],
        )

    def prove(self, asks_factor=False):
        """As whoever sits at the approver's screen and has confirmed the password."""
        self.env.flush_all()
        self.env.invalidate_all()
        with (
            patch.object(identity, "is_proven", return_value=True),
            patch.object(identity, "check_enrolled"),
            patch.object(identity, "asks_factor", return_value=asks_factor),
        ):
            identity.check_proven(self.request.with_user(self.user_approver))

    def assert_doubted(self, **values):
        with self.assertRaisesRegex(UserError, "was set on .* by cloud_administrator"):
            self.prove(**values)

    def set_password(self, by):
        self.user_approver.with_user(by).sudo().password = "Another password 1"

    def test_somebody_elses_password_does_not_vote(self):
        self.prove()
        self.set_password(self.user_administrator)
        self.assert_doubted()

    def test_nor_with_an_authenticator_that_came_after_it(self):
        self.set_password(self.user_administrator)
        self.prove(asks_factor=True)
        self.user_approver.with_user(self.user_approver).sudo().totp_secret = SECRET
        self.assert_doubted(asks_factor=True)

    def test_nor_with_one_that_somebody_else_has_put_there(self):
        self.set_password(self.user_administrator)
        self.user_approver.with_user(self.user_administrator).sudo().totp_secret = SECRET
        self.assert_doubted(asks_factor=True)
        event = self.env["cloud.audit.event"].search([("action", "=", "factor_set")], limit=1)
        self.assertEqual((event.user_login, event.res_id), ("cloud_administrator", self.user_approver.id))

    def test_nor_with_a_passkey_that_came_after_it(self):
        if "auth.passkey.key" not in self.env:
            # Odoo's module for passkeys installs itself where its own are; nothing to make one by without it.
            return
        # A day ago: all that a test makes is of the moment at which its transaction began.
        self.record_at(self.user_approver, "password_set", self.user_administrator, 1)
        self.prove(asks_factor=True)
        keys = self.env["auth.passkey.key"].with_user(self.user_approver).sudo()
        keys.create({"name": "New", "credential_identifier": "x"})
        self.assert_doubted(asks_factor=True)

    def test_ones_own_password_and_an_older_authenticator_vote(self):
        self.set_password(self.user_approver)
        self.prove()
        self.user_approver.with_user(self.user_approver).sudo().totp_secret = SECRET
        self.prove(asks_factor=True)

    def test_after_some_days_it_votes_again(self):
        self.record_at(self.user_approver, "password_set", self.user_administrator, DOUBT_DAYS - 1)
        self.assert_doubted()

    def test_what_is_longer_ago_counts_no_more(self):
        self.record_at(self.user_approver, "password_set", self.user_administrator, DOUBT_DAYS + 1)
        self.prove()

    def test_the_first_password_of_a_new_login_is_no_matter(self):
        self.record_at(self.user_price_manager, "password_set", self.user_administrator, 1)
        self.assertFalse(self.user_price_manager._get_login_doubt(False))
        self.record_at(self.user_price_manager, "login", self.user_price_manager, 1)
        self.record_at(self.user_price_manager, "password_set", self.user_administrator, 0)
        self.assertTrue(self.user_price_manager._get_login_doubt(False))

    def test_that_an_authenticator_goes_is_told(self):
        self.user_approver.with_user(self.user_approver).sudo().totp_secret = SECRET
        self.user_approver.with_user(self.user_administrator).sudo().totp_secret = False
        event = self.env["cloud.audit.event"].search([("action", "=", "factor_removed")], limit=1)
        self.assertEqual((event.user_login, event.res_id), ("cloud_administrator", self.user_approver.id))
