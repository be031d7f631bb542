"""The README of a pack, in French and English; the same for every fund."""

from typing import Final

FRENCH: Final = """\
DOSSIER DE CONTRÔLE
===================

Ce zip contient toute la vie d'un fonds, telle que fundadmin la connaît : de quoi la recalculer sans le serveur et
sans lui faire confiance. Gardez-le tel qu'il vous a été remis : recomprimé, il n'est plus reconnu.

Vérifier
--------
Avec Python 3.9 ou plus (rien d'autre à installer) :

    python3 -I verify_pack.py dossier.zip
    python3 -I verify_pack.py nouveau.zip --extends ancien.zip
    python3 -I verify_pack.py dossier.zip --head NUMERO:EMPREINTE

verify_pack.py est dans le zip. Prenez-le plutôt d'un dossier plus ancien ou de la page publique du logiciel : un
vérificateur fourni avec ce qu'il vérifie ne vaut que si vous l'avez lu.

Sans Python, sous Windows (PowerShell), le zip une fois décompressé dans un dossier :

    Get-Content SHA256SUMS | ForEach-Object { $d, $n = $_ -split '  '; "$n $((Get-FileHash $n).Hash -eq $d)" }

Sous macOS ou Linux :

    sha256sum -c SHA256SUMS        (macOS : shasum -a 256 -c SHA256SUMS)

Le résumé (summary.pdf) porte l'empreinte du manifeste ; s'il est signé, un lecteur PDF le montre.

Parties
-------
ledger.csv          le journal du fonds : un mouvement par ligne, en centimes. Le texte haché d'un mouvement est sa
                    ligne sans l'empreinte, chaque virgule remplacée par un saut de ligne, suivi de l'empreinte du
                    mouvement précédent ; SHA-256 en hexadécimal. Avant le n° 1 : SHA-256 de « fundadmin:ledger:v1: »
                    et du code du fonds. posted_at : secondes depuis 1970 (UTC).
events.jsonl        qui a fait quoi, quand. « detail » : empreinte des mots et des faits, qui ne sont pas ici.
charters.jsonl      les versions de la charte : termes et critères
members.jsonl       qui avait quel rôle, de quand à quand
proposals.jsonl     les actions de fonds : qui les a proposées, qui les a confirmées
applications.jsonl  les dossiers déposés ; les brouillons n'y sont pas
lines.jsonl         chaque mois demandé : montants, état, pièce comptable
assessments.jsonl   les avis et le constat de chaque critère, sans les chiffres de l'entreprise
visas.jsonl         les visas : qui, quand, pour quels montants
requests.jsonl      les demandes d'annulation
documents.jsonl     les pièces : nature, taille, empreinte ; jamais leur contenu
papers.jsonl        les papiers émis : empreinte de la copie conservée, dernière empreinte du journal ce jour-là
erasures.jsonl      les détails effacés au terme de leur durée de conservation
people.jsonl        vide, sauf si les noms ont été demandés
positions.jsonl     la situation du fonds à la fin de chaque mois
totals.csv          les totaux, pour un tableur
manifest.json       taille et empreinte de chaque partie, soldes, dernière empreinte
SHA256SUMS          l'empreinte de tout ce qui précède et du résumé

Les personnes (p-), entreprises (t-, u-), baux (l-) et pièces (v-) portent des pseudonymes, les mêmes d'un dossier à
l'autre du même fonds. Un fichier .jsonl porte un objet JSON par ligne. Les montants sont en centimes d'euro.

Ce que la vérification ne prouve pas
------------------------------------
Qu'un administrateur du serveur n'a pas refait toute la chaîne avant d'émettre le dossier : comparez la dernière
empreinte avec une autre, émise plus tôt. Ni que les pièces produites disent vrai : c'est l'objet du sondage.
"""

ENGLISH: Final = """\
AUDITOR'S PACK
==============

This zip holds all of a fund's life as fundadmin knows it, to be recomputed without the server and without trusting
it. Keep it as it was handed to you: once packed again it is no longer recognised.

To verify
---------
With Python 3.9 or later (nothing else to install):

    python3 -I verify_pack.py pack.zip
    python3 -I verify_pack.py new.zip --extends old.zip
    python3 -I verify_pack.py pack.zip --head NUMBER:DIGEST

verify_pack.py is in the zip. Rather take it from an earlier pack or from the software's public page: a verifier that
comes with what it verifies is worth no more than your having read it.

Without Python, on Windows (PowerShell), once unpacked into a folder:

    Get-Content SHA256SUMS | ForEach-Object { $d, $n = $_ -split '  '; "$n $((Get-FileHash $n).Hash -eq $d)" }

On macOS or Linux:

    sha256sum -c SHA256SUMS        (macOS: shasum -a 256 -c SHA256SUMS)

The summary (summary.pdf) bears the manifest's digest; where it is signed, a PDF reader shows it.

Parts
-----
ledger.csv          the fund's ledger: one entry per line, in cents. What is hashed of an entry is its line without the
                    digest, each comma replaced by a line break, then the digest of the entry before it; SHA-256 in
                    hexadecimal. Before number 1: SHA-256 of “fundadmin:ledger:v1:” and the fund's code. posted_at:
                    seconds since 1970 (UTC).
events.jsonl        who did what, when. “detail”: the digest of words and facts, which aren't here.
charters.jsonl      the charter's versions: terms and criteria
members.jsonl       who held which role, from when to when
proposals.jsonl     fund actions: who proposed, who confirmed
applications.jsonl  the applications that were filed; drafts aren't here
lines.jsonl         each month asked for: amounts, state, voucher
assessments.jsonl   opinions and the finding of each criterion, without the business's figures
visas.jsonl         visas: who, when, for which amounts
requests.jsonl      requests to undo
documents.jsonl     evidence: kind, size, digest; never the content
papers.jsonl        papers issued: digest of the copy that is kept, the ledger's last digest on that day
erasures.jsonl      details erased at the end of their retention
people.jsonl        empty unless names were asked for
positions.jsonl     the fund's position at the end of each month
totals.csv          totals, for a spreadsheet
manifest.json       size and digest of each part, balances, the last digest
SHA256SUMS          the digest of all of these and of the summary

People (p-), businesses (t-, u-), leases (l-) and vouchers (v-) go by pseudonyms, the same from one pack of a fund to
the next. A .jsonl file has one JSON object per line. Amounts are in euro cents.

What verifying doesn't prove
----------------------------
That no administrator of the server made the whole chain again before issuing the pack: compare the last digest with
one issued earlier. Nor that the evidence is true: that is what sampling is for.
"""

README: Final = {"fr": FRENCH, "en": ENGLISH}
