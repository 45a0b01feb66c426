"""How a model says where its customer, subscription and product are, so that a sharing group can limit its rows."""

from dataclasses import dataclass, replace

from odoo.fields import Domain

# What filters are about: a model keeps a path to each.
ANCHORS = ("company", "customer", "subscription", "product")


@dataclass(frozen=True)
class Every:
    """A document that adds up several parts is seen when all its parts lie inside: its totals would tell the others.

    unless: paths to what says better whose the document is; where one leads somewhere the parts are not asked.
    """

    parts: str
    path: str
    unless: tuple = ()


@dataclass(frozen=True)
class Paths:
    """Dotted paths from a model to what filters are about; empty: the model cannot be cut by it.

    customer, subscription, product: a path, an `Every`, or a tuple of paths that must all hold. "id": the model itself.
    is_shared: an empty field means that the row is for everybody, as with a price for all customers. Else such a row is
    for nobody who is limited: usage that belongs to no customer yet.
    own: path to the user whose rows are always seen, whatever they are about.
    """

    company: str = "company_id"
    customer: str | Every | tuple = ""
    subscription: str | Every | tuple = ""
    product: str | Every | tuple = ""
    is_shared: bool = False
    own: str = ""

    def get_domain(self, inside):
        """The rows that lie inside: {anchor: Domain on the anchor's model}, all of which must hold."""
        return Domain.AND(self._get_anchor_domain(anchor, domain) for anchor, domain in inside.items())

    def get_owned_domain(self, inside):
        """The same without the rows that are for everybody."""
        return replace(self, is_shared=False).get_domain(inside)

    def get_own_domain(self, user_id):
        """The rows that are a person's own, whatever they are about."""
        return Domain(self.own, "=", user_id) if self.own else Domain.FALSE

    def behind(self, name):
        """The paths of a model whose rows belong to a row of this one by the field `name`."""
        return replace(self, **{anchor: _put_before(name, getattr(self, anchor)) for anchor in ANCHORS})

    def plus(self, other):
        """The paths of both, all of which must hold."""
        both = {name: _as_tuple(getattr(self, name)) + _as_tuple(getattr(other, name)) for name in ANCHORS[1:]}
        return replace(self, **both)

    def get_all(self):
        """Every path that is named, parts and what they lead to joined: for a test that they exist."""
        named = [path for anchor in ANCHORS for path in _as_tuple(getattr(self, anchor))]
        return [f"{path.parts}.{path.path}" if isinstance(path, Every) else path for path in named] + (
            [self.own] if self.own else []
        )

    def _get_anchor_domain(self, anchor, inside):
        paths = _as_tuple(getattr(self, anchor))
        return Domain.AND(self._get_path_domain(path, inside) for path in paths) if paths else Domain.FALSE

    def _get_path_domain(self, path, inside):
        if isinstance(path, Every):
            outside = Domain(path.parts, "any", ~_follow(path.path, inside))
            inside = ~outside if self.is_shared else ~outside & Domain(path.parts, "any", Domain.TRUE)
            return Domain.OR([inside, *(Domain(name, "!=", False) for name in path.unless)])
        return _follow(path, inside, self.is_shared)


def _as_tuple(paths):
    return paths if isinstance(paths, tuple) else (paths,) if paths else ()


def _put_before(name, path):
    if isinstance(path, tuple):
        return tuple(_put_before(name, one) for one in path)
    if isinstance(path, Every):
        return Every(f"{name}.{path.parts}", path.path, tuple(f"{name}.{one}" for one in path.unless))
    return name if path == "id" else f"{name}.{path}" if path else ""


def _follow(path, inside, or_empty=False):
    """`inside`, a Domain on the model at the end of a path, as a Domain on the model where the path begins.

    or_empty: also the rows whose path leads nowhere.
    """
    for name in reversed(path.split(".") if path != "id" else []):
        inside = Domain(name, "any", inside)
        if or_empty:
            inside |= Domain(name, "=", False)
    return inside
