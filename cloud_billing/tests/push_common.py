"""A source to which an integration user pushes, and events by hand."""

from odoo import fields

from .usage_common import UsageOwnerCase


def event(key, day=1, customer="acme", quantity="1", **more):
    """A call on a day of March 2026 in the flat shape."""
    return {
        "transaction_id": key,
        "customer": customer,
        "meter": "Calls",
        "time": f"2026-03-{day:02d}T12:00:00Z",
        "quantity": quantity,
        "unit": "Call",
        **more,
    }


def cloud_event(key, **more):
    """The same as a CloudEvent."""
    return {
        "specversion": "1.0",
        "source": "/switch/1",
        "id": key,
        "type": "Calls",
        "subject": "acme",
        "time": "2026-03-01T12:00:00Z",
        "data": {"quantity": "1", "unit": "Call"},
        **more,
    }


class PushCase(UsageOwnerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events.write({"takes_push": True, "push_user_id": cls.user_integration.id})

    def push(self, *events, source=None):
        """Push events as the integration user; the answer."""
        answer = (source or self.events).with_user(self.user_integration).push_usage(list(events))
        self.env.invalidate_all()
        return answer

    def statuses(self, answer):
        """What became of each event: its status, of a refused one its code."""
        return [item["code"] if item["status"] == "refused" else item["status"] for item in answer["items"]]

    def collecting(self, source=None):
        """The import that collects what is pushed to a source."""
        return self.env["cloud.usage.import"].search(
            [("source_id", "=", (source or self.events).id), ("state", "=", "collecting")]
        )

    def publish(self, source=None):
        """Give what was pushed its number, as the scheduled action does; its import."""
        usage_import = self.collecting(source)
        usage_import.sudo()._end_collecting()
        importer = self.env["cloud.usage.importer"]
        usage_import.write({"state": "staging", "claim_token": "mine", "claim_until": fields.Datetime.now()})
        self.env.flush_all()
        importer._run(usage_import, lambda work: work())
        self.env.flush_all()
        self.env.invalidate_all()
        return usage_import

    def quantities(self, source=None):
        """{key: quantity} of the rows that count now, and are neither held nor waived."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT r.external_id, SUM(r.quantity)::text
              FROM cloud_billing_usage.row_state v
              JOIN cloud_billing_usage.usage_row r ON r.id = v.id
             WHERE v.source_id = %s
               AND v.state NOT IN ('held', 'waived')
          GROUP BY r.external_id
            """,
            [(source or self.events).id],
        )
        return dict(self.env.cr.fetchall())
