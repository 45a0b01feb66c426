from datetime import datetime, time
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain

from ..month.cloud_intervention_file import COLUMNS as INTERVENTION_COLUMNS
from .cloud_audit_event import COLUMNS as EVENT_COLUMNS
from .digest_csv import DigestCsv


class Part(NamedTuple):
    """One file of a pack. columns: names, the file's format; rows: an iterable of tuples, read once."""

    name: str
    columns: tuple
    rows: object


class CloudEvidencePart(models.AbstractModel):
    """What goes into a pack of evidence: tables of a company and a range of days, made row by row.

    Who may read the pack is asked by whoever makes it (`cloud.evidence.pack`); a part reads with sudo what belongs to
    the company, because an auditor proves what others did, roles and logins included.
    """

    _name = "cloud.evidence.part"
    _description = "Part of an Evidence Pack"

    @api.model
    def _get_parts(self, company, date_start, date_end):
        """Return the list of Part of a half-open range of days. Override, call super, add yours.

        company comes with sudo.
        """
        start, end = (datetime.combine(day, time.min) for day in (date_start, date_end))
        return [
            Part("access_review.csv", ACCESS, self._get_access_rows(company)),
            Part("change_log.csv", EVENT_COLUMNS, self._get_event_rows(company, start, end)),
            Part("approvals.csv", APPROVALS, self._get_approval_rows(company, start, end)),
            Part("reconciliations.csv", RECONCILIATIONS, self._get_reconciliation_rows(company, date_start, date_end)),
            Part("interventions.csv", INTERVENTION_COLUMNS, self._get_intervention_rows(company, start, end)),
            Part("reviews.csv", REVIEWS, self._get_review_rows(company, date_start, date_end)),
            Part("backup_drills.csv", DRILLS, self._get_drill_rows(company, start, end)),
            Part("seal.csv", SEAL, self._get_seal_rows(company, start, end)),
        ]

    @api.model
    def _write_part(self, part, target):
        """Write a part into an open binary file; {"name", "rows", "sha256"} of it, as the manifest has it."""
        table = DigestCsv(target, part.columns)
        for row in part.rows:
            table.write(row)
        return {"name": part.name, "rows": table.count, "sha256": table.digest}

    # === PARTS === #

    def _get_access_rows(self, company):
        """Every login of the company that is or was anybody here: roles, last login, second factor. As of now."""
        roles = company.env["res.groups"]._get_cloud_roles()
        users = company.env["res.users"].with_context(active_test=False).search([("company_ids", "in", company.ids)])
        strong, held = users._filter_second_factor(), users._get_cloud_roles()
        keys = dict(
            company.env["res.users.apikeys"]._read_group([("user_id", "in", users.ids)], ["user_id"], ["__count"])
        )
        for user in users:
            if user.share and not held[user.id]:
                continue
            yield (
                user.login,
                user.name,
                user.cloud_person_id.name,
                "yes" if user.active else "no",
                " ".join(sorted(held[user.id])),
                ", ".join(sorted(group.full_name for group in user.group_ids if group not in roles)),
                _moment(user.login_date),
                "yes" if user in strong else "no",
                keys.get(user, 0),
            )

    def _get_event_rows(self, company, start, end):
        domain = Domain("company_id", "in", [company.id, False]) & _between("occurred_at", start, end)
        return company.env["cloud.audit.event"]._iterate_rows(domain)

    def _get_approval_rows(self, company, start, end):
        """One row per vote, and one for a request without, of what was submitted, voted on or decided in the range."""
        in_range = Domain.OR(_between(name, start, end) for name in ("submitted_at", "decided_at")) | Domain(
            "vote_ids", "any", _between("voted_at", start, end)
        )
        for request in company.env["cloud.change.request"].search(
            Domain("company_id", "=", company.id) & in_range, order="id"
        ):
            head = (
                request.name,
                request.kind,
                request.res_model,
                request.res_id,
                request.requester_id.login,
                request.requester_person_id.name,
                _moment(request.submitted_at),
                request.state,
                _moment(request.decided_at),
                request.reason,
            )
            for vote in request.vote_ids or [None]:
                cells = _tell_vote(vote) if vote else (None,) * 7
                yield (*head, *cells)

    def _get_reconciliation_rows(self, company, date_start, date_end):
        """Month ends with their digests, and bill runs that were tied out and signed."""
        in_range = Domain("company_id", "=", company.id)
        closings = company.env["cloud.closing"].search(
            in_range & _between("date_end", date_start, date_end), order="date_end"
        )
        for closing in closings:
            yield ("month end", closing.name, closing.date_end, closing.state, closing.digest, None, None, closing.note)
        runs = company.env["cloud.bill.run"].search(
            in_range & _between("invoice_date", date_start, date_end), order="id"
        )
        for run in runs:
            signed = (run.closed_by_id.login, _moment(run.closed_at), run.tie_out_text)
            yield ("bill run", run.name, run.invoice_date, run.state, run.content_hash, *signed)

    def _get_intervention_rows(self, company, start, end):
        domain = Domain("company_id", "=", company.id) & _between("occurred_at", start, end)
        for one in company.env["cloud.intervention"].search(domain, order="id"):
            yield one._get_cells()

    def _get_review_rows(self, company, date_start, date_end):
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("date_start", "<", date_end)
            & Domain("date_end", ">", date_start)
        )
        for review in company.env["cloud.audit.review"].search(domain, order="date_start"):
            counts = " ".join(f"{line.kind}={line.count}" for line in review.line_ids)
            yield (
                review.date_start,
                review.date_end,
                review.date_due,
                review.state,
                review.signed_by_id.login,
                review.signed_person_name,
                _moment(review.signed_at),
                review.event_count,
                counts,
                review.findings,
            )

    def _get_drill_rows(self, company, start, end):
        for drill in company.env["cloud.backup.drill"].search(_between("done_at", start, end), order="done_at"):
            yield (
                _moment(drill.done_at),
                drill.done_by,
                drill.recorded_by_id.login,
                drill.backup,
                drill.restored,
                drill.minutes,
                drill.checks,
                drill.result,
                drill.problems,
            )

    def _get_seal_rows(self, company, start, end):
        """The verifications of the range, and the end of the chain as it is now."""
        domain = Domain("company_id", "in", [company.id, False])
        Verification = company.env["cloud.audit.verification"]
        for one in Verification.search(domain & _between("verified_at", start, end), order="verified_at"):
            yield ("verification", _moment(one.verified_at), one.state, one.sealed_count, one.waiting_count, one.head)
        for chain in company.env["cloud.audit.chain"].search(domain):
            yield ("now", _moment(chain.sealed_at), None, chain.sealed_count, chain.waiting_count, chain.head)


def _tell_vote(vote):
    person = (vote.user_id.login, vote.person_id.name)
    return (vote.round, vote.level, vote.decision, *person, _moment(vote.voted_at), vote.comment)


def _between(name, start, end):
    return Domain(name, ">=", start) & Domain(name, "<", end)


def _moment(value):
    return fields.Datetime.to_string(value) if value else None


ACCESS = (
    "login", "name", "person", "active", "roles", "other_groups", "last_login_utc", "second_factor", "api_keys",
)  # fmt: skip
APPROVALS = (
    "request", "kind", "model", "record_id", "requester", "requester_person", "submitted_utc", "state", "decided_utc",
    "reason", "round", "level", "decision", "voter", "voter_person", "voted_utc", "comment",
)  # fmt: skip
RECONCILIATIONS = ("what", "name", "date", "state", "digest", "signed_by", "signed_utc", "text")
REVIEWS = (
    "from", "until", "due", "state", "signed_by", "signed_person", "signed_utc", "events", "counts", "findings",
)  # fmt: skip
DRILLS = (
    "when_utc", "by", "written_down_by", "backup", "restored", "minutes", "checks", "result", "problems",
)  # fmt: skip
SEAL = ("what", "when_utc", "result", "sealed", "waiting", "last_seal")
