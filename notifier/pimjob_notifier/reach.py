"""Which addresses may be connected to: none inside the cluster or its networks, unless allowed.

Asked about the address that a socket is about to connect to, not about a name before it is
resolved: a name that points elsewhere a moment later gets nowhere.
"""

import ipaddress
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are an IPv4 address."""
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that is given out (RFC 4291); the rest wraps IPv4, or is some network's own."""


class ForbiddenAddressError(OSError):
    """The destination is at an address that may not be connected to."""


@dataclass(frozen=True)
class Reach:
    """What may be connected to, beside the addresses of the Internet."""

    allowed: tuple[Network, ...] = ()
    denied: tuple[Network, ...] = ()

    def check(self, address: str, *, in_the_clear: bool = False) -> None:
        """Raise ForbiddenAddressError unless this numeric address may be connected to.

        In the clear nothing leaves: only what is allowed by name may be sent to without TLS.
        """
        found = _real(ipaddress.ip_address(address.partition("%")[0]))
        if any(found in network for network in self.denied):
            raise ForbiddenAddressError(
                "the destination's address is denied (notifier.deniedCIDRs)"
            )
        if any(found in network for network in self.allowed):
            return
        if in_the_clear:
            raise ForbiddenAddressError(
                "without TLS only addresses of notifier.allowedCIDRs are connected to"
            )
        unicast = isinstance(found, ipaddress.IPv4Address) or found in _UNICAST
        if not found.is_global or found.is_multicast or not unicast:
            raise ForbiddenAddressError(
                "the destination's address is inside (private, loopback, link-local):"
                " add it to notifier.allowedCIDRs if it may be connected to"
            )


def _real(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address only wraps."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour or address
