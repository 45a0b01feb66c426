"""Where reading of a table may go on: kept up while a table is read, obeyed when the same file is opened again."""


class Bookmark:
    """A place behind a record.   row_no: number of that record.   offset: the place as the kind of table counts it.

    Bytes of unpacked UTF-8 of a text, row groups of Parquet, characters of JSON, elements of XML, which are passed and
    not made; 0 is the beginning, which is all that other kinds know. They know the row alone: a workbook, JSON whose
    rows are not in one list, and documents whose rows are made of several places are unpacked from the beginning, and
    rows up to there are counted and not read.
    unread_to: up to which byte of the file, counted unpacked, nobody looks any more, said by the table once it has its
    header. Whoever gives the bytes may give as many line feeds in their place.
    """

    __slots__ = ("offset", "row_no", "unread_to")

    def __init__(self, row_no=0, offset=0):
        self.unread_to = 0
        self.set(row_no, offset)

    def set(self, row_no, offset):
        """Move it to another place."""
        self.row_no = row_no
        self.offset = offset

    def get(self):
        """(row_no, offset), with which another one is made."""
        return self.row_no, self.offset
