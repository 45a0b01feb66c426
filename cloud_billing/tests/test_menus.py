"""Each entry of the menu that a person sees opens for that person: its list, its form, and the first of its records."""

import re
from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from lxml import etree
from odoo import fields
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open
from odoo.tools.safe_eval import safe_eval

from .billing_common import BillingCase


def read_demo_people():
    """{login: comma-separated groups} of the demo's people, as its file says them."""
    with file_open("cloud_billing/demo/demo_people.xml", "rb") as file:
        records = etree.parse(file).findall(".//record[@model='res.users']")
    people = {}
    for record in records:
        login, groups = record.findtext("field[@name='login']"), record.find("field[@name='group_ids']").get("eval")
        names = re.findall(r"ref\('([\w.]+)'\)", groups)
        people[login] = ",".join(name if "." in name else f"cloud_billing.{name}" for name in names)
    return people


@tagged("post_install", "-at_install")
class TestMenusOpen(BillingCase):
    """A live company with a contract, a posted run and a person of each role."""

    protects_fields = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_version({"product_id": cls.support.id, "unit_price": "100.00"})
        cls.make_subscription(cls.make_customer("Acme"), cls.support)
        cls.users = {
            name: new_test_user(
                cls.env,
                f"demo_{name}",
                groups=f"base.group_user,{groups}",
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for name, groups in read_demo_people().items()
        }
        for name, user in cls.users.items():
            user.cloud_person_id = cls.env["cloud.person"].create({"name": name})
        cls.users |= {
            role: getattr(cls, f"user_{role}")
            for role in ("viewer", "operator", "accountant", "price_manager", "approver", "auditor", "administrator")
        }
        cls.set_company_state("live")
        cls.begin_once(TestMenusOpen.begin)

    def begin(self):
        self.post(self.make_run("2026-02-01"))

    def test_for_every_role(self):
        for name, user in self.users.items():
            env = self.env(user=user)
            menus = env["ir.ui.menu"].load_menus(False)
            root = env.ref("cloud_billing.menu_cloud_billing").id
            entries = [menu for menu in menus.values() if menu.get("app_id") == root and menu.get("action_id")]
            self.assertTrue(entries, name)
            for menu in entries:
                with self.subTest(who=name, menu=menu["name"]), self.env.cr.savepoint():
                    self.open(env, menu["action_model"], menu["action_id"])

    def test_the_demos_administrator_may_set_people_up(self):
        self.env["cloud.person.setup"].with_user(self.users["maker"]).default_get(["company_ids"])

    def open(self, env, kind, action_id):
        """What the web client asks of the server when an entry is pressed."""
        if kind == "ir.actions.server":
            action = env[kind].browse(action_id).run()
        else:
            # sudo: as the web client's route reads it for everybody.
            action = env[kind].sudo().browse(action_id)._get_action_dict()
        if action and action["type"] == "ir.actions.act_window":
            self.open_window(env, action)

    def open_window(self, env, action):
        names = {
            "uid": env.uid,
            "allowed_company_ids": self.company.ids,
            "context_today": lambda: fields.Date.today(),
            "datetime": datetime,
            "date": date,
            "relativedelta": relativedelta,
            "active_id": False,
        }
        context = action.get("context") or {}
        context = safe_eval(context, dict(names)) if isinstance(context, str) else context
        domain = action.get("domain") or []
        domain = safe_eval(domain, dict(names)) if isinstance(domain, str) else domain
        model = env[action["res_model"]].with_context(**context)
        views = action.get("views") or [(False, mode) for mode in action["view_mode"].split(",")]
        model.get_views([*views, (False, "search")], {"toolbar": True})
        if any(mode == "list" for _view, mode in views):
            model.web_search_read(domain, {"display_name": {}}, limit=5)
        elif action.get("target") == "new" and not action.get("res_id"):
            model.onchange({}, [], {name: {} for name in model._fields if name != "id"})
