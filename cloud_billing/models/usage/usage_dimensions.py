"""The dimensions of a usage row: what it can be filtered by, taken apart by and counted by.

A dimension has a name: one of STREAM_DIMENSIONS, `resource`, or `tag:` and the name of a tag. Tags of a file's other
columns stand beside those of its column of tags; a name is looked up among the former first.

Aliases in SQL texts: s the stream, r the row.
"""

TAG_PREFIX = "tag:"
# What the rows of a stream have in common, by its fields; sub_account is what people call project.
STREAM_DIMENSIONS = ("service", "sku", "region", "charge_kind", "provider_account", "sub_account")
ROW_DIMENSIONS = ("resource",)


def is_dimension(name):
    return name in STREAM_DIMENSIONS or name in ROW_DIMENSIONS or (name.startswith(TAG_PREFIX) and name != TAG_PREFIX)


def get_dimension_sql(name, is_of_stream=False):
    """The SQL text of a dimension's value, NULL where a row has none. name: SQL text of the dimension's name.

    is_of_stream: the dimension is one of the stream's, so that no row is looked at.
    """
    cases = " ".join(f"WHEN '{dimension}' THEN s.{dimension}" for dimension in STREAM_DIMENSIONS)
    if is_of_stream:
        return f"CASE {name} {cases} END"
    cases += "".join(f" WHEN '{dimension}' THEN r.{dimension}" for dimension in ROW_DIMENSIONS)
    return f"CASE {name} {cases} ELSE {get_tag_sql(f'substr({name}, {len(TAG_PREFIX) + 1})')} END"


def get_tag_sql(name):
    """The SQL text of a tag's text, NULL where the row has none. name: SQL text of the tag's name."""
    return f"COALESCE(r.tags->>({name}), r.tags->'tags'->>({name}))"


def get_combination_sql(dimensions):
    """The SQL text of an array: the row's value of each of these dimensions that its request q asks for, else "".

    dimensions: names, in the order of the array. What is of people's making, the names of tags, are parameters: see
    get_combination_parameters.
    """
    values = []
    for place, name in enumerate(dimensions):
        if name in STREAM_DIMENSIONS or name in ROW_DIMENSIONS:
            value, named = f"{'r' if name in ROW_DIMENSIONS else 's'}.{name}", f"'{name}'"
        else:
            value, named = get_tag_sql(f"%(tag_{place})s"), f"'{TAG_PREFIX}' || %(tag_{place})s"
        values.append(f"CASE WHEN {named} = ANY(q.dimensions) THEN COALESCE({value}, '') ELSE '' END")
    return f"ARRAY[{', '.join(values)}]::text[]"


def get_combination_parameters(dimensions):
    return {f"tag_{place}": name.removeprefix(TAG_PREFIX) for place, name in enumerate(dimensions)}
