import json
from datetime import datetime

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ....engine.numbers import to_text
from ....engine.proof import FORMAT, ROW_COLUMNS, VERSION, digest
from ...usage.usage_store_totals import get_frame_parameters
from ..charge.charge_stretches import Stretch

# Who may see costs and rules, and answers for the figures. A file holds all of that, for whoever gets it afterwards.
GROUPS = (
    "cloud_billing.group_accountant",
    "cloud_billing.group_approver",
    "cloud_billing.group_auditor",
    "cloud_billing.group_price_manager",
)
# A file of so many rows is some 60 MB; beyond that it is a data export and not a proof that somebody reads.
MAX_ROWS = 200_000


class CloudProof(models.AbstractModel):
    """One rated line as a file that the engine alone works out again; its format: engine/proof/README.md."""

    _name = "cloud.proof"
    _description = "Proof File"
    _inherit = ["cloud.proof.books"]

    # === BUSINESS === #

    def _check_may_save(self, line):
        """Raise AccessError unless the user may read the line and one of GROUPS answers for figures."""
        line.check_access("read")
        sees_costs = self.env["cloud.field.access"]._may_see_costs()
        if not (sees_costs and any(self.env.user.has_group(group) for group in GROUPS)):
            raise AccessError(
                self.env._(
                    "A proof file holds costs, rules and margins. Ask an accountant or an auditor to save the one of"
                    " %(line)s.",
                    line=line.display_name,
                )
            )

    def _save(self, line):
        """(file name, content as text) of the proof of a rated line; the audit trail gets its digest."""
        self._check_may_save(line)
        proof = self._make(line)
        self.env["cloud.audit.event"]._record("proof_saved", line, detail={"digest": proof["digest"]})
        name = f"proof-{proof['invoice']['number'] if proof['invoice'] else 'draft'}-{line.id}.json".replace("/", "-")
        return name, json.dumps(proof, ensure_ascii=False, indent=1)

    def _make(self, line):
        """The proof of a rated line, with all rated lines of its invoice line, as a dict. Raises UserError."""
        line.ensure_one()
        # sudo: whoever may read the line may read the other lines that its invoice line is the sum of.
        lines = (line.sudo().move_line_id.cloud_rated_line_ids or line.sudo()).sorted("id")
        files = _Files()
        proof = {
            "format": FORMAT,
            "version": VERSION,
            "made_at": fields.Datetime.now().isoformat(),
            "made_by": self.env.user.name,
            "company": line.company_id.name,
            "lines": [self._describe_line(one, files) for one in lines],
            "files": self._describe_files(files),
            "invoice": self._describe_invoice(lines),
            "approval": self._describe_approval(lines),
        }
        proof = json.loads(json.dumps(proof))
        return {**proof, "digest": digest(proof)}

    # === BUSINESS: LINES === #

    def _describe_line(self, line, files):
        charge = line.charge_id
        return {
            "id": line.id,
            "name": line.name,
            "customer": line.customer_name,
            "currency": line.currency_id.name,
            "amount": to_text(line.amount),
            "quantity": None if line.quantity is None else to_text(line.quantity),
            "service_start": line.service_start.isoformat(),
            "service_end": line.service_end.isoformat(),
            "engine_version": line.engine_version,
            "workings": line.workings or {},
            "statement": line.statement or {},
            "usage": self._describe_usage(line, files) if charge.meter_id else None,
            "billed_before": [
                {
                    "id": one.id,
                    "amount": to_text(one.amount),
                    "amount_exact": to_text(one.amount_exact),
                    "quantity": None if one.quantity is None else to_text(one.quantity),
                    "invoice": one.move_id.name or None,
                }
                for one in self._get_billed_before(line)
            ],
        }

    def _get_billed_before(self, line):
        """The lines that a correction's line is the difference to: the same part, of the charges before it."""
        charge = line.charge_id
        original = charge.corrects_id
        if not original:
            return line.browse()
        earlier = original | original.correction_ids.filtered(
            lambda one: one.correction_number < charge.correction_number and not one.is_price_credit
        )
        shares = [step["shares"] for step in (line.workings or {}).get("steps", ()) if "shares" in step]
        if shares:
            return line.browse(share["line"] for share in shares[0]).sorted("id")
        part = line.service_start, line.service_end, line.part_key or ""
        return earlier.rated_line_ids.filtered(
            lambda one: (one.service_start, one.service_end, one.part_key or "") == part
        ).sorted("id")

    # === BUSINESS: USAGE === #

    def _describe_usage(self, line, files):
        """The rows that were counted for a line, as of its import number, with what its meter makes of them."""
        charge = line.charge_id.corrects_id or line.charge_id
        request, combinations = self._get_request(line, charge)[0], line._get_combinations()
        store = self.env["cloud.usage.store"]
        found = store._rows_to_prove(line.company_id, line.usage_number, request, MAX_ROWS + 1)
        if len(found) > MAX_ROWS:
            raise UserError(
                self.env._(
                    "%(line)s counts more than %(count)s usage rows, too many for one file. Export its usage rows"
                    " instead.",
                    line=line.display_name,
                    count=MAX_ROWS,
                )
            )
        rows = [_make_row(values, request.dimensions, files) for values in found]
        if combinations is not None:
            rows = [row for row in rows if tuple(row[-1].items()) in combinations]
        frame = {name: values[0] for name, values in get_frame_parameters([request]).items()}
        return {
            "number": line.usage_number or None,
            "meter": _describe_meter(charge.meter_id),
            "stretch": {
                "start": _as_text(frame["level_starts"]),
                "end": _as_text(frame["level_ends"]),
                "full_seconds": to_text(frame["full_seconds"]),
                "full_days": frame["full_days"],
                "tz": request.tz,
            },
            "dimensions": list(request.dimensions),
            "columns": list(ROW_COLUMNS),
            "rows": rows,
            "digest": digest([list(ROW_COLUMNS), rows]),
        }

    def _get_request(self, line, charge, number=None):
        """(TotalsRequest of the rows behind a line, combinations of dimension values that it prices or None for all).

        Found as rating found them: what applies when is cut again, with the usage that there was as of the number, by
        default that of the line.
        """
        rating = self.env["cloud.rating"]
        items = rating._fetch_items(charge)
        candidates = rating._get_candidates(items)
        apart = rating._fetch_combinations(items, candidates, line.usage_number if number is None else number)
        stretches = rating._cut(items, candidates, apart, {}).get(charge.id, ())
        place = line.service_start, line.service_end, line.part_key or ""
        stretch = next((one for one in stretches if (one.start, one.end, one.part_key) == place), None)
        if stretch is None:
            # A price that is no longer found so: all rows of the line's days.
            bounds = self.env["cloud.usage.store"]._get_line_bounds(line)
            stretch = Stretch(line.service_start, line.service_end, bounds["start"], bounds["end"], None)
        known = apart.get(charge.id) or {}
        names = tuple(name for name, _value in next(iter(known), ()))
        request = rating._prepare_request(items[0], stretch, names)
        if not items[0]["billing_month"]:
            request = request._replace(
                utc_start=request.utc_start or items[0]["utc_start"], utc_end=request.utc_end or items[0]["utc_end"]
            )
        return request, set(stretch.combinations) if any(stretch.combinations) else None

    # === BUSINESS: FILES === #

    def _describe_files(self, files):
        """The original files that the rows name, in the order in which they were met."""
        # sudo: name and checksum of a file whose rows the person may read.
        kept = self.env["cloud.usage.file"].sudo().search([("import_id", "in", list(files.import_ids))])
        by_place = {(file.import_id.id, file.sequence): file for file in kept}
        return [self._describe_file(place, by_place.get(place)) for place in files.places]

    def _describe_file(self, place, file):
        # sudo: as above; an import whose files were removed still says which one it was.
        usage_import = self.env["cloud.usage.import"].sudo().browse(place[0])
        described = {"import": usage_import.name, "import_number": usage_import.import_number}
        if not file:
            return {"name": "", "sha256": "", **described}
        return {"name": file.name, "sha256": file.sha256 or "", "size": int(file.size), **described}


class _Files:
    """Numbers the files that rows name: (import id, number of the file in it)."""

    def __init__(self):
        self.places = {}

    def number(self, place):
        return self.places.setdefault(place, len(self.places))

    @property
    def import_ids(self):
        return {import_id for import_id, _sequence in self.places}


def _make_row(values, names, files):
    """A row in the order of ROW_COLUMNS, JSON-able."""
    import_id, sequence, *rest, dimensions = values
    row = [files.number((import_id, sequence)), *map(_as_text, rest)]
    return [*row, dict(zip(names, dimensions or (), strict=True))]


def _as_text(value):
    return value.isoformat() if isinstance(value, datetime) else value


def _describe_meter(meter):
    described = {
        "name": meter.name,
        "aggregation": meter.aggregation,
        "basis": meter.basis,
        "unit": meter.unit or "",
        "has_value": bool(meter.value_basis),
        "has_operation": bool(meter.operation_tag),
        "weighting": meter.weighting or None,
        "conversions": [
            {"unit": one.unit, "numerator": to_text(one.numerator), "denominator": to_text(one.denominator)}
            for one in meter.conversion_ids.sorted("unit")
        ],
    }
    if meter.rounding != "none":
        described.update(
            rounding=meter.rounding, rounding_step=to_text(meter.rounding_step), rounding_scope=meter.rounding_scope
        )
    return described
