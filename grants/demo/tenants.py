"""The tenants of the origin story. Every name, number and amount here is invented: “hypothèse”.

Public are only the counts: 133 business premises, of which 48 let to craft and retail tenants that the order of
14 March 2020 closed (restaurants, hairdressers, driving schools...).
"""

from datetime import date
from itertools import cycle, islice
from typing import Final, NamedTuple

from stdnum import luhn

from grants.eligibility import Month
from grants.money import BASIS_POINTS


class Commune(NamedTuple):
    name: str
    postcode: str
    epci: str


BEAUVAIS: Final = Commune("Beauvais", "60000", "CA du Beauvaisis")
COMPIEGNE: Final = Commune("Compiègne", "60200", "CA de la Région de Compiègne et de la Basse Automne")
CREIL: Final = Commune("Creil", "60100", "CA Creil Sud Oise")
MONTATAIRE: Final = Commune("Montataire", "60160", "CA Creil Sud Oise")
NOGENT: Final = Commune("Nogent-sur-Oise", "60180", "CA Creil Sud Oise")
SENLIS: Final = Commune("Senlis", "60300", "CC Senlis Sud Oise")
NOYON: Final = Commune("Noyon", "60400", "CC du Pays Noyonnais")
MERU: Final = Commune("Méru", "60110", "CC des Sablons")
CLERMONT: Final = Commune("Clermont", "60600", "CC du Clermontois")
CREPY: Final = Commune("Crépy-en-Valois", "60800", "CC du Pays de Valois")
PONT: Final = Commune("Pont-Sainte-Maxence", "60700", "CC des Pays d'Oise et d'Halatte")
LIANCOURT: Final = Commune("Liancourt", "60140", "CC du Liancourtois la Vallée dorée")
COMMUNES: Final = (
    *(BEAUVAIS, COMPIEGNE, CREIL, MONTATAIRE, NOGENT, SENLIS, NOYON, MERU, CLERMONT, CREPY, PONT, LIANCOURT),
)

APRIL_2020: Final = Month("2020-04")
MARCH, APRIL, MAY, JUNE = (date(2020, month, 1) for month in (3, 4, 5, 6))


class Trade(NamedTuple):
    """`turnover_cents`: an ordinary month of 2019; `months`: what such a tenant asks relief for."""

    label: str
    naf: str
    turnover_cents: int
    reopened_on: date
    months: tuple[date, ...]


RESTAURANT: Final = Trade("restaurant", "56.10A", 14_000_00, date(2020, 6, 2), (MARCH, APRIL, MAY))
FAST_FOOD: Final = Trade("restauration rapide", "56.10C", 11_000_00, date(2020, 6, 2), (MARCH, APRIL, MAY))
BAR: Final = Trade("débit de boissons", "56.30Z", 9_000_00, date(2020, 6, 2), (MARCH, APRIL, MAY))
HAIRDRESSER: Final = Trade("coiffure", "96.02A", 6_000_00, date(2020, 5, 11), (APRIL, MAY))
BEAUTY: Final = Trade("soins de beauté", "96.02B", 5_000_00, date(2020, 5, 11), (APRIL, MAY))
DRIVING_SCHOOL: Final = Trade("auto-école", "85.53Z", 8_000_00, date(2020, 5, 11), (APRIL, MAY))
CLOTHES: Final = Trade("habillement", "47.71Z", 7_000_00, date(2020, 5, 11), (APRIL, MAY))
FLOWERS: Final = Trade("fleurs", "47.76Z", 6_000_00, date(2020, 5, 11), (APRIL, MAY))
BOOKS: Final = Trade("librairie", "47.61Z", 8_000_00, date(2020, 5, 11), (APRIL, MAY))
CLOSED_TRADES: Final = (*(RESTAURANT, FAST_FOOD, BAR, HAIRDRESSER, BEAUTY, DRIVING_SCHOOL, CLOTHES, FLOWERS, BOOKS),)


class Tenant(NamedTuple):
    """Rent and charges are those of a month; `loss_bp` is what March and April 2020 lost against 2019."""

    name: str
    trade: Trade
    commune: Commune
    rent_cents: int
    charges_cents: int
    headcount: int = 2
    started_on: date = date(2014, 9, 1)
    loss_bp: int = 75_00


# In the order in which they come to the chamber; the last four never do.
CLOSED: Final = (
    Tenant("Le Comptoir des Tilleuls", RESTAURANT, BEAUVAIS, 548_20, 72_00, 4),
    Tenant("Coiffure Aurore", HAIRDRESSER, BEAUVAIS, 336_50, 41_00),
    Tenant("Auto-école du Thérain", DRIVING_SCHOOL, BEAUVAIS, 372_00, 38_00, 3),
    Tenant("Brasserie de la Gare", RESTAURANT, COMPIEGNE, 628_40, 85_00, 6),
    Tenant("Pizzeria Vesuvio", FAST_FOOD, CREIL, 486_00, 61_50, 3, loss_bp=27_40),
    Tenant("L'Atelier d'Inès", HAIRDRESSER, CREIL, 318_75, 36_00),
    Tenant("Kebab du Marché", FAST_FOOD, NOGENT, 452_30, 55_00),
    Tenant("Institut Belle Étoile", BEAUTY, SENLIS, 341_10, 39_50),
    Tenant("Café des Halles", BAR, NOYON, 438_60, 52_00),
    Tenant("Conduite & Compagnie", DRIVING_SCHOOL, COMPIEGNE, 389_90, 42_00, 4),
    Tenant("Le Bistrot de Léon", RESTAURANT, MERU, 512_00, 66_00, 3),
    Tenant("Salon Mèche Courte", HAIRDRESSER, MERU, 297_40, 33_00, 1),
    Tenant("Crêperie du Beffroi", RESTAURANT, NOYON, 471_25, 58_00, 3),
    Tenant("Prêt-à-porter Lison", CLOTHES, CLERMONT, 362_00, 37_50),
    Tenant("Tifs et Compagnie", HAIRDRESSER, MONTATAIRE, 305_60, 35_00),
    Tenant("La Table d'Halatte", RESTAURANT, PONT, 559_00, 74_00, 5),
    Tenant("Fleurs de l'Ourcq", FLOWERS, CREPY, 328_30, 34_00, 1),
    Tenant("Sushi Oise", FAST_FOOD, BEAUVAIS, 497_80, 63_00, 4),
    Tenant("Barbier Saint-Just", HAIRDRESSER, CLERMONT, 312_90, 35_50, 1),
    Tenant("Librairie du Parc", BOOKS, SENLIS, 402_00, 44_00),
    Tenant("Le Relais du Valois", RESTAURANT, CREPY, 586_70, 78_00, 5),
    Tenant("Auto-école Feu Vert Oise", DRIVING_SCHOOL, CREIL, 358_20, 37_00),
    Tenant("Coiffure Nova", HAIRDRESSER, NOGENT, 324_00, 36_50, 1, date(2020, 2, 10)),
    Tenant("Bar de l'Écluse", BAR, LIANCOURT, 421_50, 49_00, 1),
    Tenant("Le Wok de Creil", RESTAURANT, CREIL, 538_00, 69_00, 4),
    Tenant("Ongles et Cils", BEAUTY, BEAUVAIS, 319_20, 35_00, 1),
    Tenant("Chez Marguerite", RESTAURANT, LIANCOURT, 463_90, 57_00, 2),
    Tenant("Chaussures Pas à Pas", CLOTHES, MERU, 347_70, 38_00),
    Tenant("Saveurs d'Anatolie", FAST_FOOD, MONTATAIRE, 476_40, 60_00, 3),
    Tenant("Coiffure Élégance", HAIRDRESSER, PONT, 331_00, 37_00),
    Tenant("Pilote Auto-école", DRIVING_SCHOOL, NOYON, 364_80, 38_50, 3, loss_bp=12_00),
    Tenant("La Bonne Fourchette", RESTAURANT, CLERMONT, 524_60, 67_00, 4),
    Tenant("Hair Studio 60", HAIRDRESSER, COMPIEGNE, 349_30, 40_00, 3),
    Tenant("Le Petit Dragon", RESTAURANT, NOGENT, 509_50, 65_00, 3),
    Tenant("Bouquets d'Automne", FLOWERS, COMPIEGNE, 339_80, 36_00, 1, loss_bp=30_00),
    Tenant("Tacos du Canal", FAST_FOOD, PONT, 458_20, 56_00, 3),
    Tenant("Styl'Coiffe", HAIRDRESSER, NOYON, 309_70, 34_50),
    Tenant("Brasserie des Sablons", RESTAURANT, MERU, 597_30, 80_00, 6),
    Tenant("Auto-école Clermontoise", DRIVING_SCHOOL, CLERMONT, 355_00, 37_00),
    Tenant("L'Auberge du Moulin", RESTAURANT, CREPY, 541_60, 70_00, 4),
    Tenant("Esthétique Lotus", BEAUTY, MONTATAIRE, 316_40, 35_00, 1),
    Tenant("Le Troquet", BAR, BEAUVAIS, 444_10, 53_00),
    Tenant("Mode et Maille", CLOTHES, CREPY, 353_20, 38_00),
    Tenant("Grill du Valois", RESTAURANT, SENLIS, 573_50, 76_00, 5),
    # These four never come: nobody files for them.
    Tenant("Friterie du Stade", FAST_FOOD, CREIL, 433_00, 51_00, 1),
    Tenant("Coiffure Chantal", HAIRDRESSER, LIANCOURT, 301_00, 33_00, 1),
    Tenant("Permis Plus", DRIVING_SCHOOL, MERU, 361_00, 37_50),
    Tenant("Papeterie Centrale", BOOKS, NOYON, 377_00, 41_00),
)

# Open all along: food, health, services.
OPEN_TRADES: Final = (
    *(("Boulangerie", "10.71C"), ("Pharmacie", "47.73Z"), ("Épicerie", "47.11B"), ("Cabinet infirmier", "86.90D")),
    *(("Agence d'assurances", "66.22Z"), ("Tabac-presse", "47.26Z"), ("Boucherie", "47.22Z"), ("Laverie", "96.01B")),
)
OPEN_COUNT: Final = 85
BAKERY: Final = "Boulangerie (local 49)"


def open_tenants() -> list[Tenant]:
    """The 85 tenants that stayed open: a trade and the number of the premises, taken in turn."""
    places = islice(zip(cycle(OPEN_TRADES), cycle(COMMUNES), strict=False), OPEN_COUNT)
    return [
        Tenant(
            f"{label} (local {number})",
            Trade(label.lower(), naf, 10_000_00, date(2020, 3, 15), (APRIL, MAY)),
            commune,
            rent_cents=300_00 + number * 2_10,
            charges_cents=30_00 + number * 15,
        )
        for number, ((label, naf), commune) in enumerate(places, start=len(CLOSED) + 1)
    ]


def turnover_of(trade: Trade, loss_bp: int) -> dict[Month, int]:
    """March and April of 2019 and 2020, in cents: April 2020 is what March leaves, often 0, a valid figure."""
    usual = trade.turnover_cents
    kept = 2 * usual * (BASIS_POINTS - loss_bp) // BASIS_POINTS
    march = min(usual, kept)
    months = (Month("2019-03"), Month("2019-04"), Month("2020-03"), APRIL_2020)
    return dict(zip(months, (usual, usual, march, kept - march), strict=True))


def valid_siren(number: int) -> str:
    """The SIREN of the n-th invented business: nine digits with a right check digit (Luhn)."""
    stem = f"9{number:07d}"
    return stem + luhn.calc_check_digit(stem)


def valid_siret(number: int) -> str:
    """The SIRET of its head office."""
    stem = f"{valid_siren(number)}0001"
    return stem + luhn.calc_check_digit(stem)


LANDLORD_SIREN: Final = valid_siren(9_000_001)
