import logging
from functools import partial

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_date

from .seal_sql import break_seals

_logger = logging.getLogger(__name__)


class CloudUsageSeal(models.Model):
    """A month of a provider account is complete: closed by itself, or signed by a person who said why.

    It never changes, except that a delivery, or an undoing, breaks it; the broken seal stays.
    """

    _name = "cloud.usage.seal"
    _description = "Seal of a Month"
    _order = "month desc, source_id, provider_account, id desc"

    source_id = fields.Many2one("cloud.usage.source", required=True, readonly=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="source_id.company_id", store=True, index=True)
    provider_account = fields.Char(required=True, readonly=True, default="")
    month = fields.Date(required=True, readonly=True)
    kind = fields.Selection(
        [("automatic", "Closed by itself"), ("signed", "Signed")], required=True, readonly=True, string="How"
    )
    sealed_at = fields.Datetime(required=True, readonly=True, string="Sealed")
    user_id = fields.Many2one("res.users", string="By", readonly=True, help="Empty: nobody had to.")
    reason = fields.Char(readonly=True)
    problems = fields.Json(readonly=True, help="What was signed: sentences.")
    problem_text = fields.Text(string="Signed In Spite Of", compute="_compute_problem_text")
    content_number = fields.Integer(
        required=True, readonly=True, help="The last import number that changed the month: what was sealed."
    )
    row_count = fields.Integer(string="Rows", required=True, readonly=True)
    costs = fields.Json(readonly=True, help="[[currency, billed cost as text], ...]")
    cost_text = fields.Char(string="Billed Cost", compute="_compute_cost_text")
    broken_number = fields.Integer(
        required=True, readonly=True, default=0, help="0 while it holds; the number of what came, or was undone, later."
    )
    broken_at = fields.Datetime(readonly=True)
    broken_import_id = fields.Many2one("cloud.usage.import", string="Broken By", readonly=True, ondelete="restrict")
    state = fields.Selection([("sealed", "Sealed"), ("broken", "Broken")], compute="_compute_state", store=True)

    _one_live = models.UniqueIndex(
        "(source_id, provider_account, month) WHERE broken_number = 0", "This month of the account is sealed already."
    )
    _is_first_day = models.Constraint("CHECK (EXTRACT(DAY FROM month) = 1)", "A month is kept by its first day.")
    _signed_for_a_reason = models.Constraint(
        "CHECK (kind <> 'signed' OR COALESCE(btrim(reason), '') <> '' AND user_id IS NOT NULL)",
        "Say why the month is signed: somebody will ask.",
    )
    _broken_later = models.Constraint(
        "CHECK (broken_number = 0 OR broken_number > content_number)", "A seal is broken by what came later."
    )

    def init(self):
        """Keep seals as they are: they may be broken once, and are never deleted."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION cloud_usage_seal_keep() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
                breaking CONSTANT text[] := ARRAY['broken_number', 'broken_at', 'broken_import_id', 'state',
                                                  'write_uid', 'write_date', 'company_id'];
            BEGIN
                IF TG_OP = 'DELETE'
                   OR OLD.broken_number NOT IN (0, NEW.broken_number)
                   OR to_jsonb(NEW) - breaking IS DISTINCT FROM to_jsonb(OLD) - breaking
                THEN
                    RAISE EXCEPTION 'Seal % never changes, except that it is broken once.', OLD.id
                          USING ERRCODE = 'restrict_violation';
                END IF;
                RETURN NEW;
            END $$;
            CREATE OR REPLACE TRIGGER kept BEFORE UPDATE OR DELETE ON cloud_usage_seal
                FOR EACH ROW EXECUTE FUNCTION cloud_usage_seal_keep();
            """
        )

    # === COMPUTE === #

    @api.depends("broken_number")
    def _compute_state(self):
        for seal in self:
            seal.state = "broken" if seal.broken_number else "sealed"

    @api.depends("problems")
    def _compute_problem_text(self):
        for seal in self:
            seal.problem_text = "\n".join(seal.problems or ())

    @api.depends("costs")
    def _compute_cost_text(self):
        for seal in self:
            seal.cost_text = tell_costs(seal.costs)

    @api.depends("source_id", "provider_account", "month")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for seal in self:
            month = seal.month and format_date(self.env, seal.month, date_format="MMMM y")
            seal.display_name = " · ".join(filter(None, (seal.source_id.name, seal.provider_account, month)))

    # === ACTIONS === #

    def action_open_calendar(self):
        """What arrived of the month, day by day."""
        self.ensure_one()
        return self.source_id._open_calendar(self.month)

    @api.model
    def _cron_seal_usage(self):
        """Close every month that is complete, final and as its control totals say; people sign the others."""
        self._seal_ready(fields.Datetime.now())

    # === BUSINESS: SEALING === #

    @api.model
    def _seal_ready(self, now):
        """Seal what is ready at a moment (naive UTC), a source per transaction."""
        for source in self.env["cloud.usage.source"].search([("needs_seal", "=", True)]):
            try:
                # Whoever delivers meanwhile makes this fail and start again on what is there then.
                self.env["cloud.usage.importer"]._in_transaction(partial(self._seal_source, source, now))
            except Exception:
                _logger.exception("Months of %s cannot be sealed; the other sources go on.", source.id)

    @api.model
    def _seal_source(self, source, now):
        """Seal the months of a source that nothing speaks against."""
        # First of all: nothing can arrive between the look and the seal.
        self.env["cloud.usage.store"]._hold_number(source.company_id)
        found = self._get_open(source, self._get_months(now.date()), now)
        ready = [partition for partition, problems in found if not problems]
        # sudo: people write no seal; this is how a month closes.
        seals = self.sudo().create([self._prepare_vals(partition, now, "automatic") for partition in ready])
        self._after_sealing(seals)
        return seals

    @api.model
    def _sign(self, source, account, month, reason, now):
        """Seal a month that does not close by itself, with what speaks against it and a person's reason.

        Only what differs is signed: a month that is not over, or that nothing speaks against, is refused.
        """
        if not (reason or "").strip():
            raise UserError(self.env._("Say why the month is signed: somebody will ask."))
        if not self.env.user.has_group("cloud_billing.group_accountant"):
            raise AccessError(self.env._("To sign a month takes the role of an accountant."))
        source.check_access("read")
        self.env["cloud.usage.store"]._hold_number(source.company_id)
        if self.search_count(self._get_live_domain(source, account, month), limit=1):
            raise UserError(self.env._("This month of the account is sealed already."))
        partition, problems = self._get_one(source, account, month, now, has_costs=False)
        self._check_may_sign(partition, problems, now)
        if change := self._get_former(partition)._tell_change(partition, has_costs=False):
            problems = [change, *problems]
        vals = self._prepare_vals(partition, now, "signed")
        # sudo: people write no seal; this is their way to, and their role was checked above.
        seal = self.sudo().create({**vals, "reason": reason.strip(), "user_id": self.env.uid, "problems": problems})
        self.env["cloud.intervention"]._note("signed", seal, " ".join([reason.strip(), *problems]))
        self.env["cloud.audit.event"]._record(
            "usage_signed", seal, detail={"problems": problems}, reason=reason.strip()
        )
        self._after_sealing(seal)
        return seal

    def _after_sealing(self, seals):
        """Bills in review that waited for these months are judged again."""
        if seals:
            self.env["cloud.bill"]._assess_late(seals.source_id)

    def _prepare_vals(self, partition, now, kind):
        return {
            "source_id": partition.source_id,
            "provider_account": partition.account,
            "month": partition.month,
            "kind": kind,
            "sealed_at": now,
            "content_number": partition.content_number,
            "row_count": partition.row_count,
            "costs": partition.costs,
        }

    @api.model
    def _break(self, usage_import, number, moment):
        """Break the seals of what an import, or its undoing, changed with a number; it is taken all the same."""
        self.env.flush_all()
        broken = self.env.execute_query(break_seals(usage_import.source_id, number, usage_import.id, moment))
        if not broken:
            return
        seals = self.browse([seal_id for (seal_id,) in broken])
        seals.invalidate_recordset()
        # The state follows the number that SQL wrote.
        self.env.add_to_compute(self._fields["state"], seals)
        names = ", ".join(seal.display_name for seal in seals)
        body = self.env._("Sealed months are open again: %(names)s. Look at what changed, and sign them.", names=names)
        usage_import.message_post(body=body)
        usage_import.source_id.message_post(body=self.env._("%(name)s: %(what)s", name=usage_import.name, what=body))
        self.env["cloud.bill"]._assess_late(seals.source_id)

    def _get_live_domain(self, source, account, month):
        return [
            ("source_id", "=", source.id), ("provider_account", "=", account), ("month", "=", month),
            ("broken_number", "=", 0),
        ]  # fmt: skip

    # === CRUD === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A seal is never deleted; what comes later breaks it."))


def tell_costs(costs):
    """Amounts as text. costs: [[currency, billed cost as text], ...]."""
    return ", ".join(f"{cost} {currency or ''}".strip() for currency, cost in costs or ())
