"""The house stands: a server of this checkout answers, people log in, the web client opens without a complaint."""


class TestAServerOnAFreshDatabase:
    def test_the_web_client_opens_in_a_browser(self, server, browser, screenshot):
        page = browser(server())
        assert page.locator(".o_main_navbar").is_visible()
        assert page.problems == []
        assert screenshot(page, "house").stat().st_size > 1000

    def test_a_person_calls_a_method_over_http(self, server, login):
        admin = login(server())
        modules = admin.call("ir.module.module", "search_read", [["name", "=", "cloud_billing"]], ["state"])
        assert [module["state"] for module in modules] == ["installed"]

    def test_two_scripts_run_beside_each_other_and_one_commits(self, database, script):
        name = database()
        first = script(name, "env['res.partner'].create({'name': 'Kept'}); env.cr.commit(); print('done')")
        second = script(name, "env['res.partner'].create({'name': 'Lost'}); print('done')")
        assert "done" in first.communicate(timeout=60)[0]
        assert "done" in second.communicate(timeout=60)[0]
        third = script(name, "print(env['res.partner'].search([('name', 'in', ['Kept', 'Lost'])]).mapped('name'))")
        assert "['Kept']" in third.communicate(timeout=60)[0]
