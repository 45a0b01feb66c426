"""Which addresses of the internet protocol are public, which are inside a network, and which are never asked.

Written out, since Python's own `is_global` and `is_private` differ between its versions. Source: the special-purpose
address registries of IANA (RFC 6890 and its updates).
"""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

PUBLIC, INNER, NEVER = "public", "inner", "never"


def _networks(*texts):
    return tuple(ip_network(text) for text in texts)


# What an administrator can allow, host by host: private, shared, loopback, link-local; v6: unique local.
_INNER = _networks(
    "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
# What stands for nobody: this network, documentation, benchmarks, old relays, multicast, reserved, broadcast.
_NEVER = _networks(
    "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    # Of the one block of v6 that is in use: protocol assignments with Teredo and ORCHID, documentation, 6to4.
    "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
)  # fmt: skip
# All that is in use of IPv6: what is outside (mapped and compatible v4, NAT64, site-local, multicast) is not public.
_GLOBAL_6 = ip_network("2000::/3")
# Where clouds hand the keys of a machine to whoever asks from it. No usage is there, so nobody can allow them.
_METADATA = frozenset(
    ip_address(text)
    for text in (
        "169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
    )
)  # fmt: skip


def judge(address: IPv4Address | IPv6Address):
    """PUBLIC, INNER (for an allowed inner host alone) or NEVER."""
    if address in _METADATA or getattr(address, "scope_id", None):
        return NEVER
    if any(address in network for network in _INNER if network.version == address.version):
        return INNER
    if any(address in network for network in _NEVER if network.version == address.version):
        return NEVER
    return PUBLIC if address.version == 4 or address in _GLOBAL_6 else NEVER
