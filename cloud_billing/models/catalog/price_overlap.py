from odoo.exceptions import RedirectWarning, ValidationError


class PriceOverlap(ValidationError):
    """Two rules are equally specific on the same days. rules: both. checked: the rules that were tried to be saved."""

    def __init__(self, sentence, rules, checked):
        super().__init__(sentence)
        self.rules = rules
        self.checked = checked

    def with_buttons(self, are_new):
        """The same refusal with a button to each of the rules, as far as they stay; without one when neither does.

        are_new: the checked rules were to be created, so they are gone when the person reads this.
        """
        kept = self.rules - self.checked if are_new else self.rules
        if not kept:
            return self
        return PriceOverlapWarning(
            str(self), [(rule.env._("Open %(price)s", price=rule.name), rule._get_open_action()) for rule in kept]
        )


class PriceOverlapWarning(RedirectWarning):
    """A refusal with several buttons, each a pair (label, action); static/src/price_overlap shows them.

    Whoever knows only Odoo's own warning finds the first one where that has its button.
    """

    def __init__(self, sentence, buttons):
        (label, action), *_others = buttons
        super().__init__(sentence, action, label)
        self.args = (*self.args, buttons)
