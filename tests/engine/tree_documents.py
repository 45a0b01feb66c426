"""Small documents of each provider, written from the formats' documentation, with what a test changes in them."""

import json

from reader_samples import read

POINT = {
    "vol": {"unit": "GiB", "qty": 1.5},
    "rating": {"price": 0.04},
    "groupby": {"project_id": "P-1", "id": "vol-1", "user_id": "U"},
    "metadata": {"volume_type": "ssd"},
}
PERIOD = {"begin": "2026-10-05T10:00:00+00:00", "end": "2026-10-05T11:00:00+00:00"}


def frames(*points, period=PERIOD, metric="volume.size"):
    """What /v2/dataframes answers: one frame of points that differ from POINT as given."""
    usage = {metric: [{**POINT, **point} for point in points]}
    return json.dumps({"total": len(points), "dataframes": [{"usage": usage, "period": period}]}).encode()


ALLOCATION = {
    "name": "shop",
    "properties": {"cluster": "c-1", "namespace": "shop", "labels": {"team": "web"}},
    "window": {"start": "2026-10-05T00:00:00Z", "end": "2026-10-06T00:00:00Z"},
    "start": "2026-10-05T00:00:00Z",
    "end": "2026-10-05T23:59:00Z",
    "cpuCoreHours": 12.5,
    "cpuCost": 1.25,
    "cpuCostAdjustment": -0.25,
    "ramByteHours": 1000,
    "ramCost": 0.5,
    "gpuHours": 0,
    "gpuCost": 0,
    "networkTransferBytes": 7,
    "networkCost": 0,
    "totalCost": 1.5,
}


def allocations(*changes, **around):
    """What /allocation answers: one window with allocations that differ from ALLOCATION as given."""
    window = {f"a{number}": {**ALLOCATION, **change} for number, change in enumerate(changes)}
    return json.dumps({"code": 200, "data": [window, None], **around}).encode()


METRIC = {"__name__": "requests_total", "namespace": "shop", "instance": "10.0.0.1:80", "job": "web"}


def matrix(*samples, metric=METRIC, **around):
    """What /api/v1/query_range answers: one series of (seconds, text)."""
    series = {"metric": metric, "values": [list(sample) for sample in samples]}
    data = {"resultType": "matrix", "result": [series]}
    return json.dumps({"status": "success", "data": data, **around}).encode()


def read_samples(kind, *samples, **options):
    return read(matrix(*samples), "prometheus", sample_kind=kind, **options)


_ADDRESS = "https://utility.example/espi/1_1/resource/RetailCustomer/9/UsagePoint/5"
_TYPE = {"accumulationBehaviour": "4", "commodity": "1", "currency": "978", "flowDirection": "1",
         "intervalLength": "900", "powerOfTenMultiplier": "3", "uom": "72"}  # fmt: skip
READING = (
    "<IntervalReading>%s<timePeriod><duration>900</duration><start>%s</start></timePeriod>"
    "<value>%s</value></IntervalReading>"
)


def entry(address, content, *related, up="", title=""):
    links = "".join(f'<link rel="related" href="{href}"/>' for href in related)
    up = f'<link rel="up" href="{up}"/>' if up else ""
    return (
        f'<entry><link rel="self" href="{address}"/>{up}{links}<title>{title}</title>'
        f"<content>{content}</content></entry>"
    )


def feed(*readings, order="PMTB", **changes):
    """A Green Button feed of one meter. readings: (start, value, what stands before them).   order: of its entries,
    P usage point, M meter reading, T reading type, B block.   changes: of the reading type; None leaves a field out.
    """
    fields = {name: text for name, text in {**_TYPE, **changes}.items() if text is not None}
    kind = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
    block = "".join(READING % (before, start, value) for start, value, before in readings)
    entries = {
        "P": entry(_ADDRESS, "<e:UsagePoint><e:ServiceCategory><e:kind>0</e:kind></e:ServiceCategory></e:UsagePoint>",
                   title="Bakery"),
        "M": entry(f"{_ADDRESS}/MeterReading/1", "<e:MeterReading/>", f"{_ADDRESS}/MeterReading/1/IntervalBlock",
                   "https://utility.example/espi/1_1/resource/ReadingType/7", title="Quarter hours"),
        "T": entry("https://utility.example/espi/1_1/resource/ReadingType/7", f'<ReadingType xmlns="http://naesb.org/espi">'
                   f"{kind}</ReadingType>"),
        "B": entry(f"{_ADDRESS}/MeterReading/1/IntervalBlock/1", f'<IntervalBlock xmlns="http://naesb.org/espi">'
                   f"<interval><duration>86400</duration><start>1791158400</start></interval>{block}</IntervalBlock>",
                   up=f"{_ADDRESS}/MeterReading/1/IntervalBlock"),
    }  # fmt: skip
    inner = "".join(entries[name] for name in order)
    return f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:e="http://naesb.org/espi">{inner}</feed>'.encode()


LINE = """
<cac:ConsumptionLine>
  <cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="KWH">120.50</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">30.125</cbc:LineExtensionAmount>
  <cac:Period><cbc:StartDate>2026-10-01</cbc:StartDate><cbc:EndDate>2026-10-31</cbc:EndDate></cac:Period>
  <cac:UtilityItem><cbc:ID>E-1</cbc:ID><cbc:Description>Day rate</cbc:Description>
    <cbc:ConsumptionType>Electricity</cbc:ConsumptionType></cac:UtilityItem>
  <cac:Price><cbc:PriceAmount currencyID="EUR">0.25</cbc:PriceAmount></cac:Price>
</cac:ConsumptionLine>"""
METER = """
<cac:UtilityMeter><cbc:MeterNumber>M-7</cbc:MeterNumber><cac:MeterReading><cbc:ID>R-1</cbc:ID>
  <cbc:MeterReadingType>Electricity</cbc:MeterReadingType>
  <cbc:PreviousMeterReadingDate>2026-10-01</cbc:PreviousMeterReadingDate>
  <cbc:PreviousMeterQuantity unitCode="KWH">1000</cbc:PreviousMeterQuantity>
  <cbc:LatestMeterReadingDate>2026-11-01</cbc:LatestMeterReadingDate>
  <cbc:LatestMeterQuantity unitCode="KWH">1120.5</cbc:LatestMeterQuantity>
  <cbc:DeliveredQuantity unitCode="KWH">120.5</cbc:DeliveredQuantity></cac:MeterReading></cac:UtilityMeter>"""


def consumption(*lines, meter=METER, point="EAN-1"):
    """One subscriber's consumption, with one supplier where there are lines."""
    supplier = f"""<cac:SupplierConsumption>
      <cac:UtilitySupplierParty><cac:PartyName><cbc:Name>Northwind Power</cbc:Name></cac:PartyName>
      </cac:UtilitySupplierParty>
      <cac:UtilityCustomerParty><cac:PartyIdentification><cbc:ID>C-9</cbc:ID></cac:PartyIdentification>
      </cac:UtilityCustomerParty><cac:Consumption><cac:MainPeriod><cbc:StartDate>2026-09-01</cbc:StartDate>
      <cbc:EndDate>2026-09-30</cbc:EndDate></cac:MainPeriod></cac:Consumption>{"".join(lines)}</cac:SupplierConsumption>"""
    return f"""<cac:SubscriberConsumption><cbc:ConsumptionID>K-1</cbc:ConsumptionID>
      <cac:SubscriberParty><cac:PartyName><cbc:Name>Bakery</cbc:Name></cac:PartyName></cac:SubscriberParty>
      <cac:UtilityConsumptionPoint><cbc:ID>{point}</cbc:ID>{meter}</cac:UtilityConsumptionPoint>
      {supplier if lines else ""}</cac:SubscriberConsumption>"""


def statement(*consumptions):
    """A UBL utility statement of subscribers' consumptions."""
    common = "urn:oasis:names:specification:ubl:schema:xsd:"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
    <UtilityStatement xmlns="{common}UtilityStatement-2" xmlns:cac="{common}CommonAggregateComponents-2"
      xmlns:cbc="{common}CommonBasicComponents-2"><cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:ID>US-2026-10</cbc:ID>
      <cbc:IssueDate>2026-11-03</cbc:IssueDate><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
      <cac:SenderParty><cac:PartyName><cbc:Name>Northwind Billing</cbc:Name></cac:PartyName></cac:SenderParty>
      {"".join(consumptions)}</UtilityStatement>""".encode()


SESSION = {
    "IPDRCreationTime": "2026-10-05T11:00:01.000Z",
    "seqNum": "1",
    "username": "bakery@example.net",
    "acctSessionId": "S-77",
    "gmtSessionStartDateTime": "2026-10-05T10:00:00Z",
    "gmtSessionEndDateTime": "2026-10-05T11:00:00Z",
    "sessionDuration": "3600",
    "inputOctets": "1000",
    "outputOctets": "250000",
    "nasId": "nas-1",
}


def ipdr(*records, count=None, kind="WLAN:IPDR-WISP-Type"):
    """An IPDR document of records that differ from SESSION as given; None leaves an element out."""
    body = ""
    for record in records:
        fields = {name: text for name, text in {**SESSION, **record}.items() if text is not None}
        inner = "".join(f"<{name}>{text}</{name}>" for name, text in fields.items())
        body += f'<IPDR xsi:type="{kind}">{inner}</IPDR>'
    said = len(records) if count is None else count
    end = f'<IPDRDoc.End count="{said}" endTime="2026-10-05T12:00:00Z"/>' if said != "" else ""
    return f"""<?xml version="1.0"?><IPDRDoc xmlns="http://www.ipdr.org/namespaces/ipdr"
      xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" docId="D-1" version="3.1"
      creationTime="2026-10-05T12:00:00Z">{body}{end}</IPDRDoc>""".encode()
