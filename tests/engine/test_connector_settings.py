"""The settings of every connector, as its form draws them."""

import pytest
from cloud_billing_engine.connectors import CONNECTORS, GROUPS, KINDS
from cloud_billing_engine.connectors.places import get_host


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_settings_are_such_as_the_form_can_draw(name):
    settings = {setting.name: setting for setting in CONNECTORS[name].settings}
    assert len(settings) == len(CONNECTORS[name].settings)
    for setting in settings.values():
        assert setting.kind in KINDS
        assert setting.group in GROUPS
        assert bool(setting.choices) == (setting.kind == "choice")
        assert setting.kind != "choice" or setting.default in {"", *dict(setting.choices)}


@pytest.mark.parametrize("name", sorted(CONNECTORS))
def test_a_setting_is_shown_for_a_value_that_another_one_can_have(name):
    settings = {setting.name: setting for setting in CONNECTORS[name].settings}
    for setting in filter(lambda setting: setting.when, settings.values()):
        other, values = setting.when
        assert set(values) & set(dict(settings[other].choices)), setting.name
        # What is asked for always cannot be hidden.
        assert not setting.required or setting.default, setting.name


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://a.example.com", "a.example.com"), ("https://a.example.com:8443/x", "a.example.com"),
        ("https://[2001:db8::1]/x", "[2001:db8::1]"), ("https://[2001:db8::1]:8443", "[2001:db8::1]"),
        ("http://127.0.0.1:80", "127.0.0.1"), ("nonsense", ""),
    ],
)  # fmt: skip
def test_the_host_of_an_address_is_told_whole(url, host):
    assert get_host(url) == host
