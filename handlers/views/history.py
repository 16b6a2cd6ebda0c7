"""Operations on screen: the confirmation in the conversation, its thread, its undo, and « C’est fait »."""

from __future__ import annotations

import csv
import io
from dataclasses import astuple
from typing import TYPE_CHECKING

from domain.operations import SHOWN
from domain.undoing import UndoRefusal
from domain.values import LicenceState, OperationKind, PhoneNumber
from handlers import french
from handlers.views import actions, alert, bold, bullets, button, line, listed, modal, note, signature
from handlers.views import done as done_view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from slack_sdk.models.blocks import Block
    from slack_sdk.models.views import View

    from domain.operations import Line, Recorded, Undone
    from domain.undoing import UndoPlan
    from domain.values import DraftId

UNDO = "history.undo"
UNDO_VIEW = "history.undo_confirm"
UNDO_TITLE = "Annuler le changement"

_UNDOABLE = (OperationKind.MOVE, OperationKind.DISSOCIATION)


def headline(recorded: Recorded) -> str:
    """Say in one sentence what was done, for the message and for its notification."""
    where = f"{recorded.customer_name}, {recorded.service_name} ({recorded.service_reference})"
    match recorded.kind:
        case OperationKind.MOVE:
            site = recorded.groups[0].after
            return f"Adresse changée{french.COLON} {french.licences(recorded.count)} vers {site}. {where}"
        case OperationKind.TERMINATION:
            return f"Résiliation{french.COLON} {french.licences(recorded.count)}. {where}"
        case OperationKind.DISSOCIATION:
            return f"Dissociation{french.COLON} {french.numbers(recorded.count)}. {where}"
        case OperationKind.SITE_CREATION:
            site_line = recorded.lines[0]
            return (
                f"Site ajouté{french.COLON} {site_line.subject}, {site_line.after}. {recorded.customer_name}"
            )
        case _:
            all_lines = french.number(recorded.count + recorded.refused_count)
            many = f"{french.number(recorded.count)} sur {all_lines}"
            return f"Changement annulé{french.COLON} {many}. {where}"


def message(recorded: Recorded) -> list[Block]:
    """Draw the confirmation: who, what, how many, before → after, and the undo while there is one."""
    blocks: list[Block] = [line(bold(headline(recorded)))]
    if recorded.kind in (OperationKind.MOVE, OperationKind.UNDO):
        arrows = [
            f"{_state(recorded, before)} → {_state(recorded, after)}{french.COLON} {french.number(count)}"
            for before, after, count in map(astuple, recorded.groups)
        ]
        blocks.append(bullets([], listed(arrows)))
    if recorded.kind is not OperationKind.SITE_CREATION and recorded.count <= SHOWN:
        blocks.append(bullets([], [[_described(recorded, each)] for each in recorded.lines]))
    if recorded.refused:
        names = [[_subject(recorded, each)] for each in recorded.refused]
        title = f"Laissé en l’état ({french.number(recorded.refused_count)})"
        blocks.append(bullets([bold(title)], names))
    if recorded.is_long:
        blocks.append(note("La liste complète suit, en CSV."))
    blocks.append(signature(f"Par <@{recorded.by}> {french.moment(recorded.at)}"))
    if recorded.reason:
        blocks.append(note(f"Motif{french.COLON} {recorded.reason}"))
    if recorded.undone:
        blocks.append(signature(_undone(recorded.undone)))
    elif recorded.kind in _UNDOABLE:
        blocks.append(actions(button("Annuler le changement", UNDO, recorded.id)))
    return blocks


def _undone(undone: Undone) -> str:
    partly = (
        f" ({french.number(undone.count)} sur {french.number(undone.count + undone.refused_count)})"
        if undone.refused_count
        else ""
    )
    return f"Annulé{partly} par <@{undone.by}> {french.moment(undone.at)}"


def _is_of_numbers(recorded: Recorded) -> bool:
    kind = recorded.undoes.kind if recorded.undoes else recorded.kind
    return kind is OperationKind.DISSOCIATION


def _subject(recorded: Recorded, each: Line) -> str:
    return french.phone(PhoneNumber(each.subject)) if _is_of_numbers(recorded) else each.subject


def _state(recorded: Recorded, text: str | None) -> str:
    if text is None:
        return "libre" if _is_of_numbers(recorded) else "aucune"
    return {LicenceState.ACTIVE.value: "Actif", LicenceState.TERMINATED.value: "Résilié"}.get(text, text)


def _described(recorded: Recorded, each: Line) -> str:
    if _is_of_numbers(recorded):
        verb = "revient à" if recorded.kind is OperationKind.UNDO else "quitte"
        return f"{_subject(recorded, each)} {verb} {each.licence_reference} · {each.licence_type}"
    phones = [french.phones(each.numbers)] if each.numbers else []
    return " · ".join([each.subject, str(each.licence_type), *phones])


def done(recorded: Recorded) -> View:
    """Say in the modal what was done, and where it is announced."""
    told = note("La confirmation est publiée dans la conversation.")
    return done_view("C’est fait", line(bold(headline(recorded))), told)


def undo(draft: DraftId, plan: UndoPlan, notice: str | None = None) -> View:
    """Show what goes back and what has changed since, to be confirmed."""
    blocks: list[Block] = [alert(notice)] if notice else []
    title = f"À rétablir ({french.number(len(plan.to_restore))})"
    if plan.kind is OperationKind.MOVE:
        back = [f"{each.subject}{french.COLON} {each.after} → {each.before}" for each in plan.to_restore]
    else:
        back = [
            f"{french.phone(PhoneNumber(each.subject))} revient à {each.before}" for each in plan.to_restore
        ]
    blocks.append(bullets([bold(title)], listed(back)))
    if plan.refused:
        left = []
        for each, why in plan.refused:
            subject = (
                each.subject if plan.kind is OperationKind.MOVE else french.phone(PhoneNumber(each.subject))
            )
            left.append(f"{subject}{french.COLON} {_WHY[why]}")
        blocks.append(bullets([bold(f"Laissé en l’état ({french.number(len(left))})")], listed(left)))
    submit = "Annuler le changement" if plan.to_restore else None
    metadata = f"{draft} {plan.fingerprint}"
    return modal(UNDO_TITLE, blocks, metadata, UNDO_VIEW, submit=submit, close="Fermer")


_WHY = {
    UndoRefusal.CHANGED_SINCE: "a changé depuis",
    UndoRefusal.LICENCE_TERMINATED: "licence résiliée",
    UndoRefusal.SITE_CLOSED: "ancien site fermé",
}


def already_undone(undone_by: str, moment: str) -> View:
    """Say who took the operation back before."""
    return done_view(
        "Déjà annulé", signature(f"Ce changement a déjà été annulé par <@{undone_by}> {moment}.")
    )


def file_instead(recorded: Recorded) -> str:
    """Say why the list comes directly and not in the thread."""
    why = "Le bot n’est pas membre de la conversation, donc la liste complète vous est envoyée ici."
    return f"{headline(recorded)}\n{why}"


COLUMNS = ("Référence", "Type de licence", "SDA", "Avant", "Après", "Résultat")


def file(recorded: Recorded, lines: Sequence[Line]) -> str:
    """Write an operation's lines as the CSV that a spreadsheet opens; nothing in it runs as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(COLUMNS)
    for each in lines:
        numbers = [_subject(recorded, each)] if _is_of_numbers(recorded) else map(french.phone, each.numbers)
        writer.writerow(
            _inert(cell)
            for cell in (
                each.licence_reference or each.subject,
                each.licence_type or "",
                ", ".join(numbers),
                _state(recorded, each.before),
                _state(recorded, each.after) if not each.refused else "",
                "laissé en l’état" if each.refused else "fait",
            )
        )
    return text.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
