"""The conversation of an interview: question after question, back and forth, then a last look at all answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dataarch.errors import Place, UserError
from dataarch.interview import Card, Interview, card_of, next_card, presume, refuse
from dataarch.profile import Answer, Profile
from dataarch.prompt import words
from dataarch.prompt.prompter import BACK, STOP, UNKNOWN, Prompter
from dataarch.relevance import Relevance

_GO_ON = "\0go-on"
_YES, _NO = "yes", "no"


class Conversation:
    """One interview with one person. `interview` holds what was said at every moment; `keep` is told of each change."""

    def __init__(self, relevance: Relevance, interview: Interview, prompter: Prompter,
                 keep: Callable[[Interview], None]) -> None:  # fmt: skip
        self.relevance, self.prompter = relevance, prompter
        self.interview = interview
        self._keep = keep

    def run(self) -> bool:
        """Asks until nothing matters any more and the answers are confirmed; False where the person stopped earlier."""
        optional = self.relevance.thorough
        offered = False
        while True:
            card = next_card(self.relevance, self.interview, optional=optional)
            if card is not None:
                if not self._take(card):
                    return False
            elif not optional and not offered and (count := self._left_out()):
                reply = self._offer(count)
                if reply == STOP:
                    return False
                optional, offered = reply == _YES, reply != BACK
            else:
                done = self._look()
                if done is not None:
                    return done

    def ask(self, questions: Iterable[str]) -> bool:
        """Asks just these questions, whether they matter or not; False where the person stopped."""
        asked = list(questions)
        at = 0
        while at < len(asked):
            kind = self._put(card_of(self.relevance, self.interview, asked[at]))
            if kind == STOP:
                return False
            at = max(at - 1, 0) if kind == BACK else at + 1
        return True

    def _take(self, card: Card) -> bool:
        """Puts the next question, or goes back; False where the person stops."""
        kind = self._put(card)
        if kind == BACK:
            if self.interview.responses:
                self._set(self.interview.back())
            else:
                self.prompter.say("This is the first question.")
        return kind != STOP

    def _put(self, card: Card) -> str:
        """Puts a question and takes in the reply, an answer that cannot be being put again; the kind of the reply."""
        while True:
            reply = self.prompter.ask(card)
            if reply.kind in (BACK, STOP):
                return reply.kind
            changed = self.interview.answered(card.question.id, None if reply.kind == UNKNOWN else reply.value)
            try:
                refuse(self.relevance, _profile(changed))
            except UserError as error:
                self.prompter.say(str(error.findings[0].message))
                continue
            self._set(changed)
            return reply.kind

    def _left_out(self) -> int:
        """How many questions are left that change no decision."""
        card = next_card(self.relevance, self.interview, optional=True)
        return card.at_most if card else 0

    def _offer(self, count: int) -> str:
        """Offers these questions: yes, no, back or stop."""
        said = "question changes" if count == 1 else "questions change"
        prompt = f"Everything that decides is answered. {count} more {said} no choice, only warnings and figures."
        reply = self.prompter.choose(prompt, {_NO: "Leave them out", _YES: "Answer them"}, _NO)
        if reply.kind == BACK:
            self._set(self.interview.back())
        return reply.value or reply.kind

    def _look(self) -> bool | None:
        """Shows all answers to be changed or confirmed: True when confirmed, None after a change, False to stop.

        What is presumed stands there with its reason, and is an answer once it is confirmed.
        """
        questions = self.relevance.engine.base.questions
        presumed, _ = presume(self.relevance, self.interview)
        said = {one.question: words.said(questions[one.question], one.value) for one in self.interview.responses}
        said |= {id: f"{words.said(questions[id], one.answer)} (presumed)" for id, one in presumed.items()}
        rows = {id: f"{questions[id].prompt}  {said[id]}" for id in questions if id in said}
        if presumed:
            reasons = [f"  {words.presumed(questions[id], one)}" for id, one in presumed.items()]
            self.prompter.say("\n".join(["\nPresumed from your answers, unless you change it:", *reasons]))
        prompt = "These are your answers. Choose one to change it."
        reply = self.prompter.choose(prompt, {_GO_ON: "Go on to the recommendation", **rows}, _GO_ON)
        if reply.kind == STOP:
            return False
        if reply.kind == BACK:
            self._set(self.interview.back())
        elif reply.value == _GO_ON:
            for id, one in presumed.items():
                self._set(self.interview.answered(id, one.answer))
            return True
        elif self._put(card_of(self.relevance, self.interview, reply.value)) == STOP:
            return False
        return None

    def _set(self, interview: Interview) -> None:
        self.interview = interview
        self._keep(interview)


def _profile(interview: Interview) -> Profile:
    return Profile({id: Answer(value, Place("interview")) for id, value in interview.known.items()})
