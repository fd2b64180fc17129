"""Names of base models are folder names on every system and ids on the wire."""

from __future__ import annotations

import pytest

from tunedesk.engine.model_names import problem, slug


@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "A", "Qwen2.5_0.5B", "x" * 96, "comic"])
def test_safe_names(name: str) -> None:
    assert problem(name) is None
    assert slug(name) == name


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("", "model"),
        (".", "model"),
        ("..", "model"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("ends.", "ends"),
        ("a/b", "a-b"),
        ("a\\b", "a-b"),
        ("C:model", "C-model"),
        ("my model", "my-model"),
        ("Modèle é", "Modele-e"),
        ("模型", "model"),
        ("con", "model-con"),
        ("NUL.txt", "model-NUL.txt"),
        ("com1", "model-com1"),
        ("a\0b", "a-b"),
        ("a\nb", "a-b"),
        ("x" * 97, "x" * 96),
        ("\u202eevil", "evil"),
    ],
)
def test_other_names_are_refused_and_have_a_safe_neighbour(name: str, nearest: str) -> None:
    assert problem(name) is not None
    assert slug(name) == nearest
    assert problem(slug(name)) is None
