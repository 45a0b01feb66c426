from odoo.exceptions import UserError


def check_states(records, states):
    """Raise UserError where a record is in a state in which what somebody asks for cannot be done."""
    labels = dict(records._fields["state"]._description_selection(records.env))
    for record in records:
        if record.state not in states:
            raise UserError(
                records.env._(
                    "%(name)s is now: %(state)s. This can be done only while it is: %(states)s.",
                    name=record.name,
                    state=labels[record.state],
                    states=", ".join(labels[state] for state in states),
                )
            )
