"""What the bus proves itself with, and whom it believes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from lgsp.assembly.memory import Memory
from lgsp.beliefs import authorities_of, rules_of
from lgsp.keychain import Keychain
from lgsp.stages.signature import Trust
from lgsp.timing import stamper_of, time_authorities_of
from lgsp.upkeep.fetching import Fetcher
from lgsp.upkeep.known import Known
from signing import ENGINES

if TYPE_CHECKING:
    from signing import Authorities, KeyProvider
    from signing.stamper import Stamper


class Trusted(Memory):
    """Keys, authorities, news of revocation and clocks."""

    @cached_property
    def keychain(self) -> Keychain:
        """Where keys are opened."""
        return Keychain(self.settings)

    @cached_property
    def keys(self) -> KeyProvider:
        """The bus's own signing keys."""
        return self.keychain.seal

    @cached_property
    def authorities(self) -> Authorities:
        """The anchors, and what is known of revocation."""
        return authorities_of(self.settings.trust)

    @cached_property
    def known(self) -> Known:
        """Keeps this process's knowledge of revocation equal to the store's, wherever signatures are judged."""
        return Known(self.revocations, self.authorities)

    @cached_property
    def trust(self) -> Trust:
        """Whom the bus believes."""
        return Trust(
            authorities=self.authorities,
            binding_of=self.directory.binding,
            canonical=self.directory.canonical,
            speaks_for=self.directory.speaks_for,
            engine=ENGINES[self.settings.trust.engine],
            admission=rules_of(self.settings.trust),
            time_authorities=self.time_authorities,
            ready=self.known.ready,
        )

    @cached_property
    def fetcher(self) -> Fetcher:
        """Asks authorities about revocation."""
        section = self.settings.revocation
        return Fetcher(timeout_seconds=section.timeout_seconds, size_limit_bytes=section.size_limit_bytes)

    @cached_property
    def stamper(self) -> Stamper | None:
        """Asks the time authorities; None when there are none."""
        return stamper_of(self.settings.time)

    @cached_property
    def time_authorities(self) -> Authorities:
        """Whose time stamps are believed."""
        return time_authorities_of(self.settings.time)
