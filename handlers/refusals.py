"""Every domain error → one French sentence."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from domain import errors
from domain.values import ServiceState
from handlers import french

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.errors import DomainError
    from domain.values import PhoneNumber

STALE = "Cette action n’est plus disponible. Relancez la commande pour repartir de l’état actuel."
NO_ACCESS = "Vous n’avez pas accès à cet outil. Demandez l’accès à votre responsable."
NOT_SHOWN = "Slack n’a pas pu afficher la fenêtre. Rien n’est perdu : reprenez avec ce bouton.".replace(
    " :", french.COLON
)
NOT_OPENED = "Slack n’a pas pu afficher la fenêtre. Rien n’est perdu\u202f: réessayez dans un instant."
ABANDONED = "Abandonné. Ce qui était proposé ici n’a pas été fait."
TOO_LATE = "Trop tard pour abandonner, c’est déjà fait."
PARK_MOVED = (
    "Le parc a changé depuis l’affichage. Rien n’a été appliqué ; voici la situation actuelle.".replace(
        " ;", "\u202f;"
    )
)
SPENT = (
    "Cette saisie a déjà servi\u202f: ce qu’elle a fait est annoncé dans la conversation. "
    "Rien de plus n’a été appliqué\u202f; voici la situation actuelle."
)

_FIELDS = {
    "label": "le nom du site",
    "address": "l’adresse",
    "postal_code": "le code postal",
    "city": "la ville",
    "phone": "le téléphone",
    "customer": "le client",
    "site": f"le site après {french.quote('vers')}, ou choisissez-le dans le formulaire",
}


def incident(number: str) -> str:
    """Say that something failed that should not have, and under which number it is in the log."""
    return (
        f"Une erreur inattendue est survenue. Rien n’a été changé par ce clic. "
        f"Réessayez, et si cela se reproduit, signalez l’incident {number}."
    )


def sentence(error: DomainError) -> str:  # noqa: PLR0911, PLR0912
    """Say why something can't be done, and what to do instead."""
    match error:
        case errors.DoubtfulPhoneNumber(text, number):
            return doubtful(text, number)
        case errors.InvalidPhoneNumber(text):
            return f"{french.quote(french.clip(text, 60))} n’est pas un numéro de téléphone valide."
        case errors.DigitsMissing():
            return "Saisissez au moins un chiffre du numéro."
        case errors.InvalidPostalCode():
            return "Le code postal compte cinq chiffres, par exemple 13001."
        case errors.TextMissing(field):
            return f"Indiquez {_FIELDS[field]}."
        case errors.TextTooLong(_, limit):
            return f"Ce texte dépasse {french.count(limit, 'caractère', 'caractères')}."
        case errors.QuantityNotWhole():
            return "Saisissez un nombre entier, 1 ou plus."
        case errors.QuantityTooLarge():
            return too_many(error)
        case errors.NamesLeftOut():
            return left_out(error)
        case errors.UnknownSite(text):
            return f"Ce client n’a pas de site {french.quote(french.clip(text, 80))}."
        case errors.SeveralSites(text, labels):
            names = ", ".join(french.clip(label, 40) for label in labels)
            sought = french.quote(french.clip(text, 80))
            return f"Plusieurs sites correspondent à {sought}{french.COLON} {names}."
        case errors.ServiceNotActive(reference, state):
            what = "suspendu" if state is ServiceState.SUSPENDED else "résilié"
            return (
                f"Le service {reference} est {what}{french.COLON} ses licences ne peuvent pas être modifiées."
            )
        case errors.ServiceElsewhere(reference):
            return f"Le service {reference} a changé de client depuis votre choix. Relancez la commande."
        case errors.SiteOfAnotherCustomer(label):
            return f"Le site {french.quote(french.clip(label, 80))} n’appartient pas au client de ce service."
        case errors.SiteClosed(label):
            return f"Le site {french.quote(french.clip(label, 80))} est fermé. Choisissez-en un autre."
        case errors.SiteLabelTaken(label):
            return f"Ce client a déjà un site {french.quote(french.clip(label, 80))}."
        case errors.ParkMoved() | errors.PlanChanged():
            return PARK_MOVED
        case errors.OutcomeUnknown():
            return (
                "Le parc ne répond plus\u202f: impossible de dire si c’est fait. "
                "Confirmez de nouveau dans un instant, rien ne sera fait deux fois."
            )
        case errors.ParkUnavailable():
            return "Le parc est momentanément indisponible. Rien n’a été changé. Réessayez dans un instant."
        case errors.ChoiceGone():
            return STALE
        case errors.DraftGone():
            return "Cette saisie a expiré. Relancez la commande."
        case errors.DraftForeign():
            return "Cette saisie appartient à une autre personne. Lancez votre propre commande."
        case errors.DraftSpent():
            return SPENT
        case errors.DraftIncomplete():
            return "Il manque un choix à cette saisie. Relancez la commande."
        case errors.NothingSelected():
            return "Rien n’est sélectionné."
        case errors.NothingToDo():
            return "Il n’y a rien à changer."
        case errors.UnknownOperation():
            return "Cette opération est introuvable."
        case errors.NotUndoable():
            return "Cette opération ne peut pas être annulée."
        case errors.AlreadyUndone():
            return "Ce changement a déjà été annulé."
        case errors.UndoExpired(hours):
            return f"Le délai d’annulation de {french.count(hours, 'heure', 'heures')} est dépassé."
        case errors.NotAllowed():
            return NO_ACCESS
        case errors.AccessUnknown():
            return (
                "Slack n’indique plus qui a accès à cet outil. Par sécurité, personne ne passe. "
                "Réessayez dans quelques minutes."
            )
        case _:
            raise error


def under_fields(error: errors.FormInvalid) -> dict[str, str]:
    """Say under each field of a form what is wrong with it."""
    return {name: sentence(fault) for name, fault in error.faults.items()}


def too_many(error: errors.QuantityTooLarge) -> str:
    """Say how many licences can go, and which numbers hold the others (procedure 2, step 3)."""
    match error.terminable:
        case 0:
            possible = "Aucune licence ne peut être résiliée."
        case 1:
            possible = "Une seule licence peut être résiliée."
        case many:
            possible = f"{french.licences(many)} au plus peuvent être résiliées."
    if not error.held_by:
        return possible
    numbers = "les numéros" if error.held == 1 < len(error.held_by) else "le numéro"
    others = (" de l’autre" if error.held == 1 else " des autres") if error.terminable else ""
    held_by = french.phones(error.held_by)
    return f"{possible} Dissociez d’abord {numbers}{others}{french.COLON} {held_by}."


LICENCES_MISSING = "Indiquez les licences, par leur référence ou leur SDA."


def not_one_site(text: str) -> str:
    """Say that the destination as it was typed is none or several of the customer's sites."""
    sought = french.quote(french.clip(text, 80))
    return f"{sought} ne désigne pas un seul site de ce client. Choisissez-le dans la liste."


def left_out(error: errors.NamesLeftOut) -> str:
    """Say what was named and can't be taken along, each with its reason; or that nothing was named."""
    said = []
    if error.unknown:
        said.append(f"Rien ne correspond à {_quoted(error.unknown)}.")
    said += [doubtful(each.text, each.number) for each in error.doubtful[:_ASKED]]
    if len(error.doubtful) > _ASKED:
        rest = french.count(len(error.doubtful) - _ASKED, "autre numéro", "autres numéros")
        said.append(f"À vérifier de même{french.COLON} {rest} d’un autre pays.")
    if len(error.several) == 1:
        said.append(f"Plusieurs licences ont l’accountcode {_quoted(error.several)}.")
    elif error.several:
        said.append(f"Chacun des accountcodes {_quoted(error.several)} est celui de plusieurs licences.")
    match error.free:
        case ():
            pass
        case (number,):
            said.append(
                f"Le numéro {french.phone(number)} est déjà libre{french.COLON} aucune licence ne l’utilise."
            )
        case numbers:
            free = _listed([french.phone(number) for number in numbers])
            said.append(f"Les numéros {free} sont déjà libres{french.COLON} aucune licence ne les utilise.")
    if error.foreign:
        leads = french.agreed(len(error.foreign), "ne désigne", "ne désignent")
        said.append(f"{_quoted(error.foreign)} {leads} ni le service de ces licences ni son client.")
    if error.ambiguous:
        said += [_several_services(error.ambiguous), LICENCES_MISSING]
    if error.elsewhere:
        said.append(
            f"Ces licences relèvent de plusieurs services. Celles de {error.service} sont retenues\u202f; "
            f"à traiter ensuite{french.COLON} {_quoted(error.elsewhere)}."
        )
    return " ".join(said) or LICENCES_MISSING


_ASKED = 3
"""Numbers of other countries that are asked about one by one."""

_NAMED = 1_000
"""Characters that a list of names may have, before it only counts."""


def _quoted(texts: Sequence[str]) -> str:
    return _listed([french.quote(french.clip(text, 20)) for text in texts])


def _listed(names: Sequence[str]) -> str:
    room = accumulate(len(name) + len(", ") for name in names)
    shown = [name for name, length in zip(names, room, strict=True) if length <= _NAMED]
    return french.enumeration(shown, len(names), "autre", "autres")


def doubtful(text: str, number: PhoneNumber) -> str:
    """Ask whether a number of another country is meant."""
    typed = french.quote(french.clip(text, 24))
    return (
        f"{typed} se lit comme un numéro d’un autre pays{french.COLON} {french.phone(number)}. "
        f"Si c’est bien lui, écrivez {number.e164}\u202f; sinon, corrigez-le."
    )


def nothing_found(text: str) -> str:
    """Say what was looked for and what can be, the search staying open."""
    what = "un client, un compte, un service, une licence, un accountcode ou une SDA, ou le début d’un mot"
    return f"Rien ne correspond à {french.quote(french.clip(text, 60))}. Cherchez {what}."


def no_customer(text: str) -> str:
    """Say which customer was looked for and what can be, the search staying open."""
    what = "une raison sociale ou un compte client, ou le début d’un mot"
    return f"Rien ne correspond à {french.quote(french.clip(text, 60))}. Cherchez {what}."


def several_customers(text: str) -> str:
    """Say that the search for a customer must be narrowed."""
    return f"Plusieurs clients correspondent à {french.quote(french.clip(text, 80))}. Choisissez le bon."


def several_found(text: str) -> str:
    """Say that the search must be narrowed."""
    return f"{_several_services(text)} Choisissez le bon."


def _several_services(text: str) -> str:
    return f"Plusieurs services correspondent à {french.quote(french.clip(text, 80))}."
