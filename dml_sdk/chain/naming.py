"""What accounts are called where people read of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from dml_sdk.chain.accounts import WELL_KNOWN, Account
from dml_sdk.types import short_address

if TYPE_CHECKING:
    from dml_sdk.chain.client.chain import Chain

Called: TypeAlias = Callable[[str], str]
"""Gives what an account is called, by its SS58 address."""


def called_on(chain: Chain) -> Called:
    """How accounts are called on a chain: those of development by their names, where it is one."""
    if not chain.is_development:
        return short_address
    names = development_names()
    return lambda address: names.get(address) or short_address(address)


@cache
def development_names() -> Mapping[str, str]:
    """The well-known accounts, by SS58 address."""
    return {Account.development(name).address: name for name in WELL_KNOWN}
