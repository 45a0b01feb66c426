"""What the Odoo tests share: one person per role, two people who check each other, a company in a chosen state."""

from unittest.mock import patch

from odoo import SUPERUSER_ID, Command
from odoo.addons.account.models.chart_template import AccountChartTemplate
from odoo.addons.account.tests.common import AccountTestInvoicingCommon
from odoo.tests import TransactionCase, new_test_user

from ..models.control import voting
from ..models.control.cloud_protected_mixin import TOKEN
from ..models.protection import agreed_writes
from . import live_common, staged_company

ROLES = (
    "viewer",
    "operator",
    "accountant",
    "price_manager",
    "approver",
    "auditor",
    "integration",
    "administrator",
)

# The comment of a vote where a test gives none.
USUAL = object()

_look_for_charts = AccountChartTemplate._get_chart_template_mapping
_charts = {}


def _get_chart_template_mapping(self, get_all=False):
    """As Odoo's, once in a process: which modules are there does not change while tests run."""
    key = (self.env.cr.dbname, get_all)
    if key not in _charts:
        _charts[key] = _look_for_charts(self, get_all)
    return _charts[key]


def know_charts():
    """A patch: Odoo looks through every module of the machine for charts of accounts each time."""
    return patch.object(AccountChartTemplate, "_get_chart_template_mapping", _get_chart_template_mapping)


class CloudBillingUsers:
    """Mixed into a TransactionCase: users per role and two people.

    `maker` (Mara Maker) has the logins of operator, accountant and price manager, `checker` (Chris Checker) that of the
    approver, `administrator` is a third person. Viewer, auditor and integration user are nobody who votes.
    """

    # What the list of protected fields says is tested where a class switches it on; elsewhere tests set the stage of a
    # live company with one pair of hands.
    protects_fields = False

    # Why a class is about a company that is being set up, where it is: CLOUD_BILLING_PROTECTED leaves it there.
    stays_in_setup = ""
    chose_live = False

    @classmethod
    def set_up_people(cls, companies):
        """Make `cls.user_<role>` for every role, members of the companies, and enrol the three people."""
        cls.startClassPatcher(know_charts())
        if not cls.protects_fields:
            cls.startClassPatcher(patch.object(agreed_writes, "covers", return_value=True))
            cls.startClassPatcher(patch.object(agreed_writes, "take_creation", return_value=True))
        env = cls.env(user=SUPERUSER_ID)
        people = env["cloud.person"].create([{"name": "Mara Maker"}, {"name": "Chris Checker"}, {"name": "Ada Admin"}])
        cls.person_maker, cls.person_checker, cls.person_administrator = people.with_env(cls.env)
        maker, checker, administrator = people
        person_of = {"operator": maker, "accountant": maker, "price_manager": maker}
        person_of |= {"approver": checker, "administrator": administrator}
        # All at once, with the login as password as `new_test_user` has it: every class begins with this.
        users = env["res.users"].with_context(no_reset_password=True, mail_create_nosubscribe=True)
        users = users.create([cls._prepare_user_vals(role, companies, person_of.get(role)) for role in ROLES])
        for role, user in zip(ROLES, users.with_env(cls.env), strict=True):
            setattr(cls, f"user_{role}", user)

    @classmethod
    def _prepare_user_vals(cls, role, companies, person):
        login = f"cloud_{role}"
        names = ("base.group_user", f"cloud_billing.group_{role}")
        return {
            "name": f"{login} ({','.join(names)})",
            "login": login,
            "password": login,
            "email": "c.c@example.com",
            "group_ids": [Command.set([cls.env.ref(name).id for name in names])],
            "company_id": companies[0].id,
            "company_ids": [Command.set(companies.ids)],
            "cloud_person_id": person.id if person else False,
        }

    def setUp(self):
        super().setUp()
        if live_common.ALL_LIVE:
            live_common.begin(self)

    @classmethod
    def begin_once(cls, begin):
        """Let `begin(case)` make what each test of the class begins with; what it keeps in the case, the class gets.

        For what takes helpers of a test: each test is rolled back to it, so it need not be made again.
        """
        case = cls()
        before = set(vars(case))
        begin(case)
        for name in vars(case).keys() - before:
            setattr(cls, name, getattr(case, name))
        cls.env.flush_all()

    @classmethod
    def make_approvers(cls, *names):
        """Further approvers of the company, one person and login each; who is asked is decided at submission."""
        users = cls.env["res.users"]
        for name in names:
            user = new_test_user(
                cls.env,
                f"cloud_{name.lower()}",
                groups="base.group_user,cloud_billing.group_approver",
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            user.cloud_person_id = cls.env["cloud.person"].create({"name": name})
            users |= user
        return users

    @classmethod
    def set_company_state(cls, state, company=None):
        """Put a company into setup, live or solo for a test; what the way there demands is tested elsewhere."""
        company = (company or cls.company).with_user(SUPERUSER_ID)
        if company.cloud_billing_state == state:
            # A test that says so itself means it: see live_common.
            cls.chose_live = state == "live"
            return
        # What was made before is in the database before: a company goes live between requests, not within one.
        cls.env.flush_all()
        # Demo data may have taken the company live, and its way back takes two people: go round the trigger as the
        # owner of the database could.
        cls.env.cr.execute("ALTER TABLE res_company DISABLE TRIGGER cloud_billing_guard")
        company._write_protected({"cloud_billing_state": state}, TOKEN)
        company.flush_recordset()
        cls.env.cr.execute("ALTER TABLE res_company ENABLE TRIGGER cloud_billing_guard")

    @classmethod
    def vote(cls, request, user=None, decision="approve", comment=USUAL):
        """Vote on a change request as a user (default: the approver), as if by a click in the web client.

        That a vote comes by no other way is tested over HTTP, in test_approval_channels.py.
        """
        request = request.with_user(user or cls.user_approver)
        with patch.object(voting, "check_channel"):
            # Who does not agree says why.
            usual = None if decision == "approve" else "No"
            getattr(request, f"action_{decision}")(usual if comment is USUAL else comment)
        request.env.flush_all()

    def count_statements_of(self, work):
        """How many statements a function takes with nothing in memory, those included that write what it leaves."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


class CloudBillingCase(CloudBillingUsers, TransactionCase):
    """The main company (which has a chart of accounts) with people; for everything that posts nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.set_up_people(cls.company)


class CloudBillingAccountCase(CloudBillingUsers, AccountTestInvoicingCommon):
    """A company of its own with Odoo's accounting fixtures (`company_data`, `tax_sale_a`, ...); slower by two seconds.

    The tests run as Odoo's `accountman`, who is no superuser: he has the role of billing administrator besides.
    """

    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.env.ref("cloud_billing.group_administrator")

    @classmethod
    def setup_independent_company(cls, **kwargs):
        staged = staged_company.find(cls.env)
        if not staged or kwargs or cls.chart_template or cls.country_code:
            return super().setup_independent_company(**kwargs)
        cls.env.user.company_ids = [Command.link(staged.id)]
        return staged

    @classmethod
    def _use_chart_template(cls, company, chart_template_ref=None):
        with know_charts():
            return super()._use_chart_template(company, chart_template_ref)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.set_up_people(cls.company)
