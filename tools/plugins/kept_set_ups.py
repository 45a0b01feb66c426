"""A pytest plugin for Odoo's test classes: what several classes set up alike is set up once and kept for the next ones.

Nearly every test class begins with what its base classes make: a company, people, a catalog. Classes are run in the
order of the set-ups that they share. Each shared set-up is a level: it runs on a class of its own, in the transaction
of the level below, and what it left in the class is given to the classes above. A class then works behind a savepoint,
as Odoo's tests do within a class, and is rolled back to it. A class that shares nothing finds no level kept: two
transactions would wait for each other.

Odoo's own runner does not know of this: there each class makes everything itself.
"""

import copy
import time
from collections import Counter, deque

import pytest
from odoo.sql_db import Savepoint
from odoo.tests import TransactionCase

# now() in the database is when the transaction began, so it is not kept for ever.
SECONDS = 120
# What a class has beside what its set-up made, and what never decides what the set-up of a base makes.
OWN_NAMES = {"test_tags", "test_module", "test_class", "setUpClass", "tearDownClass", "_class_cleanups"}

levels = []
# The classes whose set-up asks here first, and those of them that several chosen classes share.
asking, shared = set(), set()


class Level:
    """One set-up that is kept.

    owner: the class it was run on; base: the class that defines it; given: what it makes differently, by name.
    """

    def __init__(self, base, given):
        self.base, self.given = base, given
        self.began = levels[0].began if levels else time.monotonic()
        self.owner = type(f"{base.__name__}Kept", (base,), {"__module__": base.__module__, **given})
        self.before = dict(vars(self.owner))

    def set_up(self, original):
        try:
            original(self.owner)
            self.owner.env.flush_all()
        except BaseException:
            self.owner.doClassCleanups()
            raise

    def serves(self, base, given):
        same = self.base is base and self.given.keys() == given.keys()
        return same and all(self.given[name] is given[name] for name in given)

    def give(self, cls):
        """Hand over what the set-up left in its class; containers are copied, since classes add to them."""
        for name, value in vars(self.owner).items():
            made = name not in self.before or self.before[name] is not value
            if made and name not in OWN_NAMES and not name.startswith("__"):
                setattr(cls, name, _copy(value))


def _copy(value):
    if type(value) is dict:
        return {key: _copy(each) for key, each in value.items()}
    return copy.copy(value) if type(value) in (list, set) else value


# ---- what pytest calls ----


def pytest_pycollect_makeitem(obj):
    """Stand in for the set-ups of a class before pytest takes them down."""
    if isinstance(obj, type):
        for base in _find_definers(obj):
            if base not in asking:
                asking.add(base)
                base.setUpClass = classmethod(_keeping(base, vars(base)["setUpClass"].__func__))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Find the set-ups that several of the chosen classes share, and put classes that share them side by side."""
    classes = list(dict.fromkeys(item.cls for item in items if item.cls))
    counts = Counter(base for cls in classes for base in _find_definers(cls))
    shared.update(base for base, count in counts.items() if count > 1)
    places = {cls: ([_name(base) for base in _find_shared(cls)], place) for place, cls in enumerate(classes)}
    items.sort(key=lambda item: places.get(item.cls, ([], -1)))


def pytest_runtest_setup(item):
    if item.cls is None or not _find_shared(item.cls):
        drop_levels()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    # The connections are closed by now, and what was kept in their transactions went with them.
    levels.clear()


def _name(cls):
    return f"{cls.__module__}.{cls.__qualname__}"


def _find_definers(cls):
    """The classes of the add-ons under test that define a set-up in a transaction, the lowest one first."""
    return [
        base
        for base in reversed(cls.__mro__)
        if "setUpClass" in vars(base)
        and issubclass(base, TransactionCase)
        and base.__module__.startswith("odoo.addons.cloud_billing")
    ]


def _find_shared(cls):
    return [base for base in _find_definers(cls) if base in shared]


# ---- the levels ----


def drop_levels(count=0):
    """Undo the levels above the first `count`, the last one first."""
    while len(levels) > count:
        owner = levels.pop().owner
        owner.doClassCleanups()
        for error in owner.tearDown_exceptions:
            raise error[1]


def _keeping(base, original):
    """What stands in for the set-up of a base class: it finds its level, or makes it, and begins a class above it."""

    def setUpClass(cls):
        if base not in shared:
            original(cls)
            return
        given = _find_given(cls, base)
        # Another class between the base and what it inherits may set up something else, and so may a method that a
        # class puts in the place of one of the base: those set up for themselves what is above their common levels.
        between = cls.__mro__[cls.__mro__.index(base) :] != base.__mro__
        if between or any(isinstance(value, classmethod | staticmethod) for value in given.values()):
            if between or base is _find_shared(base)[0]:
                drop_levels()
            original(cls)
            return
        level = _find_level(base, given)
        if level is None:
            level = Level(base, given)
            level.set_up(original)
            levels.append(level)
        level.give(cls)
        _begin(cls)

    return setUpClass


def _find_level(base, given):
    """The level that serves, after those above it were undone; None when there is none that is young enough."""
    if levels and time.monotonic() - levels[0].began > SECONDS:
        drop_levels()
    for count, level in enumerate(levels, 1):
        if level.serves(base, given):
            drop_levels(count)
            return level
    # Which of the levels stay is for the set-ups below this one to say; the lowest begins anew.
    if base is _find_shared(base)[0]:
        drop_levels()
    return None


def _find_given(cls, base):
    """What is said above the base and may matter to its set-up: all but methods of instances."""
    given = {}
    for above in reversed(cls.__mro__[: cls.__mro__.index(base)]):
        for name, value in vars(above).items():
            own = name in OWN_NAMES or name.startswith(("__", "test_"))
            if not own and hasattr(base, name) and (isinstance(value, staticmethod) or not callable(value)):
                given[name] = value
    return given


def _begin(cls):
    """Set a savepoint, and let the end of the class return to it as a test returns to what its class set up."""
    env, registry, cr = cls.env, cls.registry, cls.cr
    env.flush_all()
    env.invalidate_all()
    registry.clear_all_caches()
    transaction = env.transaction
    environments = list(transaction.envs)
    callbacks = [
        (callback, deque(callback._funcs), copy.deepcopy(callback.data))
        for callback in (cr.precommit, cr.postcommit, cr.prerollback, cr.postrollback)
    ]
    savepoint = Savepoint(cr)
    sequence = registry.registry_sequence

    def end():
        savepoint.close()
        transaction.envs.clear()
        transaction.envs.update(environments)
        transaction.clear()
        for callback, functions, data in callbacks:
            callback._funcs, callback.data = functions, data
        if registry.registry_invalidated or registry.registry_sequence != sequence:
            registry._setup_models__(cr)
            registry.registry_invalidated, registry.registry_sequence = False, sequence
        registry.clear_all_caches()
        registry.cache_invalidated.clear()

    cls.addClassCleanup(end)
