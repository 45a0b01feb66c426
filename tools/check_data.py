"""Checks of the add-ons' XML and CSV that an installation would not tell, or only after a minute.

A view file that no manifest lists, an id used twice, an access right for nobody in particular: Odoo installs all of it.
"""

import ast
import csv
import re
from pathlib import Path
from xml.etree import ElementTree

ACCESS_HEADER = [
    "id", "name", "model_id:id", "group_id:id", "perm_read", "perm_write", "perm_create", "perm_unlink",
]  # fmt: skip
# Elements of a data file that carry an id of the module.
WITH_ID = {"record", "template", "menuitem", "report", "act_window"}


def problems(root):
    """One line per problem in the data of every add-on under root."""
    found = []
    for manifest in sorted(Path(root).glob("*/__manifest__.py")):
        found += check_addon(manifest.parent)
    return found


def check_addon(addon):
    """The problems of one add-on: files against the manifest, then each file."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))
    listed = [*manifest.get("data", []), *manifest.get("demo", [])]
    found = [
        f"{addon.name}: the manifest lists {name}, which is not there"
        for name in listed
        if not (addon / name).is_file()
    ]
    found += [f"{addon.name}: the manifest lists {name} twice" for name in {n for n in listed if listed.count(n) > 1}]
    folders = ("data", "demo", "report", "security", "views", "wizards")
    # Odoo reads a CSV as records of the model that it is named after; without a dot it is some other file.
    loaded = ("*.xml", "*.*.csv")
    present = [path for folder in folders for kind in loaded for path in (addon / folder).rglob(kind)]
    names = [path.relative_to(addon).as_posix() for path in sorted(present)]
    found += [
        f"{addon.name}/{name}: no manifest lists it, so it is never loaded" for name in names if name not in listed
    ]
    # static/ holds OWL templates: well-formed too, but their names are not ids of the module.
    found += [line for path in sorted((addon / "static").rglob("*.xml")) for line in _parse(path, addon)[1]]
    seen = {}
    for name in names:
        path = addon / name
        found += check_access(path, addon) if path.name == "ir.model.access.csv" else []
        found += check_xml(path, addon, seen) if path.suffix == ".xml" else []
    return found


def check_xml(path, addon, seen):
    """Well-formed, and no id twice. seen: id -> the file that had it, filled here."""
    tree, found = _parse(path, addon)
    for element in tree.iter() if tree is not None else ():
        name = element.get("id")
        if element.tag not in WITH_ID or not name:
            continue
        name = name.removeprefix(addon.name + ".")
        where = _where(path, addon)
        if name in seen:
            found.append(f"{where}: id {name} stands in {seen[name]} already")
        seen[name] = where
    return found


def check_access(path, addon):
    """One row per model and group, named after both, grouped by model; no row for everybody."""
    where = _where(path, addon)
    with open(path, newline="", encoding="utf-8") as handle:
        header, *rows = list(csv.reader(handle))
    if header != ACCESS_HEADER:
        return [f"{where}: the header is not {','.join(ACCESS_HEADER)}"]
    found, models, keys = [], [], set()
    for number, row in enumerate(rows, start=2):
        if len(row) != len(ACCESS_HEADER):
            found.append(f"{where}:{number}: {len(row)} columns instead of {len(ACCESS_HEADER)}")
            continue
        name, _label, model, group, *rights = row
        if not group:
            found.append(f"{where}:{number}: {name} has no group, so it gives its rights to everybody")
            continue
        expected = f"access_{_bare(model, 'model_')}_{_bare(group, 'group_')}"
        if name != expected:
            found.append(f"{where}:{number}: the id {name} should be {expected}")
        if not set(rights) <= {"0", "1"}:
            found.append(f"{where}:{number}: rights are 0 or 1, not {','.join(rights)}")
        if (model, group) in keys:
            found.append(f"{where}:{number}: {model} has a row for {group} already")
        keys.add((model, group))
        if model in models and models[-1] != model:
            found.append(f"{where}:{number}: the rows of {model} do not stand together")
        models.append(model)
    return found


def _bare(reference, prefix):
    return re.sub(r"^.*\.", "", reference).removeprefix(prefix)


def _where(path, addon):
    return path.relative_to(addon.parent).as_posix()


def _parse(path, addon):
    # The project's own files: nobody sends them.
    try:
        return ElementTree.parse(path).getroot(), []  # nosec B314
    except ElementTree.ParseError as error:
        return None, [f"{_where(path, addon)}: {error}"]
