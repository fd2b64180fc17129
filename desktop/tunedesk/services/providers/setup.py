"""What a person does with providers: add, change, test, remove, and give them keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.address import checked_address, host_of, origin_of
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.environment import OPENAI_ADDRESS, FoundKey
from tunedesk.providers.probe import Answer, probe
from tunedesk.providers.profile_check import checked_profile, is_secret
from tunedesk.providers.profiles import Profile
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.keys import KeyState
from tunedesk.services.work.background import Background

__all__ = ["Answer", "KeyState", "Profile", "ProviderSetup", "ProviderView", "is_secret"]


class ProviderView(msgspec.Struct, frozen=True, kw_only=True):
    """One provider as Settings shows it. `answers` are those of the last test, if any.

    `is_moved`: its address changed, so that its key is asked for again.
    """

    profile: Profile
    key: KeyState
    answers: Sequence[Answer] = ()
    is_moved: bool = False


class ProviderSetup:
    """One for the app; everything is called on the loop's thread."""

    def __init__(
        self, providers: Providers, background: Background, found: FoundKey | None = None
    ) -> None:
        """`found` is a key from the environment; it is used for nothing until it is taken."""
        self._providers = providers
        self._background = background
        self._found = found
        self._answers: dict[str, Sequence[Answer]] = {}
        self._moved: set[str] = set()

    def subscribe(self, callback: Callable[[], object]) -> Callable[[], None]:
        """`callback()` whenever a view may have changed; returns what ends it."""
        return self._providers.subscribe(callback)

    def load_keys(self) -> None:
        """Look in the keyring for the keys of all providers; `subscribe` tells what came."""
        for profile in self._own():
            self._providers.keys.load(profile)

    # ---- looking -------------------------------------------------------------------------------

    def views(self) -> list[ProviderView]:
        """The person's own providers, oldest first."""
        return [self._view(profile) for profile in self._own()]

    def presets(self) -> list[Profile]:
        """What can be added, in the order to offer it."""
        return self._providers.book.presets()

    def draft(self, preset_id: str) -> Profile:
        """A new profile to be filled in, and then given to `add`."""
        return self._providers.book.new(preset_id)

    def needs_new_key(self, profile: Profile) -> bool:
        """Whether this change of a known profile leaves its key behind: another origin."""
        known = self._providers.book.get(profile.id)
        return known is None or known.origin != origin_of(profile.base_url)

    # ---- changing ------------------------------------------------------------------------------

    async def put(
        self, profile: Profile, key: str = "", secrets: Mapping[str, str] | None = None
    ) -> None:
        """Add a profile or change the one of its id; empty secrets are left as they are.

        Its key stays with the address it was entered for. Raises TunedeskError with what to
        change, or if the settings cannot be written; nothing is changed then.
        """
        checked = checked_profile(profile)
        book, before = self._providers.book, self._providers.book.get(profile.id)
        was_own = book.is_own(profile.id)
        book.put(checked)
        try:
            await self._background.run(book.save)
        except TunedeskError:
            if before is not None and was_own:
                book.put(before)
            else:
                book.remove(profile.id)
            raise
        self._answers.pop(profile.id, None)
        if before is not None and was_own:
            await self._leave_behind(before, checked, key)
        self._providers.keys.enter(checked, key, secrets)
        self._providers.keys.load(checked)
        self._providers.tell()

    def replace_key(self, provider_id: str, key: str) -> None:
        """Use another key from now on."""
        self._moved.discard(provider_id)
        self._answers.pop(provider_id, None)
        self._providers.keys.enter(self._providers.profile(provider_id), key)

    async def remove(self, provider_id: str) -> None:
        """Forget a provider and its key. Raises TunedeskError if either cannot be forgotten."""
        profile = self._providers.profile(provider_id)
        self._providers.book.remove(provider_id)
        self._answers.pop(provider_id, None)
        self._moved.discard(provider_id)
        try:
            await self._background.run(self._providers.book.save)
            await self._providers.keys.forget(profile)
        finally:
            self._providers.tell()

    # ---- testing -------------------------------------------------------------------------------

    async def test(self, provider_id: str) -> Sequence[Answer]:
        """Ask what a provider offers: within ten seconds, creating nothing.

        What it says of jobs decides whether training with it is on. Raises TunedeskError if it
        cannot be asked at all.
        """
        profile = self._providers.profile(provider_id)
        answers = await self._probed(profile)
        if self._providers.profile(provider_id) is not profile and not profile.is_local:
            return answers  # changed meanwhile: they are about another one
        self._answers[provider_id] = answers
        if not profile.is_local:
            await self._note_training(profile, answers)
        self._providers.tell()
        return answers

    # ---- a key in the environment --------------------------------------------------------------

    @property
    def found_for(self) -> str:
        """The host that a key found in the environment is for; "" without one."""
        return host_of(self._found.address) if self._found is not None else ""

    async def take_found(self) -> None:
        """Move the found key to a provider of its own address. Raises TunedeskError."""
        if self._found is None:
            return
        found = self._found
        address = checked_address(found.address)
        known = next((one for one in self._own() if one.origin == origin_of(address)), None)
        if known is None:
            is_openai = origin_of(address) == origin_of(OPENAI_ADDRESS)
            draft = self.draft("openai" if is_openai else "other")
            name = draft.name if is_openai else host_of(address)
            known = msgspec.structs.replace(draft, name=name, base_url=address)
            await self.put(known, found.key)
        else:
            self.replace_key(known.id, found.key)
        self.drop_found()

    def drop_found(self) -> None:
        """Forget the found key."""
        self._found = None
        self._providers.tell()

    # ---- inner ---------------------------------------------------------------------------------

    def _own(self) -> list[Profile]:
        return [profile for profile in self._providers.book.all() if not profile.is_local]

    def _view(self, profile: Profile) -> ProviderView:
        state = self._providers.keys.state(profile)
        return ProviderView(
            profile=profile,
            key=state,
            answers=self._answers.get(profile.id, ()),
            is_moved=profile.id in self._moved and not state.hint,
        )

    async def _leave_behind(self, before: Profile, now: Profile, key: str) -> None:
        """A secret that is not used any more does not stay in the keyring."""
        if before.origin != now.origin:
            if not key:
                self._moved.add(now.id)
            await self._providers.keys.forget(before)
            return
        kept = {header.lower() for header in now.secret_headers}
        gone = [header for header in before.secret_headers if header.lower() not in kept]
        if gone:
            await self._providers.keys.forget(before, gone)

    async def _probed(self, profile: Profile) -> Sequence[Answer]:
        if profile.is_local:
            address = await self._providers.engine.address()
            token = Credentials(address.token)
            return await probe(profile, token, base_url=address.base_url, uds=address.uds)
        credentials = self._providers.keys.credentials(profile)
        if credentials is None:
            raise TunedeskError(
                "key_missing",
                f"{profile.name} cannot be tested yet.",
                "There is no key for its address.",
                "Enter the key first.",
            )
        return await probe(profile, credentials)

    async def _note_training(self, profile: Profile, answers: Sequence[Answer]) -> None:
        verdicts = {answer.what: answer.verdict for answer in answers}
        is_chat_only = verdicts["models"] == "works" and verdicts["jobs"] == "not_offered"
        if verdicts["jobs"] == "works" or is_chat_only:
            trains = not is_chat_only
            if trains != profile.trains:
                self._providers.book.put(msgspec.structs.replace(profile, trains=trains))
                await self._background.run(self._providers.book.save)
