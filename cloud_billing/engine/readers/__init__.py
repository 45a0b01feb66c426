"""Readers: the bytes of a file in, usage rows and row errors out. See README.md for what is owned here.

A module adds its own with `register("name", reader)`; a source keeps the name and asks `get_reader(name)`.
"""

from .providers.aws_cur import AwsCurReader
from .providers.azure_cost import AzureCostReader
from .providers.cloudkitty import CloudKittyReader
from .base import (
    CHARGE_KINDS,
    FILE_REASONS,
    READERS,
    ROW_REASONS,
    SHAPES,
    Limits,
    RejectedFile,
    RowError,
    RowFault,
    UsageRow,
    describe,
    get_reader,
    register,
)
from .providers.csp import CspReader
from .providers.focus import FocusReader
from .providers.gcp_billing import GcpBillingReader
from .own.generic_csv import GenericCsvReader
from .providers.green_button import GreenButtonReader
from .providers.ipdr import IpdrReader
from .own.mapped import MappedReader, knows
from .own.mapping import Mapping, MappingError, read_mapping
from .providers.oci_cost import OciCostReader
from .providers.opencost import OpenCostReader
from .tables.parquet import is_parquet, open_parquet
from .providers.prometheus import PrometheusReader
from .providers.ubl_utility import UblUtilityReader
from .seats import DATE_FORMATS, SeatRow, make_key, read_seats
from .tables.bookmark import Bookmark
from .tables.unpack import Archive
from .tables.outline import Outline, outline, read_outline
from .summary import Preview
from .tables.opening import TABLES, open_several, open_table, read_header, register_table, reread
from .tables.text import ENCODINGS, BrokenRecord, Table, file_chunks, join_cells
from .tables.tree_table import MORE, is_json, is_xml, open_json, open_xml, spread

__all__ = [
    "CHARGE_KINDS",
    "DATE_FORMATS",
    "ENCODINGS",
    "FILE_REASONS",
    "MORE",
    "READERS",
    "ROW_REASONS",
    "SHAPES",
    "TABLES",
    "Archive",
    "AwsCurReader",
    "AzureCostReader",
    "Bookmark",
    "BrokenRecord",
    "CloudKittyReader",
    "CspReader",
    "FocusReader",
    "GcpBillingReader",
    "GenericCsvReader",
    "GreenButtonReader",
    "IpdrReader",
    "Limits",
    "MappedReader",
    "Mapping",
    "MappingError",
    "OciCostReader",
    "OpenCostReader",
    "Outline",
    "Preview",
    "PrometheusReader",
    "RejectedFile",
    "RowError",
    "RowFault",
    "SeatRow",
    "Table",
    "UblUtilityReader",
    "UsageRow",
    "describe",
    "file_chunks",
    "get_reader",
    "join_cells",
    "knows",
    "make_key",
    "open_several",
    "open_table",
    "outline",
    "read_header",
    "read_mapping",
    "read_outline",
    "read_seats",
    "register",
    "register_table",
    "reread",
    "spread",
]

register_table("json", is_json, open_json)
register_table("xml", is_xml, open_xml)
register_table("parquet", is_parquet, open_parquet)
register("focus", FocusReader())
register("csv", GenericCsvReader())
register("own_columns", MappedReader())
register("aws_cur", AwsCurReader())
register("azure_cost", AzureCostReader())
register("gcp_billing", GcpBillingReader())
register("oci_cost", OciCostReader())
register("csp", CspReader())
for reader in (
    CloudKittyReader(),
    OpenCostReader(),
    PrometheusReader(),
    GreenButtonReader(),
    UblUtilityReader(),
    IpdrReader(),
):
    reader.register_table()
    register(reader.name, reader)
