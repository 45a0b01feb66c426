from odoo.exceptions import UserError


def open_record(env, model, res_id, name):
    """The window of a record that something was written about, as it is today.

    name: what it was called then. Raises UserError where the record is gone.
    """
    record = env[model].browse(res_id).exists() if model in env else None
    if not record:
        raise UserError(env._("%(record)s does not exist any more.", record=name or model))
    return {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "res_id": record.id,
        "views": [(False, "form")],
    }
