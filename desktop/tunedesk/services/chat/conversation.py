"""One free conversation: what is asked of every pane at once, answered by each on its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from tunedesk.core.branches import ROOT, newest_leaf, siblings, way_to
from tunedesk.core.chat import ChatRequest
from tunedesk.core.errors import TunedeskError
from tunedesk.services.chat.messages import messages_of, tools_of
from tunedesk.services.compare.answering import Answering, Digests, proven
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.store.chat_records import MOST_PANES, ChatPane, ChatRecord, ChatTurn

__all__ = ["MOST_PANES", "ChatPane", "ChatRecord", "ChatTurn", "Conversation"]

_NAME_CHARS = 60


class Conversation:
    """Turns are written down when they begin and when they end, so that a crash loses no prompt.

    `changed()` is called when a turn was added, ended or another branch is shown; what an answer
    grows by in between is read from `writing`.
    """

    def __init__(
        self,
        project: Project,
        providers: Providers,
        digests: Digests,
        record: ChatRecord,
        turns: Sequence[ChatTurn],
    ) -> None:
        self._project = project
        self._providers = providers
        self._digests = digests
        self.record = record
        self._turns = {turn.id: turn for turn in turns}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.writing: dict[int, Answering] = {}  # by the turn's id
        self.changed: Callable[[], None] = lambda: None

    # --- what there is ---

    @property
    def is_empty(self) -> bool:
        """Nothing was said yet, so nothing is kept."""
        return not self._turns

    def pane(self, pane_id: int) -> ChatPane:
        """The pane of this id; KeyError if it was taken away."""
        return {pane.id: pane for pane in self.record.panes}[pane_id]

    def way(self, pane_id: int) -> list[ChatTurn]:
        """What is shown in a pane, first turn first."""
        return way_to(self._turns, self.pane(pane_id).leaf)

    def way_to(self, turn: ChatTurn) -> list[ChatTurn]:
        """All that led to a turn, and the turn."""
        return way_to(self._turns, turn.id)

    def siblings(self, turn: ChatTurn) -> list[ChatTurn]:
        """The other ways a turn was put or answered, itself among them."""
        return siblings(self._turns, turn)

    def is_writing(self, pane_id: int) -> bool:
        """Whether an answer grows in this pane."""
        return pane_id in self._tasks

    def wants_result(self) -> bool:
        """The last answer of some pane calls a tool: what is typed next is what the tool said."""
        ways = (self.way(pane.id) for pane in self.record.panes)
        return any(way and way[-1].answer and way[-1].answer.tool_calls for way in ways)

    # --- panes ---

    def add_pane(self) -> ChatPane | None:
        """One more, asked as the last one is; None where there are four."""
        panes = self.record.panes
        if len(panes) >= MOST_PANES:
            return None
        last = panes[-1]
        made = ChatPane(
            id=1 + max(pane.id for pane in panes), settings=last.settings, system=last.system
        )
        self._put(panes=(*panes, made))
        return made

    def remove_pane(self, pane_id: int) -> None:
        """Take one away; what was said there stays in the project's file."""
        self.stop(pane_id)
        self._put(panes=tuple(pane for pane in self.record.panes if pane.id != pane_id))

    def set_pane(self, pane: ChatPane) -> None:
        """Another model or other settings, from the next prompt on."""
        self._put(panes=tuple(pane if one.id == pane.id else one for one in self.record.panes))

    async def set_tools(self, text: str) -> None:
        """The tools that are told to every model. Raises TunedeskError if they cannot be sent."""
        tools_of(text)
        self._put(tools=text.strip())
        await self.keep()

    def _put(self, **changes: object) -> None:
        self.record = msgspec.structs.replace(self.record, **changes)

    async def keep(self) -> None:
        """Write down panes, settings and what is shown. Nothing of an empty one is kept."""
        if self.is_empty:
            return
        self._put(changed_at_ms=self._project.clock())
        record = msgspec.structs.replace(
            self.record, panes=tuple(map(self._noted, self.record.panes))
        )
        await self._project.in_ledger(lambda ledger: ledger.put_chat(record))

    def _noted(self, pane: ChatPane) -> ChatPane:
        """As it can be found again: an answer is written down only once it has ended."""
        is_growing = pane.leaf in self.writing
        leaf = self._turns[pane.leaf].parent if is_growing else pane.leaf
        return msgspec.structs.replace(pane, leaf=leaf)

    # --- saying ---

    async def say(self, text: str) -> None:
        """Ask every pane that has a model, and wait for all answers; never raises for one that
        fails: its turn says why. Raises TunedeskError if it cannot be written down."""
        asking = [pane for pane in self.record.panes if pane.contender is not None]
        prompt, places = self._next_prompt(), [(pane.id, pane.leaf) for pane in asking]
        await self._ask(text, prompt, places)

    async def edit(self, turn: ChatTurn, text: str) -> None:
        """Put a prompt another way, in every pane it stands in; the old way is kept beside it."""
        places = []
        for pane in self.record.panes:
            same = [t for t in self.way(pane.id) if t.prompt and t.prompt == turn.prompt]
            places += [(pane.id, one.parent) for one in same]
        await self._ask(text, self._next_prompt(), places)

    async def retry(self, turn: ChatTurn) -> None:
        """Another answer to the prompt of `turn` (or to `turn`, if it has none), beside it."""
        asked = turn.id if turn.role != "assistant" else turn.parent
        self.stop(turn.pane)
        self._lead(turn.pane, asked)
        await self._answer_all([(turn.pane, asked)])

    async def show(self, turn: ChatTurn) -> None:
        """Show the branch through `turn`, as far as it goes on."""
        self.stop(turn.pane)
        self._lead(turn.pane, newest_leaf(self._turns, turn.id))
        self.changed()
        await self.keep()

    def stop(self, pane_id: int | None = None) -> None:
        """End the answers where they are, of one pane or of all; they stay, as cut off."""
        for one, task in list(self._tasks.items()):
            if pane_id in (None, one):
                task.cancel()

    async def settle(self) -> None:
        """Wait until every answer has ended and is written down."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _next_prompt(self) -> int:
        return 1 + max((turn.prompt for turn in self._turns.values()), default=0)

    async def _ask(self, text: str, prompt: int, places: Sequence[tuple[int, int]]) -> None:
        if self.is_empty and not self.record.name:
            self._put(name=" ".join(text.split())[:_NAME_CHARS])
        asked = [self._prompt_turn(pane_id, parent, text, prompt) for pane_id, parent in places]
        record = self.record
        await self._project.in_ledger(lambda ledger: ledger.put_chat(record))
        for turn in asked:
            self.stop(turn.pane)
            await self._note(turn)
            self._lead(turn.pane, turn.id)
        await self.keep()
        await self._answer_all([(turn.pane, turn.id) for turn in asked])

    def _prompt_turn(self, pane_id: int, parent: int, text: str, prompt: int) -> ChatTurn:
        before = self._turns.get(parent)
        calls = before.answer.tool_calls if before is not None and before.answer else ()
        made = ChatTurn(
            id=self._next_id(),
            pane=pane_id,
            parent=parent,
            role="tool" if calls else "user",
            text=text,
            prompt=prompt,
        )
        self._turns[made.id] = made
        return made

    def _next_id(self) -> int:
        return 1 + max(self._turns, default=ROOT)

    async def _note(self, turn: ChatTurn) -> None:
        self._turns[turn.id] = turn
        chat_id = self.record.id
        await self._project.in_ledger(lambda ledger: ledger.put_turn(chat_id, turn))

    def _lead(self, pane_id: int, leaf: int) -> None:
        self.set_pane(msgspec.structs.replace(self.pane(pane_id), leaf=leaf))

    # --- answering ---

    async def _answer_all(self, places: Sequence[tuple[int, int]]) -> None:
        tasks = [asyncio.create_task(self._answer(*place)) for place in places]
        for (pane_id, _), task in zip(places, tasks, strict=True):
            self._tasks[pane_id] = task
            task.add_done_callback(partial(self._over, pane_id))
        self.changed()
        try:
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        finally:  # where the app is quit meanwhile, too: else what was said is on no branch
            await asyncio.shield(self.keep())
        for one in ended:
            if isinstance(one, Exception):
                raise one

    def _over(self, pane_id: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(pane_id) is task:
            del self._tasks[pane_id]
        self.changed()

    async def _answer(self, pane_id: int, parent: int) -> None:
        """One answer; what came of it is written down also when it is stopped."""
        pane = self.pane(pane_id)
        assert pane.contender is not None
        messages = messages_of(pane.system, way_to(self._turns, parent))
        answering = Answering(pane.contender)
        turn = ChatTurn(
            id=self._next_id(),
            pane=pane_id,
            parent=parent,
            role="assistant",
            text="",
            label=pane.contender.label,
        )
        self._turns[turn.id], self.writing[turn.id] = turn, answering
        self._lead(pane_id, turn.id)
        self.changed()
        request = ChatRequest(
            model=pane.contender.model,
            messages=messages,
            settings=pane.settings,
            tools=tools_of(self.record.tools),
        )
        asked_at_ms = self._project.clock()
        try:
            await answering.run(self._providers, request)
        finally:
            ended = self._ended(turn, answering, pane, messages, asked_at_ms)
            try:
                await asyncio.shield(self._note(ended))
            finally:
                del self.writing[turn.id]

    def _ended(
        self,
        turn: ChatTurn,
        answering: Answering,
        pane: ChatPane,
        messages: Sequence[Mapping[str, object]],
        at_ms: int,
    ) -> ChatTurn:
        answer = proven(answering.answer(pane.settings), messages, self._digests, at_ms)
        is_there = bool(answer.text or answer.tool_calls or answer.is_complete)
        return msgspec.structs.replace(
            turn,
            text=answer.text,
            answer=answer if is_there else None,
            problem=_words(answering.problem),
        )


def _words(problem: TunedeskError | None) -> str:
    if problem is None:
        return ""
    return " ".join(part for part in (problem.title, problem.what, problem.next_step) if part)
