"""A park of services that differ in nothing but how many licences they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.parkfiles import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {3: "Petite", 61: "Moyenne", 300: "Grande"}
"""Licences of each service, with a word of its customer's name."""


def park_rows(size: int, name: str) -> dict[str, list[str]]:
    """Describe a service of so many licences: those of even rank hold a number, those of odd rank are free."""
    kinds = ("Licence simple", "Licence fax entreprise", "Licence full", "Licence fax entreprise")
    account, reference = f"C{size}", f"MCX-{size}"
    return {
        "clients.csv": [f"{account};Voyages vers {name}", f"{account}S;Ancien Client {size}"],
        "sites.csv": [
            f"{account};Siège {name};1 rue Haute;13001;Marseille;",
            f"{account};Dépôt Nord;2 rue Basse;13002;Marseille;",
            f"{account};Dépôt Sud;3 rue Basse;13003;Marseille;",
            f"{account}S;Siège;4 rue Basse;13004;Marseille;",
        ],
        "services.csv": [
            f"{reference};Centrex {name};MetaCentrex;{account};Siège {name};actif",
            f"{reference}-S;Standard;MetaCentrex;{account}S;Siège;suspendu",
        ],
        "licences.csv": [
            *(
                f"{licence(size, rank)};{reference};{kinds[rank % 4]};Siège {name};actif;AC{size}X{rank};;;"
                "International bloqué;;non"
                for rank in range(size)
            ),
            f"{licence(size, 900)};{reference}-S;Licence full;Siège;actif;;;;;;non",
        ],
        "numeros.csv": [
            *(f"{number(size, rank)};{reference};{licence(size, rank)}" for rank in range(0, size, 2)),
            f"{number(size, 999)};{reference};",
        ],
    }


def licence(size: int, rank: int) -> str:
    """Name a licence."""
    return f"FPC{size:03}0{rank:03}"


def number(size: int, rank: int) -> str:
    """Name a number."""
    return f"0491{size:03}{rank:03}"


def write_park(folder: Path) -> None:
    """Write the park's files."""
    parks = [park_rows(size, name) for size, name in SIZES.items()]
    for name, columns in COLUMNS.items():
        lines = [";".join(columns), *(line for rows in parks for line in rows[name])]
        (folder / name).write_text("\n".join(lines) + "\n")
