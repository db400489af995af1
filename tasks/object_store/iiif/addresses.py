"""Which addresses may be asked: web addresses only, and only hosts of the public internet.

A manifest is written by strangers. Without this check it could make this computer ask for what only
this computer can reach: its own services, its network's, its cloud's credentials.
"""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from tasks.object_store.errors import StoreAccessError

MAX_URL_LENGTH = 2048
_SHOWN = 200  # characters of a foreign text in a message
# What somebody who allows private addresses means; link-local is not among them: cloud credentials.
_PRIVATE = tuple(
    ip_network(network)
    for network in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
    )
)


def check_url(url: str) -> str:
    """Return ``url`` without its fragment if it may be asked for.

    Raises:
        StoreAccessError: if it is not http or https, has no host, a user name, or a blank.
    """
    bare = url.partition("#")[0]
    if len(bare) > MAX_URL_LENGTH or re.search(r"[\s\\\x00-\x1f\x7f]", bare):
        raise _refused(url, "have no blank or backslash and at most 2048 characters")
    try:
        parts = urlsplit(bare)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise _refused(url, "be a web address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise _refused(url, "begin with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise _refused(url.replace(parts.netloc, "..."), "be without user name and password")
    return bare


def may_connect(address: str, *, allow_private: bool) -> bool:
    """Tell whether a numeric address may be connected to.

    Args:
        address: IPv4 or IPv6, as the system resolved it; a zone (``%eth0``) is allowed in it.
        allow_private: this computer and private networks too.
    """
    ip = ip_address(address)
    if allow_private and any(ip in network for network in _PRIVATE):
        return True
    if isinstance(ip, IPv6Address) and (
        ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip.is_site_local
    ):
        return False  # these wrap another address, or are an old kind of private one
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def shown(text: object) -> str:
    """Quote a foreign text for a message, shortened."""
    quoted = repr(text)
    return quoted if len(quoted) <= _SHOWN else f"{quoted[:_SHOWN]}..."


def _refused(url: str, rule: str) -> StoreAccessError:
    return StoreAccessError(f"an address must {rule}, got {shown(url)}")
