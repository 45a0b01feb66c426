import json
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..models.billing.rated import shared_json
from ..models.billing.rated.shared_json import SharedJson


@tagged("post_install", "-at_install")
class TestSharedJson(BaseCase):
    def test_it_reads_back_as_it_was_told(self):
        rule = {"rule_name": "Größe „L“\n\\", "tiers": [{"up_to": None}]}
        writer = SharedJson(("rule", "terms"))
        for told in (
            {"amount": "1.00", "rule": rule, "terms": {"fixed": None}},
            {"rule": rule, "amount": "2.00"},
            {"rule": rule},
            {"amount": "3.00"},
            {},
        ):
            with self.subTest(told=told):
                self.assertEqual(json.loads(writer.write(told)), told)

    def test_equal_parts_that_are_not_the_same_are_told_apart(self):
        writer = SharedJson(("rule",))
        written = [json.loads(writer.write({"n": n, "rule": {"name": str(n)}})) for n in range(50)]
        self.assertEqual(written, [{"n": n, "rule": {"name": str(n)}} for n in range(50)])

    def test_what_many_share_is_written_once(self):
        rule, texts = {"rule_name": "Storage"}, []

        def write(part):
            texts.append(part)
            return json.dumps(part)

        with patch.object(shared_json, "_write", write):
            writer = SharedJson(("rule",))
            for number in range(3):
                writer.write({"number": number, "rule": rule})
        self.assertEqual(texts, [rule, {"number": 0}, {"number": 1}, {"number": 2}])
