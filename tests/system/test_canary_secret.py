"""A marked secret goes through every connector at debug level, while everything fails, and is found nowhere."""

import base64
import contextlib
import json
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import canary
import people
import pytest
from servers.hostile import Hostile
from servers.sftp import Sftp
from web import WebError

# All that Odoo can say: the arguments of calls, every statement with its values, what libraries say.
DEBUG = ("--max-cron-threads=0", "--log-level=debug", "--log-handler=:DEBUG", "--log-handler=odoo.sql_db:DEBUG")
ROLES = ("viewer", "operator", "accountant", "price_manager", "approver", "auditor", "integration", "administrator")
# What is asked by name in a form; anything else gets a text.
SAID = {
    "table": "project.dataset.table",
    "currency": "EUR",
    "scope": "subscriptions/00000000-0000-0000-0000-000000000000",
}
# What becomes of a connector that has used its secret. Those whose addresses are the provider's own reach nobody here.
REACHED = {"login_refused", "ssh_login_refused", "server_error", "cut_off", "unreachable"}
BREAK = """
CREATE FUNCTION break_for_test() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'broken on purpose: %%', NEW; END $$;
CREATE TRIGGER break_for_test BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION break_for_test();
"""
# What answers in JSON is read by a format of one's own.
FORMAT = """
names = {"id": "id", "start": "day", "account": "customer", "service": "service", "quantity": "amount"}
columns = {field: [name] for field, name in names.items()}
mapping = {"columns": columns, "date_format": "iso", "decimal": ".", "constants": {"unit": "GB"}}
env["cloud.usage.format"]._make("Own", env.company, mapping, ["id"])
env.cr.commit()
print("MADE")
"""
MEND = "DROP TRIGGER break_for_test ON %s; DROP FUNCTION break_for_test();"


class Scene:
    """A server at debug level, an administrator's session that keeps every answer, and providers that fail."""

    def __init__(self, odoo, server, folder):
        self.odoo = odoo
        self.server = server
        self.said = []
        self.mark, self.token = canary.make_mark(), canary.make_mark()
        self.admin = self.log_in("admin")
        self.logins = self.make_logins()
        self.search = canary.Search(odoo, server, self.said, folder)
        self.rsa_key = make_rsa_key()
        self.made = []
        self.setting = threading.Lock()
        self.key_file_kinds, self.in_use = set(), set()
        # {kind: how the source is read}, {kind: settings}: asked once, since each call is written down at length.
        self.fits, self.forms = {}, {}
        self.format = self.admin.call("cloud.usage.format", "search", [], limit=1)[0]

    def log_in(self, login):
        return canary.Listening(self.server.url, self.said).login(self.server.database, login, login)

    def make_logins(self):
        for role in ROLES:
            groups = [
                people.find(self.admin, f"cloud_billing.group_{role}"),
                people.find(self.admin, "base.group_user"),
            ]
            vals = {"name": role, "login": role, "password": role, "group_ids": [[6, 0, groups]]}
            self.admin.call("res.users", "create", vals)
        return ["admin", *ROLES]

    # ---- connectors ----

    def get_kinds(self):
        return [
            name for name, _title in self.admin.call("cloud.connector", "fields_get", ["kind"])["kind"]["selection"]
        ]

    def has_secrets(self, kind):
        """Whether it logs in anywhere."""
        return any(one["is_secret"] for one in self.get_form(kind))

    def get_form(self, kind):
        """The settings of a new connector of a kind."""
        if kind not in self.forms:
            connector = self.create(self.admin, kind, f"form of {kind}")
            read = self.admin.call("cloud.connector", "read", [connector], ["settings_form"])
            self.forms[kind] = read[0]["settings_form"]
            self.admin.call("cloud.connector", "unlink", [connector])
        return self.forms[kind]

    def try_connector(self, kind, provider, login=None, value=None):
        """Set a connector up towards a provider, with the mark in its secrets, and try it. What is refused is said.

        login: {setting: choice} of how it logs in.   value: of all secrets, in place of the mark.
        """
        admin = self.admin
        name = f"{kind} {login} {provider.manner} {len(self.made)}"
        connector = self.create(admin, kind, name)
        self.made.append(connector)
        settings = admin.call("cloud.connector", "read", [connector], ["settings_form"])[0]["settings_form"]
        options = {one["name"]: fill(one, provider) for one in settings if not one["is_secret"]} | (login or {})
        for one in settings:
            if one["is_secret"] and one["name"] not in provider.without:
                # One after the other, as people do: the key counts its uses in one row.
                with self.setting:
                    admin.call("cloud.connector", "set_secret", [connector], one["name"], value or self.get_value(one))
        self.set_options(admin, connector, settings, options)
        self.keep_one_in_use(connector, kind, provider)
        for method in ("action_test", "action_dry_run") if provider.manner == "breaks" else ("action_test",):
            with contextlib.suppress(WebError):
                admin.call("cloud.connector", method, [connector])

    def set_options(self, admin, connector, settings, options):
        """Write the settings and allow their hosts; what may be empty and is no value is left out."""
        for _turn in range(4):
            said = {setting: text for setting, text in options.items() if text}
            admin.call("cloud.connector", "write", [connector], {"options": said})
            hosts = admin.call("cloud.connector.host", "search", [["connector_id", "=", connector]])
            admin.call("cloud.connector.host", "write", hosts, {"is_inner": True})
            admin.call("cloud.connector", "action_allow_hosts", [connector])
            try:
                return admin.call("cloud.connector", "action_turn_on", [connector])
            except WebError as error:
                wrong = [one["name"] for one in settings if one["label"] in error.message and not one["is_required"]]
                options = {**options, **dict.fromkeys(wrong, "")}
        return None

    def keep_one_in_use(self, connector, kind, provider):
        """Of each kind one is fetched by schedule, from the provider that answers at once."""
        if provider.manner == "refuses" and kind not in self.in_use:
            self.in_use.add(kind)
        else:
            with contextlib.suppress(WebError):
                self.admin.call("cloud.connector", "action_pause", [connector])

    def create(self, admin, kind, name):
        """A connector on a source of its own, read in the first way that fits."""
        for reader in [self.fits[kind]] if kind in self.fits else ("focus", "own_columns", *self.get_readers()):
            with contextlib.suppress(WebError):
                source_vals = {"name": f"{name} {reader}", "reader": reader}
                if reader == "own_columns":
                    source_vals["format_id"] = self.format
                source = admin.call("cloud.usage.source", "create", source_vals)
                vals = {"name": name, "kind": kind, "source_id": source, "fetch_from": "2026-03-01"}
                made = admin.call("cloud.connector", "create", vals)
                self.fits[kind] = reader
                return made
        raise AssertionError(f"no source fits {kind}")

    def get_readers(self):
        found = self.admin.call("cloud.usage.source", "fields_get", ["reader"])
        return [name for name, _title in found["reader"]["selection"]]

    def get_value(self, setting):
        return self.rsa_key if setting["kind"] == "long_secret" else f"{self.mark}-{setting['name']}"

    def get_logins(self, kind):
        """Every way in which a connector of a kind logs in, as settings."""
        settings = self.get_form(kind)
        if any(one["kind"] == "long_secret" for one in settings):
            self.key_file_kinds.add(kind)
        ways = [
            {one["name"]: choice}
            for one in settings
            if one["kind"] == "choice" and one["name"] in ("auth", "login")
            for choice, _label in one["choices"]
        ]
        return ways or [{}]

    def fetch_all(self):
        """What is turned on is fetched by the scheduled action."""
        cron = people.find(self.admin, "cloud_billing.cron_fetch_usage")
        with contextlib.suppress(WebError):
            self.admin.call("ir.cron", "method_direct_trigger", [cron])

    def get_reached(self):
        """{kind: codes of what went wrong}."""
        runs = self.admin.call("cloud.connector.run", "search_read", [], ["connector_id", "error_code"])
        made = self.admin.call("cloud.connector", "search_read", [], ["kind"])
        kinds = {one["id"]: one["kind"] for one in made}
        codes = {kind: set() for kind in kinds.values()}
        for one in runs:
            codes[kinds[one["connector_id"][0]]].add(one["error_code"])
        return codes

    def break_sql(self, table, act):
        """Do something while every change of a table fails, with the values in what PostgreSQL says."""
        self.odoo.pg.sql(BREAK % table, database=self.server.database)
        try:
            act()
        except WebError as error:
            return error
        finally:
            self.odoo.pg.sql(MEND % table, database=self.server.database)
        return None

    # ---- what everybody is told ----

    def ask_everything(self):
        """Three logins ask for all of ours, and for what others write about it; the rest is asked of the ORM."""
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(self.ask_as, ("admin", "operator", "auditor")))

    def ask_as(self, login):
        session = self.log_in(login)
        domain = [["abstract", "=", False], ["transient", "=", False], ["model", "=like", "cloud.%"]]
        models = [one["model"] for one in self.admin.call("ir.model", "search_read", domain, ["model"])]
        for model in (*models, "mail.message", "ir.attachment", "mail.tracking.value", "ir.config_parameter"):
            try:
                fields = list(session.call(model, "fields_get", [], ["type"]))
                ids = session.call(model, "search", [], limit=200)
                if not ids:
                    continue
                session.call(model, "read", ids)
                session.call(model, "export_data", ids, [name for name in fields if name != "id"])
            except WebError:
                continue


def fill(setting, provider):
    """What a person would type, so that the connector goes as far as it can with this provider."""
    kind, name = setting["kind"], setting["name"]
    if kind == "url":
        return provider.url
    if kind == "host":
        # Presets take an address, too.
        return provider.url if name == "server" else "127.0.0.1"
    if name in provider.said:
        return provider.said[name]
    is_login = kind == "text" and setting["group"] == "access"
    if setting["default"] or not (setting["is_required"] or is_login):
        return setting["default"]
    if kind == "choice":
        return setting["choices"][0][0]
    return SAID.get(name) or ("" if kind in ("mapping", "flag") else "1" if kind == "number" else "canary")


def make_rsa_key():
    """A key file as Google gives it, with a true key in it."""
    done = subprocess.run(["openssl", "genrsa", "2048"], check=True, capture_output=True, text=True)
    return json.dumps({
        "type": "service_account", "project_id": "canary", "private_key_id": "1", "private_key": done.stdout,
        "client_email": "canary@example.com", "token_uri": "https://oauth2.googleapis.com/token",
    })  # fmt: skip


def get_marks_of_key(text):
    """Lines of the key itself."""
    lines = json.loads(text)["private_key"].splitlines()
    return lines[2], lines[10], base64.b64encode(lines[5].encode()).decode()[:40]


@pytest.fixture
def scene(odoo_env, database, script, server, tmp_path):
    name = database()
    printed = script(name, FORMAT).communicate(timeout=300)[0]
    assert "MADE" in printed, printed[-3000:]
    return Scene(odoo_env, server(name, *DEBUG), tmp_path)


class TestCanary:
    def test_a_secret_of_every_connector_is_found_nowhere_and_a_leak_everywhere(self, scene, script, tmp_path):
        kinds = [kind for kind in scene.get_kinds() if scene.has_secrets(kind)]
        assert len(kinds) >= 12, kinds
        with contextlib.ExitStack() as stack:
            providers = {
                manner: stack.enter_context(Hostile(manner, scene.token))
                for manner in ("refuses", "breaks", "hangs_up")
            }
            self.put_through(scene, kinds, providers)
            self.send_a_password_by_ssh(scene, stack, tmp_path)
            scene.fetch_all()
            self.break_the_database(scene)
        reached = scene.get_reached()
        assert {kind: reached[kind] for kind in kinds if not reached[kind] & REACHED} == {}
        scene.ask_everything()
        marks = (scene.mark, scene.token, *get_marks_of_key(scene.rsa_key))
        assert scene.search.look(marks, script, scene.logins) == {}
        self.leak(scene, script)

    def put_through(self, scene, kinds, providers):
        """Every kind towards every provider, and in every way of logging in."""
        jobs = [(kind, providers[manner]) for manner in ("hangs_up", "breaks") for kind in kinds]
        jobs += [(kind, providers["refuses"], login) for kind in kinds for login in scene.get_logins(kind)]
        # A key file that is none: what is wrong with it is said without it.
        jobs += [(kind, providers["refuses"], None, scene.mark) for kind in kinds if kind in scene.key_file_kinds]
        with ThreadPoolExecutor(12) as pool:
            list(pool.map(lambda job: scene.try_connector(*job), jobs))

    def send_a_password_by_ssh(self, scene, stack, folder):
        """A true server, which refuses: only to a known host is anything sent."""
        server = stack.enter_context(Sftp(folder))
        server.manner, server.url, server.without = "refuses", "http://127.0.0.1:1", ("private_key",)
        server.said = {"port": str(server.port), "host_key": server.fingerprint, "login": "meter"}
        scene.try_connector("sftp", server)
        assert f"{scene.mark}-secret" in server.passwords

    def break_the_database(self, scene):
        """Statements fail while a secret is set, and while one is used."""
        connector = scene.made[0]
        setting = next(one["name"] for one in self.read_form(scene, connector) if one["is_secret"])
        for table in ("cloud_billing_vault.secret", "cloud_billing_vault.key"):
            assert scene.break_sql(
                table,
                lambda: scene.admin.call("cloud.connector", "set_secret", [connector], setting, f"{scene.mark}-sql"),
            )
        assert scene.break_sql(
            "cloud_connector_run", lambda: scene.admin.call("cloud.connector", "action_test", [connector])
        )

    def read_form(self, scene, connector):
        return scene.admin.call("cloud.connector", "read", [connector], ["settings_form"])[0]["settings_form"]

    def leak(self, scene, script):
        """The same search finds a mark that was let out on purpose, in each place."""
        mark = canary.make_mark()
        partner = scene.admin.call("res.partner", "create", {"name": "Leak"})
        scene.admin.call("res.partner", "message_post", [partner], body=base64.b64encode(f"a:{mark}".encode()).decode())
        packed = base64.b64encode(canary.gzip.compress(mark.encode())).decode()
        scene.admin.call("ir.attachment", "create", {"name": "leak.gz", "datas": packed})
        with pytest.raises(WebError):
            scene.admin.call("res.partner", f"no_{mark}", [partner])
        scene.log_in("viewer").call("res.partner", "read", [partner], ["message_ids"])
        scene.admin.call("mail.message", "search_read", [["model", "=", "res.partner"]], ["body"])
        found = scene.search.look([mark], script, ["admin", "viewer"])
        assert set(found) == {"log", "dump", "records", "answers", "files"}, found
