"""The OpenAPI file of the push: well-formed, true to the code, and its examples are as its schemas say."""

import json
import re
from pathlib import Path

import pytest
from cloud_billing_engine.readers.own import events

ROOT = Path(__file__).resolve().parents[2]
ADDON = ROOT / "cloud_billing"
API = json.loads((ADDON / "static" / "openapi" / "push.json").read_text())
SCHEMAS = API["components"]["schemas"]
OPERATION = API["paths"]["/cloud_billing/push/{source_id}"]["post"]
MESSAGES = (ADDON / "models" / "push" / "push_messages.py").read_text()
CONTROLLER = (ADDON / "controllers" / "push.py").read_text()
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list, "object": dict,
         "null": type(None)}  # fmt: skip
KEYWORDS = {
    "type", "enum", "const", "oneOf", "properties", "required", "additionalProperties", "items", "minItems", "maxItems",
    "minLength", "maxLength", "maxProperties", "default", "description", "examples", "$ref",
}  # fmt: skip


def follow(schema):
    """The schema that a reference names; a schema itself otherwise."""
    if "$ref" not in schema:
        return schema
    found = API
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def is_type(value, name):
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))


def breaks(schema, value):
    """Why a value is not as a schema says, or "": the keywords that the file uses."""
    schema = follow(schema)
    types = schema.get("type", [])
    if types and not any(is_type(value, name) for name in ([types] if isinstance(types, str) else types)):
        return f"{value!r} is no {types}"
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        return f"{value!r} is not allowed"
    if "oneOf" in schema:
        fitting = [one for one in schema["oneOf"] if not breaks(one, value)]
        if len(fitting) != 1:
            return f"{value!r} is {len(fitting)} of {schema['oneOf']}"
    if isinstance(value, str) and not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9):
        return f"{value!r} is too long or too short"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9):
            return "too many or too few"
        return next(filter(None, (breaks(schema.get("items", {}), one) for one in value)), "")
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        missing = [name for name in schema.get("required", ()) if name not in value]
        unknown = [name for name in value if name not in known and others is False]
        if missing or unknown or len(value) > schema.get("maxProperties", 10**9):
            return f"missing {missing}, unknown {unknown}"
        return next(filter(None, (breaks(known.get(name, others or {}), one) for name, one in value.items())), "")
    return ""


def walk(node):
    """Every object within a part of the file."""
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def schemas(node):
    """Every schema within a schema."""
    yield node
    for name in ("items", "additionalProperties"):
        if isinstance(node.get(name), dict):
            yield from schemas(node[name])
    for child in (*node.get("oneOf", ()), *node.get("properties", {}).values()):
        yield from schemas(child)


def codes(function):
    """The codes that a function of push_messages has sentences for."""
    return set(re.findall(r'^        "(\w+)":', MESSAGES.split(f"def {function}(")[1].split("\ndef ")[0], re.MULTILINE))


class TestTheFile:
    def test_is_openapi_3_1_and_every_reference_leads_somewhere(self):
        assert API["openapi"].startswith("3.1.") and API["info"]["title"] and API["info"]["version"]
        references = [node["$ref"] for node in walk(API) if "$ref" in node]
        assert references and all(follow({"$ref": one}) for one in references)

    @pytest.mark.parametrize("name", SCHEMAS)
    def test_has_schemas_of_keywords_that_are_understood(self, name):
        for schema in schemas(SCHEMAS[name]):
            assert set(schema) <= KEYWORDS, schema
            assert set(schema.get("required", ())) <= set(schema.get("properties", schema.get("required", ())))

    def test_has_examples_that_are_as_their_schemas_say(self):
        contents = [OPERATION["requestBody"]["content"], OPERATION["responses"]["200"]["content"]]
        examples = [
            (media["schema"], example["value"])
            for content in contents
            for media in content.values()
            for example in media["examples"].values()
        ]
        assert len(examples) == 5
        assert [breaks(schema, value) for schema, value in examples] == [""] * 5

    def test_has_examples_that_the_code_reads(self):
        for media in OPERATION["requestBody"]["content"].values():
            for example in media["examples"].values():
                said = events.read_body(json.dumps(example["value"]).encode())
                said = said.get("events", [said]) if isinstance(said, dict) else said
                assert [events.EventRows({}).read(index, one).index for index, one in enumerate(said)] == [0]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"transaction_id": "a", "customer": "b", "meter": "c", "time": "2026-03-01T10:00:00Z", "quantiy": 1},
            {"transaction_id": "a", "meter": "c", "time": "2026-03-01T10:00:00Z"},
            {"transaction_id": "a", "customer": "b", "subscription": "b", "meter": "c", "time": "2026-03-01T10:00:00Z"},
        ],
    )
    def test_refuses_what_the_code_refuses(self, wrong):
        assert breaks({"$ref": "#/components/schemas/Event"}, wrong)
        with pytest.raises(events.RowFault):
            events.EventRows({}).read(0, wrong)


class TestItIsTrueToTheCode:
    def test_in_codes(self):
        of_events = codes("get_sentences") - {"other", "the_event"}
        assert set(SCHEMAS["Item"]["properties"]["code"]["enum"]) == of_events | {"other_content"}
        assert set(SCHEMAS["Problem"]["properties"]["code"]["enum"]) == of_events | codes("_get_problems")

    def test_in_statuses(self):
        told = set(re.findall(r'"\w+": (4\d\d|5\d\d)', CONTROLLER)) | {"400", "422"}
        assert set(OPERATION["responses"]) == told | {"200"}

    def test_in_members_and_limits(self):
        flat = SCHEMAS["FlatEvent"]["properties"]
        assert set(flat) == events.FLAT
        assert flat["transaction_id"]["maxLength"] == events.MAX_KEY
        assert flat["properties"]["maxProperties"] == events.MAX_PROPERTIES
        assert flat["properties"]["additionalProperties"]["maxLength"] == events.MAX_VALUE
        assert set(SCHEMAS["CloudEvent"]["properties"]["action"]["enum"]) == set(events.ACTIONS)
        most = int(re.search(r"MAX_EVENTS = ([\d_]+)", (ADDON / "models/push/cloud_push.py").read_text())[1])
        lists = [node["maxItems"] for node in walk(OPERATION) if "maxItems" in node]
        assert set(lists) == {most}

    def test_in_what_the_documentation_says(self):
        page = (ROOT / "docs" / "push.md").read_text()
        for code in codes("_get_problems"):
            assert f"`{code}`" in page, code
        for member in events.FLAT:
            assert f"`{member}`" in page, member
