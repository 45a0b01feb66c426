"""What a login reaches by methods: a reviewed list, nothing without a role, nothing foreign in a sharing group."""

from pathlib import Path

from odoo.tests import new_test_user, tagged

from .access_common import MonthOfTwoCase, make_member
from .methods_common import MARK, AskingMethods, as_text, get_arguments, get_calls, get_public_methods, get_routes

METHODS = Path(__file__).with_name("reviewed_methods.txt")
ROUTES = Path(__file__).with_name("reviewed_routes.txt")


class MethodsCase(AskingMethods, MonthOfTwoCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bolt.partner_id.name = cls.bolt.name = MARK


@tagged("post_install", "-at_install")
class TestTheListOfMethodsIsReviewed(MethodsCase):
    def test_every_public_method(self):
        self.assert_reviewed({" ".join(pair) for pair in get_public_methods(self.env)}, METHODS)

    def test_every_route(self):
        self.assert_reviewed(get_routes(), ROUTES)


@tagged("post_install", "-at_install")
class TestNobodyGetsInByAMethod(MethodsCase):
    # Without a role: whoever reloads a form is told to reload, and where a template for a file lies is no secret.
    ANSWERED = {("cloud.price.rehearsal", "action_refresh"), ("cloud.price.sample", "get_import_templates")}

    def test_a_login_without_a_role_is_refused_or_shown_a_window_that_stays_empty(self):
        self.bill_march()
        users = [
            new_test_user(self.env, "methods_portal", groups="base.group_portal"),
            new_test_user(self.env, "methods_plain", groups="base.group_user"),
        ]
        self.env.flush_all()
        self.assertLessEqual(self.find_answered(users), self.ANSWERED)


@tagged("post_install", "-at_install")
class TestAMemberIsToldNothingOfOthers(MethodsCase):
    """Acme's account manager, with nearly every role, asks about everything that is there; Bolt is never named."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.begin_once(TestAMemberIsToldNothingOfOthers.begin)

    def begin(self):
        self.bill_march()
        make_member(self.viewer)
        self.share(self.viewer, customer_ids=self.acme)
        self.env.flush_all()

    def read_all(self, record):
        """What the client would read of a record and its lines, but the names of records that it points to.

        Those Odoo tells whoever may read the record that points.
        """
        told = [as_text(record.read(load=None))]
        for name, field in record._fields.items():
            if field.type in ("one2many", "many2many") and field.comodel_name.startswith("cloud."):
                told.append(as_text(record[name].read(load=None)))
        return " ".join(told)

    def assert_untold(self, result):
        self.assertNotIn(MARK, as_text(result))
        if isinstance(result, dict) and result.get("res_id") and result.get("res_model"):
            opened = self.env[result["res_model"]].with_user(self.viewer).browse(result["res_id"])
            self.assertNotIn(MARK, self.read_all(opened))

    def get_foreign(self, records):
        """Two records that the member does not see, as he would name them by their ids."""
        return (records.sudo().search([]) - records.search([]).sudo())[:2].with_user(self.viewer)

    def test_by_no_method(self):
        for model, method in get_calls(self.env):
            records = self.env[model].with_user(self.viewer)
            if records._transient:
                continue
            asked = [records]
            if not records._abstract and records.has_access("read"):
                asked = [*records.search([], limit=2), *self.get_foreign(records)]
            for record in asked:
                with self.subTest(record=record, method=method), self.asking():
                    self.assert_untold(getattr(record, method)(*get_arguments(record, method)))

    def test_by_no_dialog_about_records_of_others(self):
        dialogs = [
            self.env[name] for name in sorted(self.env) if name.startswith("cloud.") and self.env[name]._transient
        ]
        about = ("cloud.customer", "cloud.subscription", "cloud.subscription.line", "cloud.charge", "cloud.rated.line")
        made = 0
        for model in (*about, "cloud.bill", "cloud.bill.run", "cloud.usage.stream", "account.move"):
            foreign = self.get_foreign(self.env[model].with_user(self.viewer))
            self.assertTrue(foreign, model)
            context = {"active_model": model, "active_id": foreign[0].id, "active_ids": foreign.ids}
            for dialog in dialogs:
                links = [
                    name
                    for name, field in dialog._fields.items()
                    if field.comodel_name == model and field.type == "many2one"
                ]
                with self.subTest(dialog=dialog._name, about=model), self.asking():
                    opened = dialog.with_user(self.viewer).with_context(**context)
                    opened = opened.create(dict.fromkeys(links, foreign[0].id))
                    made += 1
                    self.assertNotIn(MARK, self.read_all(opened))
        self.assertGreater(made, 100)
