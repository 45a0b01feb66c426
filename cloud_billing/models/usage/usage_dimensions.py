"""The dimensions of a usage row: what it can be filtered by, taken apart by and counted by.

A dimension has a name: one of STREAM_DIMENSIONS, `resource`, or `tag:` and the name of a tag. Tags of a file's other
columns stand beside those of its column of tags; a name is looked up among the former first.
"""

TAG_PREFIX = "tag:"
# What the rows of a stream have in common, by its fields; sub_account is what people call project.
STREAM_DIMENSIONS = ("service", "sku", "region", "charge_kind", "provider_account", "sub_account")
ROW_DIMENSIONS = ("resource",)


def is_dimension(name):
    return name in STREAM_DIMENSIONS or name in ROW_DIMENSIONS or (name.startswith(TAG_PREFIX) and len(name) > 4)


def get_dimension_sql(name, is_of_stream=False):
    """The SQL text of a dimension's value, NULL where a row has none. name: SQL text of the dimension's name.

    Aliases: s the stream, r the row. is_of_stream: the dimension is one of the stream's, so that no row is looked at.
    """
    cases = " ".join(f"WHEN '{dimension}' THEN s.{dimension}" for dimension in STREAM_DIMENSIONS)
    if is_of_stream:
        return f"CASE {name} {cases} END"
    cases += "".join(f" WHEN '{dimension}' THEN r.{dimension}" for dimension in ROW_DIMENSIONS)
    return f"CASE {name} {cases} ELSE {get_tag_sql(f'substr({name}, {len(TAG_PREFIX) + 1})')} END"


def get_tag_sql(name):
    """The SQL text of a tag's text in the row r, NULL where it has none. name: SQL text of the tag's name."""
    return f"COALESCE(r.tags->>({name}), r.tags->'tags'->>({name}))"
