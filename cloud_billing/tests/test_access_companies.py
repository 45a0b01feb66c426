from odoo.exceptions import AccessError
from odoo.fields import Command, Domain
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.access.sharing_table import FREE
from .access_common import MonthOfTwoCase, get_own_models, make_member

RULES = "odoo.addons.base.models.ir_rule"
MODELS = "odoo.addons.base.models.ir_model"


@tagged("post_install", "-at_install")
class TestACompanyKnowsNothingOfAnother(MonthOfTwoCase):
    """Whoever works in another company, with every role, asks each model of ours about this one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.elsewhere = cls.setup_other_company(name="Elsewhere")["company"]
        # The company of the viewer is given by hand; a fresh company has no data of ours.
        cls.stranger = cls.user_viewer
        make_member(cls.stranger)
        cls.stranger.sudo().write(
            {
                "group_ids": [Command.link(cls.env.ref("cloud_billing.group_administrator").id)],
                "company_ids": [Command.set(cls.elsewhere.ids)],
                "company_id": cls.elsewhere.id,
            }
        )
        cls.begin_once(TestACompanyKnowsNothingOfAnother.begin)

    def begin(self):
        self.bill_march()
        self.env.flush_all()
        self.env.invalidate_all()

    def as_stranger(self, records):
        # A person chooses companies in the menu, and could ask for one that is not his.
        return records.with_user(self.stranger).with_context(allowed_company_ids=self.elsewhere.ids)

    def get_models(self):
        """(model as the stranger, rows of this company as superuser) of each model of ours."""
        for model in get_own_models(self.env):
            if "company_id" in model._fields:
                yield (
                    self.as_stranger(model),
                    model.sudo()
                    .with_context(active_test=False)
                    .search([("company_id", "=", self.company.id)], limit=20),
                )

    def test_each_model_names_its_company_or_leads_to_it(self):
        without = {model._name for model in get_own_models(self.env) if "company_id" not in model._fields}
        linked = {name for name in without if self.env["ir.rule"].search([("model_id.model", "=", name)])}
        self.assertFalse(without - linked - FREE)
        for name in linked:
            for mode in ("read", "write", "create", "unlink"):
                domain = self.as_stranger(self.env["ir.rule"])._compute_domain(name, mode)
                self.assertIn("company_id", repr(domain), f"{name}, {mode}")

    def test_no_row_that_leads_to_a_company_is_found_or_read(self):
        full = set()
        for model in get_own_models(self.env):
            rows, seen = model.sudo().search([], limit=20), self.as_stranger(model)
            if "company_id" in model._fields or model._name in FREE or not rows or not seen.has_access("read"):
                continue
            full.add(model._name)
            with self.subTest(model=model._name), mute_logger(RULES, MODELS):
                # The other company has no row of its own.
                self.assertFalse(seen.search([]))
                with self.assertRaises(AccessError):
                    self.as_stranger(rows).read(["create_date"])
        self.assertIn("cloud.charge.component", full)

    def test_each_model_with_a_company_has_a_rule_that_asks_for_it(self):
        for model, _rows in self.get_models():
            for mode in ("read", "write", "create", "unlink"):
                domain = model.env["ir.rule"]._compute_domain(model._name, mode)
                self.assertIn("company_id", repr(domain), f"{model._name}, {mode}")

    def test_no_row_is_found_counted_grouped_or_named(self):
        full = 0
        for model, rows in self.get_models():
            if not rows or not model.has_access("read"):
                continue
            full += 1
            here = Domain("company_id", "=", self.company.id)
            with self.subTest(model=model._name):
                self.assertFalse(model.with_context(active_test=False).search(here))
                self.assertEqual(model.search_count(here), 0)
                self.assertFalse([group for (group,) in model._read_group(here, ["company_id"])])
                self.assertFalse({one[0] for one in model.name_search(limit=None)} & set(rows.ids))
                self.assertFalse(model.search([("id", "in", rows.ids)]))
        self.assertGreater(full, 20)

    def test_no_row_is_read_exported_written_or_deleted_by_its_id(self):
        for model, rows in self.get_models():
            record = self.as_stranger(rows[:1])
            if not record:
                continue
            field = next(name for name in ("name", "company_id") if name in model._fields)
            tried = [
                lambda record, field=field: record.read([field]),
                lambda record, field=field: record[field],
                lambda record, field=field: record.export_data([f"{field}/.id" if field == "company_id" else field]),
                lambda record: record.web_read({"display_name": {}, "company_id": {"fields": {"display_name": {}}}}),
            ]
            for operation in ("write", "unlink"):
                if model.has_access(operation):
                    tried.append(lambda record, operation=operation: record.check_access(operation))
            for attempt in tried:
                self.env.invalidate_all()
                with self.subTest(model=model._name), mute_logger(RULES, MODELS), self.assertRaises(AccessError):
                    attempt(record)

    def test_a_company_that_is_not_his_cannot_be_chosen(self):
        chosen = self.env["cloud.customer"].with_user(self.stranger).with_context(allowed_company_ids=self.company.ids)
        with self.assertRaises(AccessError):
            chosen.search([])


@tagged("post_install", "-at_install")
class TestACompanyThatIsTakenAway(MonthOfTwoCase, HttpCase):
    """The browser keeps which companies were chosen in a cookie; the server asks the login each time."""

    def test_the_cookie_of_a_lost_company_opens_nothing_of_it(self):
        word = "a long word of the viewer"
        elsewhere = self.setup_other_company(name="Elsewhere")["company"]
        user = self.viewer
        make_member(user)
        user.sudo().write({"company_ids": [Command.set((self.company | elsewhere).ids)], "password": word})
        move, _other = self.bill_march()
        self.authenticate(user.login, word)
        self.opener.cookies["cids"] = f"{self.company.id}-{elsewhere.id}"
        self.assertTrue(all("Acme" in answer.text for answer in self.ask(move)))
        user.sudo().write({"company_ids": [Command.set(elsewhere.ids)], "company_id": elsewhere.id})
        self.env.flush_all()
        with mute_logger("odoo.http", RULES, MODELS):
            for number, answer in enumerate(self.ask(move)):
                with self.subTest(number=number):
                    self.assertNotIn("Acme", answer.text)
        told = self.url_open("/web/session/get_session_info", json={"params": {}}).json()["result"]["user_companies"]
        self.assertEqual([int(number) for number in told["allowed_companies"]], elsewhere.ids)

    def ask(self, move):
        """The answers of a program's door, a report and a page, each with the company chosen."""
        chosen = {"allowed_company_ids": self.company.ids}
        params = {
            "model": "cloud.customer",
            "method": "search_read",
            "args": [[], ["name"]],
            "kwargs": {"context": chosen},
        }
        reading = {**params, "model": "account.move", "method": "read", "args": [move.ids, ["partner_id"]]}
        context = f'{{"allowed_company_ids": [{self.company.id}]}}'
        return [
            self.url_open("/web/dataset/call_kw", json={"params": params}),
            self.url_open("/web/dataset/call_kw", json={"params": reading}),
            self.url_open(f"/report/html/account.report_invoice/{move.id}?context={context}"),
        ]
