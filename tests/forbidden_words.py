"""The words that the glossary says to avoid in French, each with what to say instead, and where they are right.

`found(text)` tells every one in a text. A word is forbidden as a whole word, in any of the forms listed; `allowed` are
the contexts (regular expressions, matched anywhere around the word) in which it means something else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Forbidden:
    forms: str
    """A regular expression of the word's forms, in lower case unless it matters."""
    instead: str
    allowed: tuple[str, ...] = ()

    def matches(self, text: str) -> Iterator[str]:
        right = [match.span() for context in self.allowed for match in re.finditer(context, text)]
        for match in re.finditer(rf"(?<![\w-])(?i:{self.forms})(?![\w-])", text):
            if not any(start <= match.start() and match.end() <= end for start, end in right):
                yield f"« {text[max(0, match.start() - 40) : match.end() + 40].strip()} » : {self.instead}"


WORDS: Final = (
    # Parties and roles.
    Forbidden("agents?", "conseiller CMA"),
    Forbidden("conseilleurs?", "conseiller CMA"),
    Forbidden("approbateurs?|approbatrices?", "décideur habilité"),
    Forbidden("payeurs?|payeuses?", "comptable : rien n'est payé"),
    # Objects.
    Forbidden("prémisses?", "local"),
    Forbidden("contrats? de location", "bail"),
    Forbidden(
        "aides?",
        "allègement",
        (
            # The law's word, where the law is meant; what others gave; the site's own help.
            r"[Rr]égimes? d.aide",
            r"[Aa]ides? d.État",
            r"[Aa]ides? de minimis",
            r"est une aide de .*équivalent-subvention",
            r"mentionnez cette aide",
            r"aides octroyées",
            r"[Nn]om de l.aide",
            r"(?i:autres?|aucune|la même) aides?",
            r"cumul d.aides",
            r"(?:^|[\s>«])Aide(?= ?(?:$|[<\n»:,.\u2013]))",
            r"à l.aide d",
            # The schema of the essential data and the State's platform call it so.
            r"(?i:aide en (?:nature|numéraire))",
            r"[Nn]ature de l.aide",
            r"saisie des aides sur la plateforme de l.État",
        ),
    ),
    Forbidden(
        "subventions?",
        "allègement",
        (r"[Dd]onnées essentielles des subventions", r"allègement de loyer y est une subvention"),
    ),
    Forbidden("engagements", "mesures d'accompagnement du bailleur"),
    # Eligibility.
    Forbidden("fermetures? administratives?", "interdiction d'accueillir du public"),
    Forbidden("consentements?", "mandat de dépôt"),
    # States and actions.
    Forbidden("soumise?s?|soumettre", "déposé", (r"soumise?s? à la TVA",)),
    Forbidden(
        "approuvée?s?|approuver|approbations?",
        "accordé",
        (r"comptes approuvés", r"approbation des comptes", r"lu et approuvé"),
    ),
    Forbidden("créditée?s?|créditer", "imputé"),
    Forbidden("rejetée?s?|rejeter|rejets?", "refusé"),
    Forbidden(
        "signatures?",
        "visa",
        (
            r"signature de la charte",
            r"^Signature$",
            r"Signature, précédée de la mention",
            r"[Dd]ate de signature",
            r"\(date, nom, signature\)",
            r"Nom, date, signature",
            r"[Ss]ignature du (?:locataire|mandat)",
        ),
    ),
    Forbidden("recours", "réexamen"),
    # Ledger and documents.
    Forbidden(
        "écritures?",
        "mouvement",
        (
            # Of the FEC format and the landlord's own books.
            r"fichier des écritures comptables",
            r"[Pp]artie de l.écriture",
            r"(?i:aucune écriture)",
            r"donne lieu à écriture",
            r"écritures de clôture",
            r"écritures? du journal",
            r"Sans écriture",
            r"lignes d.écriture comptable",
            r"format FEC contient les écritures",
            r"Lignes.: .*, écritures.: .*, débit",
        ),
    ),
    Forbidden("grands? livres?", "journal du fonds"),
    Forbidden("accusés? de réception", "accusé de dépôt"),
    # What an English page would have said.
    Forbidden("emails?|e-mails?|mails?", "courriel"),
    Forbidden("dashboards?", "tableau de bord"),
    Forbidden("tokens?|login|logins|upload|uploader|deadline|checker|checkbox|batch", "un mot français"),
)


def found(text: str) -> list[str]:
    return [told for word in WORDS for told in word.matches(text)]
