"""Which addresses the notifier connects to."""

from ipaddress import ip_network

import pytest

from pimjob_notifier.reach import ForbiddenAddressError, Reach

OUTSIDE = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "8.8.8.8")
INSIDE = (
    "127.0.0.1",
    "10.96.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - no one listens
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "fec0::1",
    "::7f00:1",
    "::ffff:0:a00:1",
    "64:ff9b:1::a00:1",
    "::ffff:10.0.0.1",
    "64:ff9b::a00:1",
    "2002:a00:1::",
)


@pytest.mark.parametrize("address", OUTSIDE)
def test_the_internet_is_reached(address: str) -> None:
    Reach().check(address)


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_however_it_is_written(address: str) -> None:
    with pytest.raises(ForbiddenAddressError, match="is inside"):
        Reach().check(address)


def test_what_is_allowed_is_and_nothing_beside_it() -> None:
    reach = Reach(allowed=(ip_network("10.20.0.0/16"),))
    reach.check("10.20.3.4")
    reach.check("::ffff:10.20.3.4")
    with pytest.raises(ForbiddenAddressError):
        reach.check("10.21.0.1")


def test_what_is_denied_is_not_even_if_it_is_allowed() -> None:
    network = ip_network("8.8.8.0/24")
    with pytest.raises(ForbiddenAddressError, match="denied"):
        Reach(allowed=(network,), denied=(network,)).check("8.8.8.8")


def test_in_the_clear_only_what_is_allowed_is() -> None:
    Reach(allowed=(ip_network("10.20.0.0/16"),)).check("10.20.3.4", in_the_clear=True)
    with pytest.raises(ForbiddenAddressError, match="without TLS"):
        Reach().check("8.8.8.8", in_the_clear=True)
