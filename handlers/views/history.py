"""Operations on screen: the confirmation in the conversation, its thread, its undo, and « C’est fait »."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from domain.operations import SHOWN
from domain.undoing import UndoRefusal, is_reversible
from domain.values import Field, OperationKind, PhoneNumber
from handlers import french
from handlers.names import Names
from handlers.views import (
    ABANDON_LABEL,
    BACK_LABEL,
    CLOSE_LABEL,
    ELSEWHERE,
    actions,
    alert,
    bold,
    bullets,
    button,
    carrying,
    changes,
    line,
    link,
    listed,
    modal,
    note,
    signature,
)
from handlers.views import done as done_view
from handlers.views.words import Words, where

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.operations import Recorded, Undone
    from domain.rows import Line
    from domain.undoing import UndoPlan
    from domain.values import DraftId, OperationId

UNDO = "history.undo"
UNDO_VIEW = "history.undo_confirm"
UNDO_TITLE = "Annuler le changement"

ON_TOP = "+"
"""What the id of a modal ends with that stands on another."""


def _back(recorded: Recorded) -> str:
    """Say how many lines an undo took back, and how many it had to leave."""
    many, left = recorded.count, recorded.refused_count
    if recorded.lines[0].field is Field.HOLDER:
        back = f"{french.numbers(many)} {'est revenu à sa' if many == 1 else 'sont revenus à leur'} licence"
    elif recorded.lines[0].field is Field.STATE:
        verb = "est de nouveau active" if many == 1 else "sont de nouveau actives"
        back = f"{french.licences(many)} {verb}"
    else:
        verb = "est revenue à son" if many == 1 else "sont revenues à leur"
        place = "ancienne adresse" if recorded.lines[0].field is Field.SITE else "ancien état"
        back = f"{french.licences(many)} {verb} {place}"
    what = "Résiliation retirée" if recorded.lines[0].field is Field.STATE else "Changement annulé"
    if not left:
        return f"{what}{french.COLON} {back}. {where(recorded)}"
    stayed = "n’a pas pu revenir" if left == 1 else "n’ont pas pu revenir"
    return f"{what} en partie{french.COLON} {back}, {french.number(left)} {stayed}. {where(recorded)}"


WORDS = Words(_back, arrows=True)


def _imported(recorded: Recorded) -> str:
    return f"Import depuis MyOpenIP{french.COLON} {french.count(recorded.count, 'ligne', 'lignes')}"


IMPORT_WORDS = Words(_imported)


def _takes_back(kind: OperationKind) -> str:
    """Name what takes back an operation of a kind."""
    return "Retirer la résiliation" if kind is OperationKind.TERMINATION else UNDO_TITLE


def is_undoable(recorded: Recorded) -> bool:
    """Tell whether the confirmation offers to undo what it says."""
    is_ended = recorded.kind is OperationKind.TERMINATION and not recorded.standing.owed  # the portal has it
    return is_reversible(recorded) and not recorded.undone and not is_ended


def message(recorded: Recorded, words: Words, *, undo: bool) -> list[Block]:
    """Draw the confirmation: who, what, how many, before → after, and the undo while there is one."""
    blocks: list[Block] = [line(bold(words.headline(recorded)))]
    if words.arrows:
        arrows = [
            f"{changes.arrow(group)}{french.COLON} {french.number(group.count)}" for group in recorded.groups
        ]
        blocks.append(bullets([], listed(arrows)))
    if words.names and recorded.count <= SHOWN:
        blocks.append(bullets([], [[changes.described(each)] for each in recorded.lines]))
    if recorded.refused:
        names = [[changes.named(each)] for each in recorded.refused]
        is_number = recorded.refused[0].field is Field.HOLDER
        blocks.append(bullets([bold(_left(recorded.refused_count, is_number=is_number))], names))
    if recorded.is_long:
        blocks.append(note("La liste complète suit, en CSV."))
    blocks.append(signature(f"Par <@{recorded.by}>, {french.moment(recorded.at)}"))
    if recorded.reason:
        blocks.append(note(f"Motif{french.COLON} {recorded.reason}"))
    if recorded.undone:
        blocks.append(signature(_undone(recorded.undone, recorded.count)))
    blocks += carrying.standing(recorded.standing)
    carried = button(carrying.CARRIED_LABEL, carrying.OPERATION_CARRIED, recorded.id)
    buttons = [
        *([carried] if recorded.standing.owed else []),
        *([button(_takes_back(recorded.kind), UNDO, recorded.id)] if undo else []),
    ]
    return [*blocks, *([actions(*buttons)] if buttons else [])]


def _undone(undone: Undone, lines: int) -> str:
    partly = ""
    if undone.refused_count:
        partly = f" en partie ({french.number(undone.count)} sur {french.number(lines)})"
    return f"Annulé{partly} par <@{undone.by}>, {french.moment(undone.at)}"


def _left(count: int, *, is_number: bool) -> str:
    gender = "" if is_number else "e"
    return french.headed(count, f"Laissé{gender} en l’état", f"Laissé{gender}s en l’état")


def done_name(operation: OperationId, view: str) -> str:
    """Name a « C’est fait », so that it alone is brought up to date: one operation's, in one modal."""
    return f"done.{operation}.{view}"


def done(recorded: Recorded, words: Words, view: str, url: str | None = None) -> View:
    """Say in the modal what was done, link to where it is announced, and offer the next act."""
    told = (
        line("La confirmation est publiée", french.COLON, " ", link("voir le message", url), ".")
        if url
        else line("La confirmation est en cours d’envoi.")
    )
    # Below a termination stands its list of types, which is up to date: the next act is there.
    on_list = recorded.kind is OperationKind.TERMINATION and view.endswith(ON_TOP)
    following = () if on_list else words.following
    buttons = [button(text, action_id, recorded.id) for text, action_id in following]
    return done_view(
        "C’est fait",
        line(bold(words.headline(recorded))),
        *carrying.standing(recorded.standing),
        told,
        *([actions(*buttons)] if buttons else []),
        metadata=recorded.id,  # the draft's too: where Slack draws nothing more, it is offered again
        close=f"{BACK_LABEL} à la liste" if on_list else CLOSE_LABEL,
        name=done_name(recorded.id, view),
    )


def undo(draft: DraftId, plan: UndoPlan, notice: str | None = None, *, close: str = ABANDON_LABEL) -> View:
    """Show what goes back and what has changed since, to be confirmed."""
    blocks: list[Block] = [alert(notice)] if notice else []
    back = [changes.restored(each) for each in plan.to_restore]
    if back:
        blocks.append(bullets([bold(f"À rétablir ({french.number(len(back))})")], listed(back)))
    else:
        blocks.append(line("Rien de ce changement ne peut être annulé."))
    if plan.refused:
        left = [f"{changes.changed(each)}{french.COLON} {_WHY[why]}" for each, why in plan.refused]
        is_number = plan.kind is OperationKind.DISSOCIATION
        blocks.append(bullets([bold(_left(len(left), is_number=is_number))], listed(left)))
    title = _takes_back(plan.kind)
    submit, close = (title, close) if plan.to_restore else (None, CLOSE_LABEL)
    metadata = Names(draft, plan.fingerprint).encode()
    return modal(title, blocks, metadata, UNDO_VIEW, submit=submit, close=close)


_WHY = {
    UndoRefusal.CARRIED_OVER: "déjà reportée dans MyOpenIP",
    UndoRefusal.MAYBE_CARRIED_OVER: "peut-être déjà dans MyOpenIP",
    UndoRefusal.CHANGED_SINCE: "a changé depuis",
    UndoRefusal.ELSEWHERE: ELSEWHERE,
    UndoRefusal.LICENCE_TERMINATED: "licence résiliée",
    UndoRefusal.SITE_CLOSED: "ancien site fermé",
    UndoRefusal.SITE_ELSEWHERE: "ancien site d’un autre client",
}


def already_undone(undone_by: str, moment: str) -> View:
    """Say who took the operation back before."""
    return done_view(
        "Déjà annulé", signature(f"Ce changement a déjà été annulé par <@{undone_by}>, {moment}.")
    )


def file_instead(recorded: Recorded, words: Words) -> str:
    """Say why the list comes directly and not in the thread."""
    why = "Le bot n’est pas membre de la conversation, donc la liste complète vous est envoyée ici."
    return f"{words.headline(recorded)}\n{why}"


COLUMNS = ("Référence", "Type de licence", "Réf. accountcode", "SDA", "Avant", "Après", "Résultat")


def file(lines: Sequence[Line]) -> str:
    """Write an operation's lines as the CSV that a spreadsheet opens; nothing in it runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    for each in lines:
        numbers = [each.subject] if isinstance(each.subject, PhoneNumber) else each.numbers
        writer.writerow(
            _inert(cell)
            for cell in (
                each.licence_reference or changes.subject(each),
                each.licence_type or "",
                each.accountcode or "",
                ", ".join(map(french.phone, numbers)),
                changes.side(each.field, each.before),
                changes.side(each.field, each.after),
                "laissé en l’état" if each.refused else "fait",
            )
        )
    return text.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
