from odoo.exceptions import RedirectWarning, ValidationError


class PriceOverlap(ValidationError):
    """Two rules are equally specific on the same days. rules: both. checked: the rules that were tried to be saved."""

    def __init__(self, sentence, rules, checked):
        super().__init__(sentence)
        self.rules = rules
        self.checked = checked

    def with_button(self, are_new):
        """The same refusal with a button to both rules, as far as they stay; without one when neither does.

        are_new: the checked rules were to be created, so they are gone when the person reads this.
        """
        kept = self.rules - self.checked if are_new else self.rules
        if not kept:
            return self
        env = kept.env
        label = env._("Open Both Prices") if len(kept) > 1 else env._("Open %(price)s", price=kept.name)
        return RedirectWarning(str(self), kept._get_open_action(), label)
