"""The choices of the select attributes, in three languages."""

from sample_catalogue.structure import Labels, Option


def labels(english: str, french: str = "", german: str = "") -> Labels:
    """Return labels; a word that is the same everywhere is given once."""
    return {"en_US": english, "fr_FR": french or english, "de_DE": german or english}


def options(*rows: tuple[str, ...]) -> tuple[Option, ...]:
    """Return options from rows of (code, English, French, German)."""
    return tuple(Option(code, labels(*words)) for code, *words in rows)


def named(*names: str) -> tuple[Option, ...]:
    """Return options whose name is the same in all languages; the code comes from it."""
    return tuple(
        Option("".join(c if c.isalnum() else "_" for c in name.lower()), labels(name))
        for name in names
    )


BRANDS = named(
    "Lumora", "Okanto", "Verity Optics", "Sonarix", "Halcyon Audio", "Tonwerk", "Kestrel",
    "Fjordlauf", "Cadenza", "Pinecrest", "Atelier Nord", "Moorland", "Stellan", "Bruma",
    "Domaine des Tilleuls", "Weingut Rabenstein", "Quinta do Vale", "Rosteria Alba",
    "Velomont", "Papierhaus",
)  # fmt: skip

COLORS = options(
    ("black", "Black", "Noir", "Schwarz"),
    ("white", "White", "Blanc", "Weiß"),
    ("navy", "Navy", "Bleu marine", "Marineblau"),
    ("red", "Red", "Rouge", "Rot"),
    ("forest_green", "Forest green", "Vert forêt", "Waldgrün"),
    ("sand", "Sand", "Sable", "Sand"),
    ("grey_melange", "Grey mélange", "Gris chiné", "Grau meliert"),
    ("mustard", "Mustard", "Moutarde", "Senf"),
)

SIZES = named("XS", "S", "M", "L", "XL", "XXL")
SHOE_SIZES = named("36", "37", "38", "39", "40", "41", "42", "43", "44", "45", "46")
BOTTLES = options(
    ("bottle_375", "Half bottle", "Demi-bouteille", "Halbe Flasche"),
    ("bottle_750", "Bottle", "Bouteille", "Flasche"),
    ("bottle_1500", "Magnum", "Magnum", "Magnum"),
)

MATERIALS = options(
    ("cotton", "Cotton", "Coton", "Baumwolle"),
    ("wool", "Wool", "Laine", "Wolle"),
    ("leather", "Leather", "Cuir", "Leder"),
    ("oak", "Oak", "Chêne", "Eiche"),
    ("walnut", "Walnut", "Noyer", "Nussbaum"),
    ("aluminium", "Aluminium", "Aluminium", "Aluminium"),
    ("polyester", "Recycled polyester", "Polyester recyclé", "Recyceltes Polyester"),
    ("linen", "Linen", "Lin", "Leinen"),
)

COUNTRIES = options(
    ("fr", "France", "France", "Frankreich"),
    ("de", "Germany", "Allemagne", "Deutschland"),
    ("pt", "Portugal", "Portugal", "Portugal"),
    ("it", "Italy", "Italie", "Italien"),
    ("jp", "Japan", "Japon", "Japan"),
    ("vn", "Viet Nam", "Viêt Nam", "Vietnam"),
)

SENSORS = options(
    ("full_frame", "Full frame", "Plein format", "Vollformat"),
    ("aps_c", "APS-C"),
    ("four_thirds", "Four Thirds", "Quatre tiers", "Four Thirds"),
    ("one_inch", "1 inch", "1 pouce", "1 Zoll"),
)

CONNECTIONS = options(
    ("bluetooth", "Bluetooth"),
    ("usb_c", "USB-C"),
    ("wifi", "Wi-Fi", "Wi-Fi", "WLAN"),
    ("jack", "3.5 mm jack", "Prise jack 3,5 mm", "Klinke 3,5 mm"),
    ("hdmi", "HDMI"),
)

PAIRINGS = options(
    ("beef", "Beef", "Bœuf", "Rind"),
    ("fish", "Fish", "Poisson", "Fisch"),
    ("cheese", "Cheese", "Fromage", "Käse"),
    ("dessert", "Dessert", "Dessert", "Nachtisch"),
    ("poultry", "Poultry", "Volaille", "Geflügel"),
)

SEGMENTS = options(
    ("entry", "Entry level", "Entrée de gamme", "Einsteiger"),
    ("core", "Core range", "Cœur de gamme", "Kernsortiment"),
    ("premium", "Premium"),
)
LAYOUTS = options(
    ("single_column", "Single column", "Une colonne", "Einspaltig"),
    ("double_page", "Double page", "Double page", "Doppelseite"),
    ("gallery", "Gallery", "Galerie", "Galerie"),
)
CAMPAIGNS = options(
    ("spring", "Spring", "Printemps", "Frühling"),
    ("back_to_school", "Back to school", "Rentrée", "Schulanfang"),
    ("black_week", "Black Week"),
)
ENERGY_CLASSES = named("A", "B", "C", "D", "E", "F", "G")
FEATURES = options(
    ("recycled", "Recycled", "Recyclé", "Recycelt"),
    ("handmade", "Handmade", "Fait main", "Handgefertigt"),
    ("limited", "Limited edition", "Édition limitée", "Limitierte Auflage"),
    ("vegan", "Vegan", "Végan", "Vegan"),
    ("repairable", "Repairable", "Réparable", "Reparierbar"),
)
SEARCH_TERMS = options(
    ("gift", "Gift", "Cadeau", "Geschenk"),
    ("bestseller", "Best-seller", "Meilleure vente", "Verkaufsschlager"),
    ("outdoor", "Outdoor", "Plein air", "Draußen"),
    ("home", "Home", "Maison", "Zuhause"),
)
BADGES = options(
    ("new", "New", "Nouveau", "Neu"),
    ("sale", "Sale", "Promotion", "Angebot"),
    ("staff_pick", "Staff pick", "Coup de cœur", "Unser Tipp"),
)
GERMAN_SEALS = options(
    ("blauer_engel", "Blue Angel", "Ange bleu", "Blauer Engel"),
    ("tuev_gs", "TÜV GS"),
    ("gruener_knopf", "Green Button", "Bouton vert", "Grüner Knopf"),
)
