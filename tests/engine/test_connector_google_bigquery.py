"""Google's billing export in BigQuery: which months are read again, and a statement that Google can verify."""

import base64
import json
from datetime import datetime, timezone
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
from cloud_billing_engine.connectors import ConnectorError, Secret, Window, get_connector
from cloud_billing_engine.readers import get_reader
from local_server import LocalServer, Reply

pytest.importorskip("cryptography")

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOW = datetime(2026, 11, 26, 12, tzinfo=timezone.utc)
WINDOW = Window(datetime(2026, 11, 23, tzinfo=timezone.utc), NOW)
CONNECTOR = get_connector("google_bigquery")
TABLE = "our-billing.bills.gcp_billing_export_v1_01A2B3_C4D5E6_F70809"
EMAIL = "reader@our-billing.iam.gserviceaccount.com"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
KEY_FILE = Secret(
    json.dumps(
        {
            "type": "service_account",
            "project_id": "our-billing",
            "private_key_id": "key-1",
            "private_key": PEM,
            "client_email": EMAIL,
        }
    )
)


def make_other_key_file():
    """The same key file with another private key in it."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return json.dumps({**json.loads(KEY_FILE.reveal()), "private_key": pem})


def row(cost, credits=(), exported="2026-11-24T03:00:00Z", month="202610", **others):
    """A row of the export as TO_JSON_STRING writes it."""
    return {
        "billing_account_id": "01A2B3-C4D5E6-F70809",
        "service": {"id": "6F81-5844-456A", "description": "Compute Engine"},
        "sku": {"id": "D2F0-E5A4-1B2C", "description": "N1 core"},
        "usage_start_time": "2026-10-05T10:00:00Z",
        "usage_end_time": "2026-10-05T11:00:00Z",
        "project": {"id": "bakery-prod", "name": "Bakery", "labels": []},
        "labels": [{"key": "team", "value": "web"}],
        "location": {"location": "europe-west4", "region": "europe-west4"},
        "export_time": exported,
        "cost": cost,
        "currency": "EUR",
        "usage": {"amount": 7200, "unit": "seconds", "amount_in_pricing_units": 2, "pricing_unit": "hour"},
        "credits": [{"name": "SUD", "amount": amount} for amount in credits],
        "invoice": {"month": month},
        "cost_type": "regular",
        **others,
    }


class Google:
    """Token server and BigQuery in one; a question takes one more question, an answer has pages of two rows."""

    def __init__(self, *rows):
        self.rows = list(rows)
        self.statements = []
        self.questions = []
        self.before = lambda _asked: None

    def __call__(self, asked):
        reply = self.before(asked)
        if reply:
            return reply
        if asked.path == "/token":
            return self.give_token(parse_qs(asked.body.decode()))
        if asked.headers.get("Authorization") != f"Bearer token-{len(self.statements)}":
            return Reply(401, {"error": {"code": 401, "errors": [{"reason": "authError"}]}})
        if asked.method == "POST":
            self.questions.append(asked.json)
            job = {"jobId": f"job-{len(self.questions)}", "location": "EU"}
            return Reply(body={"jobComplete": False, "jobReference": job})
        assert asked.query["location"] == ["EU"]
        question = self.questions[int(asked.path.rpartition("-")[2]) - 1]
        return Reply(body=self.page(self.answer(question), int(asked.query.get("pageToken", ["0"])[0])))

    def give_token(self, form):
        """A token for a statement that the public key says is the service account's own."""
        statement = form["assertion"][0]
        text, _dot, signature = statement.rpartition(".")
        try:
            PRIVATE.public_key().verify(decode(signature), text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return Reply(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        header, claims = (json.loads(decode(part)) for part in text.split("."))
        assert header == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        self.statements.append(claims)
        return Reply(body={"access_token": f"token-{len(self.statements)}", "expires_in": 3599})

    def answer(self, question):
        """Rows of cells: what the three questions of the connector ask, worked out in Python."""
        values = {each["name"]: each["parameterValue"]["value"] for each in question["queryParameters"]}
        assert f"`{TABLE}`" in question["query"]
        if "DISTINCT" in question["query"]:
            start, end = (datetime.fromisoformat(values[name]) for name in ("start", "end"))
            months = {each["invoice"]["month"] for each in self.rows if start <= moment(each["export_time"]) < end}
            return [[month] for month in sorted(months)]
        rows = [each for each in self.rows if each["invoice"]["month"] == values["month"]]
        if "COUNT(*)" in question["query"]:
            total = sum(
                Decimal(str(each["cost"])) + sum(Decimal(str(c["amount"])) for c in each["credits"]) for each in rows
            )
            newest = max(moment(each["export_time"]) for each in rows)
            account = rows[0]["billing_account_id"]
            return [[account, "EUR", str(len(rows)), newest.strftime("%Y-%m-%d %H:%M:%S.%f+00"), str(total)]]
        is_bounded = "export_time <= @seen" in question["query"]
        seen = datetime.fromisoformat(f"{values['seen']}:00") if is_bounded else NOW.replace(year=2100)
        return [[json.dumps(each)] for each in rows if moment(each["export_time"]) <= seen]

    @staticmethod
    def page(rows, start):
        told = {
            "jobComplete": True,
            "rows": [{"f": [{"v": cell} for cell in cells]} for cells in rows[start : start + 2]],
        }
        return {**told, "pageToken": str(start + 2)} if start + 2 < len(rows) else told


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def options(server, **others):
    return {
        "key_file": KEY_FILE,
        "table": TABLE,
        "endpoint": server.url,
        "token_endpoint": f"{server.url}/token",
        **others,
    }


def fetch(google, known=None, **others):
    """Deliveries with the rows that the reader makes of them."""
    with LocalServer(google) as server, server.web(now=lambda: NOW) as web:
        return [
            (each, [made for payload in each.payloads for made in read(payload)])
            for each in CONNECTOR.fetch(options(server, **others), web, WINDOW, known or {})
        ]


def read(payload):
    return get_reader("gcp_billing").read(payload.chunks, file_name=payload.name, limits=None, options={})


def fails(google, code, **others):
    with pytest.raises(ConnectorError) as caught:
        fetch(google, **others)
    assert caught.value.code == code
    return caught.value


class TestMonths:
    def test_a_month_with_new_rows_comes_as_a_whole_with_what_was_there_before(self):
        google = Google(
            row(1.25, exported="2026-10-06T03:00:00Z"),
            row(0.1, credits=[-0.025]),
            row(0.000001, credits=[-0.0000005]),
            row(9, exported="2026-11-01T00:00:00Z", month="202609"),
        )
        ((delivery, rows),) = fetch(google)
        # 1.25 + (0.1 - 0.025) + (0.000001 - 0.0000005) = 1.3250005
        assert sum(Decimal(made.cost_billed) for made in rows) == Decimal("1.3250005")
        assert {made.billing_month for made in rows} == {"2026-10-01"}
        assert delivery.partition == "01A2B3-C4D5E6-F70809/2026-10"
        assert delivery.controls == (("01A2B3-C4D5E6-F70809", "2026-10-01", "EUR", Decimal("1.3250005"), 3),)
        assert delivery.is_final is None

    def test_rows_that_are_exported_while_it_reads_wait_for_the_next_time(self):
        google = Google(row(1), row(2), row(3))

        def before(asked):
            if asked.path.endswith("job-3") and len(google.rows) == 3:
                google.rows.append(row(4, exported="2026-11-26T12:00:01Z"))

        google.before = before
        ((delivery, rows),) = fetch(google)
        assert (len(rows), delivery.controls[0].rows) == (3, 3)

    def test_a_known_version_is_left_out_until_a_row_comes(self):
        google = Google(row(1))
        ((delivery, _rows),) = fetch(google)
        known = {delivery.name: delivery.version}
        assert fetch(google, known=known) == []
        google.rows.append(row(2, exported="2026-11-25T00:00:00Z"))
        assert len(fetch(google, known=known)) == 1

    def test_a_late_row_of_an_old_day_is_in_the_month_that_bills_it(self):
        google = Google(
            row(1, month="202611", usage_start_time="2026-09-30T23:00:00Z", usage_end_time="2026-10-01T00:00:00Z")
        )
        ((delivery, rows),) = fetch(google)
        assert (delivery.partition[-7:], rows[0].billing_month) == ("2026-11", "2026-11-01")

    def test_a_question_reads_no_more_than_is_allowed(self):
        google = Google(row(1))
        fetch(google, max_gigabytes="7", project="who-pays")
        assert {each["maximumBytesBilled"] for each in google.questions} == {str(7 * 1024**3)}
        assert [each["useLegacySql"] for each in google.questions] == [False] * 3


class TestTheServiceAccount:
    def test_google_can_verify_who_asks(self):
        google = Google(row(1))
        fetch(google)
        (claims,) = google.statements
        assert claims["iss"] == EMAIL
        assert claims["aud"].endswith("/token")
        assert claims["scope"] == "https://www.googleapis.com/auth/bigquery.readonly"
        assert (claims["iat"], claims["exp"] - claims["iat"]) == (int(NOW.timestamp()), 3600)

    def test_a_token_that_ends_is_asked_for_again(self):
        google = Google(row(1), row(2), row(3))
        refused = []

        def before(asked):
            if asked.query.get("pageToken") and not refused:
                refused.append(asked)
                return Reply(401, {"error": {"code": 401}})
            return None

        google.before = before
        ((_delivery, rows),) = fetch(google)
        assert (len(rows), len(google.statements)) == (3, 2)

    def test_another_key_is_refused_and_told_without_it(self):
        error = fails(Google(row(1)), "service_account_refused", key_file=Secret(make_other_key_file()))
        assert error.values["said"] == "Invalid JWT Signature."
        assert "PRIVATE" not in str(error)

    def test_a_server_that_says_the_statement_back_shows_nobody_what_it_was(self):
        google, sent = Google(row(1)), []

        def before(asked):
            sent.append(parse_qs(asked.body.decode())["assertion"][0])
            return Reply(400, {"error": "invalid_grant", "error_description": sent[-1]})

        google.before = before
        error = fails(google, "service_account_refused")
        # The beginning of a line is shown.
        assert sent[-1][:100] not in str(error)

    @pytest.mark.parametrize("text", ["{", "[]", '{"type": "authorized_user"}', '{"type": "service_account"}'])
    def test_what_is_no_key_is_told_before_anybody_is_asked(self, text):
        problems = CONNECTOR.check({"key_file": Secret(text), "table": TABLE})
        assert [problem.code for problem in problems] == ["not_a_key_file"]

    def test_a_key_that_is_broken_is_told(self):
        told = {**json.loads(KEY_FILE.reveal()), "private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n"}
        fails(Google(row(1)), "bad_key_file", key_file=Secret(json.dumps(told)))


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "reason", "ours"),
        [
            (403, "accessDenied", "right_missing"),
            (404, "notFound", "table_unknown"),
            (400, "bytesBilledLimitExceeded", "question_too_dear"),
            (403, "rateLimitExceeded", "throttled"),
            (400, "invalidQuery", "request_refused"),
        ],
    )
    def test_what_google_refuses_is_a_code_of_its_own(self, status, reason, ours):
        google = Google(row(1))
        refusal = Reply(status, {"error": {"code": status, "message": "No.", "errors": [{"reason": reason}]}})
        google.before = lambda asked: refusal if asked.path != "/token" else None
        assert fails(google, ours).values["said"] == "No."

    def test_pages_that_go_in_circles_end(self):
        google = Google(row(1))
        answer = {"jobComplete": True, "jobReference": {"jobId": "j"}, "rows": [], "pageToken": "again"}
        google.before = lambda asked: Reply(body=answer) if asked.path != "/token" else None
        fails(google, "bad_answer")

    def test_what_is_no_table_never_gets_into_a_question(self):
        table = "a.b.c` WHERE 1=1; --"
        problems = CONNECTOR.check({"key_file": KEY_FILE, "table": table})
        assert [problem.code for problem in problems] == ["not_a_table"]
        google = Google()
        fails(google, "table_unknown", table=table)
        assert google.questions == []

    def test_what_the_test_sees(self):
        for rows, code in (((), "table_empty"), ((row(1),), "table_seen")):
            with LocalServer(Google(*rows)) as server, server.web(now=lambda: NOW) as web:
                assert [fact.code for fact in CONNECTOR.test(options(server), web, NOW).facts] == [code]
