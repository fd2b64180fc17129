"""Looking for a text as a person means it: composed or decomposed, escaped or not."""

from __future__ import annotations

import json
import re
import unicodedata

_SARA_AM, _NIKHAHIT, _SARA_AA = "\u0e33", "\u0e4d", "\u0e32"
_TONE_MARKS = "\u0e48\u0e49\u0e4a\u0e4b"
_SPLIT_AM = re.compile(f"([{_TONE_MARKS}]?){_NIKHAHIT}([{_TONE_MARKS}]?){_SARA_AA}")
_AM = re.compile(f"([{_TONE_MARKS}]?){_SARA_AM}")
_TURNED_BY_CASE = "kKsS"  # the Kelvin sign and the long s match them, too


def literal_pattern(text: str) -> str:
    """A regular expression for the text itself, in each way Unicode can write it.

    Composed and decomposed letters match each other, and Thai SARA AM its two halves, with the
    tone mark on either side.
    """
    whole = _SPLIT_AM.sub(lambda m: f"{m[1] or m[2]}{_SARA_AM}", unicodedata.normalize("NFC", text))
    pattern, at = [], 0
    for found in _AM.finditer(whole):
        pattern += [_letters(whole[at : found.start()]), _sara_am(found[1])]
        at = found.end()
    return "".join([*pattern, _letters(whole[at:])])


def _sara_am(tone: str) -> str:
    forms = [f"{tone}{_SARA_AM}", f"{tone}{_NIKHAHIT}{_SARA_AA}"]
    if tone:
        forms.append(f"{_NIKHAHIT}{tone}{_SARA_AA}")
    return f"(?:{'|'.join(forms)})"


def _letters(text: str) -> str:
    return "".join(_letter(cluster) for cluster in _clusters(text))


def _clusters(text: str) -> list[str]:
    """Each letter with the marks that follow it."""
    found: list[str] = []
    for char in text:
        if found and unicodedata.combining(char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _letter(cluster: str) -> str:
    forms = dict.fromkeys((cluster, unicodedata.normalize("NFD", cluster)))
    if len(forms) == 1:
        return re.escape(cluster)
    return f"(?:{'|'.join(map(re.escape, forms))})"


class RawSieve:
    """Says of raw rows whether they may hold a text, without parsing them.

    It looks for the longest stretch that JSON and Unicode can write in few ways only.
    """

    def __init__(self, text: str) -> None:
        run = _plainest_run(text).lower()
        escaped = json.dumps(run)[1:-1].lower().encode()
        self._plain, self._escaped = run.encode("utf-8", "surrogatepass"), escaped
        self._is_blind = not run
        self._is_ascii = run.isascii()

    def may_hold(self, raw: bytes) -> bool:
        """False only where the row cannot hold it."""
        if self._is_blind:
            return True
        low = raw.lower()
        if self._plain in low:
            return True
        if b"\\u" not in low:
            return False
        return b"\\u00" in low or (not self._is_ascii and self._escaped in low)


def _plainest_run(text: str) -> str:
    runs = [""]
    for char in text:
        if _is_written_one_way(char):
            runs[-1] += char
        else:
            runs.append("")
    return max(runs, key=len)


def _is_written_one_way(char: str) -> bool:
    if char.isascii():
        return char.isprintable() and char not in '"\\/' and char not in _TURNED_BY_CASE
    if char in _TONE_MARKS or char in (_SARA_AM, _NIKHAHIT, _SARA_AA):
        return False
    return (
        char.lower() == char.upper()
        and not unicodedata.combining(char)
        and unicodedata.normalize("NFD", char) == char
    )
