class VoterLook:
    """What the tables say of roles and delegations, each question put once.

    For one look at many requests, as an inbox is: so many statements for ten of them as for a hundred. It is kept no
    longer than that, and a vote takes one of its own.
    """

    def __init__(self):
        self._answers = {}

    def has_role(self, user, groups):
        """Whether a login has one of the groups at this moment."""
        return self.ask(("role", user.id, tuple(groups.ids)), lambda: user._has_role_now(groups))

    def ask(self, question, get_answer):
        """The answer to a question (any key), found by `get_answer` the first time."""
        if question not in self._answers:
            self._answers[question] = get_answer()
        return self._answers[question]
