"""What a fine-tune costs elsewhere, beside the time here, as the card says it."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from tests.gui.new_fine_tune.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import HERE, LOCAL, ScriptedTraining, free_here, ready
from tunedesk.services.train.costing_types import CostSheet, Hosting
from tunedesk.services.train.training import BaseModel, ProviderChoice, ReadyCheck
from tunedesk.ui.pages.new_fine_tune.page import NewFineTunePage

ELSEWHERE = ProviderChoice(id="far", name="Far", note="Away.", is_local=False)
KNOWN = CostSheet(
    is_free=False,
    training_usd=0.87,
    most_usd=1.05,
    billed_tokens=173_912,
    held_out="not_billed",
    hosting=Hosting(usd=1.7, unit="hour"),
    is_hosting_known=True,
    read_tokens=41.4,
    written_tokens=17.2,
    before_usd=0.0000439,
    after_usd=0.012,
    n_epochs=3,
    are_epochs_guessed=True,
    batch_size=None,
    here=msgspec.structs.replace(HERE, seconds=540.0, is_measured=True),
    source="A page",
    note="Ends soon.",
    as_of=date(2026, 11, 23),
)
UNKNOWN = msgspec.structs.replace(
    KNOWN,
    training_usd=None,
    most_usd=None,
    held_out="unknown",
    hosting=None,
    is_hosting_known=False,
    before_usd=None,
    after_usd=None,
    are_epochs_guessed=False,
    batch_size=16,
    here=msgspec.structs.replace(HERE, seconds=None),
    source="",
    note="",
    as_of=None,
)


@pytest.fixture
def far(training: ScriptedTraining, make_page: MakePage) -> NewFineTunePage:
    training.choices = [LOCAL, ELSEWHERE]
    training.models["far"] = [BaseModel(id="big", label="Big")]
    page = make_page()
    page.where.choose("far")
    return page


def shown(page: NewFineTunePage) -> dict[str, str]:
    """The lines of numbers that can be seen, from the top."""
    page.ready.numbers.layout().activate()
    names = page.ready.numbers._names
    seen = [name for name, label in names.items() if label.isVisible()]
    seen.sort(key=lambda name: names[name].y())
    return {name: page.ready.numbers.value(name) for name in seen}


def test_known_prices_are_lines_in_order(
    far: NewFineTunePage, training: ScriptedTraining, gui_loop: GuiLoop
) -> None:
    training.answer = ready(costs=KNOWN)
    gui_loop.settle(lambda: "Training" in shown(far))
    assert list(shown(far).items()) == [
        ("Trained tokens", "3,489"),
        ("Billed tokens", "173,912"),
        ("Training", "≈ $0.87"),
        ("With held-out rows", "not billed"),
        ("Hosting", "$1.70 an hour"),
        ("Hosting, a month", "≈ $1,241.00"),
        ("A conversation, base", "≈ $0.000044"),
        ("A conversation, tuned", "≈ $0.01"),
        ("Here instead", "about 9 min, free"),
        ("Leaves this computer", "54 rows, to OpenAI"),
    ]
    assert far.ready.assumed.text().split("\n") == [
        "Counted with 3 epochs (a guess: they are chosen there), the batch as chosen there, rows "
        "of 59 tokens on average. The average conversation has 41 tokens to read and 17 to write.",
        "Here: SmolLM2-135M, 3 epochs, batch 4. The time is that of your last run here, by tokens.",
        "US dollars as of 23 Nov 2026: A page. Ends soon.",
    ]
    assert [field.edit.text() for field in far.how.fields] == ["auto (3)", "auto", "auto", "42"]


def test_a_long_name_makes_the_card_no_wider(
    far: NewFineTunePage, training: ScriptedTraining, gui_loop: GuiLoop
) -> None:
    place = "Azure OpenAI / Microsoft Foundry, the second subscription of the whole department"
    training.answer = msgspec.structs.replace(ready(costs=KNOWN), place=place)
    gui_loop.settle(lambda: place in shown(far).get("Leaves this computer", ""))
    label = far.ready.numbers._values["Leaves this computer"]
    right = label.mapTo(far, label.rect().topRight()).x()
    assert right < far.width()


def test_what_is_unknown_says_so(
    far: NewFineTunePage, training: ScriptedTraining, gui_loop: GuiLoop
) -> None:
    training.answer = ready(costs=UNKNOWN)
    gui_loop.settle(lambda: "Training" in shown(far))
    values = shown(far)
    for name in ("Training", "With held-out rows", "Hosting", "A conversation, base"):
        assert values[name] == "unknown", name
    assert values["Here instead"] == "unknown, free"
    assert "Hosting, a month" not in values
    assert "3 epochs, batch 16," in far.ready.assumed.text()
    assert "has no price for this model" in far.ready.assumed.text()


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"held_out": "billed"}, "With held-out rows", "billed, counted above"),
        ({"held_out": "unknown"}, "With held-out rows", "unknown; at most $1.05"),
        ({"hosting": Hosting(usd=24, unit="day")}, "Hosting", "$24.00 a day"),
        ({"hosting": Hosting(usd=24, unit="day")}, "Hosting, a month", "≈ $730.00"),
        ({"hosting": Hosting(usd=None, unit="hour")}, "Hosting", "by the hour, unknown"),
        ({"hosting": Hosting(usd=None, unit="hour")}, "Hosting, a month", "unknown"),
        ({"hosting": None}, "Hosting", "none"),
        ({"is_free": True, "training_usd": 0.0}, "Training", "free"),
    ],
)
def test_each_kind_of_billing_has_its_words(
    far: NewFineTunePage,
    training: ScriptedTraining,
    gui_loop: GuiLoop,
    changes: dict[str, object],
    name: str,
    value: str,
) -> None:
    training.answer = ready(costs=msgspec.structs.replace(KNOWN, **changes))
    gui_loop.settle(lambda: "Training" in shown(far))
    assert shown(far)[name] == value


def test_back_here_only_time_and_free_remain(
    far: NewFineTunePage, training: ScriptedTraining, gui_loop: GuiLoop
) -> None:
    training.answer = ready(costs=KNOWN)
    gui_loop.settle(lambda: "Training" in shown(far))
    training.answer = ready()
    far.where.choose("local")
    gui_loop.settle(lambda: "Cost" in shown(far))
    assert list(shown(far)) == ["Trained tokens", "Time here", "Cost", "Leaves this computer"]
    assert "measurements on two cores" in far.ready.assumed.text()
    assert free_here().is_free


def test_another_table_of_prices_is_asked_for_at_once(
    far: NewFineTunePage, training: ScriptedTraining, gui_loop: GuiLoop
) -> None:
    training.answer = ready(costs=UNKNOWN)
    gui_loop.settle(lambda: shown(far).get("Training") == "unknown")
    training.answer = ready(costs=KNOWN)
    far.tables_changed()
    gui_loop.settle(lambda: shown(far).get("Training") == "≈ $0.87")


def test_a_place_that_does_not_train_has_no_prices(
    far: NewFineTunePage, training: ScriptedTraining, gui_loop: GuiLoop
) -> None:
    why = ReadyCheck(code="provider_chat_only", level="error", args={"name": "Far"})
    training.answer = ready(why, can_start=False, costs=UNKNOWN)
    gui_loop.settle(lambda: list(shown(far)) == ["Here instead"])
