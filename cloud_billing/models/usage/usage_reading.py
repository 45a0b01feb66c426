"""What wizards ask of the readers: which one knows a file, and what a file holds, without keeping anything."""

from odoo.exceptions import UserError

from ...engine.readers import (
    READERS,
    Limits,
    Preview,
    RejectedFile,
    file_chunks,
    get_reader,
    join_cells,
    read_header,
)
from . import reader_messages

__all__ = ["join_cells", "read_preview", "recognise"]


def recognise(files, options):
    """The name of the one reader that knows the column names of the first file, or False.

    files: (name, binary file) pairs.   options: of the readers, such as {"delimiter": ";"}.
    """
    header = _read_first_header(files, options)
    names = [name for name, reader in READERS.items() if header and reader.recognise(header)]
    return names[0] if len(names) == 1 else False


def _read_first_header(files, options):
    for name, content in files:
        try:
            return read_header(file_chunks(content), file_name=name, limits=Limits(), options=options)
        except RejectedFile:
            break
    return []


def read_preview(env, source, files, limit=None):
    """What files hold, or their first `limit` bytes, as `Preview.as_dict()` with `is_part`.

    files: (name, binary file) pairs. Raises UserError with a sentence for every file that is refused.
    """
    preview, is_part, refusals = Preview(), False, []
    reader, options = get_reader(source.reader), source._get_reader_options()
    for name, content in files:
        chunks = _Counted(file_chunks(content))
        try:
            for item in reader.read(chunks, file_name=name, limits=Limits(), options=options):
                preview.add(item)
                if limit and chunks.count > limit:
                    is_part = True
                    break
        except RejectedFile as error:
            refusals.append(reader_messages.explain_refusal(env, error))
    if refusals:
        raise UserError("\n".join(refusals))
    return {**preview.as_dict(), "is_part": is_part}


class _Counted:
    """Chunks of bytes that are counted on their way."""

    def __init__(self, chunks):
        self.chunks = chunks
        self.count = 0

    def __iter__(self):
        for chunk in self.chunks:
            self.count += len(chunk)
            yield chunk
