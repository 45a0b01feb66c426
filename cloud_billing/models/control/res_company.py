import hashlib
import json

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...engine.schedule import RUNNING
from . import approval_schema
from .cloud_protected_mixin import TOKEN

STATES = [("setup", "Setting up"), ("live", "Live"), ("solo", "Live, one person")]
MAKER_ROLES = ("cloud_billing.group_accountant", "cloud_billing.group_price_manager")
CHECKER_ROLE = "cloud_billing.group_approver"


class ResCompany(models.Model):
    """The company's state decides who must agree. It is changed by the actions below, never by writing it."""

    _name = "res.company"
    _inherit = ["res.company", "cloud.protected.mixin"]

    _protected_fields = frozenset({"cloud_billing_state", "cloud_billing_live_at", "cloud_wanted_state"})

    cloud_billing_state = fields.Selection(
        STATES,
        default="setup",
        required=True,
        copy=False,
        help="Setting up: free editing, previews, no posting. Live: protected values change only with a second person.",
    )
    cloud_billing_live_at = fields.Datetime(string="Live Since", readonly=True, copy=False)
    cloud_wanted_state = fields.Selection(
        STATES, string="Proposed State", readonly=True, copy=False, help="What a pending change request would make it."
    )

    def init(self):
        result = super().init()
        self.env.cr.execute(approval_schema.COMPANY)
        return result

    # === CRUD === #

    def write(self, vals):
        if not self._get_protected_names().isdisjoint(vals):
            raise UserError(self._get_change_sentence())
        return super().write(vals)

    # === ACTIONS === #

    def action_cloud_go_live(self):
        """The dialog with the checklist."""
        self.ensure_one()
        self._check_cloud_administrator()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Go live: %(company)s", company=self.name),
            "res_model": "cloud.go.live",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_company_id": self.id},
        }

    # === BUSINESS === #

    def _set_cloud_live(self, state, reason=None):
        """Take a company live (`live`), or to work with one person and no checker (`solo`, with a reason).

        Raises AccessError for others than billing administrators; UserError with everything that is missing. From live
        to solo the way is a change request that another person agrees to: `_submit_cloud_state`.
        """
        self.ensure_one()
        self._check_cloud_administrator()
        if state == self.cloud_billing_state:
            raise UserError(self.env._("%(company)s is in this state already.", company=self.name))
        if state == "solo" and not reason:
            raise UserError(self.env._("Say why %(company)s works without a second person.", company=self.name))
        missing = [item["remedy"] for item in self._get_cloud_checklist(state) if not item["ok"]]
        if missing:
            raise UserError(
                self.env._(
                    "%(company)s cannot go live yet:\n%(missing)s", company=self.name, missing="\n".join(missing)
                )
            )
        if self.cloud_billing_state == "live":
            return self._submit_cloud_state(state, reason)
        self._change_cloud_state(state, reason, TOKEN)
        return None

    def _submit_cloud_state(self, state, reason):
        """Propose that a live company works with one person, or goes back to setting up. Returns the request."""
        self.ensure_one()
        self._check_cloud_administrator()
        if self.cloud_billing_state != "live":
            raise UserError(self.env._("%(company)s is not live.", company=self.name))
        if state == "setup":
            self._check_cloud_nothing_posted()
        names = dict(self._fields["cloud_billing_state"]._description_selection(self.env))
        effect = {
            "title": self.env._("State of %(company)s", company=self.name),
            "rows": [{"label": self.env._("State"), "old": names["live"], "new": names[state]}],
            "notes": [self.env._("Afterwards prices and bills are approved without a second person.")],
        }
        # sudo: lends the right to write down on the company what is proposed.
        self.sudo()._write_protected({"cloud_wanted_state": state}, TOKEN)
        return self.env["cloud.change.request"]._submit(self, "company_state", effect=effect, reason=reason)

    def action_cloud_back_to_setup(self):
        """Propose to set up again, while nothing was posted; where one person works, that person just does it."""
        self.ensure_one()
        self._check_cloud_administrator()
        if self.cloud_billing_state == "live":
            return self._submit_cloud_state("setup", None).get_formview_action()
        self._check_cloud_nothing_posted()
        self._change_cloud_state("setup", None, TOKEN)
        return None

    def _change_cloud_state(self, state, reason, token):
        old = self.cloud_billing_state
        vals = {
            "cloud_billing_state": state,
            "cloud_wanted_state": False,
            "cloud_billing_live_at": False if state == "setup" else self.cloud_billing_live_at or fields.Datetime.now(),
        }
        # What was made under the old state is written under it: the database refuses it under the new one.
        self.env.flush_all()
        # sudo: lends the right to write the state of the company to the action that has checked who may.
        self.sudo()._write_protected(vals, token)
        self.flush_recordset()
        action = "go_live" if old == "setup" else "company_state"
        detail = {"old": old, "new": state, "checklist": {i["key"]: i["ok"] for i in self._get_cloud_checklist("live")}}
        self.env["cloud.audit.event"]._record(action, self, detail=detail, reason=reason)

    def _check_cloud_administrator(self):
        if not self.env.user._has_role_now(self.env.ref("cloud_billing.group_administrator")):
            raise AccessError(self.env._("Only a billing administrator changes the state of a company."))

    def _check_cloud_nothing_posted(self):
        # sudo: lends the right to know that something was posted.
        if (
            self.env["cloud.bill"]
            .sudo()
            .search_count([("company_id", "=", self.id), ("state", "=", "posted")], limit=1)
        ):
            raise UserError(
                self.env._("%(company)s has posted bills, so it does not go back to setting up.", company=self.name)
            )

    # === BUSINESS: CHECKLIST === #

    def _get_cloud_pairs(self):
        """(makers, checkers): the people with a role that makes, and with the role that checks, in this company."""
        self.ensure_one()
        people = []
        for roles in (MAKER_ROLES, (CHECKER_ROLE,)):
            groups = self.env["res.groups"].union(*(self.env.ref(role) for role in roles))
            users = groups._get_cloud_members(self)
            people.append(users.cloud_person_id.filtered(lambda person: person.active and not person.is_system))
        return people

    # === HOOKS === #

    def _get_cloud_checklist(self, state):
        """What a company needs to go live: list of {"key", "label", "ok", "remedy"}. Override, call super, add yours.

        :param str state: "live", or "solo" where nobody else has to be there
        """
        self.ensure_one()
        # sudo: the checklist reads accounts, journals and roles that a billing administrator may not all see.
        company = self.sudo()
        accounting = Domain(self.env["account.account"]._check_company_domain(company))
        checklist = [
            {
                "key": "country",
                "label": self.env._("Fiscal country"),
                "ok": bool(company.account_fiscal_country_id),
                "remedy": self.env._("Set the fiscal country in the accounting settings: taxes depend on it."),
            },
            {
                "key": "journal",
                "label": self.env._("Sales journal"),
                "ok": bool(
                    company.env["account.journal"].search_count(
                        [*company.env["account.journal"]._check_company_domain(company), ("type", "=", "sale")], limit=1
                    )
                ),
                "remedy": self.env._("Make a sales journal: invoices are posted to it."),
            },
            {
                "key": "income",
                "label": self.env._("Income account"),
                "ok": bool(
                    company.env["account.account"].search_count(
                        accounting & Domain("account_type", "in", ("income", "income_other")), limit=1
                    )
                ),
                "remedy": self.env._("Install a chart of accounts, or make an income account."),
            },
            company._get_cloud_price_item(),
        ]
        return checklist if state == "solo" else [company._get_cloud_people_item(), *checklist]

    def _get_cloud_people_item(self):
        makers, checkers = self._get_cloud_pairs()
        return {
            "key": "people",
            "label": self.env._("Two enrolled people who can make and check"),
            "ok": any(maker != checker for maker in makers for checker in checkers),
            "remedy": self.env._(
                "Enrol two people: one who is accountant or price manager, and another one who is approver."
            ),
        }

    def _get_cloud_price_item(self):
        plans = self.env["cloud.subscription"].search([("company_id", "=", self.id), ("state", "in", RUNNING)]).plan_id
        unpriced = plans.filtered(lambda plan: "approved" not in plan.version_ids.mapped("state"))
        return {
            "key": "prices",
            "label": self.env._("Approved prices for every active subscription"),
            "ok": not unpriced,
            "remedy": self.env._(
                "Approve a version of these price plans: %(plans)s.", plans=", ".join(unpriced.mapped("name"))
            ),
        }

    # === HOOKS: PROTECTION === #

    def _is_protected_now(self):
        self.ensure_one()
        return self.cloud_billing_state != "setup"

    def _get_protection_company(self):
        return self

    def _get_change_sentence(self):
        return self.env._("The state of a company is changed by Go live in the settings of Cloud Billing.")

    def _prepare_submitted_vals(self, request):
        return {}

    def _get_content_hash(self):
        content = [self.id, self.cloud_billing_state, self.cloud_wanted_state]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def _apply_change_request(self, request, token):
        if self.cloud_wanted_state == "setup":
            self._check_cloud_nothing_posted()
        self._change_cloud_state(self.cloud_wanted_state, request.reason, token)

    def _reject_change_request(self, request, token):
        self._write_protected({"cloud_wanted_state": False}, token)
