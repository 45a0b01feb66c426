from itertools import chain, combinations

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..control.cloud_protected_mixin import TOKEN
from ..control.voter_look import VoterLook

# Kinds that decide who may do what; a model may say so of its own records, too.
SENSITIVE_KINDS = {"company_state", "approval_policy", "approval_policy_end", "standing_approval"}


class CloudChangeRequest(models.Model):
    """Which levels a request goes through: asked of the policy when it is submitted, and frozen."""

    _inherit = "cloud.change.request"

    kind = fields.Selection(
        selection_add=[
            ("approval_policy", "Approval policy"),
            ("approval_policy_end", "End of an approval policy"),
        ],
        ondelete={"approval_policy": "cascade", "approval_policy_end": "cascade"},
    )
    level_ids = fields.One2many("cloud.change.level", "request_id", string="Levels", readonly=True)
    submitted_xid = fields.Char(readonly=True, help="The database transaction of the submission; set by a trigger.")

    # === BUSINESS: FREEZE === #

    def _freeze_levels(self, record, token):
        """Write the levels of this request, as the policy says now.

        Raises UserError where a level could never be agreed, because too few people may vote on it.
        """
        self._check_token(token)
        if not self.levels:
            return
        asked = self._get_asked_levels(record, self.kind)
        now = fields.Datetime.now()
        vals_list = [self._prepare_level_vals(level, record) for level in asked]
        missing = self.levels - sum(vals["needed"] for vals in vals_list)
        if missing > 0:
            vals_list.append(self._prepare_any_level_vals(missing, len(vals_list)))
        for number, vals in enumerate(vals_list, start=1):
            vals["sequence"], vals["round"] = number, self.round
            vals["opened_at"] = now if number == 1 or vals["is_parallel"] else False
        self._check_levels_can_be_agreed(vals_list)
        # sudo: lends the right to write levels down; nobody makes one by hand.
        self.sudo().env["cloud.change.level"]._create_protected(vals_list, TOKEN)
        self.invalidate_recordset(["level_ids"])

    def _prepare_level_vals(self, level, record):
        eligible = self._get_eligible_persons()
        asked = level._get_asked_persons(self, record)
        who = eligible & asked
        if level.approver in ("manager", "owner") and len(who) < level.needed:
            # Nobody of that description may vote: any approver stands in, so that nothing waits for nobody.
            who = eligible
        return {
            "request_id": self.id,
            "company_id": self.company_id.id,
            "policy_id": level.policy_id.id,
            "rule": level.rule_text,
            "needed": level.needed,
            "is_parallel": level.policy_id.level_order == "parallel",
            "group_id": level.group_id.id if level.approver == "group" else False,
            "who": sorted(who.ids),
            "escalation": sorted((eligible & level.escalation_person_ids).ids),
            "deadline_hours": level.deadline_hours,
            "reminder_hours": level.reminder_hours,
            "escalation_hours": level.escalation_hours,
        }

    def _prepare_any_level_vals(self, needed, before):
        """A level of so many approvers, where what is proposed asks for more people than the policy."""
        names = ", ".join(self._get_approver_groups().sudo().mapped("name"))  # sudo: what the role is called.
        return {
            "request_id": self.id,
            "company_id": self.company_id.id,
            "policy_id": False,
            "rule": f"{needed} × {names}",
            "needed": needed,
            "is_parallel": not before,
            "group_id": False,
            "who": sorted(self._get_eligible_persons().ids),
            "escalation": [],
            "deadline_hours": 0,
            "reminder_hours": 0,
            "escalation_hours": 0,
        }

    def _get_eligible_persons(self):
        """The people who may vote on this request at all, now: approvers of the company who did not make it."""
        # sudo: lends the right to see who has the role.
        users = (
            self.env["res.users"]
            .sudo()
            .search(
                [
                    ("active", "=", True),
                    ("all_group_ids", "in", self._get_approver_groups().ids),
                    ("company_ids", "in", self.company_id.ids),
                    ("cloud_person_id.active", "=", True),
                    ("cloud_person_id.is_system", "=", False),
                ]
            )
        )
        return users.cloud_person_id - self.requester_person_id - self.maker_person_ids

    def _check_levels_can_be_agreed(self, vals_list):
        """Raise UserError unless different people can fill all levels: any few levels have people enough together."""
        subsets = chain.from_iterable(combinations(vals_list, size) for size in range(1, len(vals_list) + 1))
        for subset in subsets:
            people = set().union(*(vals["who"] for vals in subset), *(vals["escalation"] for vals in subset))
            needed = sum(vals["needed"] for vals in subset)
            if len(people) < needed:
                names = self.env["cloud.person"].sudo().browse(people).mapped("name")  # sudo: who could be asked.
                raise UserError(
                    self.env._(
                        "%(request)s: %(needed)s people besides you must agree (%(levels)s), but only %(count)s may: "
                        "%(people)s. A billing administrator gives the role of an approver to others, or changes the "
                        "approval policy.",
                        request=self.name,
                        needed=needed,
                        levels="; ".join(vals["rule"] for vals in subset),
                        count=len(people),
                        people=", ".join(names) or self.env._("nobody"),
                    )
                )

    # === BUSINESS: LEVELS OF A VOTE === #

    def _get_open_levels(self):
        """The levels that are asked now: the first one that is not agreed, or all of them where they are parallel."""
        self.ensure_one()
        # sudo: the levels decide, whether the person may read them or not.
        waiting = (
            self.sudo()
            .level_ids.filtered(lambda level: level.round == self.round and not level._is_done())
            .sorted("sequence")
        )
        return waiting.filtered(lambda level: level.is_parallel or level == waiting[:1])

    def _get_seat(self, person, now, look):
        """(level, principal) for which a person may vote now, or None. In the own name before anybody else's.

        A delegate votes for somebody whom the level names, once, unless one of the two has voted on the request or made
        what it is about.
        """
        # sudo: who has voted is asked whatever the voter may read.
        votes = self.sudo().vote_ids.filtered(lambda vote: vote.round == self.round)
        out = votes.person_id | votes.for_person_id | self.requester_person_id | self.maker_person_ids
        if person in out:
            return None
        delegations, day = self.env["cloud.approval.delegation"], now.date()
        given = look.ask(("given", person.id, day), lambda: delegations._find_given_to(person, day))
        principals = given._filter_for(self).person_id - out
        for level in self._get_open_levels():
            allowed = level._get_allowed_ids(now)
            for principal in person | principals:
                if principal.id in allowed and self._may_still(level, principal, look):
                    return level, principal
        return None

    def _may_still(self, level, person, look):
        """Whether a person has, at this moment, the role and the group for which a level names him or her."""
        groups = [self._get_approver_groups()] + ([level.group_id] if level.group_id else [])
        # sudo: lends the right to see which roles the logins of a person have.
        users = person.sudo().user_ids.filtered(lambda user: self.company_id in user.company_ids)
        return any(all(look.has_role(user, group) for group in groups) for user in users)

    def _get_vote_blocker(self, user, look):
        blocker = super()._get_vote_blocker(user, look)
        if blocker or self._get_seat(user._get_cloud_person(), fields.Datetime.now(), look):
            return blocker
        levels = self._get_open_levels()
        return self.env._(
            "%(request)s waits for other people: %(levels)s.",
            request=self.name,
            levels="; ".join(
                f"{level.rule} ({', '.join(level.person_ids.mapped('name'))})" if level.who else level.rule
                for level in levels
            ),
        )

    def _prepare_vote_vals(self, decision, comment):
        vals = super()._prepare_vote_vals(decision, comment)
        person = self.env["cloud.person"].browse(vals["person_id"])
        level, principal = self._get_seat(person, vals["voted_at"], VoterLook())
        return {**vals, "change_level_id": level.id, "for_person_id": principal.id}

    def _check_agreed(self):
        """Raise UserError unless the tables say that each level was agreed by enough people."""
        result = super()._check_agreed()
        [[unagreed]] = self.env.execute_query(
            SQL(
                """
                SELECT count(*)
                  FROM cloud_change_level l
                  JOIN cloud_change_request r ON r.id = l.request_id AND r.round = l.round
                 WHERE r.id = %s
                   AND l.needed > (
                       SELECT count(DISTINCT v.person_id)
                         FROM cloud_change_vote v
                        WHERE v.change_level_id = l.id AND v.round = r.round AND v.decision = 'approve'
                          AND v.content_hash = r.content_hash
                          AND r.requester_person_id NOT IN (v.person_id, v.for_person_id))
                """,
                self._origin.id,
            )
        )
        if unagreed:
            raise UserError(self.env._("%(request)s was not agreed on every level.", request=self.name))
        return result

    # === HOOKS === #

    @api.model
    def _get_levels(self, record, kind):
        levels = super()._get_levels(record, kind)
        if not levels:
            return 0
        return max(levels, sum(self._get_asked_levels(record, kind).mapped("needed")))

    @api.model
    def _get_asked_levels(self, record, kind):
        """The levels (cloud.approval.level, in order) of the policy that decides; override for a kind that has none."""
        subject = self._get_policy_subject(record, kind)
        return self.env["cloud.approval.policy"]._find(record._get_protection_company(), subject)._get_asked(subject)

    @api.model
    def _get_policy_subject(self, record, kind):
        """What a policy is chosen by, asked when a request is submitted. Override for your kind, call super().

        Return {"kind": str, "amount": Decimal in the company's currency, or None where it has none (infinite where it
        cannot be told), "is_sensitive": bool, "touched": {model name: set of field names; None among them: all}}.
        """
        return {
            "kind": kind,
            "amount": record._get_effect_amount(),
            "is_sensitive": kind in SENSITIVE_KINDS,
            "touched": {record._name: {None}},
        }
