from decimal import Decimal

from odoo import fields, models
from odoo.exceptions import UserError

from ...engine.numbers import exact, to_text
from . import reader_messages
from .usage_store_delivery import SEVERAL

_NOTHING_READ = {
    "rows_read": 0,
    "rows_accepted": 0,
    "rows_known": 0,
    "rows_quarantined": 0,
    "rows_rejected": 0,
    "high_water_file": 0,
    "high_water_row": 0,
    "high_water_bytes": 0,
    "bookmark_row": 0,
    "bookmark_offset": 0,
    "is_read": False,
}
_UNCLAIMED = {"claim_token": False, "claim_until": False}


class CloudUsageImport(models.Model):
    """What becomes of an import once its rows are read: imported, already known, refused, later perhaps undone."""

    _inherit = "cloud.usage.import"

    # === BUSINESS: WHAT IT WOULD CHANGE === #

    def _settle_known(self, differences):
        """Keep what changes, and count as already known the months that are live with the same content.

        Bad rows that came before are known too. Where new ones are left the month is taken anew, so that they have a
        month to be corrected into. Returns the differences as they stand then.
        """
        rejects_known = 0
        if self._is_append() or all(difference.is_known for difference in differences):
            rejects_known = self.env["cloud.usage.reject"]._drop_known(self)
        rejected = self.rows_rejected - rejects_known
        if rejected:
            differences = [difference._replace(is_known=False) for difference in differences]
        rows_known = sum(difference.after_rows for difference in differences if difference.is_known)
        self.write(
            {
                "differences": [_as_json(difference) for difference in differences if not difference.is_known],
                "rows_known": self.rows_known + rows_known + rejects_known,
                "rows_accepted": self.rows_accepted - rows_known,
                "rows_rejected": rejected,
            }
        )
        return differences

    def _brings_nothing(self):
        return not (self.rows_accepted or self.rows_quarantined or self.rows_rejected)

    def _explain_removals(self, has_costs=False):
        """What the delivery would take away, month by month, and how to go on.

        has_costs: with the money, which what is kept for everybody has not.
        """
        months = [self._explain_removal(difference, has_costs) for difference in self._get_removals()]
        return self.env._(
            "This delivery takes usage away that was delivered before. %(months)s. If the provider really withdrew it, "
            "agree to it and import; else get the complete file.",
            months="; ".join(months),
        )

    def _explain_removal(self, difference, has_costs):
        values = {
            "month": self._format_month(difference["billing_month"]),
            "account": difference["provider_account"] or self.source_id.name,
            "rows": difference["removed_rows"],
            "before": difference["before_rows"],
            "after": difference["after_rows"],
        }
        if has_costs:
            return self.env._(
                "%(month)s of %(account)s: %(rows)s rows and %(cost)s go away, %(before)s rows become %(after)s",
                cost=self._tell_removed_cost(difference),
                **values,
            )
        return self.env._("%(month)s of %(account)s: %(rows)s rows go away, %(before)s rows become %(after)s", **values)

    def _tell_removed_cost(self, difference):
        if SEVERAL in difference["currency"]:
            return self.env._("their costs in %(currencies)s", currencies=difference["currency"])
        return f"{difference['removed_cost'] or '0'} {difference['currency']}"

    # === BUSINESS: OUTCOMES === #

    def _set_imported(self, known_delivery_ids):
        """Give the import its number; known_delivery_ids: months that are live with the same content already."""
        self.env.flush_all()
        store = self.env["cloud.usage.store"]
        self.import_number = store._publish(self, known_delivery_ids)
        self.env["cloud.usage.delivery"].invalidate_model()
        if self._is_snapshot():
            self.env["cloud.usage.reject"]._settle(self)
        self.write(
            {
                **_UNCLAIMED,
                "state": "imported",
                "imported_at": fields.Datetime.now(),
                "cost_billed": self._get_cost(),
                "error": False,
            }
        )
        self.message_post(body=self._get_report())
        self.env["cloud.audit.event"]._record("usage_imported", self, detail=self._get_counts())

    def _set_known(self, former=None):
        """End an import that changes nothing: no number, no rows, no deliveries; only the record that it came.

        former: the import whose files came again, where nothing was read.
        """
        self.env.flush_all()
        store = self.env["cloud.usage.store"]
        delivery_ids = list(store._find_deliveries(self).values())
        store._confirm(former.delivery_ids.ids if former else delivery_ids, fields.Datetime.now())
        store._delete_deliveries(self, delivery_ids)
        self.env["cloud.usage.delivery"].invalidate_model()
        self.write({**_UNCLAIMED, "state": "known", "error": False})
        if former:
            body = self.env._(
                "Already known: the same files came with %(name)s. Nothing was changed.", name=former.name
            )
        elif not self.rows_read:
            body = self.env._("It has column names and no rows: nothing was used, and nothing was changed.")
        else:
            body = self.env._(
                "Already known: all %(count)s rows were delivered before. Nothing was changed.", count=self.rows_read
            )
        self.message_post(body=body)

    def _set_unreadable(self, error):
        """End an import of which a file cannot be read. error: the RejectedFile."""
        self._set_refused(reader_messages.explain_refusal(self.env, error))

    def _set_refused(self, message, differences=False):
        """End an import that cannot be taken: its files and the reason stay, nothing else of it.

        differences: what it would take away, where a person may agree to that.
        """
        self._forget()
        self.write({**_UNCLAIMED, "state": "refused", "error": message, "differences": differences})
        self.message_post(body=self.env._("Refused. %(reason)s", reason=message))

    def _forget(self):
        """Delete all that was read of an import without a number."""
        self.env.flush_all()
        self.env["cloud.usage.store"]._discard(self)
        self.env.invalidate_all(flush=False)
        self.write(_NOTHING_READ)

    def _get_counts(self):
        """What came in, for the record."""
        return {
            "number": self.import_number,
            "read": self.rows_read,
            "accepted": self.rows_accepted,
            "known": self.rows_known,
            "quarantined": self.rows_quarantined,
            "rejected": self.rows_rejected,
            "cost_billed": self.cost_billed,
            "files": [[file.name, file.sha256 or ""] for file in self.file_ids],
        }

    def _get_cost(self):
        """The billed cost of the accepted rows; None where there is none, or in several currencies."""
        costs = [delivery.cost_billed for delivery in self.delivery_ids if delivery.cost_billed is not None]
        found = self.env["cloud.usage.store"]._get_currencies(self.delivery_ids.ids)
        if len({currency for currencies in found.values() for currency in currencies}) > 1:
            return None
        with exact():
            return sum(costs, start=Decimal(0)) if costs else None

    # === BUSINESS: UNDO === #

    def _undo(self):
        """Take the import out of usage from a new number on, with the corrections of its months.

        Written once: the month that it had replaced stays replaced and can be delivered again.
        """
        store = self.env["cloud.usage.store"]
        store._hold_number(self.company_id)
        self.invalidate_recordset()
        self._check_undo()
        number = store._take_number(self.company_id)
        ended_ids = store._withdraw(self, number)
        self.env["cloud.usage.delivery"].invalidate_model()
        ended = self | self.browse(ended_ids)
        ended.write({"state": "undone"})
        self.env["cloud.usage.reject"]._set_undone(ended)
        for usage_import in ended:
            usage_import.message_post(body=usage_import._get_undo_report(self))
        self.env["cloud.audit.event"]._record("usage_undone", ended, detail={"number": number})

    def _check_undo(self):
        """Raise a UserError that says what stands in the way of undoing."""
        if self.state != "imported" or not self._is_live():
            raise UserError(self.env._("%(name)s cannot be undone: it is replaced or undone already.", name=self.name))
        if self._is_source_busy():
            raise UserError(
                self.env._(
                    "%(name)s cannot be undone now: another delivery of %(source_name)s is being read. "
                    "Wait for it, or cancel it.",
                    name=self.name,
                    source_name=self.source_id.name,
                )
            )
        if self.correction_of_id and self._is_append():
            raise UserError(
                self.env._(
                    "%(name)s holds accepted versions of rows, which replaced the former ones. "
                    "Deliver the right rows again and accept them instead.",
                    name=self.name,
                )
            )
        if customers := self.env["cloud.usage.store"]._get_billed_customers(self):
            raise UserError(
                self.env._(
                    "%(name)s cannot be undone: its usage is billed to %(customers)s. "
                    "Deliver the corrected month instead; the next run bills the difference.",
                    name=self.name,
                    customers=", ".join(customers[:10]) + ("…" if len(customers) > 10 else ""),
                )
            )

    def _get_undo_report(self, undone):
        later = self.search_count(
            [
                ("source_id", "=", self.source_id.id),
                ("id", ">", self.id),
                ("rows_known", ">", 0),
                ("state", "!=", "undone"),
            ]
        )
        if self != undone:
            return self.env._("Undone together with %(name)s, whose month it corrected.", name=undone.name)
        if self._is_append() and later:
            return self.env._(
                "Undone by %(user)s. %(count)s later imports of this source had rows that were known already; "
                "where these came from here they are gone now too: import those files again.",
                user=self.env.user.name,
                count=later,
            )
        if former := self._get_replaced():
            return self.env._(
                "Undone by %(user)s. What it had replaced does not come back by itself: press Read Again on %(names)s, "
                "or deliver the month again.",
                user=self.env.user.name,
                names=", ".join(former.mapped("name")),
            )
        return self.env._("Undone by %(user)s. Read it again, or deliver the month again.", user=self.env.user.name)

    def _get_replaced(self):
        """The imports whose months this one replaced when it came."""
        deliveries = self.env["cloud.usage.delivery"].search(
            [
                ("source_id", "=", self.source_id.id), ("superseded_number", "=", self.import_number),
                ("is_snapshot", "=", True),
            ]
        )  # fmt: skip
        return deliveries.import_id

    # === BUSINESS: REPORT === #

    def _get_report(self):
        """What came in, for the chatter."""
        report = self.env._(
            "Imported as number %(number)s: %(read)s rows read, %(accepted)s accepted, %(known)s already known, "
            "%(quarantined)s quarantined, %(rejected)s rejected.",
            number=self.import_number,
            read=self.rows_read,
            accepted=self.rows_accepted,
            known=self.rows_known,
            quarantined=self.rows_quarantined,
            rejected=self.rows_rejected,
        )
        return " ".join([report, *self._get_changes()])

    def _get_changes(self, has_costs=False):
        """A sentence for each month that was there before: what changed in it; has_costs: as of _explain_removals."""
        # sudo: as of _get_removals.
        changed = [difference for difference in self.sudo().differences or [] if difference["before_rows"]]
        return [self._explain_change(difference, has_costs) for difference in changed]

    def _explain_change(self, difference, has_costs):
        values = {
            "month": self._format_month(difference["billing_month"]),
            "account": difference["provider_account"] or self.source_id.name,
            "added": difference["added_rows"],
            "changed": difference["changed_rows"],
            "removed": difference["removed_rows"],
        }
        if has_costs:
            return self.env._(
                "%(month)s of %(account)s: %(added)s rows added, %(changed)s changed, %(removed)s gone; %(costs)s.",
                costs=self._tell_costs(difference),
                **values,
            )
        return self.env._(
            "%(month)s of %(account)s: %(added)s rows added, %(changed)s changed, %(removed)s gone.", **values
        )

    def _tell_costs(self, difference):
        if SEVERAL in difference["currency"]:
            return self.env._("its costs are in %(currencies)s", currencies=difference["currency"])
        return self.env._(
            "billed cost %(before)s becomes %(after)s %(currency)s",
            before=difference["before_cost"] or "0",
            after=difference["after_cost"] or "0",
            currency=difference["currency"],
        )


def _as_json(difference):
    """A Difference with its amounts as text."""
    values = difference._asdict()
    for name in ("before_cost", "after_cost", "removed_cost"):
        values[name] = None if values[name] is None else to_text(values[name])
    return values
