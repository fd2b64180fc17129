"""A ReadyCheck in words; one whose code is not known here is shown as plainly as it comes."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import QCoreApplication

from tunedesk.core.speech import said
from tunedesk.services.train.training import ReadyCheck
from tunedesk.ui.words import date_words, size

_LONG = ("provider_missing", "provider_failed", "provider_unreached")


def _tr(text: str) -> str:
    return QCoreApplication.translate("ReadyChecks", text)


def check_sentence(check: ReadyCheck) -> str:
    """One line for the card, without a full stop."""
    words = _words(check.code, check.level, is_one=check.args.get("n") == 1)
    if words is None:
        return _plain(check)
    args = {name: _arg(name, value) for name, value in check.args.items()}
    if "free_bytes" in args and args["free_bytes"] == args.get("needed_bytes"):
        for name in ("free_bytes", "needed_bytes"):  # not "1.4 GB free, takes 1.4 GB"
            args[name] = f"{int(check.args[name]) / 1e6:,.0f} MB"
    try:
        return words.format(**args)
    except (KeyError, IndexError, ValueError):
        return _plain(check)


def check_reason(check: ReadyCheck) -> str:
    """Why Start is off, in half a line: without a long detail, and without a full stop."""
    if check.code in _LONG and "name" in check.args:
        return _tr("{name} cannot train just now, see above").format(
            name=_arg("name", check.args["name"])
        )
    short = {
        "memory": _tr("there is not enough memory free, see above"),
        "disk": _tr("there is not enough disk free, see above"),
    }
    return short.get(check.code) or check_sentence(check).rstrip(".")


def _words(code: str, level: str, *, is_one: bool) -> str | None:
    """The template for a code at a level, None for one that is not known here."""
    if is_one and (code, level) in (one := _for_one()):
        return one[(code, level)]
    return _for_many().get((code, level))


def _for_many() -> dict[tuple[str, str], str]:
    return {
        ("train_rows", "ok"): _tr("{n} train rows valid"),
        ("train_rows", "error"): _tr("{n} valid train rows; at least {needed} are needed"),
        ("rows_looked_at", "busy"): _tr("{n} of {total} rows looked at"),
        ("tokens_counted", "busy"): _tr("tokens of {n} of {total} rows counted"),
        ("likes_sought", "busy"): _tr(
            "whether test rows are also in train: {n} of {total} rows compared"
        ),
        ("test_rows", "ok"): _tr("{n} test rows valid, none also in train"),
        ("test_rows", "warning"): _tr("no test rows: there will be no held-out loss"),
        ("leaks", "warning"): _tr(
            "{n} of {n_test} test rows say nearly the same as train rows: held-out figures flatter"
        ),
        ("test_prompts", "ok"): _tr("{n} test rows valid, none asks what a train row asks"),
        ("same_prompts", "warning"): _tr(
            "{n} of {n_test} test rows ask the same as train rows: held-out figures flatter"
        ),
        ("formats_differ", "error"): _tr(
            "train rows are {train} rows and test rows {test} rows: choose two of a kind"
        ),
        ("set_aside", "warning"): _tr("{n} rows with errors are set aside and not sent"),
        ("format", "error"): _tr("these are {format} rows; supervised training needs chat rows"),
        ("no_dpo", "error"): _tr(
            "these are preference rows, and {name} does not learn from preferences (DPO)"
        ),
        ("dpo_from_base", "warning"): _tr(
            "preferences are best learned after replies: start from a model tuned before"
        ),
        ("longest_row", "ok"): _tr("longest row fits ({tokens} of {limit} tokens)"),
        ("longest_row", "warning"): _tr(
            "longest row has {tokens} tokens; what is over {limit} is cut off"
        ),
        ("cut_off", "warning"): _tr(
            "{n} rows are cut before anything that is taught: set aside and not sent"
        ),
        ("provider_ready", "ok"): _tr("{name}: ready"),
        ("key_works", "ok"): _tr("{name}: the key works"),
        ("engine_ready", "ok"): _tr(
            "engine running, {memory_bytes} of memory and {disk_bytes} of disk free"
        ),
        ("memory", "error"): _tr(
            "{free_bytes} of memory free, training this model takes about {needed_bytes}: close "
            "other programs, or choose a smaller model"
        ),
        ("disk", "error"): _tr(
            "{free_bytes} of disk free in {folder}, the checkpoints take about {needed_bytes}: "
            "make room there, or train fewer epochs"
        ),
        ("provider_asked", "busy"): _tr("{name}: asking whether the key works"),
        ("provider_unreached", "error"): _tr("{name} cannot be used just now. {detail}"),
        ("provider_starting", "busy"): _tr("{name}: starting, a moment please"),
        ("provider_missing", "error"): _tr("{name}: something is missing. {detail}"),
        ("provider_chat_only", "error"): _tr(
            "{name} has no fine-tuning jobs: it can be compared and asked for drafts, not trained"
        ),
        ("provider_failed", "error"): _tr("{name}: the engine does not run. {detail}"),
        ("closing", "warning"): _tr("{name} begins no new fine-tunes after {day}"),
        ("closed", "error"): _tr(
            "{name} begins no new fine-tunes since {day}; choose another place above"
        ),
        ("name", "error"): _tr("the fine-tune has no name"),
        ("hyperparameter", "error"): _tr("{field} is {value}; it must be from {low} to {high}"),
    }


def _for_one() -> dict[tuple[str, str], str]:
    return {
        ("train_rows", "ok"): _tr("1 train row valid"),
        ("train_rows", "error"): _tr("1 valid train row; at least {needed} are needed"),
        ("test_rows", "ok"): _tr("1 test row valid, not also in train"),
        ("leaks", "warning"): _tr(
            "1 of {n_test} test rows says nearly the same as a train row: held-out figures flatter"
        ),
        ("test_prompts", "ok"): _tr("1 test row valid, no train row asks the same"),
        ("same_prompts", "warning"): _tr(
            "1 of {n_test} test rows asks the same as a train row: held-out figures flatter"
        ),
        ("set_aside", "warning"): _tr("1 row with errors is set aside and not sent"),
        ("cut_off", "warning"): _tr(
            "1 row is cut before anything that is taught: set aside and not sent"
        ),
    }


def _arg(name: str, value: str | int) -> str:
    if name == "day":
        return date_words(date.fromisoformat(str(value)))
    if name.endswith("_bytes") and isinstance(value, int):
        return size(value)
    return _text(value)


def _text(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else said(value)


def _plain(check: ReadyCheck) -> str:
    """The code as words, with what came along."""
    text = check.code.replace("_", " ")
    extras = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in check.args.items())
    return f"{text} ({extras})" if extras else text
