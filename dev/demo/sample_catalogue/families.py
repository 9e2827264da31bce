"""The kinds of products: ten families, four of them with variants."""

from sample_catalogue.options import labels
from sample_catalogue.structure import Family, FamilyVariant

# What every product has, whatever it is: the base, and one attribute at least of
# each type and combination of localizable, scopable and locale-specific.
COMMON = (
    "sku", "ean", "name", "shelf_label", "meta_title", "description", "editor_note", "brand",
    "price", "local_price", "channel_price", "offer_price", "weight", "parcel_weight",
    "parcel_length", "origin", "features", "search_terms", "badges", "promotions", "segment",
    "layout", "campaign", "reviews", "rank", "delivery_days", "translated", "featured",
    "sold_out", "released", "local_launch", "available_from", "offer_until", "picture", "banner",
    "packshot", "hero", "datasheet", "catalogue_page", "flyer", "german_seals",
    "sorting_advice", "triman",
)  # fmt: skip

_ELECTRIC = (
    "model_number", "connections", "weee_number", "ear_registered", "repairability", "eco_fee",
    "energy_class", "manual", "conformity", "power",
)  # fmt: skip
_CLOTHES = ("color", "composition", "care", "material")
_DRINK = ("organic", "content", "deposit", "deposit_weight", "pairing", "serving")

# A camera's print page needs less than its page in the shop.
_REQUIRED = {
    "ecommerce": ("sku", "name", "description", "price", "picture"),
    "mobile": ("sku", "name", "price"),
    "print": ("sku", "name"),
}

_SIZED = ("size", "sku", "ean", "parcel_weight", "sold_out")


def _cameras() -> Family:
    return Family(
        code="cameras",
        labels=labels("Cameras", "Appareils photo", "Kameras"),
        nouns=labels("camera", "appareil photo", "Kamera"),
        brands=("lumora", "okanto", "verity_optics"),
        series=("Alta", "Nova", "Pico", "Zenit One", "Meridian", "Clara", "Tessera"),
        attributes=(*COMMON, *_ELECTRIC, "megapixels", "sensor", "width", "height", "waterproof"),
        category="cameras",
        subcategories=("mirrorless", "compact", "action"),
        share=18,
        size=(6, 18),
        price=(190, 3900),
        weight=(120, 1400),
        requirements=_REQUIRED,
    )


def _headphones() -> Family:
    return Family(
        code="headphones",
        labels=labels("Headphones", "Casques audio", "Kopfhörer"),
        nouns=labels("headphones", "casque", "Kopfhörer"),
        brands=("sonarix", "halcyon_audio", "tonwerk"),
        series=("Hush", "Studio", "Drift", "Aria", "Pulse", "Monitor", "Commute"),
        attributes=(*COMMON, *_ELECTRIC, "color", "waterproof"),
        category="audio",
        subcategories=("over_ear", "in_ear"),
        share=18,
        size=(4, 24),
        price=(25, 480),
        weight=(8, 340),
        requirements=_REQUIRED,
    )


def _laptops() -> Family:
    return Family(
        code="laptops",
        labels=labels("Laptops", "Ordinateurs portables", "Notebooks"),
        nouns=labels("laptop", "ordinateur portable", "Notebook"),
        brands=("kestrel", "okanto"),
        series=("Airfield", "Workbench", "Slate", "Field 14", "Field 16", "Nomad"),
        attributes=(*COMMON, *_ELECTRIC, "memory_gb", "width", "height"),
        category="computers",
        subcategories=("office", "creator"),
        share=10,
        size=(20, 42),
        price=(490, 3400),
        weight=(900, 2600),
        requirements=_REQUIRED,
    )


def _shoes() -> Family:
    return Family(
        code="shoes",
        labels=labels("Running shoes", "Chaussures de course", "Laufschuhe"),
        nouns=labels("running shoe", "chaussure de course", "Laufschuh"),
        brands=("fjordlauf", "cadenza"),
        series=("Trail", "Tempo", "Ridge", "Marathon", "City", "Gravel", "Cloudline"),
        attributes=(*COMMON, *_CLOTHES, "shoe_size", "waterproof"),
        category="shoes",
        subcategories=("road_running", "trail_running"),
        share=1,
        size=(8, 34),
        price=(69, 219),
        weight=(180, 420),
        requirements=_REQUIRED,
        variant=FamilyVariant(
            "shoes_color_size",
            labels("By colour, then size", "Par couleur puis pointure", "Farbe, dann Größe"),
            (("color",), ("shoe_size",)),
            (
                ("color", "picture", "packshot", "channel_price"),
                ("shoe_size", "sku", "ean", "weight", "parcel_weight", "sold_out"),
            ),
        ),
    )


def _tshirts() -> Family:
    return Family(
        code="tshirts",
        labels=labels("T-shirts", "T-shirts", "T-Shirts"),
        nouns=labels("T-shirt", "T-shirt", "T-Shirt"),
        brands=("pinecrest", "atelier_nord"),
        series=("Harbour", "Studio", "Sunday", "Field", "Loop", "Heavyweight", "Breton"),
        attributes=(*COMMON, *_CLOTHES, "size"),
        category="clothing",
        subcategories=("women", "men"),
        share=2,
        size=(20, 40),
        price=(15, 59),
        weight=(110, 260),
        requirements=_REQUIRED,
        variant=FamilyVariant(
            "tshirts_color_size",
            labels("By colour, then size", "Par couleur puis taille", "Farbe, dann Größe"),
            (("color",), ("size",)),
            (("color", "picture", "composition"), (*_SIZED, "weight")),
        ),
    )


def _jackets() -> Family:
    return Family(
        code="jackets",
        labels=labels("Jackets", "Vestes", "Jacken"),
        nouns=labels("jacket", "veste", "Jacke"),
        brands=("pinecrest", "moorland"),
        series=("Storm", "Fell", "Harrier", "Commuter", "Alpine", "Summit"),
        attributes=(*COMMON, *_CLOTHES, "size", "waterproof", "lowest_temperature"),
        category="clothing",
        subcategories=("women", "men"),
        share=2,
        size=(30, 60),
        price=(79, 420),
        weight=(310, 1250),
        requirements=_REQUIRED,
        variant=FamilyVariant(
            "jackets_color_and_size",
            labels("By colour and size", "Par couleur et taille", "Nach Farbe und Größe"),
            (("color", "size"),),
            (("color", *_SIZED, "picture"),),
        ),
    )


def _sofas() -> Family:
    return Family(
        code="sofas",
        labels=labels("Sofas", "Canapés", "Sofas"),
        nouns=labels("sofa", "canapé", "Sofa"),
        brands=("stellan", "bruma", "atelier_nord"),
        series=("Fjäll", "Lagune", "Hygge", "Pont-Neuf", "Elbe", "Largo"),
        attributes=(*COMMON, "color", "material", "seats", "width", "height", "care"),
        category="furniture",
        subcategories=("living_room",),
        share=12,
        size=(80, 260),
        price=(390, 4900),
        weight=(28_000, 96_000),
        requirements=_REQUIRED,
    )


def _tables() -> Family:
    return Family(
        code="tables",
        labels=labels("Tables", "Tables", "Tische"),
        nouns=labels("table", "table", "Tisch"),
        brands=("stellan", "bruma"),
        series=("Atelier", "Nordkap", "Bistro", "Longue", "Kontor", "Refectory"),
        attributes=(*COMMON, "material", "seats", "width", "height"),
        category="furniture",
        subcategories=("living_room", "dining_room"),
        share=16,
        size=(60, 240),
        price=(120, 2900),
        weight=(9_000, 78_000),
        requirements=_REQUIRED,
    )


def _wines() -> Family:
    return Family(
        code="wines",
        labels=labels("Wines", "Vins", "Weine"),
        nouns=labels("wine", "vin", "Wein"),
        brands=("domaine_des_tilleuls", "weingut_rabenstein", "quinta_do_vale"),
        series=("Réserve", "Vieilles Vignes", "Spätlese", "Colheita", "Grand Clos", "Steillage"),
        attributes=(*COMMON, *_DRINK, "bottle", "vintage", "alcohol"),
        category="wines",
        subcategories=("red", "white", "sparkling"),
        share=5,
        size=(7, 34),
        price=(6, 190),
        weight=(700, 3_100),
        requirements=_REQUIRED,
        variant=FamilyVariant(
            "wines_bottle",
            labels("By bottle", "Par contenance", "Nach Flasche"),
            (("bottle",),),
            (("bottle", "sku", "ean", "content", "weight", "price", "deposit_weight"),),
        ),
    )


def _coffees() -> Family:
    return Family(
        code="coffees",
        labels=labels("Coffees", "Cafés", "Kaffees"),
        nouns=labels("coffee", "café", "Kaffee"),
        brands=("rosteria_alba", "cadenza"),
        series=("Aurora", "Sierra", "Mattina", "Highland", "Decaf", "Monsoon"),
        attributes=(*COMMON, *_DRINK),
        category="coffee",
        subcategories=("beans", "ground"),
        share=16,
        size=(8, 26),
        price=(4, 39),
        weight=(250, 1_000),
        requirements=_REQUIRED,
    )


def families() -> tuple[Family, ...]:
    """Return every family."""
    return (
        _cameras(), _headphones(), _laptops(), _shoes(), _tshirts(), _jackets(), _sofas(),
        _tables(), _wines(), _coffees(),
    )  # fmt: skip
