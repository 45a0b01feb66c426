"""The connectors that exist, by name. Another module adds its own with `register`."""

from .errors import ConnectorError

CONNECTORS = {}


def register(connector):
    """Make a connector known by its `name`: the class, of which one object is kept. Also usable as a decorator.

    A second one of the same name takes the place of the first, so that a module can mend one it did not write.
    """
    made = connector() if isinstance(connector, type) else connector
    CONNECTORS[made.name] = made
    return connector


def get_connector(name):
    """The connector of that name; ConnectorError unknown_connector."""
    try:
        return CONNECTORS[name]
    except KeyError:
        raise ConnectorError("unknown_connector", name=name) from None
