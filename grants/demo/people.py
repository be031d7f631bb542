"""The people of the stories, all invented, and the one password they share: demo logins, for a demo database only."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from fundadmin.accounts import demo, second_factor
from fundadmin.models import User
from grants.actions.members import Membership
from grants.enums import Role, Side

DOMAIN: Final = demo.DOMAIN

PASSWORD: Final = "demo-fundadmin"  # noqa: S105 - shown on purpose
ADMINISTRATOR: Final = f"administration@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone with one or more roles on one side of a fund. `authority` is the delegation of powers."""

    name: str
    email: str
    side: Side
    roles: tuple[Role, ...]
    authority: str = ""


def _landlord(name: str, login: str, *roles: Role, authority: str = "") -> Person:
    return Person(name, f"{login}@bailleur.{DOMAIN}", Side.LANDLORD, roles, authority)


def _chamber(name: str, login: str, *roles: Role) -> Person:
    return Person(name, f"{login}@cma.{DOMAIN}", Side.CHAMBER, roles)


# The origin story: enough people on both sides.
CLAIRE: Final = _landlord("Claire Vasseur", "claire.vasseur", Role.MANAGER)
HELENE: Final = _landlord("Hélène Caron", "helene.caron", Role.APPROVER, authority="Délégation 2020-03")
PHILIPPE: Final = _landlord("Philippe Lemaire", "philippe.lemaire", Role.APPROVER, authority="Délégation 2020-04")
NADIA: Final = _landlord("Nadia Benali", "nadia.benali", Role.PAYER, authority="Délégation 2020-05")
AMELIE: Final = _chamber("Amélie Dubois", "amelie.dubois", Role.ADVISOR)
BRUNO: Final = _chamber("Bruno Carpentier", "bruno.carpentier", Role.ADVISOR)
SOPHIE: Final = _chamber("Sophie Lefèvre", "sophie.lefevre", Role.ASSESSOR)
MARC: Final = _chamber("Marc Delattre", "marc.delattre", Role.MANAGER)
YVES: Final = Person("Yves Roussel", f"yves.roussel@audit.{DOMAIN}", Side.EXTERNAL, (Role.AUDITOR,))
ORIGIN: Final = (CLAIRE, HELENE, PHILIPPE, NADIA, AMELIE, BRUNO, SOPHIE, MARC, YVES)

# The small team: two people of the chamber, two of the landlord, and a deputy for some weeks.
CARLA: Final = _chamber("Carla Petit", "carla.petit", Role.ADVISOR)
DENIS: Final = _chamber("Denis Marchand", "denis.marchand", Role.ASSESSOR)
EVA: Final = _landlord("Éva Fontaine", "eva.fontaine", Role.MANAGER, Role.APPROVER, authority="Délégation 2020-11")
FARID: Final = _landlord("Farid Haddad", "farid.haddad", Role.PAYER, Role.APPROVER, authority="Délégation 2020-12")
GAELLE: Final = _landlord("Gaëlle Simon", "gaelle.simon", Role.PAYER, authority="Suppléance 2020-01")
SMALL_TEAM: Final = (CARLA, DENIS, EVA, FARID)


class Accounts:
    """The users of the people, made when first asked for. Only one password is hashed: hashing is slow on purpose."""

    def __init__(self) -> None:
        self._password = make_password(PASSWORD)

    def of(self, person: Person) -> User:
        return self._user(person.email, full_name=person.name)

    def administrator(self) -> User:
        return self._user(ADMINISTRATOR, full_name="Administration", is_staff=True, is_superuser=True)

    def _user(self, email: str, **fields: object) -> User:
        user, _made = User.objects.get_or_create(email=email, defaults={**fields, "password": self._password})
        return user

    def let_in(self) -> None:
        """Let everybody log in: addresses count as verified, and who must have a second factor has one."""
        for user in User.objects.filter(email__endswith=DOMAIN):
            EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
            if second_factor.is_required(user):
                demo.enrol(user)

    def memberships(self, people: Iterable[Person], starts_on: date) -> list[Membership]:
        return [membership for person in people for membership in self._roles(person, starts_on)]

    def _roles(self, person: Person, starts_on: date) -> Iterator[Membership]:
        for role in person.roles:
            yield Membership(
                user=self.of(person), side=person.side, role=role, starts_on=starts_on, authority_ref=person.authority
            )
