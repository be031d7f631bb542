"""Checked lines -> rows, a few thousand lines at a time.

A batch is resolved first (which rows do the lines mean, do they agree with them?), then written. Resolving goes
on after an error, so that every fault of the file is told, but nothing is written any more.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final, cast

from django.db import models, transaction
from django.db.models import Q

from landlords.enums import VatRegime
from landlords.models import Contact, Landlord, Lease, Premises, RentCall, TenantBusiness
from landlords.rent_roll.changes import CallChanges, Changes, Outcome, Tally
from landlords.rent_roll.findings import Finding
from landlords.rent_roll.lines import Call, Line, Told
from landlords.rent_roll.notes import Notes
from landlords.rent_roll.words import plain

_MERGED_FACTS: Final = (
    "trade_name",
    "naf_rev2",
    "naf_2025",
    "headcount",
    "started_on",
    "craft_registered",
    "rne_extract_on",
)


class Applier:
    """Takes batches of lines for one landlord; call it inside a transaction that holds the landlord's row."""

    def __init__(self, landlord: Landlord, notes: Notes) -> None:
        self.landlord = landlord
        self.notes = notes
        self.tally = Tally()

    def apply(self, lines: Sequence[Line]) -> None:
        batch = Batch(self.landlord, lines, self.notes)
        outcomes = [batch.resolve(line) for line in lines]
        batch.tell_missing()
        if self.notes.errors:
            return
        batch.write()
        for outcome in outcomes:
            self.tally.lines[outcome] += 1
        for changes in batch.tables:
            self.tally.count_rows(changes)


class Batch:
    """The rows that some lines mean, loaded by a handful of queries."""

    def __init__(self, landlord: Landlord, lines: Sequence[Line], notes: Notes) -> None:
        self.landlord = landlord
        self.notes = notes
        self.premises_changes = Changes(Premises)
        self.tenant_changes = Changes(TenantBusiness)
        self.lease_changes = Changes(Lease)
        self.contact_changes = Changes(Contact)
        self.call_changes = CallChanges()
        self._merges: list[tuple[Line, TenantBusiness, TenantBusiness]] = []
        self._touched: dict[uuid.UUID, tuple[Line, TenantBusiness]] = {}
        self._load(lines)
        notes.note_names(lines)

    @property
    def tables(self) -> tuple[Changes[Any], ...]:
        """The tables in the order they are written: a row comes after those it points to."""
        return (
            self.premises_changes,
            self.tenant_changes,
            self.lease_changes,
            self.contact_changes,
            self.call_changes,
        )

    def _load(self, lines: Sequence[Line]) -> None:
        owned = {"landlord": self.landlord}
        leases = list(Lease.objects.filter(**owned, reference__in={line.lease_reference for line in lines}))
        premises = Premises.objects.filter(
            Q(pk__in={lease.premises_id for lease in leases})
            | Q(**owned, reference__in={line.premises_reference for line in lines})
        )
        tenants = TenantBusiness.objects.filter(
            Q(pk__in={lease.tenant_id for lease in leases})
            | Q(**owned, siret__in={line.siret for line in lines if line.siret})
        )
        premises_by_pk = {row.pk: row for row in premises}
        tenants_by_pk = {row.pk: row for row in tenants}
        for lease in leases:
            # One object per row: what one line changes, the next one sees.
            lease.premises = premises_by_pk[lease.premises_id]
            lease.tenant = tenants_by_pk[lease.tenant_id]
        self.leases = {lease.reference: lease for lease in leases}
        self.premises = {row.reference: row for row in premises_by_pk.values()}
        self.tenants = {row.siret: row for row in tenants_by_pk.values() if row.siret}
        self.contacts: dict[uuid.UUID, list[Contact]] = defaultdict(list)
        for contact in Contact.objects.filter(tenant__in=tenants_by_pk).order_by("pk"):
            self.contacts[tenants_by_pk[contact.tenant_id].uuid].append(contact)
        self.calls = self._recorded_calls({lease.pk: lease.reference for lease in leases}, lines)

    @staticmethod
    def _recorded_calls(references: dict[int, str], lines: Sequence[Line]) -> dict[tuple[str, str], list[RentCall]]:
        days = [day for line in lines for call in line.calls for day in (call.period_start, call.period_end)]
        recorded: dict[tuple[str, str], list[RentCall]] = defaultdict(list)
        if references and days:
            calls = RentCall.objects.filter(
                lease__in=references, period_start__lte=max(days), period_end__gte=min(days)
            )
            for call in calls.order_by("pk"):
                recorded[references[call.lease_id], call.component].append(call)
        return recorded

    def resolve(self, line: Line) -> Outcome:
        """Find the rows that the line means and note what changes; refusals go to the errors."""
        lease = self.leases.get(line.lease_reference)
        found = self._tenant_of(line, lease)
        if found is None:
            return Outcome.UNCHANGED
        tenant, about_tenant = found
        self._touched.setdefault(tenant.uuid, (line, tenant))
        premises, about_premises = self._tell_premises(line)
        about_tenant = max(about_tenant, self._tell_tenant(line, tenant))
        lease, about_lease = self._tell_lease(line, lease, premises, tenant)
        about_contact = self._tell_contact(line, tenant)
        about_calls = [self._tell_call(line, lease, call) for call in line.calls]
        return max(about_premises, about_tenant, about_lease, about_contact, *about_calls)

    def _tell_premises(self, line: Line) -> tuple[Premises, Outcome]:
        premises = self.premises.get(line.premises_reference)
        outcome = Outcome.UNCHANGED
        if premises is None:
            premises = Premises(landlord=self.landlord, reference=line.premises_reference)
            self.premises[line.premises_reference] = premises
            outcome = self.premises_changes.create(premises)
        facts, differing = self.notes.premises.sift(line.premises_reference, line.number, line.premises)
        for fact, other in differing.items():
            self.notes.differ("premises_facts_differ", line, fact, other)
        return premises, max(outcome, self.premises_changes.tell(premises, facts))

    def _tenant_of(self, line: Line, lease: Lease | None) -> tuple[TenantBusiness, Outcome] | None:
        """Return the tenant that the line means, a new one if need be: by its SIRET, else the holder of the lease.

        None when what is recorded says otherwise; that was told.
        """
        holder = lease.tenant if lease else None
        owner = self.tenants.get(line.siret) if line.siret else None
        if holder is None and owner is None:
            tenant = TenantBusiness(landlord=self.landlord, siret=line.siret)
            return tenant, self.tenant_changes.create(tenant)
        if holder is None or holder == owner:
            return cast("TenantBusiness", owner), Outcome.UNCHANGED
        if line.siret is None:
            return holder, Outcome.UNCHANGED
        if holder.siret:
            self.notes.refuse("lease_other_tenant", line, recorded=holder.siret)
            return None
        if owner is None:
            # The tenant came without SIRET before: it is completed now.
            return holder, Outcome.UNCHANGED
        if plain(holder.legal_name) != plain(owner.legal_name):
            self.notes.refuse("siret_of_another", line, recorded=holder.legal_name, owner=owner.legal_name)
            return None
        return owner, self._merge(line, holder, owner)

    def _merge(self, line: Line, holder: TenantBusiness, owner: TenantBusiness) -> Outcome:
        """Two rows turn out to be one business: its leases and contacts go to the row with the SIRET."""
        for lease in self.leases.values():
            if lease.tenant == holder:
                self.lease_changes.tell(lease, {"tenant": owner})
        self._merge_contacts(holder, owner)
        unknown = [fact for fact in _MERGED_FACTS if getattr(owner, fact) in {None, ""}]
        self.tenant_changes.tell(owner, {fact: getattr(holder, fact) for fact in unknown})
        self.tenant_changes.discard(holder)
        self._touched.pop(holder.uuid, None)
        self._merges.append((line, holder, owner))
        return Outcome.UPDATED

    def _merge_contacts(self, holder: TenantBusiness, owner: TenantBusiness) -> None:
        known = {_person(contact): contact for contact in self.contacts[owner.uuid]}
        for contact in self.contacts.pop(holder.uuid, []):
            twin = known.get(_person(contact))
            if twin is None:
                self.contact_changes.tell(contact, {"tenant": owner})
                self.contacts[owner.uuid].append(contact)
            else:
                # It goes with the row that is given up.
                self.contact_changes.discard(contact)
                ways = {way: getattr(contact, way) for way in ("email", "phone") if not getattr(twin, way)}
                self.contact_changes.tell(twin, ways)

    def _tell_tenant(self, line: Line, tenant: TenantBusiness) -> Outcome:
        facts = line.tenant | ({"siret": line.siret} if line.siret else {})
        recorded = self.notes.names.get(tenant.siret, tenant.legal_name) if tenant.siret else ""
        if recorded and not line.siret and plain(recorded) != plain(facts["legal_name"]):
            params = {"recorded": recorded}
            column = self.notes.columns.header("legal_name")
            self.notes.warnings.add(Finding("name_not_changed", line.number, column, facts["legal_name"], params))
            return Outcome.UNCHANGED
        facts, differing = self.notes.tenants.sift(str(tenant.uuid), line.number, facts)
        for fact, other in differing.items():
            code = "names_differ" if fact == "legal_name" and line.siret else "tenant_facts_differ"
            self.notes.differ(code, line, fact, other)
        outcome = self.tenant_changes.tell(tenant, facts)
        if tenant.siret:
            self.tenants[tenant.siret] = tenant
        return outcome

    def _tell_lease(
        self, line: Line, lease: Lease | None, premises: Premises, tenant: TenantBusiness
    ) -> tuple[Lease, Outcome]:
        if lease is None:
            lease = Lease(
                landlord=self.landlord,
                reference=line.lease_reference,
                premises=premises,
                tenant=tenant,
                **line.assumed | line.lease,
            )
            self.leases[line.lease_reference] = lease
            return lease, self.lease_changes.create(lease)
        facts = {"premises": premises, "tenant": tenant, **line.lease}
        if line.regime_is_assumed and lease.vat_regime == VatRegime.DEBITS:
            facts.pop("vat_regime", None)
        starts_on, ends_on = facts.get("starts_on", lease.starts_on), facts.get("ends_on", lease.ends_on)
        if starts_on and ends_on and ends_on < starts_on:
            # One of the two was told earlier, by another file or another line.
            self.notes.contradict("lease_ends_before_start", line, "starts_on", start=f"{starts_on:%d/%m/%Y}")
            return lease, Outcome.UNCHANGED
        return lease, self.lease_changes.tell(lease, facts)

    def _tell_contact(self, line: Line, tenant: TenantBusiness) -> Outcome:
        if not line.contact:
            return Outcome.UNCHANGED
        known = self.contacts[tenant.uuid]
        told = Contact(tenant=tenant, **line.contact)
        contact = next((contact for contact in known if _person(contact) == _person(told)), None)
        ways: Told = {way: line.contact[way] for way in ("email", "phone") if way in line.contact}
        fresh, _ = self.notes.contacts.sift(f"{tenant.uuid}/{_person(told)}", line.number, ways)
        if contact is not None:
            return self.contact_changes.tell(contact, fresh)
        known.append(told)
        return self.contact_changes.create(told)

    def _tell_call(self, line: Line, lease: Lease, call: Call) -> Outcome:
        recorded = self.calls[line.lease_reference, call.component]
        same = next((other for other in recorded if other.period_start == call.period_start), None)
        for other in recorded:
            if other is not same and other.period_start <= call.period_end and other.period_end >= call.period_start:
                fact = "period_start" if self.notes.columns.header("period_start") else "period"
                start, end = f"{other.period_start:%d/%m/%Y}", f"{other.period_end:%d/%m/%Y}"
                self.notes.contradict("call_overlap_recorded", line, fact, start=start, end=end)
                return Outcome.UNCHANGED
        with_vat = lease.vat_regime if lease.vat_regime != VatRegime.EXEMPT else VatRegime.RECEIPTS
        regime = VatRegime(with_vat) if line.bears_vat else VatRegime.EXEMPT
        call = call.completed(same.due_on if same else call.period_start, regime)
        if same is not None:
            return self.call_changes.tell(same, call.facts())
        if call.net_cents == 0:
            # Nothing is called; a call recorded before is brought down to zero, none is made for nothing.
            return Outcome.UNCHANGED
        return self.call_changes.call(lease, call)

    def tell_missing(self) -> None:
        for line, tenant in self._touched.values():
            self.notes.tell_missing(line, tenant)

    def write(self) -> None:
        for changes in self.tables:
            changes.write()
        for line, holder, owner in self._merges:
            if holder.pk is not None:
                self._move_everything(line, holder, owner)

    def _move_everything(self, line: Line, holder: TenantBusiness, owner: TenantBusiness) -> None:
        Lease.objects.filter(tenant=holder).update(tenant=owner)
        try:
            with transaction.atomic():
                holder.delete()
        except models.ProtectedError:
            # Something else names this tenant (an application), and would be left with one that has no lease.
            self.notes.refuse("tenant_in_use", line, recorded=holder.legal_name)


def _person(contact: Contact) -> str:
    """Tell the people of one tenant apart: by name, those without one by address or number.

    No telling changes it, so what a file says of one person never turns into another.
    """
    return plain(contact.name) or contact.email.casefold() or contact.phone
