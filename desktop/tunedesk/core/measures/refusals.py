"""Does a reply look like a refusal? A guess by its words, where the model does not say so."""

from __future__ import annotations

import re

LOOKED_AT_CHARS = 200
"""A refusal says so at the beginning; further on the same words are most often about something."""

_CANNOT = r"(?:can['’]?t|cannot|can not|unable|not able|won['’]?t|will not)"
_HELP = r"(?:help|assist|provide|answer|comply|discuss|create|write|generate|fulfil)"
_ENGLISH = (
    rf"\bI['’]?m (?:sorry|afraid)\b.{{0,40}}\b{_CANNOT}",
    rf"\bI(?:['’]m| am)? {_CANNOT} (?:to )?(?:{_HELP}|do (?:that|this))\b",
    rf"\bI must decline to {_HELP}",
    rf"\bas an AI(?: language)? (?:model|assistant)\b.{{0,60}}\b{_CANNOT}",
    r"\b(?:against|violates?) (?:my|our|the) (?:guidelines|policy|policies|programming)\b",
)
_THAI = (
    r"(?:ขออภัย|ขอโทษ).{0,40}(?:ไม่สามารถ|ไม่อาจ|ตอบไม่ได้|ช่วยไม่ได้)",
    r"(?:ฉัน|ผม|ดิฉัน|เรา|หนู)\s?(?:ไม่สามารถ|ไม่อาจ)\s?(?:ช่วย|ตอบ|ให้|ทำ|สร้าง|เขียน|ดำเนินการ)",
    r"ไม่สามารถ(?:ช่วยเหลือ|ให้ความช่วยเหลือ|ตอบคำถาม|ให้ข้อมูล|ทำตามคำขอ|ดำเนินการ)",
    r"(?:ขัดต่อ|ผิด)(?:นโยบาย|แนวทาง)",
)
_REFUSAL = re.compile("|".join((*_ENGLISH, *_THAI)), re.IGNORECASE | re.DOTALL)


def looks_like_refusal(text: str) -> bool:
    """Whether the beginning of an English or Thai reply has the words of a refusal. It can be
    wrong both ways: a refusal in other words is missed, a quotation of one is taken for one."""
    return _REFUSAL.search(text.strip()[:LOOKED_AT_CHARS]) is not None
