"""A SOAP server on this machine: a WSDL that imports and includes schemas, and answers as a test says.

It is written on http.server, so it runs on every Python that the project runs on.
"""

from xml.etree import ElementTree
from xml.sax.saxutils import escape

from local_api import Api, Reply

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TNS = "urn:example:usage"
_XSD = 'xmlns="http://www.w3.org/2001/XMLSchema"'

WSDL = f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:tns="{TNS}" targetNamespace="{TNS}">
  <types>
    <schema {_XSD} xmlns:tns="{TNS}" targetNamespace="{TNS}" elementFormDefault="qualified">
      <include schemaLocation="SCHEMA"/>
      <element name="GetUsage"><complexType><sequence>
        <element name="from" type="dateTime"/><element name="to" type="dateTime"/>
        <element name="page" type="int" minOccurs="0"/><element name="cursor" type="string" minOccurs="0"/>
        <element name="filter" minOccurs="0"><complexType><sequence>
          <element name="kind" type="string" maxOccurs="unbounded"/></sequence></complexType></element>
      </sequence></complexType></element>
      <element name="GetUsageResponse"><complexType><sequence>
        <element name="usage" type="tns:Usage"/><element name="next" type="string" minOccurs="0"/>
      </sequence></complexType></element>
      <element name="Login"><complexType><sequence>
        <element name="username" type="string"/><element name="password" type="string"/>
      </sequence></complexType></element>
      <element name="LoginResponse"><complexType><sequence>
        <element name="sessionId" type="string"/><element name="server" type="string"/>
      </sequence></complexType></element>
      <element name="SessionHeader"><complexType><sequence>
        <element name="sessionId" type="string"/></sequence></complexType></element>
    </schema>
  </types>
  <message name="GetUsageIn"><part name="parameters" element="tns:GetUsage"/></message>
  <message name="GetUsageOut"><part name="parameters" element="tns:GetUsageResponse"/></message>
  <message name="LoginIn"><part name="parameters" element="tns:Login"/></message>
  <message name="LoginOut"><part name="parameters" element="tns:LoginResponse"/></message>
  <portType name="Port">
    <operation name="GetUsage"><input message="tns:GetUsageIn"/><output message="tns:GetUsageOut"/></operation>
    <operation name="Login"><input message="tns:LoginIn"/><output message="tns:LoginOut"/></operation>
  </portType>
  <binding name="Binding" type="tns:Port">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="GetUsage"><soap:operation soapAction="urn:GetUsage"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
    <operation name="Login"><soap:operation soapAction="urn:Login"/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="Usage"><port name="Port" binding="tns:Binding"><soap:address location="ADDRESS"/></port></service>
</definitions>"""
XSD = f"""<schema {_XSD} xmlns:tns="{TNS}" targetNamespace="{TNS}" elementFormDefault="qualified">
  <complexType name="Usage"><sequence><element name="record" type="tns:Record" minOccurs="0" maxOccurs="unbounded"/>
  </sequence></complexType>
  <complexType name="Record"><sequence>
    <element name="id" type="string"/><element name="at" type="dateTime"/><element name="quantity" type="decimal"/>
    <element name="day" type="date" minOccurs="0"/><element name="final" type="boolean" minOccurs="0"/>
    <element name="customer"><complexType><sequence>
      <element name="code" type="string"/></sequence></complexType></element>
  </sequence></complexType>
</schema>"""


class Call:
    """One call of an operation: its name, its texts by local name, and the elements of its header."""

    def __init__(self, question):
        self.question = question
        envelope = ElementTree.fromstring(question.body)
        self.header = envelope.find(f"{{{SOAP}}}Header")
        [self.element] = envelope.find(f"{{{SOAP}}}Body")
        self.operation = self.element.tag.rpartition("}")[2]

    def text(self, name):
        """The text of the first element of that local name in the body, or None."""
        return next((each.text for each in self.element.iter() if each.tag.endswith(f"}}{name}")), None)

    def in_header(self, name, space=WSSE):
        """The element of a header, or None."""
        return None if self.header is None else self.header.find(f".//{{{space}}}{name}")


def serve_soap(answer, wsdl=WSDL, xsd=XSD, schema="usage.xsd"):
    """An Api whose `answer(Call)` gives the inside of the body, or a Reply."""

    def reply(question):
        if question.method == "GET":
            text = wsdl.replace("ADDRESS", f"{api.url}/service").replace("SCHEMA", schema)
            return Reply((text if question.path == "/usage.wsdl" else xsd).encode(), headers=_XML)
        found = answer(Call(question))
        return Reply(envelope(found), headers=_XML) if isinstance(found, str) else found

    api = Api(reply)
    return api


_XML = {"Content-Type": "text/xml; charset=utf-8"}


def envelope(inside):
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


def fault(text, status=500):
    inside = f"<s:Fault><faultcode>s:Server</faultcode><faultstring>{escape(text)}</faultstring></s:Fault>"
    return Reply(envelope(inside), status, _XML)


def usage(rows, cursor=None):
    """The answer of GetUsage: rows as (id, at, quantity, customer)."""
    records = "".join(
        f"<record><id>{name}</id><at>{at}</at><quantity>{quantity}</quantity><day>2026-10-01</day><final>true</final>"
        f"<customer><code>{escape(customer)}</code></customer></record>"
        for name, at, quantity, customer in rows
    )
    tail = f"<next>{cursor}</next>" if cursor else ""
    return f'<GetUsageResponse xmlns="{TNS}"><usage>{records}</usage>{tail}</GetUsageResponse>'
