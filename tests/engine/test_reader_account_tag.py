"""Accounts that are made of a tag: what tells owners apart becomes a part of the stream, the row stays the same row."""

import json

import pytest
from cloud_billing_engine.readers.own.account_tag import AccountTag
from reader_samples import FOCUS_1_0, focus_file, read

[ROW] = read(focus_file({"SubAccountId": "123456"}))


def account(tags, name="team", sub_account="123456"):
    return AccountTag(name).apply(ROW._replace(tags=json.dumps(tags), sub_account=sub_account)).sub_account


@pytest.mark.parametrize(
    ("tags", "made"),
    [
        ({"tags": {"team": "web"}}, "team=web/123456"),
        ({"team": "web", "tags": {"team": "other"}}, "team=web/123456"),
        ({"team": 7}, "team=7/123456"),
        ({"tags": {"team": 'a/"b"\\c é'}}, 'team=a/"b"\\c é/123456'),
        ({"tags": {"Team": "web", "teams": "web"}}, "123456"),
        ({"note": "team"}, "123456"),
        ({"team": ""}, "123456"),
        ({"team": None}, "123456"),
        ({"tags": {"team": ["web"]}}, "123456"),
        ({}, "123456"),
    ],
)
def test_a_value_stands_in_front_of_the_account(tags, made):
    assert account(tags) == made


def test_a_row_without_an_account_has_the_tag_alone():
    assert account({"team": "web"}, sub_account="") == "team=web/"


def test_a_name_with_signs_that_json_escapes_is_found():
    assert account({'a"b': "1"}, name='a"b') == 'a"b=1/123456'


def test_what_a_file_gives_is_known_again_by_what_the_file_says():
    file = focus_file({"SubAccountId": "123456", "Tags": '{"team": "web"}'}, columns=(*FOCUS_1_0, "Tags"))
    [row] = read(file)
    made = AccountTag("team").apply(row)
    assert made.sub_account == "team=web/123456"
    assert made == row._replace(sub_account="team=web/123456")


def test_a_value_that_is_too_long_is_cut_and_stays_apart():
    made = [account({"team": "x" * 600 + end}) for end in "ab"]
    assert made[0] != made[1]
    assert all(len(one) <= 500 and one.startswith("team=xxx") for one in made)
    assert account({"team": "x" * 600 + "a"}) == made[0]
