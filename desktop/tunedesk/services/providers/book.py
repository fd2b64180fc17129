"""The providers a person has: the shipped presets, and own profiles made from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from tunedesk.assets import resource
from tunedesk.providers.profiles import LOCAL, Profile, load_presets
from tunedesk.store.settings import JsonValue, SettingsStore

_KEY = "providers"
_TOLD = ("note", "address_hint")  # about the preset, not about the person's own


class ProviderBook:
    """Own profiles are kept in the settings as what differs from their preset: never a key.

    An entry that cannot be read is not shown, and stays in the file as it is.
    """

    def __init__(
        self, settings: SettingsStore | None = None, presets: Sequence[Profile] | None = None
    ) -> None:
        """Without settings nothing lasts. `presets` are the shipped ones unless given."""
        self._settings = settings
        shipped = load_presets(presets_path()) if presets is None else presets
        self._presets = {preset.id: preset for preset in shipped}
        self._own: dict[str, Profile] = {}
        self._unread: list[JsonValue] = []
        entries: list[JsonValue] = settings.get(_KEY, []) if settings is not None else []
        for entry in entries:
            self._take(entry)

    def presets(self) -> list[Profile]:
        """What a provider can be made from, in the order to offer them."""
        return [preset for preset in self._presets.values() if preset.id != LOCAL]

    def all(self) -> list[Profile]:
        """The engine on this computer, then the person's own, oldest first."""
        local = [self._presets[LOCAL]] if LOCAL in self._presets else []
        return local + list(self._own.values())

    def get(self, provider_id: str) -> Profile | None:
        """One of `all`; else the preset of that id, so that old records keep their names."""
        return self._own.get(provider_id) or self._presets.get(provider_id)

    def is_own(self, provider_id: str) -> bool:
        """Whether the person has it now."""
        return provider_id in self._own

    def new(self, preset_id: str) -> Profile:
        """A profile of a preset, with an id that nobody has; not in the book yet."""
        preset = self._presets[preset_id]
        taken = self._own.keys() | (self._presets.keys() - {preset_id})
        ids = [preset_id, *(f"{preset_id}-{number}" for number in range(2, len(taken) + 3))]
        free = next(one for one in ids if one not in taken)
        return msgspec.structs.replace(preset, id=free, preset=preset_id)

    def put(self, profile: Profile) -> None:
        """Add a profile, or replace the one of its id. `save` makes it last."""
        self._own[profile.id] = profile

    def remove(self, provider_id: str) -> None:
        """Take a profile out; nothing happens if it is not there. `save` makes it last."""
        self._own.pop(provider_id, None)

    def save(self) -> None:
        """Blocking. Raises TunedeskError if the settings cannot be written."""
        if self._settings is not None:
            entries = [cast("JsonValue", self._difference(one)) for one in self._own.values()]
            self._settings.set(_KEY, entries + self._unread)

    def _take(self, entry: JsonValue) -> None:
        try:
            profile = self._profile(entry)
        except (msgspec.ValidationError, KeyError, TypeError, AttributeError):
            self._unread.append(entry)
            return
        self._own[profile.id] = profile

    def _profile(self, entry: Any) -> Profile:
        preset = self._presets.get(entry.get("preset", ""), self._presets["other"])
        told = {name: getattr(preset, name) for name in _TOLD}
        whole = msgspec.to_builtins(preset) | entry | told | {"id": entry["id"]}
        return msgspec.convert(whole, Profile)

    def _difference(self, profile: Profile) -> dict[str, Any]:
        preset = self._presets.get(profile.preset)
        mine = msgspec.structs.asdict(profile)
        same = msgspec.structs.asdict(preset) if preset is not None else {}
        kept = {name: value for name, value in mine.items() if same.get(name) != value}
        for name in _TOLD:
            kept.pop(name, None)
        return msgspec.to_builtins({"id": profile.id, "preset": profile.preset} | kept)  # type: ignore[no-any-return]


def presets_path() -> Path:
    """The shipped table of presets."""
    return resource("providers", "presets.json")
