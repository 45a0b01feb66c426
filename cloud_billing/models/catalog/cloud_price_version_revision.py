from odoo import api, fields, models
from odoo.exceptions import UserError


class CloudPricePlanVersion(models.Model):
    """How a version takes the place of another one from the same day on: a price that was wrong from its first day.

    Of the approved versions of a plan and first day the one approved last holds, for whatever is rated from then on.
    The others stay as they were approved, and what was billed by them goes on naming them.
    """

    _inherit = "cloud.price.plan.version"

    revision = fields.Integer(
        default=1,
        required=True,
        readonly=True,
        copy=False,
        help="Given by the approval. Of two approved versions from the same day on the later revision holds; the other "
        "one was replaced.",
    )
    replaces_id = fields.Many2one(
        "cloud.price.plan.version",
        compute="_compute_revisions",
        help="The approved version from the same day on whose place this one takes, or would take.",
    )
    replaced_by_id = fields.Many2one(
        "cloud.price.plan.version",
        compute="_compute_revisions",
        help="The version from the same day on that was approved after this one.",
    )

    # Two people who approve at once both count the same number: the second one is refused.
    _one_approved_revision = models.UniqueIndex(
        "(plan_id, date_start, revision) WHERE state = 'approved'",
        "Another version from the same day on was approved at this moment. Reload the page: this one would replace it "
        "now, so withdraw the proposal and submit it again.",
    )
    _revision_positive = models.Constraint("CHECK (revision > 0)", "Revisions are counted from 1.")

    # === COMPUTE === #

    @api.depends(
        "state",
        "date_start",
        "revision",
        "plan_id.version_ids.state",
        "plan_id.version_ids.date_start",
        "plan_id.version_ids.revision",
    )
    def _compute_revisions(self):
        for version in self:
            others = version._get_same_day()
            if version.state == "approved":
                earlier = others.filtered(lambda other, number=version.revision: other.revision < number)
                version.replaces_id, version.replaced_by_id = earlier[-1:], (others - earlier)[:1]
            else:
                version.replaces_id, version.replaced_by_id = others[-1:], False

    # === ACTIONS === #

    def action_replace(self):
        """A draft with these prices from the same day on, to be put right; opens it."""
        self.ensure_one()
        if self.state != "approved" or self.replaced_by_id:
            raise UserError(
                self.env._(
                    "%(version)s does not hold: it is not approved, or was replaced. Replace the one that holds.",
                    version=self.display_name,
                )
            )
        return self._copy_from(self.date_start)._get_form_action()

    # === BUSINESS === #

    def _get_same_day(self):
        """The other approved versions of the plan from the same day on, in the order in which they were approved."""
        self.ensure_one()
        return self.plan_id.version_ids.filtered(
            lambda other: (
                other.state == "approved" and other.date_start == self.date_start and other._origin != self._origin
            )
        ).sorted("revision")

    def _get_next_revision(self):
        """The number of this version as it is, or as it would be approved now."""
        self.ensure_one()
        return self.revision if self.state == "approved" else self._get_same_day()[-1:].revision + 1

    def _copy_from(self, date_start):
        draft = super()._copy_from(date_start)
        if date_start == self.date_start:
            # What takes the place of a version keeps what that one promised, until somebody chooses otherwise.
            draft.write({"name": draft._get_revision_name(), **self._prepare_promise_vals()})
        return draft

    def _get_revision_name(self):
        day, number = fields.Date.to_string(self.date_start), self._get_next_revision()
        return self.env._("From %(day)s, revision %(number)s", day=day, number=number)

    # === BUSINESS: APPROVAL === #

    def _prepare_approval_vals(self):
        return {**super()._prepare_approval_vals(), "revision": self._get_next_revision()}

    def _get_content(self):
        content, number = super()._get_content(), self._get_next_revision()
        # Where another one is approved meanwhile, it is another version that this one replaces: nobody agreed to that.
        return content if number == 1 else {**content, "revision": number}

    def _get_version_before(self):
        return self.replaces_id or super()._get_version_before()

    def _get_billed_notes(self):
        """Of a revision: that billed days stay, and how many charges the replaced prices were billed in."""
        if not self.replaces_id:
            return super()._get_billed_notes()
        replaced = self._get_same_day().filtered(lambda other: other.revision < self._get_next_revision())
        count = self.env["cloud.charge"].search_count(
            [
                ("state", "=", "billed"),
                ("corrects_id", "=", False),
                ("rated_line_ids", "any", [("version_id", "in", replaced.ids)]),
            ]
        )
        return [
            self.env._(
                "Takes the place of %(version)s from its first day on, %(day)s, for whatever is rated from now on. "
                "What was billed stays until it is rated again (Month, Rate Again). Billed charges at the replaced "
                "prices: %(count)s.",
                version=self.replaces_id.display_name,
                day=fields.Date.to_string(self.date_start),
                count=count,
            )
        ]

    # === HOOKS === #

    def _prepare_promise_vals(self):
        """Return the values that say from when these prices hold for whom; a version that replaces this keeps them."""
        self.ensure_one()
        return {}
