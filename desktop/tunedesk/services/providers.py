"""Who can be asked, each with the one client that is shared by all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tunedesk.assets import resource
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.base import Provider
from tunedesk.providers.engine_process import EngineAddress
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.providers.profiles import LOCAL, Profile, load_presets
from tunedesk.services.local_engine import LocalEngine


class Providers:
    """Clients by profile id. `keys` (profile id → API key) makes further profiles usable."""

    def __init__(
        self,
        engine: LocalEngine,
        profiles: Sequence[Profile] | None = None,
        keys: Mapping[str, str] | None = None,
    ) -> None:
        """`profiles` are those of the shipped table unless given."""
        table = load_presets(presets_path()) if profiles is None else profiles
        self._profiles = {profile.id: profile for profile in table}
        self._engine = engine
        self._keys = dict(keys or {})
        self._open: dict[str, OpenAICompatible] = {}
        self._address: EngineAddress | None = None

    def profiles(self) -> list[Profile]:
        """Those that can be asked now: without a key, or with one that is known."""
        return [
            profile
            for profile in self._profiles.values()
            if not profile.needs_key or profile.id in self._keys
        ]

    def profile(self, provider_id: str) -> Profile:
        """A profile whether it can be asked or not. Raises TunedeskError for an unknown id."""
        found = self._profiles.get(provider_id)
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
        if profile.needs_key and provider_id not in self._keys:
            raise TunedeskError(
                "key_missing",
                f"{profile.name} needs a key.",
                "None is known for it.",
                "Enter it in Settings.",
            )
        if provider_id not in self._open:
            key = self._keys.get(provider_id, "")
            self._open[provider_id] = OpenAICompatible(profile, api_key=key)
        return self._open[provider_id]

    async def close(self) -> None:
        """Close every client."""
        clients, self._open = list(self._open.values()), {}
        for client in clients:
            await client.close()

    async def _local(self, profile: Profile) -> Provider:
        """Each launch of the engine has an address and a token of its own."""
        address = await self._engine.address()
        if address != self._address or LOCAL not in self._open:
            old = self._open.pop(LOCAL, None)
            self._address = address
            client = self._open[LOCAL] = OpenAICompatible(
                profile, api_key=address.token, base_url=address.base_url, uds=address.uds
            )
            if old is not None:
                await old.close()
            return client
        return self._open[LOCAL]


def presets_path() -> Path:
    """The shipped table of profiles."""
    return resource("providers", "presets.json")
