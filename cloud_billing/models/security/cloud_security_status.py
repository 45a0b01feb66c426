from odoo import api, models
from odoo.exceptions import AccessError

READERS = ("cloud_billing.group_administrator", "cloud_billing.group_auditor")


class CloudSecurityStatus(models.AbstractModel):
    """What is on, what is off and what to do: the checks of the page Security Status.

    Each check reads facts and changes nothing. They are worked out when the page is opened and kept nowhere else.
    """

    _name = "cloud.security.status"
    _description = "Security Status"

    # === ACTIONS === #

    @api.model
    def action_open(self):
        """The page, with every check made now. For billing administrators and auditors."""
        self._check_reader()
        # sudo: lends the right to read roles, keys and settings of which the page shows counts and names, and to write
        # down what it shows.
        lines = self.sudo()._get_security_checks()
        # sudo: as above.
        checks = self.env["cloud.security.check"].sudo().create([self._prepare_check_vals(line) for line in lines])
        action = self.env["ir.actions.act_window"]._for_xml_id("cloud_billing.cloud_security_check_action")
        return {**action, "domain": [("id", "in", checks.ids)]}

    # === BUSINESS === #

    def _check_reader(self):
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(self.env._("The security status is read by billing administrators and auditors."))

    def _prepare_check_vals(self, check):
        """Values of a line of the page for the person: with the button only where its place opens for him or her."""
        values = {name: value for name, value in check.items() if value is not None}
        if check["action"] and self._may_open(check["action"]):
            return values
        values.pop("action", None)
        values.pop("button", None)
        if check["state"] != "ok":
            # Its button tells who does it, and where, in a window of its own.
            values["button"] = self.env._("How To")
            values["place"] = check["place"] or self._get_other_place(check["action"])
        return values

    def _get_other_place(self, action):
        if action:
            return self.env._(
                "The screen where this is changed does not open for you. A billing administrator or Odoo's "
                "administrator opens it from this page or from Odoo's settings."
            )
        return self.env._("There is no screen for this: whoever runs the server does it there.")

    def _may_open(self, action):
        """Whether the person reads what an action shows; an auditor does not read settings, for example."""
        if action and action.get("xml_id"):
            action = self.env["ir.actions.actions"]._for_xml_id(action["xml_id"])
        model = action and action.get("res_model")
        return not model or self.env[model].has_access("read")

    @api.model
    def _make_check(self, key, area, title, state, text, button=None, action=None, place=None):
        """One check as a dict; see `_get_security_checks`."""
        return {
            "key": key,
            "area": area,
            "title": title,
            "state": state,
            "text": text,
            "button": button,
            "action": {"xml_id": action} if isinstance(action, str) else action,
            "place": place,
        }

    # === HOOKS === #

    @api.model
    def _get_security_checks(self):
        """All checks: list of dicts, made by `self._make_check`. Override, call super(), add yours.

        key: unique, for tests and filters.   area: a value of the field `area` of cloud.security.check.
        title: what is looked at, such as "Backup copy of the key".
        state: "ok"; "warning" where it protects and something is due; "off" where it does not protect.
        text: what is so, why it matters and what to do. In the language of the person.
        button, action: label, and an XML id or a dict of a window or a client action, where it is mended; or neither.
        place: who mends it and where, of what no screen mends; told when the button is pressed.

        Runs with the rights of the module for a reader of the page: name and count, show no content. A number of
        statements that does not grow with users, keys or companies.
        """
        return []
