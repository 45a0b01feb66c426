from odoo import fields, models
from odoo.exceptions import UserError


class CloudSubscription(models.Model):
    """Changes in the middle of what runs: quantities, another product in a line's place, lines added and ended."""

    _inherit = "cloud.subscription"

    # === ACTIONS === #

    def action_change(self):
        """Ask what changes, from when, and show the next invoice before it counts."""
        self.ensure_one()
        self.check_access("write")
        wizard = self.env["cloud.subscription.change.wizard"]._make_for(self, fields.Datetime.now())
        return wizard._get_form_action()

    # === BUSINESS === #

    def _apply_changes(self, date_from, changes, policy=None, reason=None):
        """Make changes of lines from a local day on. changes: list of LineChange.

        policy: what happens to days that are charged already, of CHANGE_POLICIES. Raises UserError with everything
        that stands in the way; then nothing was changed.
        """
        self.ensure_one()
        problems = self._get_change_problems(date_from, changes)
        if problems:
            raise UserError("\n".join(problems))
        with self.env.cr.savepoint():
            for change in changes:
                self._apply_change(date_from, change, policy, reason)
            # What was taken away and added is seen whole by the checks of the subscription.
            self.env.flush_all()

    def _apply_change(self, date_from, change, policy, reason):
        if not change.line:
            self._add_line(change.product, change.quantity, date_from)
        elif change.is_swap:
            self._swap_line(change, date_from, policy, reason)
        elif change.is_ended:
            change.line._apply_end(date_from, policy, reason)
        elif change.quantity is not None:
            change.line._apply_quantity(date_from, change.quantity, policy, reason)

    def _swap_line(self, change, date_from, policy, reason):
        """Another product takes the place of a line from a day on; its usage goes to the new line."""
        line = change.line
        end = line.date_end
        line._apply_end(date_from, policy, reason)
        # With the policy "nothing" the line runs as long as it is charged, and its successor begins there.
        start = line.date_end or date_from
        quantity = line._get_held(start) if change.quantity is None else change.quantity
        follower = self._add_line(change.product, quantity, start, replaces_id=line.id, sequence=line.sequence)
        follower.write({"date_end": end, "analytic_distribution": line.analytic_distribution})
        if line.billing_model == follower.billing_model == "metered":
            self.env["cloud.usage.mapping"]._hand_over({line: follower}, start)
        if line.billing_model == follower.billing_model == "recurring":
            line.quantity_ids._carry_over({line: follower}, start)
            line._hand_over_licences({line: follower})
        return follower

    def _add_line(self, product, quantity, date_start, **vals):
        return self.env["cloud.subscription.line"].create(
            {
                "subscription_id": self.id,
                "product_id": product.id,
                "quantity": 1 if quantity is None else quantity,
                "date_start": date_start if date_start > self.date_start else False,
                **vals,
            }
        )

    def _get_change_problems(self, date_from, changes):
        """Why these changes cannot be, as sentences with a way out."""
        if self.state in ("draft", "ended", "cancelled"):
            return [
                self.env._(
                    "%(subscription)s does not run, so there is nothing to change from a day on. Edit a draft; make a"
                    " new subscription instead of one that has ended.",
                    subscription=self.name,
                )
            ]
        if not changes:
            return [self.env._("Nothing is different. Enter another quantity or product, end a line or add one.")]
        start, end = self.date_start, self.date_end
        if date_from < start or (end and date_from >= end):
            return [
                self.env._(
                    "%(subscription)s runs from %(start)s to %(end)s, and %(day)s is not in it. Choose a day on which"
                    " it runs.",
                    subscription=self.name,
                    start=fields.Date.to_string(start),
                    end=fields.Date.to_string(end) or self.env._("open"),
                    day=fields.Date.to_string(date_from),
                )
            ]
        return [problem for change in changes for problem in self._get_line_problems(date_from, change)]

    def _get_line_problems(self, date_from, change):
        line, problems = change.line, []
        if change.quantity is not None and change.quantity < 0:
            problems.append(
                self.env._(
                    "%(line)s: a quantity is 0 or more. End the line to stop it.",
                    line=(line or change.product).display_name,
                )
            )
        if not line:
            return problems
        start, end = line._get_interval()
        is_first_day = date_from == start and (change.is_ended or change.is_swap)
        if date_from < start or (end and date_from >= end) or is_first_day:
            problems.append(
                self.env._(
                    "%(line)s runs from %(start)s to %(end)s. Change it on a day after its first and before its end.",
                    line=line.display_name,
                    start=fields.Date.to_string(start),
                    end=fields.Date.to_string(end) or self.env._("open"),
                )
            )
        return problems
