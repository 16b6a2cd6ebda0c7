"""Takes a picture of every view for the documentation: `python -m tests.browser.screenshots DIRECTORY`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import opened, served
from tests.browser.tab import chromium_path, launch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.tab import Tab

SETTLED = 400
"""Milliseconds after which nothing moves any more."""


class Album:
    """The pictures, each named after its view."""

    def __init__(self, folder: Path, tab: Tab) -> None:
        self._folder = folder
        self.tab = tab

    def take(self, name: str) -> None:
        """Take a picture of the whole page."""
        self.tab.page.wait_for_timeout(SETTLED)
        self.tab.page.screenshot(path=self._folder / f"{name}.png", animations="disabled", caret="hide")

    def moving(self) -> None:
        """Procedure 1."""
        tab = self.tab
        tab.composer.fill("/")
        self.take("commandes")
        tab.command("/licence-site Provence")
        tab.tick("FPC367128")
        tab.tick("FPC367129")
        tab.sees("2 licences cochées")
        self.take("changer-licences")
        tab.press("Filtrer")
        tab.sees("Numéro Fax2Mail")
        self.take("changer-filtres")
        tab.modal.locator("footer").get_by_role("button", name="Retour").click()
        tab.press("Choisir le site")
        tab.modal.get_by_role("combobox", name="Site").click()
        expect(tab.page.get_by_role("option").nth(1)).to_be_visible()
        self.take("changer-site")
        tab.choose("Site", "Entrep", "Entrepôt Nord")
        tab.type("Motif", "Déménagement")
        tab.press("Vérifier")
        tab.sees("À changer (2)")
        self.take("changer-verifier")
        tab.press("Valider")
        tab.sees("C’est fait")
        self.take("changer-fait")
        tab.press("Fermer")
        tab.reads("Annuler le changement")
        self.take("changer-confirmation")
        tab.command("/licence-site FPC367120 vers Entrepôt Nord")
        tab.reads("Nouvelle adresse")
        self.take("changer-en-une-ligne")
        tab.messages.get_by_role("button", name="Annuler le changement").first.click()
        tab.sees("À rétablir")
        self.take("annuler")
        tab.press("Abandonner")
        tab.command("/licence-a-reporter")
        tab.sees("Personnaliser vos licences")
        self.take("a-reporter")
        tab.press("Fermer")

    def sites(self) -> None:
        """Procedure 4."""
        tab = self.tab
        tab.command("/site-ajouter Provence")
        tab.sees("Nom du site")
        tab.fill_in("Agence Vieux-Port", "45 chemin du Littoral", "13015", "Marseille")
        self.take("site-ajouter")
        tab.press("Créer le site")
        tab.sees("Un site existe déjà à cette adresse.")
        self.take("site-existant")
        tab.press("Fermer la fenêtre")

    def terminating(self) -> None:
        """Procedures 2 and 3."""
        tab = self.tab
        tab.command("/licence-resilier Provence")
        tab.sees("Dissociez d’abord le numéro")
        self.take("resilier-types")
        tab.press("Dissocier un numéro", beside="Licence SVI")
        tab.sees("Numéros à dissocier")
        self.take("dissocier-numeros")
        tab.press("Continuer")
        tab.sees("04 91 00 00 03")
        tab.sees("quitte FPC367123")
        self.take("dissocier-verifier")
        tab.press("Valider")
        tab.press("Résilier", beside="Licence SVI")
        tab.sees("Quantité à résilier")
        self.take("resilier-quantite")
        tab.type("Quantité à résilier", "7")
        tab.press("Continuer")
        tab.sees("Une seule licence peut être résiliée.")
        self.take("erreur")
        tab.type("Quantité à résilier", "1")
        tab.press("Continuer")
        tab.sees("Vous pourrez retirer cette résiliation")
        self.take("resilier-confirmer")
        tab.press("Confirmer la résiliation")
        tab.sees("C’est fait")
        tab.press("Fermer la fenêtre")

    def rest(self) -> None:
        """The long list in its thread, Home, help, a stranger, behind the scenes."""
        tab = self.tab
        tab.command("/licence-site MCX-69003-01")
        tab.modal.get_by_role("button", name=re.compile("Tout sélectionner")).click()
        tab.sees("980 licences cochées")
        tab.press("Choisir le site")
        tab.choose("Site", "Pavillon A", "Pavillon A")
        tab.press("Vérifier")
        tab.press("Valider")
        tab.press("Fermer")
        tab.messages.get_by_role("button", name="1 réponse").click()
        self.take("fil")
        tab.page.get_by_role("button", name="Fermer le fil").click()
        tab.command("/licence-aide")
        self.take("aide")
        tab.go("Accueil de MetaCentrex")
        tab.page.locator(".home").get_by_role("button").first.wait_for()
        self.take("accueil")
        tab.go("Chloé Martin")
        tab.go("^#? ?support$")
        tab.command("/licence-site Provence")
        tab.reads("Visible par vous uniquement")
        self.take("sans-acces")
        tab.go("Agathe Morel")
        tab.show_scenes()
        tab.break_("Livrer le clic deux fois")
        tab.command("/licence-site Provence")
        tab.sees("0 licence cochée")
        tab.scenes.locator("summary").first.click()
        self.take("coulisses")


def take_all(browser: Browser, url: str, folder: Path) -> None:
    """Take them all: by day, by night, on a phone."""
    with opened(browser, url) as tab:
        tab.start_anew()
        expect(tab.page.get_by_text("Le parc de départ est revenu.")).to_have_count(0)
        album = Album(folder, tab)
        for procedure in (album.moving, album.sites, album.terminating, album.rest):
            procedure()
    for name, options in (
        ("nuit", {"color_scheme": "dark"}),
        ("telephone", {"viewport": {"width": 390, "height": 780}}),
    ):
        with opened(browser, url, **options) as tab:
            tab.start_anew()
            tab.command("/licence-resilier Provence")
            tab.sees("Dissociez d’abord le numéro")
            expect(tab.page.get_by_text("Le parc de départ est revenu.")).to_have_count(0)
            Album(folder, tab).take(name)


def main() -> None:
    """Take every picture."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    path = chromium_path()
    if path is None:
        sys.exit("there is no Chromium here: install Debian's package chromium, or name it in CHROMIUM")
    with launch(path) as browser, served("bot", "sandbox", "--no-open") as url:
        take_all(browser, url, folder)


if __name__ == "__main__":
    main()
