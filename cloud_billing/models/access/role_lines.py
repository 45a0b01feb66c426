"""How the roles of one privilege stand on the screen of a user.

Odoo shows one selection per privilege, so of its groups a person could hold one. Ours are told as several lines: in
each of them every role brings along the one before it, so choosing one is choosing all that the line has below.
"""


def split_privilege(hierarchy, privilege_id, order):
    """A copy of what `res.groups._get_view_group_hierarchy` answers, with the groups of one privilege in lines.

    The longest line keeps the name and the id of the privilege; each other one is called after its highest group.

    :param hierarchy: Odoo's dict of groups, privileges and categories; it is cached there and not changed here
    :param order: ids of the privilege's groups, in which lines of equal length follow each other
    """
    privilege = hierarchy["privileges"][privilege_id]
    groups, lines = dict(hierarchy["groups"]), {}
    for ladder in get_ladders(order, {gid: groups[gid]["all_implied_ids"] for gid in order}):
        line = {**privilege, "group_ids": ladder}
        if lines:
            highest = groups[ladder[-1]]
            line |= {"id": f"{privilege_id}_{highest['id']}", "name": highest["name"]}
        lines[line["id"]] = line
        groups |= {gid: {**groups[gid], "privilege_id": line["id"]} for gid in ladder}
    return {
        "groups": groups,
        "privileges": hierarchy["privileges"] | lines,
        "categories": [_with_lines(category, privilege_id, lines) for category in hierarchy["categories"]],
    }


def _with_lines(category, privilege_id, lines):
    shown = [line for one in category["privilege_ids"] for line in (lines if one == privilege_id else [one])]
    return {**category, "privilege_ids": shown}


def get_ladders(order, implied):
    """Lists of groups, from the lowest to the highest; each implies the one before it, and each group is in one list.

    The longest comes first, of the same length the one whose highest group implies more, then the first in `order`.

    :param implied: {group: all that it implies, in `order` or not}
    """
    ladders, left = [], list(order)
    within = {group: set(order).intersection(implied[group]) for group in order}
    while left:
        ladder = _get_longest(left, within)
        ladders.append(ladder)
        left = [group for group in left if group not in ladder]
    return ladders


def _get_longest(order, implied):
    longest = {}
    # Whatever a group implies implies less than it does, and comes before it.
    for group in sorted(order, key=lambda one: len(implied[one])):
        below = [longest[one] for one in order if one != group and one in implied[group]]
        longest[group] = [*max(below, key=len, default=[]), group]
    return max((longest[group] for group in order), key=lambda ladder: (len(ladder), len(implied[ladder[-1]])))
