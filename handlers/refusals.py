"""Every domain error → one French sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain import errors
from domain.values import ServiceState
from handlers import french

if TYPE_CHECKING:
    from domain.errors import DomainError

STALE = "Cette action n’est plus disponible. Relancez la commande pour repartir de l’état actuel."
NO_ACCESS = "Vous n’avez pas accès à cet outil. Demandez l’accès à votre responsable."
NOT_SHOWN = "Slack n’a pas pu afficher la fenêtre. Rien n’est perdu : reprenez avec ce bouton.".replace(
    " :", french.COLON
)
ABANDONED = "Abandonné. Rien n’a été changé."
PARK_MOVED = (
    "Le parc a changé depuis l’affichage. Rien n’a été appliqué ; voici la situation actuelle.".replace(
        " ;", "\u202f;"
    )
)

_FIELDS = {
    "label": "le nom du site",
    "address": "l’adresse",
    "postal_code": "le code postal",
    "city": "la ville",
    "phone": "le téléphone",
    "customer": "le client",
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
        case errors.InvalidPhoneNumber(text):
            return f"{french.quote(french.clip(text, 60))} n’est pas un numéro de téléphone valide."
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
        case errors.UnknownReference(text):
            return f"Rien ne correspond à {french.quote(french.clip(text, 80))}."
        case errors.UnknownSite(text):
            return f"Ce client n’a pas de site {french.quote(french.clip(text, 80))}."
        case errors.SeveralSites(text, labels):
            names = ", ".join(french.clip(label, 40) for label in labels)
            sought = french.quote(french.clip(text, 80))
            return f"Plusieurs sites correspondent à {sought}{french.COLON} {names}."
        case errors.SeveralServices():
            return "Ces licences relèvent de plusieurs services. Traitez-les service par service."
        case errors.NumberIsFree(number):
            return (
                f"Le numéro {french.phone(number)} est déjà libre{french.COLON} aucune licence ne l’utilise."
            )
        case errors.ServiceNotActive(reference, state):
            what = "suspendu" if state is ServiceState.SUSPENDED else "résilié"
            return (
                f"Le service {reference} est {what}{french.COLON} ses licences ne peuvent pas être modifiées."
            )
        case errors.SiteOfAnotherCustomer(label):
            return f"Le site {french.quote(french.clip(label, 80))} n’appartient pas au client de ce service."
        case errors.SiteClosed(label):
            return f"Le site {french.quote(french.clip(label, 80))} est fermé. Choisissez-en un autre."
        case errors.SiteLabelTaken(label):
            return f"Ce client a déjà un site {french.quote(french.clip(label, 80))}."
        case errors.ParkMoved() | errors.PlanChanged():
            return PARK_MOVED
        case errors.ParkUnavailable():
            return "Le parc est momentanément indisponible. Rien n’a été changé. Réessayez dans un instant."
        case errors.DraftGone():
            return "Cette saisie a expiré. Relancez la commande."
        case errors.DraftForeign():
            return "Cette saisie appartient à une autre personne. Lancez votre propre commande."
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


def too_many(error: errors.QuantityTooLarge) -> str:
    """Say how many licences can go, and which numbers hold the others (procedure 2, step 3)."""
    possible = (
        f"{french.licences(error.terminable)} résiliable{'s' if error.terminable > 1 else ''} au plus."
        if error.terminable
        else "Aucune licence résiliable."
    )
    if not error.held_by:
        return possible
    return f"{possible} Dissociez d’abord le numéro{french.COLON} {french.phones(error.held_by)}."


def nothing_found(text: str) -> str:
    """Say what was looked for, the search staying open."""
    return f"Rien ne correspond à {french.quote(french.clip(text, 80))}. Cherchez autrement."


def several_customers(text: str) -> str:
    """Say that the search for a customer must be narrowed."""
    return f"Plusieurs clients correspondent à {french.quote(french.clip(text, 80))}. Choisissez le bon."


def several_found(text: str) -> str:
    """Say that the search must be narrowed."""
    return f"Plusieurs services correspondent à {french.quote(french.clip(text, 80))}. Choisissez le bon."
