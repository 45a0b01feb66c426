"""Get the source of Odoo 19 Community, without root and without touching the system's own package lists.

Odoo 19 is not on PyPI. Debian packages it in its unstable suite; apt can fetch the package under a private
configuration, and `dpkg -x` unpacks it into a folder. `ODOO_SRC` names a checkout that a person already has and wins.
"""

import os
import re
import shutil
from pathlib import Path

import debian
from common import DEV, Problem, exclusive, need_disk, step

PACKAGES = [
    "odoo-19",
    # Odoo's package links to these files relative to its own place: without them the web client answers 500.
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
]
# A browser stops the whole web client when a file of its bundle is missing, and Debian had to leave this one out.
REMOVED_BY_DEBIAN = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


class Source:
    """Where an Odoo 19 lies: `path` goes on sys.path, `addons` are its folders of add-ons, `version` is for people."""

    def __init__(self, path, version):
        self.path = Path(path)
        self.version = version
        folders = [self.path / "addons", self.path / "odoo" / "addons"]
        # Debian leaves an `addons` with Python files only beside the complete `odoo/addons`: modules without views.
        self.addons = [folder for folder in folders if any(folder.glob("*/views"))]


def ensure():
    """The Odoo 19 to use, fetched when there is none yet."""
    if os.environ.get("ODOO_SRC"):
        return _own_source(Path(os.environ["ODOO_SRC"]).expanduser().resolve())
    marker = DEV / "odoo" / "VERSION"
    with exclusive("odoo"):
        if not marker.is_file():
            _fetch(marker)
    return Source(DEV / "odoo" / "root" / "usr" / "lib" / "python3" / "dist-packages", marker.read_text().strip())


def _own_source(path):
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise Problem(
            f"ODOO_SRC is {path}, and there is no odoo/release.py in it. Set it to the root of an Odoo 19 source."
        )
    version = re.search(r"^version_info *= *\(([^,]+), *([^,]+)", release.read_text(), re.MULTILINE)
    if not version or version[1] != "19":
        raise Problem(f"ODOO_SRC is {path}, which is not an Odoo 19.0: {version[0] if version else 'no version_info'}.")
    return Source(path, f"{version[1]}.{version[2]} of {path}")


def _fetch(marker):
    need_disk(3, "The source of Odoo 19")
    with step("Fetch Odoo 19 Community from Debian (130 MB)") as result:
        # Beside what may be there: a machine without apt keeps what it has.
        folder = DEV / "odoo.new"
        shutil.rmtree(folder, ignore_errors=True)
        try:
            unpacked = debian.unpack(folder, "sid", PACKAGES)
        except Problem as problem:
            raise Problem(
                f"{problem}\nOdoo 19 comes from Debian's unstable suite: {', '.join(PACKAGES)}."
                " Set ODOO_SRC to an Odoo 19.0 source that you have instead, for example a git checkout of its branch."
            ) from None
        (version,) = (name.split("_")[1] for name in unpacked if name.startswith("odoo-19_"))
        missing = folder / "root/usr/lib/python3/dist-packages/odoo/addons" / REMOVED_BY_DEBIAN
        if not missing.exists():
            missing.parent.mkdir(parents=True, exist_ok=True)
            missing.touch()
        shutil.rmtree(marker.parent, ignore_errors=True)
        folder.rename(marker.parent)
        marker.write_text(version + "\n")
        result.append(f"version {version}")
