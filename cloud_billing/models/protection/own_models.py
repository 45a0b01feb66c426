"""Which models are ours: those whose rights and rules a live company changes with two people only."""


def is_own(model):
    """Whether this record of `ir.model` is a model of Cloud Billing or of an add-on beside it."""
    # sudo: what is protected does not depend on the models that a person may read.
    return (model.sudo().model or "").startswith("cloud.")
