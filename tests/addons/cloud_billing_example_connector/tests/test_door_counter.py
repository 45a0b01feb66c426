import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from odoo.addons.cloud_billing.tests.vault_common import VaultCase
from odoo.tests import tagged

DAY = b"id,start,account,service,quantity,unit\n1,2026-10-05T08:00:00Z,front door,Openings,214,Opening\n"


class Door(BaseHTTPRequestHandler):
    def do_GET(self):
        is_known = self.headers["Authorization"] == "Bearer t-1"
        body = json.dumps({"2026-10-05": "v1"}).encode() if self.path == "/days" else DAY
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@tagged("post_install", "-at_install")
class TestDoorCounter(VaultCase):
    def setUp(self):
        super().setUp()
        server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.connector = self.env["cloud.connector"].create(
            {
                "source_id": self.source.id,
                "kind": "door_counter",
                "options": {"address": f"http://127.0.0.1:{server.server_port}"},
            }
        )
        administrator = self.connector.with_user(self.user_administrator)
        administrator.host_ids.is_inner = True
        administrator.action_allow_hosts()

    def try_it(self, token, action="action_test"):
        self.connector.with_user(self.user_administrator).set_secret("token", token)
        return self.env["cloud.connector.run"].browse(getattr(self.connector, action)()["res_id"])

    def test_it_says_what_it_saw(self):
        run = self.try_it("t-1")
        self.assertEqual(run.story, "The test went well. It has counted 1 days, up to 2026-10-05.")
        self.assertIn("front door", run.preview_rows)

    def test_a_dry_run_reads_its_rows(self):
        self.assertEqual(self.try_it("t-1", "action_dry_run").preview["rows"], 1)

    def test_a_wrong_token_is_told_with_what_to_do(self):
        self.assertIn("refuses the key (401)", self.try_it("t-2").story)

    def test_the_module_has_at_most_fifty_lines(self):
        files = Path(__file__).parents[1].glob("*.py")
        self.assertLessEqual(sum(len(file.read_text().splitlines()) for file in files), 50)
