"""Exact numbers on the screen: typed in a person's language, kept to the last digit, refused when they are garbage."""

import re

import pytest

pytest.importorskip("playwright")
from playwright.sync_api import expect

BIG = "999999999999999.123456789012"
SETUP = """
env["res.lang"]._activate_lang("de_DE")
env.ref("base.user_admin").lang = "de_DE"
plan = env["cloud.price.plan"].create({"name": "Plan"})
version = env["cloud.price.plan.version"].create({
    "plan_id": plan.id, "date_start": "2026-01-01",
    "rule_ids": [(0, 0, {"name": "Price", "unit_price": "0.000000123456"})],
})
env["ir.ui.view"].create({
    "name": "list of a test", "model": "cloud.price.rule", "priority": 1,
    "arch": '''<list editable="bottom"><field name="name"/>
               <field name="unit_price" widget="exact_number" sum="Total"/>
               <field name="percent" widget="exact_number" options="{'trim': True}"/></list>''',
})
env["ir.ui.view"].create({
    "name": "form of a test", "model": "cloud.price.rule", "priority": 1,
    "arch": '''<form><field name="name"/><field name="unit_price" widget="exact_number"/>
               <field name="percent" widget="exact_number"/></form>''',
})
for view_mode in ("list", "form"):
    action = env["ir.actions.act_window"].create({
        "name": "Prices", "res_model": "cloud.price.rule", "view_mode": view_mode, "path": f"test-{view_mode}",
        "res_id": version.rule_ids.id if view_mode == "form" else False, "domain": [("id", "in", version.rule_ids.ids)],
    })
env.cr.commit()
print("RULE", version.rule_ids.id)
"""


@pytest.fixture
def page(database, script, server, browser):
    """(open(path) -> page of a German-speaking administrator, the stored value of a field of the price)."""
    name = database()
    output = script(name, SETUP).communicate(timeout=120)[0]
    rule_id = int(re.search(r"RULE (\d+)", output).group(1))
    running = server(name)

    def stored(column):
        [[value]] = running.odoo.pg.sql(
            f"SELECT coalesce({column}::text, 'empty') FROM cloud_price_rule WHERE id = :'rule'", name, rule=rule_id
        )
        return value

    return lambda path: browser(running, path=path), stored, rule_id


def save(form):
    form.locator(".o_form_button_save").click()
    form.locator(".o_form_status_indicator_buttons.invisible").wait_for(state="attached")


class TestAPriceInGerman:
    def test_is_shown_typed_and_kept_in_form_and_list(self, page):
        open_page, stored, rule_id = page
        form = open_page(f"/odoo/test-form/{rule_id}")
        price, percent = (form.locator(f".o_field_widget[name={name}] input") for name in ("unit_price", "percent"))
        price.wait_for()
        assert price.input_value() == "0,000000123456"
        assert percent.input_value() == ""

        price.fill("999.999.999.999.999,123456789012")
        percent.fill("0")
        save(form)
        assert (stored("unit_price"), stored("percent")) == (BIG, "0")
        assert price.input_value() == "999.999.999.999.999,123456789012"
        assert percent.input_value() == "0"

        # In German 1.5 is a slip of the pen, not fifteen.
        price.fill("1.5")
        price.press("Tab")
        form.locator(".o_field_invalid[name=unit_price]").wait_for()
        assert form.locator(".o_form_button_save").is_disabled()
        form.locator(".o_form_button_cancel").click()
        expect(price).to_have_value("999.999.999.999.999,123456789012")
        assert stored("unit_price") == BIG

        # Empty is empty, not 0.
        percent.fill("")
        save(form)
        assert stored("percent") == "empty"
        assert form.problems == []

        rows = open_page("/odoo/test-list")
        cell = rows.locator(".o_data_row .o_data_cell[name=unit_price]")
        cell.wait_for()
        assert cell.inner_text() == "999.999.999.999.999,123456789012"
        footer = rows.locator(".o_list_footer .o_list_number").first
        assert footer.inner_text() == "999.999.999.999.999,123456789012"
        cell.click()
        rows.locator(".o_data_row [name=unit_price] input").fill("-0,5")
        rows.locator(".o_list_button_save:visible").click()
        rows.locator(".o_list_button_save").first.wait_for(state="hidden")
        assert stored("unit_price") == "-0.5"
        assert cell.inner_text() == "-0,5"
        assert rows.problems == []
