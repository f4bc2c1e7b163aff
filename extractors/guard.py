"""The dial-time guard: addresses are checked after DNS, and only a checked address is dialled.

A check of the name before the request would be void when the name resolves otherwise a moment
later (rebinding) or when a redirect leads elsewhere; here every connection passes.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import httpcore

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_MAX_ADDRESSES_TRIED = 4


class ForbiddenAddressError(httpcore.ConnectError):
    """The host leads to an address that must not be fetched."""


class NameNotResolvedError(httpcore.ConnectError):
    """DNS has no address for the host."""


@dataclass(frozen=True, slots=True)
class DialPolicy:
    """What may be dialled."""

    ports: tuple[int, ...] = (80, 443)
    allow_loopback: bool = False

    def allows(self, address: IPAddress, port: int) -> bool:
        """Tell whether this address and port may be dialled."""
        inner = _embedded(address)
        if inner is not None:
            return self.allows(inner, port)
        if address.is_loopback:
            return self.allow_loopback
        return address.is_global and not _is_special(address) and port in self.ports


def _is_special(address: IPAddress) -> bool:
    return (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or address.is_link_local
        or bool(getattr(address, "is_site_local", False))
    )


def _embedded(address: IPAddress) -> IPAddress | None:
    """Return the IPv4 address that an IPv6 address stands for, if any."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.teredo is not None:
        return address.teredo[1]
    return address.ipv4_mapped or address.sixtofour


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host, as the system resolves it (decimal and octal forms too)."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Open connections only to addresses that the policy allows."""

    def __init__(self, policy: DialPolicy, resolver: Resolver = resolve) -> None:
        self._policy = policy
        self._resolver = resolver
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check and dial; the address dialled is the one checked.

        Raises:
            ForbiddenAddressError: when every address of the host is forbidden.
            NameNotResolvedError: when it has none.
        """
        addresses = await self._addresses(host, port, timeout)
        error: Exception | None = None
        for address in addresses[:_MAX_ADDRESSES_TRIED]:
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error or httpcore.ConnectError(f"no address of {host} answered")

    async def _addresses(self, host: str, port: int, timeout: float | None) -> list[str]:
        try:
            async with asyncio.timeout(timeout):
                found = await self._resolver(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"DNS did not answer for {host}") from error
        except (OSError, UnicodeError) as error:
            raise NameNotResolvedError(f"DNS has no address for {host} ({error})") from error
        allowed = [each for each in found if self._policy.allows(_parse(each), port)]
        if not found:
            raise NameNotResolvedError(f"DNS has no address for {host}")
        if not allowed:
            shown = ", ".join(found[:3])
            raise ForbiddenAddressError(
                f"{host} leads to {shown} port {port}, not a public address"
            )
        return allowed


def _parse(address: str) -> IPAddress:
    return ipaddress.ip_address(address.partition("%")[0])
