"""The sentences about rent rolls: by code, what is wrong and how to mend it."""

from __future__ import annotations

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MESSAGES: Final[dict[str, tuple[Promise, Promise]]] = {
    # The file
    "file_unreadable": (
        _("The file can't be opened: %(reason)s."),
        _("Check the path and that you may read the file."),
    ),
    "file_empty": (_("The file is empty."), _("Export the rent roll again.")),
    "table_empty": (_("The file is empty."), _("Export it again.")),
    "table_no_lines": (_("There is no line under the header."), _("Export the file again.")),
    "table_sheet_ignored": (
        _("The sheet “%(value)s” has the same headings and was left out."),
        _("Hand it in as a file of its own."),
    ),
    "all_taken_for_credits": (
        _("No amount of this file tells a credit note from an invoice by its sign: every row is taken for a credit."),
        _("Make sure that the file has no invoice and no cancelled credit note before you confirm."),
    ),
    "more_columns_ignored": (
        _("%(count)s more columns aren't known and were left out."),
        _("Nothing to do, unless one holds a fact that is needed: then use a usual heading."),
    ),
    "too_many_rows": (
        _("The file has more than %(limit)s rows, the most that is read at once."),
        _("Hand it in in several parts."),
    ),
    "more_faults": (
        _("%(count)s more lines can't be read; they are left out of this report."),
        _("Settle what is listed, then hand the file in again."),
    ),
    "file_is_xls": (
        _("This is an old Excel file (.xls) or a workbook protected by a password."),
        _("Open it and save it as “.xlsx” without a password, or as CSV."),
    ),
    "file_damaged": (
        _("The workbook can't be read: it is damaged or isn't a spreadsheet."),
        _("Open it in a spreadsheet program and save it again as “.xlsx”."),
    ),
    "encoding_unknown": (
        _("The text is neither UTF-8, UTF-16 nor Windows-1252."),
        _("Save the file as “CSV UTF-8”."),
    ),
    "quotes_broken": (
        _("The quotation marks of this line don't match."),
        _('Close each quotation mark; double one that belongs to the text ("").'),
    ),
    "cells_shifted": (
        _("This line has more cells than the header: “%(value)s” has no heading."),
        _("Put quotation marks around a text that holds the delimiter."),
    ),
    "table_cells_shifted": (
        _("This line has more cells than the header."),
        _("Put quotation marks around a text that holds the delimiter."),
    ),
    "landlord_unknown": (
        _("No landlord has the SIREN %(value)s."),
        _("Check the SIREN, or record the landlord first."),
    ),
    "header_missing": (
        _("No line looks like a header."),
        _("Name the columns on one line, for example: %(expected)s."),
    ),
    "column_missing": (
        _("There is no column for: %(fact)s."),
        _("Add a column with one of these headings: %(headings)s."),
    ),
    "column_ambiguous": (
        _("Two columns give the same fact (%(fact)s): “%(column)s” and “%(other)s”."),
        _("Rename or remove one of them."),
    ),
    "vat_column_ambiguous": (
        _("“%(column)s” may be a rate or an amount."),
        _("Rename it to “Taux TVA” or “Montant TVA”."),
    ),
    "column_ignored": (
        _("The column “%(column)s” isn't known and was left out."),
        _("Nothing to do, unless it holds a fact that is needed: then use a usual heading."),
    ),
    "sheet_ignored": (
        _("The sheet “%(value)s” looks like a rent roll too and was left out."),
        _("Import it from a file of its own."),
    ),
    "no_lines": (_("There is no line under the header."), _("Export the rent roll again.")),
    "period_missing": (
        _("Nothing says which months the amounts are for."),
        _("Add a column “Période” (04/2020, T2 2020) or “Échéance du” and “au”, or give the first and last month."),
    ),
    "months_disordered": (_("The last month is before the first one."), _("Give the first month, then the last one.")),
    "months_needless": (
        _("The file gives its own periods: a first and last month can't be given with it."),
        _("Leave the first and the last month out."),
    ),
    "premises_by_lease": (
        _("There is no column for the premises: each lease is given premises of its own."),
        _("Add a column “Réf. local” so that successive tenants share their premises."),
    ),
    "vat_regime_assumed": (
        _("Where VAT is called and no regime is given, “VAT on receipts” was taken."),
        _("Fill in a column “Régime TVA” (exonéré, encaissements, débits) if some leases are on debits."),
    ),
    "total_skipped": (_("This line is a total and was left out."), _("Nothing to do.")),
    # Values
    "value_missing": (_("This cell is empty."), _("Give: %(fact)s.")),
    "text_too_long": (_("This text has more than %(limit)s characters."), _("Shorten it.")),
    "amount_unreadable": (_("This isn't an amount."), _("Write it like 1 234,50.")),
    "amount_ambiguous": (
        _("This may be thousands or decimals."),
        _("Write it with two decimals, like 1234,00 or 1,23."),
    ),
    "amount_decimals": (_("An amount has two decimals at most."), _("Round it to the cent.")),
    "amount_negative": (
        _("A call can't be negative."),
        _("Give what is called for the period; a credit note isn't part of the rent roll."),
    ),
    "amount_too_large": (
        _("This amount is too large to be one call of rent."),
        _("Check that the columns aren't shifted."),
    ),
    "figure_too_large": (_("This amount is too large."), _("Check that the columns aren't shifted.")),
    "component_unreadable": (
        _("This is neither rent nor charges nor recharged taxes."),
        _("Write “loyer”, “provisions sur charges” or “impôts et taxes refacturés”."),
    ),
    "identifier_unreadable": (
        _("This isn't the identifier of a line."),
        _("Copy it from the credit schedule, or leave the cell empty."),
    ),
    "form_unreadable": (
        _("This isn't a form of relief."),
        _("Write “avoir”, “déduction”, “abandon de créance”, “franchise de loyer” or “solde de sortie”."),
    ),
    "date_unreadable": (_("This isn't a date."), _("Write it like 30/04/2020 or 2020-04-30.")),
    "period_unreadable": (
        _("This isn't a period."),
        _("Write a month (04/2020, avril 2020) or a quarter (T2 2020)."),
    ),
    "siret_mangled": (
        _("A spreadsheet program turned this SIRET into a rounded number: its last digits are lost."),
        _("Format the column as text, then enter the 14 digits again."),
    ),
    "siret_is_siren": (
        _("This is a SIREN (9 digits): the establishment isn't named."),
        _("Give the SIRET (14 digits), or leave the cell empty to complete it later."),
    ),
    "siret_wrong": (
        _("This isn't a SIRET: 14 digits with a valid check digit are needed."),
        _("Correct it (it is on the lease or the Sirene extract), or leave the cell empty to complete it later."),
    ),
    "naf_unreadable": (
        _("This isn't a NAF code."),
        _("Write it like 56.10A (rev. 2) or 56.11G (NAF 2025), or leave the cell empty to complete it later."),
    ),
    "naf_other_list": (
        _("The final letter says that this code belongs to the other NAF list."),
        _("Put it under the right heading: codes of NAF rev. 2 end in A to F or Z, those of 2025 in G to L or Y."),
    ),
    "number_unreadable": (_("This isn't a whole number."), _("Write it in digits, like 3.")),
    "yes_no_unreadable": (_("This is neither yes nor no."), _("Write “oui” or “non”.")),
    "craft_unreadable": (
        _("This doesn't say whether the business is registered as a craft business."),
        _("Write “oui” or “non”, or the registration (RM 60, RNE)."),
    ),
    "postcode_unreadable": (_("This isn't a postcode."), _("Write five digits, like 60000.")),
    "email_unreadable": (_("This isn't an e-mail address."), _("Give one address, like nom@exemple.fr.")),
    "regime_unreadable": (
        _("This isn't a VAT regime."),
        _("Write “exonéré”, “encaissements” or “débits”."),
    ),
    "rate_unreadable": (_("This isn't a VAT rate."), _("Write it like 20 or 5,5 %%.")),
    "periodicity_unreadable": (_("This isn't a periodicity."), _("Write “mensuel” or “trimestriel”.")),
    # A line as a whole
    "lease_ends_before_start": (
        _("The lease ends before it starts (%(start)s)."),
        _("Correct one of the two dates."),
    ),
    "period_ends_before_start": (
        _("The period ends before it starts (%(start)s)."),
        _("Correct one of the two dates."),
    ),
    "period_too_long": (
        _("The period is longer than a year."),
        _("Give the period of one call; check the two dates."),
    ),
    "period_outside_lease": (
        _("The lease doesn't run on any day of this period."),
        _("Check the dates of the lease and the period."),
    ),
    "period_half_given": (_("The period has a start or an end, not both."), _("Give both dates.")),
    "months_not_quarters": (
        _("Rent is called by the quarter, but the first and last month don't make whole quarters."),
        _("Give a number of months that is a multiple of three."),
    ),
    "month_partly_covered": (
        _("The lease runs for a part of %(month)s only: no call was made for it."),
        _("Give this call on a line of its own, with its period and its amount."),
    ),
    "periodicity_conflict": (
        _("The heading “%(column)s” and the periodicity of this line disagree."),
        _("Give the amounts of one call, and rename the heading."),
    ),
    "nothing_called": (_("No rent, charges or taxes are given."), _("Give the amounts of the call.")),
    "arrears_undated": (
        _("Nothing says at which date these arrears were counted."),
        _("Name the column “Impayés au 30/04/2020”, or add a column “Date impayés”."),
    ),
    "vat_on_exempt": (
        _("The lease is exempt from VAT but a VAT rate or amount is given."),
        _("Correct the regime, or leave rate and amount empty."),
    ),
    "vat_rate_missing": (_("The lease bears VAT but no rate is given."), _("Add the rate, for example 20.")),
    "vat_disagrees": (
        _("At %(rate)s %%, VAT on %(net)s would be %(expected)s."),
        _("Correct the net amounts, the rate or the VAT amount."),
    ),
    "gross_disagrees": (
        _("Net and VAT add up to %(expected)s."),
        _("Correct the net amounts, the VAT amount or the total."),
    ),
    # Lines that disagree with each other
    "call_duplicate": (
        _("Line %(other)s already gives this lease for the same period."),
        _("Keep one of the two lines."),
    ),
    "call_overlap": (
        _("The period overlaps that of line %(other)s for the same lease."),
        _("Correct the periods: no day may be called twice."),
    ),
    "lease_conflict": (
        _("Line %(other)s says otherwise for the same lease."),
        _("Make both lines agree; a new tenant needs a lease with another reference."),
    ),
    "names_differ": (
        _("Line %(other)s gives this SIRET another name; the first one was kept."),
        _("Check that the SIRET is right on both lines."),
    ),
    "tenant_facts_differ": (
        _("Line %(other)s says otherwise for the same tenant; the first value was kept."),
        _("Make both lines agree."),
    ),
    "premises_facts_differ": (
        _("Line %(other)s says otherwise for the same premises; the first value was kept."),
        _("Make both lines agree."),
    ),
    # Lines that disagree with what is recorded
    "lease_other_tenant": (
        _("Lease %(lease)s is recorded for SIRET %(recorded)s."),
        _("Give the new tenant a lease with another reference, or correct the SIRET."),
    ),
    "siret_of_another": (
        _("Lease %(lease)s is recorded for “%(recorded)s” without SIRET, but this SIRET is that of “%(owner)s”."),
        _("Correct the SIRET; if both are the same business, give them the same name."),
    ),
    "tenant_in_use": (
        _("“%(recorded)s” without SIRET is the tenant with this SIRET, but an application already names it."),
        _("Discard that draft, import the file again, then file for the tenant with the SIRET."),
    ),
    "name_not_changed": (
        _("This tenant is recorded as “%(recorded)s”; without a SIRET on the line the name was kept."),
        _("Give the SIRET if the name changed; a new tenant needs a lease with another reference."),
    ),
    "call_overlap_recorded": (
        _("A call recorded earlier (%(start)s to %(end)s) covers a part of this period."),
        _("Give the same period as before; calls recorded are changed, never replaced by others."),
    ),
    "missing_siret": (_("The SIRET is missing: the tenant is to be completed."), _("Needed before filing.")),
    "missing_naf": (_("The NAF code is missing: the tenant is to be completed."), _("Needed before filing.")),
    "missing_headcount": (_("The headcount is missing: the tenant is to be completed."), _("Needed before filing.")),
    "no_column_siret": (
        _("There is no SIRET column: %(count)s tenants are to be completed."),
        _("Needed before filing. Heading: “SIRET”."),
    ),
    "no_column_naf": (
        _("There is no NAF column: %(count)s tenants are to be completed."),
        _("Needed before filing. Heading: “Code NAF”."),
    ),
    "no_column_headcount": (
        _("There is no headcount column: %(count)s tenants are to be completed."),
        _("Needed before filing. Heading: “Effectif”."),
    ),
}
