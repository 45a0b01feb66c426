"""Usage that a live company gives up: up to the company's amount by one person, above it by two."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .billing_common import D
from .test_usage_exceptions import ExceptionCase
from .usage_common import focus_csv, hour

REFUSED = "is waived only with the approval of a second person"
REJECTS_REFUSED = "are waived only with the approval of a second person"


class WaiverCase(ExceptionCase):
    """Rows of Acme for 10, 20 and 30 in the company's currency; one person gives up 25 a month."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.set_company_state("setup")
        cls.company.currency_id = cls.env.ref("base.USD")
        cls.company.cloud_hand_limit = D("25")
        cls.set_company_state("live")
        cls.env.flush_all()
        cls.waivers = cls.env["cloud.usage.waiver"]

    def setUp(self):
        super().setUp()
        self.env.invalidate_all()

    def by_operator(self, rows):
        return rows.with_user(self.user_operator)

    def receive(self, **costs):
        """Events that were known for 10 come again: {id: cost of the new version}, or a cost that cannot be read."""
        head = "id,start,account,service,quantity,unit,cost,currency"
        row = "{},2026-03-01T12:00:00Z,x,Calls,1,Call,{},USD"
        known = [row.format(name, 10) for name, cost in costs.items() if cost != "ten"]
        self.deliver(self.events, "\n".join([head, *known, ""]).encode())
        again = self.deliver(self.events, "\n".join([head, *(row.format(*one) for one in costs.items()), ""]).encode())
        self.env.invalidate_all()
        return again.reject_ids.sorted("row_no")

    def propose(self, rows, reason="A test of theirs"):
        """The waiver that the window of Waive proposes."""
        window = self.env["cloud.usage.decision"].with_user(self.user_operator)
        action = window.create({"decision": "waived", "row_ids": rows.ids, "reason": reason}).action_confirm()
        self.assertEqual(action["res_model"], "cloud.usage.waiver")
        return self.waivers.browse(action["res_id"])


@tagged("post_install", "-at_install")
class TestOnePersonAlone(WaiverCase):
    def test_not_above_the_company_s_amount(self):
        with self.assertRaisesRegex(UserError, REFUSED):
            self.by_operator(self.third).action_waive("For a friend")
        with self.assertRaisesRegex(UserError, REFUSED):
            self.third.sudo().action_waive("For a friend")
        self.assertEqual(self.states(), ["bill", "bill", "bill"])

    def test_up_to_it_one_person_does_and_small_ones_add_up(self):
        """10 + 20 = 30 is above 25, though each is below."""
        self.by_operator(self.first).action_waive("A test of theirs")
        with self.assertRaisesRegex(UserError, REFUSED):
            self.by_operator(self.second).action_waive("Another one")
        self.assertEqual(self.states(), ["waived", "bill", "bill"])

    def test_not_at_all_where_no_amount_is_set(self):
        self.set_company_state("setup")
        self.company.cloud_hand_limit = None
        self.set_company_state("live")
        with self.assertRaisesRegex(UserError, REFUSED):
            self.by_operator(self.first).action_waive("A test of theirs")

    def test_not_where_nobody_can_say_what_it_costs(self):
        self.company.currency_id.active = True
        self.env.cr.execute("UPDATE cloud_usage_stream SET currency = 'XXX' WHERE id = %s", [self.first.stream_id.id])
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, REFUSED):
            self.by_operator(self.first).action_waive("A test of theirs")

    def test_while_the_company_is_set_up_one_person_does(self):
        self.set_company_state("setup")
        self.by_operator(self.third).action_waive("A test of theirs")
        self.assertEqual(self.states(), ["bill", "bill", "waived"])

    def test_to_hold_rows_is_free(self):
        self.by_operator(self.third).action_hold("Looks odd")
        self.assertEqual(self.states(), ["bill", "bill", "held"])

    def test_nobody_does_it_past_an_approval(self):
        waiver = self.waivers.create({"company_id": self.company.id, "row_ids": self.third.ids, "reason": "x"})
        with self.assertRaisesRegex(UserError, "Only a waiver that was agreed"):
            self.third._waive_agreed(waiver, object())
        with self.assertRaisesRegex(UserError, "second person|submitted|approv"):
            waiver.sudo().state = "approved"


@tagged("post_install", "-at_install")
class TestTwoPeople(WaiverCase):
    def test_one_proposes_and_another_one_agrees(self):
        waiver = self.propose(self.second | self.third)
        request = waiver.request_id
        self.assertEqual((waiver.state, request.kind, request.state), ("pending", "waiver", "pending"))
        self.assertEqual(self.states(), ["bill", "bill", "bill"])
        # 20 + 30, told to whoever may see costs; the amount on the request would tell it to everybody.
        self.assertIn(
            {"label": "Billed cost", "old": "", "new": "50.00 USD", "is_cost": True}, request.sudo().effect["rows"]
        )
        self.assertIsNone(request.effect_amount)
        self.vote(request)
        self.assertEqual((waiver.state, self.states()), ("approved", ["bill", "waived", "waived"]))
        noted = self.env["cloud.intervention"].search([("request_id", "=", request.id)])
        self.assertEqual((noted.kind, str(noted.amount), noted.user_id), ("waived", "50", self.user_operator))
        # What two people agreed on takes nothing of what one may give up: 10 of 25.
        self.by_operator(self.first).action_waive("A test of theirs")

    def test_what_it_costs_is_told_as_money_of_its_currency(self):
        """20 + 77.961343642076 = 97.961343642076; in yen, which have no decimals, 98; what is in none keeps all."""
        costs = ("10", "20", "30", "77.961343642076")
        self.deliver(self.bills, focus_csv(*(hour(day, cost=cost) for day, cost in enumerate(costs, 1))))
        rows = self.live_rows(self.bills).filtered(lambda row: str(row.cost_billed) in (costs[1], costs[3]))
        waiver = self.propose(rows)
        for code, told in (
            ("USD", "97.96 USD"), ("JPY", "98 JPY"), ("XXX", "97.961343642076 XXX"), (None, "97.961343642076"),
        ):  # fmt: skip
            self.env.cr.execute("UPDATE cloud_usage_stream SET currency = %s WHERE id = %s", [code, rows.stream_id.id])
            self.env.invalidate_all()
            with self.subTest(currency=code):
                [cost] = [row for row in waiver._get_change_effect()["rows"] if row.get("is_cost")]
                self.assertEqual((cost["new"], waiver.cost_text), (told, told))
        costs = [row["new"] for row in waiver.request_id.sudo().effect["rows"] if row.get("is_cost")]
        self.assertEqual(costs, ["97.96 USD"])

    def test_its_form_tells_the_cost_to_who_may_see_costs(self):
        waiver = self.propose(self.second | self.third)
        for user in (self.user_operator, self.user_approver):
            self.assertEqual(waiver.with_user(user).cost_text, "50.00 USD")
            self.assertIn('name="cost_text"', waiver.with_user(user).get_view(view_type="form")["arch"])
        levels = self.env.ref("cloud_billing.field_class_cost").level_ids
        levels.filtered(lambda line: line.group_id == self.env.ref("cloud_billing.group_approver")).level = "none"
        self.env.invalidate_all()
        hidden = waiver.with_user(self.user_approver)
        self.assertNotIn('name="cost_text"', hidden.get_view(view_type="form")["arch"])
        with self.assertRaises(AccessError):
            hidden.read(["cost_text"])
        self.assertNotIn("50.00", str(hidden.request_id.effect_html))
        self.assertEqual(waiver.with_user(self.user_operator).cost_text, "50.00 USD")

    def test_not_the_one_who_proposed_it(self):
        waiver = self.propose(self.third)
        with self.assertRaisesRegex(UserError, "proposed by you|not an approver"):
            self.vote(waiver.request_id, self.user_operator)

    def test_what_changed_meanwhile_is_not_waived(self):
        waiver = self.propose(self.second | self.third)
        self.by_operator(self.second).action_waive("Alone")
        with self.assertRaisesRegex(UserError, "billed, waived or replaced meanwhile"):
            self.vote(waiver.request_id)

    def test_streams_are_waived_by_the_same_rule(self):
        streams = self.third.stream_id
        self.env["cloud.usage.mapping"].sudo().search([("stream_id", "in", streams.ids)]).unlink()
        window = self.env["cloud.usage.waive.wizard"].with_user(self.user_operator)
        action = window.create({"stream_ids": [(6, 0, streams.ids)], "reason": "Nobody's"}).action_confirm()
        self.assertEqual(self.waivers.browse(action["res_id"]).row_count, 3)
        with self.assertRaisesRegex(UserError, REFUSED):
            streams.with_user(self.user_operator).action_waive("Nobody's")


@tagged("post_install", "-at_install")
class TestRowsThatWait(WaiverCase):
    """Given up is by how much a newer version costs more than the known one; of an unreadable row nobody knows."""

    def test_newer_versions_up_to_the_amount_and_small_ones_add_up(self):
        """10 -> 40 gives up 30 of 25. 10 -> 20 gives up 10, and 10 -> 26 then 10 + 16 = 26. 10 -> 4 is nothing."""
        large, small, second, cheaper = self.receive(e1="40", e2="20", e3="26", e4="4")
        for rejects in (self.by_operator(large), large.sudo(), self.by_operator(small | second)):
            with self.assertRaisesRegex(UserError, REJECTS_REFUSED):
                rejects.action_waive("For a friend")
        self.by_operator(small).action_waive("A test of theirs")
        with self.assertRaisesRegex(UserError, REJECTS_REFUSED):
            self.by_operator(second).action_waive("Another one")
        self.by_operator(cheaper).action_waive("Of no use")
        self.assertEqual([one.state for one in (large, small, second, cheaper)], ["open", "waived", "open", "waived"])
        noted = self.env["cloud.intervention"].search([("res_model", "=", large._name)], order="id")
        self.assertEqual([str(one.amount) for one in noted], ["10", "0"])
        # What was given up of them counts for other rows too: 10 + 20 = 30.
        with self.assertRaisesRegex(UserError, REFUSED):
            self.by_operator(self.second).action_waive("Another one")

    def test_not_where_nobody_can_say_what_it_costs(self):
        unread, unknown = self.receive(e1="ten", e2="")
        self.assertEqual((unread.kind, unknown.kind), ("rejected", "quarantined"))
        for reject in (unread, unknown):
            with self.assertRaisesRegex(UserError, REJECTS_REFUSED):
                self.by_operator(reject).action_waive("For a friend")

    def test_while_the_company_is_set_up_one_person_does(self):
        self.set_company_state("setup")
        unread, large = self.receive(e1="ten", e2="40")
        self.by_operator(unread | large).action_waive("A test of theirs")
        self.assertEqual((unread.state, large.state), ("waived", "waived"))

    def test_one_proposes_and_another_one_agrees(self):
        unread, large, small = self.receive(e1="ten", e2="40", e3="20")
        waiver = self.propose_rejects(unread | large)
        request = waiver.request_id
        self.assertEqual((waiver.state, waiver.row_count, request.state), ("pending", 2, "pending"))
        self.assertEqual((unread.state, large.state), ("open", "open"))
        # 40 - 10
        costs = [row["new"] for row in request.sudo().effect["rows"] if row.get("is_cost")]
        self.assertEqual(costs, ["30.00 USD", "1 rows of which nobody can say it"])
        self.assertEqual(waiver.action_open_rows()["res_model"], "cloud.usage.reject")
        with self.assertRaisesRegex(UserError, "proposed by you|not an approver"):
            self.vote(request, self.user_operator)
        self.vote(request)
        self.assertEqual((waiver.state, unread.state, large.state), ("approved", "waived", "waived"))
        self.assertIn("A test of theirs", large.resolution)
        noted = self.env["cloud.intervention"].search([("request_id", "=", request.id)], order="id")
        self.assertEqual([(one.amount and str(one.amount), one.user_id) for one in noted],
                         [(None, self.user_operator), ("30", self.user_operator)])  # fmt: skip
        # It takes nothing of what one person may give up.
        self.by_operator(small).action_waive("A test of theirs")

    def test_what_changed_meanwhile_is_not_waived(self):
        large, small = self.receive(e1="40", e2="20")
        waiver = self.propose_rejects(large | small)
        self.by_operator(small).action_waive("Alone")
        with self.assertRaisesRegex(UserError, "billed, waived or replaced meanwhile"):
            self.vote(waiver.request_id)

    def test_nobody_does_it_past_an_approval(self):
        large = self.receive(e1="40")
        waiver = self.waivers.create({"company_id": self.company.id, "reject_ids": large.ids, "reason": "x"})
        with self.assertRaisesRegex(UserError, "Only a waiver that was agreed"):
            large._waive_agreed(waiver, object())

    def propose_rejects(self, rejects):
        window = self.env["cloud.usage.resolve.wizard"].with_user(self.user_operator)
        action = window.create({"reject_ids": [(6, 0, rejects.ids)], "waive_reason": "A test of theirs"}).action_waive()
        self.assertEqual(action["res_model"], "cloud.usage.waiver")
        return self.waivers.browse(action["res_id"])
