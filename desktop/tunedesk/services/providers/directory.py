"""Who can be asked, each with the one client that is shared by all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import ModelInfo
from tunedesk.providers.address import host_of
from tunedesk.providers.base import Provider
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.engine_process import EngineAddress
from tunedesk.providers.network_errors import too_slow
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.providers.profiles import LOCAL, Profile
from tunedesk.services.providers.book import ProviderBook
from tunedesk.services.providers.keys import ProviderKeys
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.work.subscribers import Subscribers

_ASK_S = 8.0

_Client = tuple[Profile, Credentials, OpenAICompatible]


class Providers:
    """Clients by profile id; one is made anew when its profile or its key changed."""

    def __init__(
        self,
        engine: LocalEngine,
        book: ProviderBook | None = None,
        keys: ProviderKeys | None = None,
    ) -> None:
        """Without a book only the engine on this computer can be asked."""
        self.book = book or ProviderBook()
        self.keys = keys or ProviderKeys()
        self._engine = engine
        self._open: dict[str, _Client] = {}
        self._address: EngineAddress | None = None
        self._subscribers: Subscribers[[]] = Subscribers()
        self._forget_keys = self.keys.subscribe(self._subscribers.tell)

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """`callback()` whenever other providers, keys or switches are there; returns what ends
        it."""
        return self._subscribers.add(callback)

    def tell(self) -> None:
        """Something in the book changed."""
        self._subscribers.tell()

    def profiles(self) -> list[Profile]:
        """Those that can be asked now: the engine here, and those whose keys are known."""
        return [profile for profile in self.book.all() if self.can_ask(profile)]

    def can_ask(self, profile: Profile) -> bool:
        """Whether it is here, or its key is known."""
        return profile.is_local or self.keys.credentials(profile) is not None

    def profile(self, provider_id: str) -> Profile:
        """A profile whether it can be asked or not. Raises TunedeskError for an unknown id."""
        found = self.book.get(provider_id)
        if found is None:
            raise TunedeskError(
                "provider_unknown",
                "This provider is not known.",
                f'There is no profile "{provider_id}".',
                "Choose another provider, or update Tunedesk.",
            )
        return found

    @property
    def engine(self) -> LocalEngine:
        """The engine behind the profile "local"."""
        return self._engine

    async def get(self, provider_id: str) -> Provider:
        """A provider that can be asked; waits for the engine while it starts.

        Raises TunedeskError if the profile is unknown, has no key, or the engine does not run.
        """
        profile = self.profile(provider_id)
        if profile.is_local:
            return await self._local(profile)
        return await self._remote(profile, self._credentials(profile))

    def check_key(self, provider_id: str) -> None:
        """Raises TunedeskError if the profile is unknown, or has no key that it needs."""
        profile = self.profile(provider_id)
        if not profile.is_local:
            self._credentials(profile)

    async def models_of(self, profile: Profile) -> list[ModelInfo] | TunedeskError:
        """A provider's models, or why not; one elsewhere that keeps silent is not waited for
        long."""
        try:
            async with asyncio.timeout(None if profile.is_local else _ASK_S):
                return await (await self.get(profile.id)).models()
        except TimeoutError:
            return too_slow(profile.name, host_of(profile.base_url))
        except TunedeskError as error:
            return error

    async def close(self) -> None:
        """Close every client, and let go of the keyring."""
        self._forget_keys()
        clients, self._open = list(self._open.values()), {}
        for _, _, client in clients:
            await client.close()
        await self.keys.close()

    # ---- inner ---------------------------------------------------------------------------------

    def _credentials(self, profile: Profile) -> Credentials:
        found = self.keys.credentials(profile) if self.book.is_own(profile.id) else None
        if found is None:
            raise TunedeskError(
                "key_missing",
                f"{profile.name} needs a key.",
                "None is known for it.",
                "Enter it in Settings.",
            )
        return found

    async def _remote(self, profile: Profile, credentials: Credentials) -> Provider:
        known = self._open.get(profile.id)
        if known is not None and known[0] == profile and known[1].same_as(credentials):
            return known[2]
        made = OpenAICompatible(
            profile, api_key=credentials.key, secret_headers=credentials.headers
        )
        self._open[profile.id] = (profile, credentials, made)
        if known is not None:
            await known[2].close()
        return made

    async def _local(self, profile: Profile) -> Provider:
        """Each launch of the engine has an address and a token of its own."""
        address = await self._engine.address()
        known = self._open.get(LOCAL)
        if known is not None and address == self._address:
            return known[2]
        self._address = address
        token = Credentials(address.token)
        made = OpenAICompatible(
            profile, api_key=address.token, base_url=address.base_url, uds=address.uds
        )
        self._open[LOCAL] = (profile, token, made)
        if known is not None:
            await known[2].close()
        return made
