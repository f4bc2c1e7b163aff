"""Only public addresses are dialled, whatever their name or spelling."""

from __future__ import annotations

import asyncio
import ipaddress
import socket

import httpcore
import pytest

from treatywatch.extractors.guard import (
    DialPolicy,
    ForbiddenAddressError,
    GuardedBackend,
    NameNotResolvedError,
    resolve,
)

FORBIDDEN = (
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "127.8.8.8", "169.254.169.254",
    "0.0.0.0", "224.0.0.1", "255.255.255.255", "100.64.0.1", "192.0.2.1", "198.18.0.1",
    "240.0.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "::ffff:10.0.0.1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a00:1::",
    "2001:db8::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe",
)  # fmt: skip
PUBLIC = ("93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8")


@pytest.mark.parametrize("address", FORBIDDEN)
def test_addresses_that_are_not_public_are_refused(address: str) -> None:
    assert not DialPolicy().allows(ipaddress.ip_address(address), 80)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed_on_the_usual_ports_alone(address: str) -> None:
    parsed = ipaddress.ip_address(address)
    assert DialPolicy().allows(parsed, 443)
    assert not DialPolicy().allows(parsed, 22)
    assert DialPolicy(ports=(8443,)).allows(parsed, 8443)


def test_the_setting_opens_loopback_alone_on_any_port() -> None:
    policy = DialPolicy(allow_loopback=True)
    for address in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        assert policy.allows(ipaddress.ip_address(address), 8123)
    for address in ("10.0.0.1", "169.254.169.254", "0.0.0.0"):
        assert not policy.allows(ipaddress.ip_address(address), 80)


@pytest.mark.parametrize("host", ["2130706433", "0177.0.0.1", "0x7f.1", "127.1", "localhost"])
def test_odd_spellings_of_loopback_are_refused_at_dial_time(host: str) -> None:
    backend = GuardedBackend(DialPolicy())
    with pytest.raises((ForbiddenAddressError, NameNotResolvedError)):
        asyncio.run(backend.connect_tcp(host, 80, timeout=5))


def test_a_name_that_changes_its_mind_is_dialled_only_as_it_was_checked() -> None:
    """The second answer of a rebinding name must never be asked for."""
    answers = [["10.0.0.1", "127.0.0.1"], ["169.254.169.254"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    async def dial() -> bytes:
        served = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = served.sockets[0].getsockname()[1]
        backend = GuardedBackend(DialPolicy(allow_loopback=True), rebinding)
        stream = await backend.connect_tcp("rebinding.test", port, timeout=5)
        info: bytes = stream.get_extra_info("server_addr")
        await stream.aclose()
        served.close()
        return info

    assert asyncio.run(dial())[0] == "127.0.0.1"
    assert len(answers) == 1


def test_a_resolver_that_hangs_is_a_timeout() -> None:
    async def hanging(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(httpcore.ConnectTimeout):
        asyncio.run(GuardedBackend(DialPolicy(), hanging).connect_tcp("x.test", 80, timeout=0.05))


def test_a_name_without_address_is_a_dns_failure() -> None:
    async def nothing(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    with pytest.raises(NameNotResolvedError):
        asyncio.run(GuardedBackend(DialPolicy(), nothing).connect_tcp("x.test", 80, timeout=1))


def test_the_system_resolver_returns_each_address_once() -> None:
    found = asyncio.run(resolve("127.0.0.1", 80))
    assert found == ["127.0.0.1"]
