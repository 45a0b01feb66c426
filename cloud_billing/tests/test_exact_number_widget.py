import json

from odoo.tests import HttpCase, tagged

# Calls the widget's own functions in a real browser, once per language, and compares with what stands here.
_SCRIPT = """
(async () => {
    const { localization } = odoo.loader.modules.get("@web/core/l10n/localization");
    const { formatExact, parseExact, aggregateExact } =
        odoo.loader.modules.get("@cloud_billing/exact_number/exact_number");
    const read = (typed) => { try { return parseExact(typed); } catch { return "refused"; } };
    const calls = { format: formatExact, parse: read, sum: (values) => aggregateExact(values, "sum"),
                    max: (values) => aggregateExact(values, "max"), min: (values) => aggregateExact(values, "min") };
    const wrong = [];
    for (const [language, call, given, expected, options] of %s) {
        Object.assign(localization, language);
        const got = calls[call](given, options);
        if (got !== expected) {
            wrong.push(`${call}(${JSON.stringify(given)}) = ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
        }
    }
    if (wrong.length) { console.error(wrong.join(" | ")); } else { console.log("test successful"); }
})();
"""
_ENGLISH = {"thousandsSep": ",", "decimalPoint": ".", "grouping": [3, 0]}
_GERMAN = {"thousandsSep": ".", "decimalPoint": ",", "grouping": [3, 0]}
_FRENCH = {"thousandsSep": "\u202f", "decimalPoint": ",", "grouping": [3, 0]}
_INDIAN = {"thousandsSep": ",", "decimalPoint": ".", "grouping": [3, 2, 0]}


@tagged("post_install", "-at_install")
class TestExactNumberInTheBrowser(HttpCase):
    def check(self, cases):
        self.browser_js("/odoo", _SCRIPT % json.dumps(cases), "odoo.isReady", login="admin")

    def test_every_digit_is_shown_in_the_language_of_the_person(self):
        big, small = "999999999999999.123456789012", "0.000000123456"
        self.check(
            [
                [_ENGLISH, "format", big, "999,999,999,999,999.123456789012"],
                [_GERMAN, "format", big, "999.999.999.999.999,123456789012"],
                [_FRENCH, "format", big, "999\u202f999\u202f999\u202f999\u202f999,123456789012"],
                [_INDIAN, "format", "-12345678.90", "-1,23,45,678.90"],
                [_ENGLISH, "format", small, small],
                [_ENGLISH, "format", "1e-18", "0.000000000000000001"],
                [_ENGLISH, "format", "1.50", "1.50"],
                [_ENGLISH, "format", "1.50", "1.5", {"trim": True}],
                [_ENGLISH, "format", "100", "100", {"trim": True}],
                [_ENGLISH, "format", "2.000", "2", {"trim": True}],
                [_ENGLISH, "format", "2", "2.00", {"minDecimals": 2}],
                [_ENGLISH, "format", "0", "0"],
                [_ENGLISH, "format", 0, "0"],
                [_ENGLISH, "format", False, ""],
            ]
        )

    def test_money_is_rounded_half_away_from_zero_where_the_view_asks_for_it(self):
        cents, whole, thousandths = {"maxDecimals": 2, "minDecimals": 2}, {"maxDecimals": 0}, {"maxDecimals": 3}
        self.check(
            [
                [_ENGLISH, "format", "1234.5678", "1,234.57", cents],
                [_GERMAN, "format", "1234.5678", "1.234,57", cents],
                [_ENGLISH, "format", "0.005", "0.01", cents],
                [_ENGLISH, "format", "-0.005", "-0.01", cents],
                [_ENGLISH, "format", "0.0049999999", "0.00", cents],
                [_ENGLISH, "format", "-0.0049", "0.00", cents],
                [_ENGLISH, "format", "999999999999999.995", "1,000,000,000,000,000.00", cents],
                [_ENGLISH, "format", "2", "2.00", cents],
                [_ENGLISH, "format", "0.5", "1", whole],
                [_ENGLISH, "format", "1.23449", "1.234", thousandths],
                [_ENGLISH, "format", False, "", cents],
            ]
        )

    def test_what_a_person_types_becomes_plain_digits(self):
        self.check(
            [
                [_ENGLISH, "parse", "999,999,999,999,999.123456789012", "999999999999999.123456789012"],
                [_GERMAN, "parse", " 999.999.999.999.999,123456789012 ", "999999999999999.123456789012"],
                [_FRENCH, "parse", "1 234,5", "1234.5"],
                [_FRENCH, "parse", "1\u00a0234,5", "1234.5"],
                [_INDIAN, "parse", "1,23,45,678.90", "12345678.90"],
                [_ENGLISH, "parse", "1e-18", "0.000000000000000001"],
                [_ENGLISH, "parse", "-2.5E3", "-2500"],
                [_ENGLISH, "parse", "\u22125", "-5"],
                [_ENGLISH, "parse", "+5", "5"],
                [_ENGLISH, "parse", ".5", "0.5"],
                [_ENGLISH, "parse", "007.10", "7.10"],
                [_ENGLISH, "parse", "-0.00", "0.00"],
                [_ENGLISH, "parse", "0", "0"],
                [_ENGLISH, "parse", "  ", False],
            ]
        )

    def test_garbage_is_refused_and_never_read_as_another_number(self):
        slips = ["abc", "1.2.3", "12a", "--5", "1,5", "1,2345", "0,250", ".", "-", "NaN", "Infinity", "1e999", "=1+1"]
        self.check(
            [[_ENGLISH, "parse", slip, "refused"] for slip in slips]
            # In German the point groups: 1.5 and 0.250 are slips, not 15 and 250.
            + [[_GERMAN, "parse", slip, "refused"] for slip in ("1.5", "0.250", "1,5,0")]
            + [[_ENGLISH, "parse", "9" * 61, "refused"], [_ENGLISH, "parse", "0." + "1" * 61, "refused"]]
        )

    def test_totals_are_exact(self):
        self.check(
            [
                # 0.1 + 0.2 is 0.3, and the big one keeps the small one's digits.
                [_ENGLISH, "sum", ["0.1", "0.2"], "0.3"],
                [_ENGLISH, "sum", ["999999999999999.123456789012", "0.000000123456"], "999999999999999.123456912468"],
                [_ENGLISH, "sum", ["1", "-2.50", False], "-1.50"],
                [_ENGLISH, "sum", ["0.01", "-0.01"], "0.00"],
                [_ENGLISH, "max", ["-3", "10", "9.99"], "10.00"],
                [_ENGLISH, "min", ["-3", "10"], "-3"],
                [_ENGLISH, "sum", [], False],
            ]
        )
