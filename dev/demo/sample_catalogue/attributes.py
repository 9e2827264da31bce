"""The attributes: each type plain, localizable, scopable, both, and locale-specific."""

from typing import Any

from sample_catalogue import options as choices
from sample_catalogue.options import labels
from sample_catalogue.structure import Attribute, Kind

FRANCE = ("fr_FR",)
GERMANY = ("de_DE",)
PICTURES = ("png", "jpg")


def _attribute(code: str, kind: Kind, words: tuple[str, ...], **more: Any) -> Attribute:
    return Attribute(code=code, kind=kind, labels=labels(*words), **more)


def _texts() -> list[Attribute]:
    text, area = Kind.TEXT, Kind.TEXTAREA
    both = {"localizable": True, "scopable": True}
    return [
        _attribute("sku", Kind.IDENTIFIER, ("SKU", "Référence", "Artikelnummer"), unique=True),
        _attribute("ean", text, ("EAN",), unique=True, max_characters=13),
        _attribute("model_number", text, ("Model number", "Modèle", "Modellnummer")),
        _attribute("name", text, ("Name", "Nom", "Name"), localizable=True, max_characters=120),
        _attribute("shelf_label", text, ("Shelf label", "Étiquette", "Regaletikett"),
                   scopable=True, max_characters=40),
        _attribute("meta_title", text, ("Meta title", "Titre méta", "Meta-Titel"), **both),
        _attribute("weee_number", text, ("WEEE number", "Numéro DEEE", "WEEE-Nummer"),
                   localizable=True, locales=GERMANY),
        _attribute("composition", area, ("Composition", "Composition", "Zusammensetzung")),
        _attribute("care", area, ("Care", "Entretien", "Pflege"), localizable=True),
        _attribute("editor_note", area, ("Editor's note", "Note", "Notiz"), scopable=True),
        _attribute("description", area, ("Description", "Description", "Beschreibung"), **both),
        _attribute("sorting_advice", area, ("Sorting advice", "Consignes de tri", "Trennhinweis"),
                   localizable=True, locales=FRANCE),
    ]  # fmt: skip


def _numbers() -> list[Attribute]:
    number, switch = Kind.NUMBER, Kind.BOOLEAN
    both = {"localizable": True, "scopable": True}
    return [
        _attribute("megapixels", number, ("Megapixels", "Mégapixels", "Megapixel"),
                   decimals=1, low=8, high=61),
        _attribute("memory_gb", number, ("Memory (GB)", "Mémoire (Go)", "Speicher (GB)"),
                   low=4, high=64),
        _attribute("seats", number, ("Seats", "Places", "Sitzplätze"), low=1, high=6),
        _attribute("vintage", number, ("Vintage", "Millésime", "Jahrgang"), low=1998, high=2024),
        _attribute("alcohol", number, ("Alcohol (% vol)", "Alcool (% vol)", "Alkohol (% vol)"),
                   decimals=1, low=9, high=15),
        _attribute("lowest_temperature", number,
                   ("Lowest temperature (°C)", "Température minimale (°C)", "Tiefsttemperatur"),
                   decimals=1, negative=True, low=-30, high=5),
        _attribute("reviews", number, ("Reviews", "Avis", "Bewertungen"),
                   localizable=True, low=0, high=4000),
        _attribute("rank", number, ("Rank", "Rang", "Rang"), scopable=True, low=1, high=999),
        _attribute("delivery_days", number, ("Delivery days", "Jours de livraison", "Liefertage"),
                   low=1, high=21, **both),
        _attribute("repairability", number,
                   ("Repairability", "Indice de réparabilité", "Reparierbarkeit"),
                   localizable=True, locales=FRANCE, decimals=1, low=3, high=10),
        _attribute("waterproof", switch, ("Waterproof", "Étanche", "Wasserdicht")),
        _attribute("organic", switch, ("Organic", "Biologique", "Bio")),
        _attribute("translated", switch, ("Translation approved", "Traduit", "Übersetzt"),
                   localizable=True),
        _attribute("featured", switch, ("Featured", "Mis en avant", "Hervorgehoben"),
                   scopable=True),
        _attribute("sold_out", switch, ("Sold out", "Épuisé", "Ausverkauft"), **both),
        _attribute("deposit", switch, ("Deposit", "Consigne", "Pfand"),
                   localizable=True, locales=GERMANY),
    ]  # fmt: skip


def _dates() -> list[Attribute]:
    date = Kind.DATE
    return [
        _attribute("released", date, ("Released", "Sortie", "Erschienen")),
        _attribute("local_launch", date, ("Local launch", "Lancement local", "Start im Land"),
                   localizable=True),
        _attribute("available_from", date, ("Available from", "Disponible dès", "Verfügbar ab"),
                   scopable=True),
        _attribute("offer_until", date, ("Offer until", "Offre jusqu'au", "Angebot bis"),
                   localizable=True, scopable=True),
        _attribute("ear_registered", date, ("EAR registration", "Enregistrement EAR", "EAR seit"),
                   localizable=True, locales=GERMANY),
    ]  # fmt: skip


def _selects() -> list[Attribute]:
    one, many = Kind.SIMPLESELECT, Kind.MULTISELECT
    both = {"localizable": True, "scopable": True}
    return [
        _attribute("brand", one, ("Brand", "Marque", "Marke"), options=choices.BRANDS),
        _attribute("color", one, ("Colour", "Couleur", "Farbe"), options=choices.COLORS),
        _attribute("size", one, ("Size", "Taille", "Größe"), options=choices.SIZES),
        _attribute("shoe_size", one, ("Shoe size", "Pointure", "Schuhgröße"),
                   options=choices.SHOE_SIZES),
        _attribute("bottle", one, ("Bottle", "Bouteille", "Flasche"), options=choices.BOTTLES),
        _attribute("material", one, ("Material", "Matière", "Material"),
                   options=choices.MATERIALS),
        _attribute("origin", one, ("Origin", "Origine", "Herkunft"), options=choices.COUNTRIES),
        _attribute("sensor", one, ("Sensor", "Capteur", "Sensor"), options=choices.SENSORS),
        _attribute("segment", one, ("Segment",), localizable=True, options=choices.SEGMENTS),
        _attribute("layout", one, ("Layout", "Mise en page", "Layout"),
                   scopable=True, options=choices.LAYOUTS),
        _attribute("campaign", one, ("Campaign", "Campagne", "Kampagne"),
                   options=choices.CAMPAIGNS, **both),
        _attribute("energy_class", one, ("Energy class", "Classe énergie", "Energieklasse"),
                   localizable=True, locales=FRANCE + GERMANY, options=choices.ENERGY_CLASSES),
        _attribute("connections", many, ("Connections", "Connexions", "Anschlüsse"),
                   options=choices.CONNECTIONS),
        _attribute("pairing", many, ("Goes with", "Accompagne", "Passt zu"),
                   options=choices.PAIRINGS),
        _attribute("features", many, ("Features", "Atouts", "Merkmale"),
                   options=choices.FEATURES),
        _attribute("search_terms", many, ("Search terms", "Mots-clés", "Suchworte"),
                   localizable=True, options=choices.SEARCH_TERMS),
        _attribute("badges", many, ("Badges", "Pastilles", "Abzeichen"),
                   scopable=True, options=choices.BADGES),
        _attribute("promotions", many, ("Promotions", "Promotions", "Aktionen"),
                   options=choices.CAMPAIGNS, **both),
        _attribute("german_seals", many, ("German seals", "Labels allemands", "Siegel"),
                   localizable=True, locales=GERMANY, options=choices.GERMAN_SEALS),
    ]  # fmt: skip


def _amounts() -> list[Attribute]:
    price, metric = Kind.PRICE, Kind.METRIC
    both = {"localizable": True, "scopable": True}
    weight, length = ("Weight", "GRAM", "KILOGRAM"), ("Length", "CENTIMETER", "MILLIMETER")
    return [
        _attribute("price", price, ("Price", "Prix", "Preis"), decimals=2),
        _attribute("local_price", price, ("Local price", "Prix local", "Landespreis"),
                   localizable=True, decimals=2, one_cell=True),
        _attribute("channel_price", price, ("Channel price", "Prix du canal", "Kanalpreis"),
                   scopable=True, decimals=2),
        _attribute("offer_price", price, ("Offer price", "Prix d'offre", "Angebotspreis"),
                   decimals=2, **both),
        _attribute("eco_fee", price, ("Eco fee", "Éco-participation", "Umweltbeitrag"),
                   localizable=True, locales=FRANCE, decimals=2),
        _attribute("weight", metric, ("Weight", "Poids", "Gewicht"), decimals=1,
                   measurement=weight),
        _attribute("width", metric, ("Width", "Largeur", "Breite"), decimals=1, low=5, high=260,
                   measurement=length),
        _attribute("height", metric, ("Height", "Hauteur", "Höhe"), decimals=1, low=3, high=220,
                   measurement=length, one_cell=True),
        _attribute("power", metric, ("Power", "Puissance", "Leistung"), low=5, high=220,
                   measurement=("Power", "WATT", "KILOWATT")),
        _attribute("content", metric, ("Content", "Contenance", "Inhalt"), low=100, high=1500,
                   measurement=("Volume", "MILLILITER", "LITER")),
        _attribute("serving", metric, ("Serving", "Portion", "Portion"), localizable=True,
                   low=5, high=250, measurement=weight),
        _attribute("parcel_weight", metric, ("Parcel weight", "Poids du colis", "Paketgewicht"),
                   scopable=True, low=100, high=30000, measurement=weight),
        _attribute("parcel_length", metric, ("Parcel length", "Longueur du colis", "Paketlänge"),
                   low=10, high=200, measurement=length, **both),
        _attribute("deposit_weight", metric, ("Returnable weight", "Poids consigné", "Leergut"),
                   localizable=True, locales=GERMANY, low=100, high=900, measurement=weight),
    ]  # fmt: skip


def _media() -> list[Attribute]:
    image, file = Kind.IMAGE, Kind.FILE
    both = {"localizable": True, "scopable": True}
    pdf = ("pdf", "txt")
    return [
        _attribute("picture", image, ("Picture", "Photo", "Bild"), extensions=PICTURES),
        _attribute("banner", image, ("Banner", "Bannière", "Banner"), localizable=True,
                   extensions=PICTURES),
        _attribute("packshot", image, ("Packshot",), scopable=True, extensions=PICTURES),
        _attribute("hero", image, ("Hero image", "Visuel", "Titelbild"), extensions=PICTURES,
                   **both),
        _attribute("triman", image, ("Triman logo", "Logo Triman", "Triman-Logo"),
                   localizable=True, locales=FRANCE, extensions=PICTURES),
        _attribute("datasheet", file, ("Data sheet", "Fiche technique", "Datenblatt"),
                   extensions=pdf),
        _attribute("manual", file, ("Manual", "Notice", "Anleitung"), localizable=True,
                   extensions=pdf),
        _attribute("catalogue_page", file, ("Catalogue page", "Page de catalogue", "Katalogseite"),
                   scopable=True, extensions=pdf),
        _attribute("flyer", file, ("Flyer", "Dépliant", "Faltblatt"), extensions=pdf, **both),
        _attribute("conformity", file, ("Conformity", "Conformité", "Konformität"),
                   localizable=True, locales=GERMANY, extensions=pdf),
    ]  # fmt: skip


def attributes() -> tuple[Attribute, ...]:
    """Return every attribute, in the order of their columns."""
    return tuple(
        attribute
        for make in (_texts, _numbers, _dates, _selects, _amounts, _media)
        for attribute in make()
    )
