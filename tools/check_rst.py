"""Read every .rst file as Odoo and code forges do and print what they could not make sense of. Needs docutils."""

import sys
from pathlib import Path

from docutils.core import publish_doctree
from docutils.utils import SystemMessage

ROOT = Path(__file__).resolve().parents[1]


def problems(path):
    """The warnings and errors of one file. Directives that only a forge knows are not used in this project."""
    settings = {"report_level": 2, "halt_level": 6, "warning_stream": False, "file_insertion_enabled": False}
    try:
        tree = publish_doctree(path.read_text(encoding="utf-8"), source_path=str(path), settings_overrides=settings)
    except SystemMessage as error:
        return [f"{path.relative_to(ROOT)}: {error}"]
    return [
        f"{path.relative_to(ROOT)}:{message.get('line', '?')}: {message.astext()}"
        for message in tree.parse_messages
        if message["level"] >= 2
    ]


if __name__ == "__main__":
    files = [path for folder in (".", "docs", "cloud_billing*") for path in sorted(ROOT.glob(f"{folder}/*.rst"))]
    found = [line for path in files for line in problems(path)]
    print("\n".join(found))
    sys.exit(1 if found else 0)
