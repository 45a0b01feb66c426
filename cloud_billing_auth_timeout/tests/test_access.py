"""What a login reaches by this add-on's methods: a reviewed list, and nothing without a role."""

from pathlib import Path

from odoo.addons.cloud_billing.tests.methods_common import AskingMethods, get_public_methods, get_routes
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .common import IdentityUsers

ADDON = "cloud_billing_auth_timeout"
METHODS = Path(__file__).with_name("reviewed_methods.txt")
ROUTES = Path(__file__).with_name("reviewed_routes.txt")


@tagged("post_install", "-at_install")
class TestWhoReachesWhatTheAddOnAdds(IdentityUsers, AskingMethods, TransactionCase):
    def setUp(self):
        super().setUp()
        portal = [Command.set(self.env.ref("base.group_portal").ids)]
        self.users = [self.make_user("plain"), self.make_user("customer", group_ids=portal)]

    def test_every_public_method_is_reviewed(self):
        self.assert_reviewed({" ".join(pair) for pair in get_public_methods(self.env, ADDON)}, METHODS)

    def test_every_route_is_reviewed(self):
        self.assert_reviewed(get_routes(ADDON), ROUTES)

    def test_a_login_without_a_role_is_refused(self):
        self.env.flush_all()
        self.assertFalse(self.find_answered(self.users, ADDON))

    def test_a_login_without_a_role_reads_and_writes_no_model_of_it(self):
        added = [name for name in self.env if self.env[name]._original_module == ADDON]
        self.assertIn("cloud.session.policy", added)
        for name in added:
            for user in self.users:
                for operation in ("read", "write", "create", "unlink"):
                    with self.subTest(model=name, login=user.login, operation=operation):
                        self.assertFalse(self.env[name].with_user(user).has_access(operation))
