"""The dimensions of usage rows as people choose them; their values come from models/usage/usage_dimensions.py."""

DIMENSIONS = [
    ("service", "Service"),
    ("sku", "SKU"),
    ("region", "Region"),
    ("charge_kind", "Charge kind"),
    ("provider_account", "Provider account"),
    ("sub_account", "Project"),
    ("resource", "Resource"),
    ("tag", "Tag"),
]


def get_tag_check(dimension, tag):
    """The CHECK that a tag is named exactly where the dimension is a tag."""
    return f"CHECK (({dimension} IS NOT DISTINCT FROM 'tag') = (COALESCE({tag}, '') <> ''))"


def get_dimension_text(record, dimension, tag):
    """What people call the dimension that two fields of a record name, in their language: "region", "tag team"."""
    if record[dimension] == "tag":
        return record.env._("tag %s", record[tag] or "…")
    labels = dict(record._fields[dimension]._description_selection(record.env))
    label = labels.get(record[dimension], "…")
    # "SKU" stays as it is.
    return label if label.isupper() else label[:1].lower() + label[1:]
