"""Sentences that products are described with, in three languages."""

from typing import Final

from sample_catalogue.structure import Labels

NAMES: Final[Labels] = {
    "en_US": "{brand} {series} {noun}",
    "fr_FR": "{noun} {brand} {series}",
    "de_DE": "{noun} {brand} {series}",
}

OPENINGS: Final = {
    "en_US": (
        "The {series} is made for every day: light, quiet and built to last.",
        'Our testers called it "the one to keep"; after a year we agree.',
        "A classic, carefully redrawn by {brand}.",
    ),
    "fr_FR": (
        "Le modèle {series} est conçu pour tous les jours : léger, discret et durable.",
        "Nos testeurs l'ont surnommé « l'indispensable » ; un an après, nous confirmons.",
        "Un classique, redessiné avec soin par {brand}.",
    ),
    "de_DE": (
        "Das Modell {series} ist für jeden Tag gemacht: leicht, leise und langlebig.",
        "Unsere Tester nannten es „das Unverzichtbare“; nach einem Jahr stimmen wir zu.",
        "Ein Klassiker, von {brand} sorgfältig überarbeitet.",
    ),
}

CLOSINGS: Final = {
    "en_US": ("Two-year guarantee.", "Ships in recycled card; no plastic.", "Size: see below."),
    "fr_FR": ("Garantie deux ans.", "Emballage en carton recyclé ; sans plastique.", "Été 2027 ☀"),
    "de_DE": ("Zwei Jahre Garantie.", "Versand im Karton; ohne Plastik.", "Größe: siehe unten."),
}

TEXTS: Final[dict[str, Labels]] = {
    "meta_title": {
        "en_US": "{name} | free delivery",
        "fr_FR": "{name} | livraison offerte",
        "de_DE": "{name} | versandkostenfrei",
    },
    "care": {
        "en_US": "Wipe with a soft cloth; never bleach.",
        "fr_FR": "Nettoyer avec un chiffon doux ; ne jamais blanchir.",
        "de_DE": "Mit weichem Tuch abwischen; niemals bleichen.",
    },
    "sorting_advice": {"fr_FR": "L'emballage se recycle.\nPensez au tri !"},
    "weee_number": {"de_DE": "DE 7{number:07d}"},
}

PLAIN_TEXTS: Final = {
    "model_number": "{initials}{number}",
    "composition": "80 % {material}; 20 % other fibres",
    "editor_note": "Checked for {channel}; see also {series}.",
    "shelf_label": "{series} {number}",
}
