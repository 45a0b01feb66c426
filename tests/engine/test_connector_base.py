"""What every connector takes and gives: settings, windows, secrets, codes, JSON that keeps its digits."""

import copy
import json
import logging
import pickle
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise

import pytest
from cloud_billing_engine.connectors import (
    CONNECTORS,
    Connector,
    ConnectorError,
    Problem,
    Secret,
    Setting,
    Window,
    find_missing,
    get_connector,
    get_option,
    is_on,
    json_lines,
    need_library,
    register,
    write_json,
)

WORD = "CBCANARY-sesame"


class TestASecret:
    def test_nothing_shows_it_but_reveal(self):
        secret = Secret(WORD)
        shown = [
            str(secret),
            repr(secret),
            f"{secret}",
            f"{secret!r:>10}",
            str([secret]),
            str({"a": secret}),
        ]
        assert all(WORD not in text and "***" in text for text in shown)
        assert secret.reveal() == WORD

    def test_it_is_not_written_down(self):
        secret = Secret(WORD)
        for write in (pickle.dumps, copy.deepcopy, json.dumps, write_json, vars, hash):
            with pytest.raises(TypeError) as caught:
                write(secret)
            assert WORD not in str(caught.value)

    def test_a_log_shows_it_not(self, caplog):
        logging.getLogger("any").warning("with %s and %r", Secret(WORD), {"key": Secret(WORD)})
        assert WORD not in caplog.text

    def test_it_is_made_of_text_and_compared_as_text(self):
        assert Secret(WORD) == Secret(Secret(WORD))
        assert Secret(WORD) != Secret("other")
        assert Secret(WORD) != WORD
        assert (bool(Secret("")), bool(Secret(" "))) == (False, True)
        with pytest.raises(TypeError) as caught:
            Secret(WORD.encode())
        assert WORD not in str(caught.value)


class TestAnError:
    def test_shows_no_secret_whatever_a_connector_puts_into_it(self):
        Secret(WORD)
        error = ConnectorError("server_said", said=f"you sent {WORD}", host="x", limit=3)
        assert (error.values, str(error)) == (
            {"said": "you sent ***", "host": "x", "limit": 3},
            "server_said (said=you sent ***, host=x, limit=3)",
        )


class TestSettings:
    SETTINGS = (
        Setting("url", "Address", "url"),
        Setting("key", "Key", "secret"),
        Setting("step", "Step", "number", default="3600"),
        Setting("auth", "Login", "choice", choices=(("none", "None"), ("basic", "Basic")), default="none"),
        Setting("more", "More", "mapping", required=False),
        Setting("is_full", "All", "flag"),
    )

    def test_what_is_missing_or_not_of_its_kind_is_said_all_at_once(self):
        options = {"url": "", "step": "x", "auth": "other", "more": "[1]"}
        assert list(find_missing(self.SETTINGS, options)) == [
            Problem("url", "setting_missing", {"label": "Address"}),
            Problem("key", "setting_missing", {"label": "Key"}),
            Problem("step", "not_a_number", {"label": "Step", "value": "x"}),
            Problem("auth", "not_a_choice", {"label": "Login", "value": "other"}),
            Problem("more", "not_an_object", {"label": "More"}),
        ]

    def test_what_is_there_or_has_a_default_is_fine(self):
        options = {"url": "https://x", "key": Secret("k"), "more": '{"a": 1}'}
        assert list(find_missing(self.SETTINGS, options)) == []
        assert [get_option(options, each) for each in self.SETTINGS[:4]] == ["https://x", Secret("k"), "3600", "none"]
        assert [is_on(text) for text in ("1", "True", "yes", "", "0", None, False)] == [True] * 3 + [False] * 4


class TestAWindow:
    def test_pieces_tile_it(self):
        start = datetime(2026, 10, 1, tzinfo=timezone.utc)
        window = Window(start, start + timedelta(days=5, hours=1))
        pieces = list(window.cut(timedelta(days=2)))
        assert [piece.start.day for piece in pieces] == [1, 3, 5]
        assert all(before.end == after.start for before, after in pairwise(pieces))
        assert (pieces[0].start, pieces[-1].end) == window
        assert list(Window(start, start).cut(timedelta(days=1))) == []


class TestJson:
    def test_digits_stay_as_they_were_read(self):
        text = '{"a":3.5999999999999996,"b":[1,-2.50,null,true],"c":"é\\"\\n","d":{"0.1":1E-20}}'
        value = json.loads(text, parse_float=Decimal)
        assert write_json(value) == text
        assert b"".join(json_lines([value, {}])) == text.encode() + b"\n{}\n"

    @pytest.mark.parametrize("value", [0.1, {"a": 0.1}, Decimal("NaN"), Decimal("Infinity"), object(), b"x"])
    def test_what_has_lost_digits_or_is_none_is_refused(self, value):
        with pytest.raises(TypeError):
            write_json(value)


class TestTheRegistry:
    def test_another_module_adds_its_own_and_may_mend_one(self, monkeypatch):
        monkeypatch.setattr("cloud_billing_engine.connectors.registry.CONNECTORS", CONNECTORS.copy())

        @register
        class Mine(Connector):
            name = "mine"

        assert isinstance(get_connector("mine"), Mine)
        better = Mine()
        register(better)
        assert get_connector("mine") is better

    def test_a_name_that_nobody_registered(self):
        with pytest.raises(ConnectorError, match=r"unknown_connector \(name=nobody\)"):
            get_connector("nobody")

    def test_a_library_that_is_not_there(self):
        with pytest.raises(ConnectorError, match="library_missing") as caught:
            need_library("no_such_library.part")
        assert caught.value.values == {"library": "no_such_library"}
        assert need_library("json.decoder").JSONDecoder

    def test_names_titles_and_settings_of_all_are_in_order(self):
        for name, connector in CONNECTORS.items():
            assert (name, bool(connector.title), bool(connector.summary)) == (connector.name, True, True)
            names = [setting.name for setting in connector.settings]
            assert len(names) == len(set(names))
            for setting in connector.settings:
                assert setting.label, f"{name}: {setting.name}"
                assert setting.kind != "choice" or setting.default in {choice for choice, _label in setting.choices}
