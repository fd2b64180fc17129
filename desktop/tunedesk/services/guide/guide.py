"""The Guide of a project: its facts, and the answers to "should I fine-tune at all?"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from tunedesk.core.guide.advice import Advice
from tunedesk.core.guide.facts import DataFacts, GuideFacts, JobFacts, Topic, VoteFacts
from tunedesk.core.guide.questions import Answers
from tunedesk.core.rows import prompt_digest
from tunedesk.services.compare.results import pairs, results
from tunedesk.services.compare.results_types import ResultsView
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.services.dataset.splitter import SIDES
from tunedesk.services.project.project import Project
from tunedesk.services.train.training import JobView, Training
from tunedesk.services.work.subscribers import Subscribers

_ANSWERS = "guide.answers"
_SILENCED = "guide.silenced"
_TRAIN, _TEST = SIDES.index("train"), SIDES.index("test")
_NO_MERIT = ("latency",)
"""Measures that say nothing of the answers."""
_MOST_TOPICS = 50
_MOST_SHOWN = 500  # read at once, while the window waits


class Guide:
    """Reads without changing anything; the answers alone are written."""

    def __init__(
        self, project: Project, training: Training, session: Callable[[], DatasetSession | None]
    ) -> None:
        self._project, self._training, self._session = project, training, session
        self.spoken_again: Subscribers[[]] = Subscribers()

    async def facts(self) -> GuideFacts:
        """What there is by now: of the dataset that is open, as far as it is checked."""
        jobs = await self._training.jobs()
        newest = await self._job(jobs[0].local_id) if jobs else None
        return GuideFacts(
            data=await self.data(),
            newest=newest,
            n_tuned=sum(job.status == "succeeded" for job in jobs),
            votes=await self._votes(),
        )

    async def data(self) -> DataFacts | None:
        """The open dataset's figures; None where none is open."""
        session = self._session()
        if session is None:
            return None
        counts = session.counts()
        return DataFacts(
            name=session.info.name,
            n_rows=counts.all,
            n_train=counts.train,
            n_test=counts.test,
            n_errors=counts.errors,
            n_leaks=session.n_leaks,
            topics=await self._project.background.run(_topics, session),
        )

    async def _job(self, local_id: str) -> JobFacts:
        return job_facts(await self._training.view(local_id))

    async def _votes(self) -> VoteFacts | None:
        """Of the pair that was judged last."""
        judged = await pairs(self._project)
        if not judged:
            return None
        return vote_facts(await results(self._project, *judged[0]))

    def prompts_of_topic(self, name: str) -> tuple[str, ...]:
        """The prompts, by digest, that have this tag in the open dataset; at most 500 rows'."""
        session = self._session()
        rows = session.rows_tagged(name)[:_MOST_SHOWN] if session is not None else []
        return tuple(prompt_digest(session.row(at)) for at in rows if session is not None)

    async def answers(self) -> dict[str, str]:
        """What was answered in this project, by question; {} before."""
        kept = await self._project.in_ledger(lambda ledger: ledger.note(_ANSWERS))
        try:
            return msgspec.json.decode(kept or "{}", type=dict[str, str])
        except msgspec.DecodeError:  # written by somebody else
            return {}

    async def first_wanted(self, found: Sequence[Advice]) -> Advice | None:
        """The first that was not silenced in this project."""
        if not found:
            return None
        kept = await self.silenced()
        return next((advice for advice in found if advice.code not in kept), None)

    async def silence(self, code: str) -> None:
        """This advice is not given again in this project."""
        kept = await self.silenced()
        text = msgspec.json.encode(sorted({*kept, code})).decode()
        await self._project.in_ledger(lambda ledger: ledger.put_note(_SILENCED, text))

    async def speak_again(self) -> None:
        """All that was silenced in this project is given again; pages look anew."""
        await self._project.in_ledger(lambda ledger: ledger.put_note(_SILENCED, "[]"))
        self.spoken_again.tell()

    async def silenced(self) -> list[str]:
        """Codes of advice that is not given in this project."""
        kept = await self._project.in_ledger(lambda ledger: ledger.note(_SILENCED))
        try:
            return msgspec.json.decode(kept or "[]", type=list[str])
        except msgspec.DecodeError:  # written by somebody else
            return []

    async def keep_answers(self, answers: dict[str, str]) -> None:
        """Remember them with the project."""
        text = msgspec.json.encode(answers).decode()
        await self._project.in_ledger(lambda ledger: ledger.put_note(_ANSWERS, text))


def answered(said: dict[str, str]) -> Answers | None:
    """The answers once each question has one that is known; else None."""
    try:
        return msgspec.convert(said, Answers)
    except msgspec.ValidationError:
        return None


def job_facts(view: JobView) -> JobFacts:
    """What the Guide needs of a fine-tune."""
    return JobFacts(
        local_id=view.record.local_id,
        name=view.record.name,
        status=view.record.status,
        reading=view.reading.code,
        best_step=view.reading.step,
    )


def vote_facts(view: ResultsView) -> VoteFacts:
    """What the Guide needs of the votes on a pair."""
    return VoteFacts(
        base=view.base_label,
        tuned=view.tuned_label,
        n_votes=view.verdict.n_votes,
        wins=view.verdict.wins,
        losses=view.verdict.losses,
        outcome=view.verdict.outcome,
        lost=tuple(
            line.name
            for line in view.measures
            if line.better == "base" and line.name not in _NO_MERIT
        ),
    )


def lost_prompts(view: ResultsView, *, only_votes: bool) -> tuple[str, ...]:
    """Prompts of rows, by digest, where the base was voted better; else, and where there is none,
    those whose answers lost most likeness to the reference."""
    voted = [vote.prompt_digest for vote in view.votes if vote.winner == "base"]
    lost = voted if only_votes else [one.prompt_digest for one in view.worst] or voted
    return tuple(dict.fromkeys(digest for digest in lost if digest))


def _topics(session: DatasetSession) -> tuple[Topic, ...]:
    tags = list(session.all_tags())[:_MOST_TOPICS]
    if not tags:  # a million rows' marks need not be copied
        return ()
    sides, found = session.marks().sides, []
    for name in tags:
        on = [sides[row] for row in session.rows_tagged(name) if row < len(sides)]
        found.append(Topic(name=name, n_train=on.count(_TRAIN), n_test=on.count(_TEST)))
    return tuple(found)
