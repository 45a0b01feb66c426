"""The screens of secrets and of their key: the backup copy, the rotation, a loss and what is said of it."""

import instance
import pages
import pytest
from web import WebError

SCENE = """
company = env.company
labels = {"Hyperscaler bills": "Secret key", "Ticket system": "API token", "Meters of the west": "Password"}
for name, label in labels.items():
    source = env["cloud.usage.source"].create({"name": name, "company_id": company.id, "reader": "csv"})
    env(user=env.ref("base.user_admin"))["cloud.secret"]._put(source, "secret", "value of " + name, label)
env.cr.commit()
print("MADE")
"""
USE = """
source = env["cloud.usage.source"].search([("name", "=", "Ticket system")])
try:
    print("OPENED", sorted(env["cloud.secret"]._reveal(source)))
except Exception as error:
    print(type(error).__name__, error)
env.cr.commit()
"""


def run(script, name, code):
    return script(name, code).communicate(timeout=300)[0]


class TestSecretsScreen:
    def test_an_administrator_copies_rotates_and_restores_the_key(
        self, database, script, server, browser, login, screenshot
    ):
        name = database()
        key_file = instance.DATA / "cloud_billing" / f"{name}.key"
        assert "MADE" in run(script, name, SCENE)
        running = server(name)
        page = browser(running)
        self.look_at_the_list(page, screenshot)
        self.download(page, key_file, screenshot)
        self.rotate(page, key_file, screenshot)
        self.lose_and_restore(name, key_file, script)
        self.others_get_nothing(running, login)
        assert not page.problems, page.problems

    def look_at_the_list(self, page, screenshot):
        page.goto("/odoo/action-cloud_billing.cloud_home_action")
        page.locator("text=Key of the secrets").first.wait_for()
        pages.settle(page)
        screenshot(page, "home_key_copy")
        pages.open_menu(page, "Settings", "Secrets")
        row = page.locator(".o_data_row", has_text="Ticket system")
        row.wait_for()
        assert "API token" in row.inner_text()
        pages.settle(page)
        screenshot(page, "secrets")

    def download(self, page, key_file, screenshot):
        pages.open_menu(page, "Settings", "Keys")
        page.locator(".o_data_row").wait_for()
        page.get_by_role("button", name="Backup Copy").click()
        dialog = page.locator(".modal-content", has=page.locator("input[type=password]"))
        dialog.wait_for()
        pages.settle(page)
        screenshot(page, "keys_password")
        dialog.locator("input[type=password]").fill("admin")
        with page.expect_download() as download:
            dialog.get_by_role("button", name="Confirm").click()
        with open(download.value.path(), encoding="ascii") as file:
            assert file.read() == key_file.read_text()
        page.goto("/odoo/action-cloud_billing.cloud_home_action")
        page.locator(".o_cloud_home, .o_action").first.wait_for()
        pages.settle(page)
        assert page.locator("text=Key of the secrets").count() == 0

    def rotate(self, page, key_file, screenshot):
        pages.open_menu(page, "Settings", "Keys")
        page.locator(".o_data_row").wait_for()
        page.get_by_role("button", name="Rotate").click()
        page.locator(".modal-content").get_by_role("button", name="Ok").click()
        page.locator(".o_notification", has_text="Version 2 of the key is in use").wait_for()
        page.reload()
        page.locator(".o_data_row").nth(1).wait_for()
        pages.settle(page)
        screenshot(page, "keys")
        self.rotate_from_the_list_of_secrets(page)
        assert len([line for line in key_file.read_text().splitlines() if line[:2] in ("1:", "2:")]) == 2

    def rotate_from_the_list_of_secrets(self, page):
        pages.open_menu(page, "Settings", "Secrets")
        page.locator(".o_data_row").first.wait_for()
        page.get_by_role("button", name="Rotate").click()
        page.locator(".modal-content").get_by_role("button", name="Ok").click()
        page.locator(".o_notification", has_text="Version 3 of the key is in use").wait_for()

    def lose_and_restore(self, name, key_file, script):
        copy = key_file.read_bytes()
        key_file.unlink()
        said = run(script, name, USE)
        assert "UserError The secrets of the database" in said and "is not there. Put the backup copy" in said, said
        assert "Traceback" not in said
        key_file.write_bytes(copy)
        assert "OPENED ['secret']" in run(script, name, USE)

    def others_get_nothing(self, running, login):
        admin = login(running)
        # Without the password just given: another session.
        with pytest.raises(Exception, match=r"4\d\d"):
            admin.get("/cloud_billing/vault/key")
        with pytest.raises(WebError, match="AccessError"):
            admin.call("cloud.secret", "_reveal", [1])
        with pytest.raises(WebError):
            admin.call("cloud.secret", "create", {"name": "x"})
        answer = admin.call("cloud.vault.key", "action_download_copy", [1])
        assert answer["res_model"] == "res.users.identitycheck"
