"""Two trees: the shop's, and the seasons of the printed catalogue."""

from sample_catalogue.options import labels
from sample_catalogue.structure import Category

SEASONS = ("spring_2027", "summer_2027", "autumn_2027", "winter_2027")

_NODES = (
    ("shop", "", "Shop", "Boutique", "Laden"),
    ("electronics", "shop", "Electronics", "Électronique", "Elektronik"),
    ("cameras", "electronics", "Cameras", "Appareils photo", "Kameras"),
    ("mirrorless", "cameras", "Mirrorless", "Hybrides", "Spiegellose"),
    ("compact", "cameras", "Compact", "Compacts", "Kompakte"),
    ("action", "cameras", "Action", "Action", "Action"),
    ("audio", "electronics", "Audio", "Audio", "Audio"),
    ("over_ear", "audio", "Over-ear", "Circum-auriculaires", "Over-Ear"),
    ("in_ear", "audio", "In-ear", "Intra-auriculaires", "In-Ear"),
    ("computers", "electronics", "Computers", "Informatique", "Computer"),
    ("office", "computers", "Office", "Bureau", "Büro"),
    ("creator", "computers", "Creators", "Création", "Kreative"),
    ("fashion", "shop", "Fashion", "Mode", "Mode"),
    ("shoes", "fashion", "Shoes", "Chaussures", "Schuhe"),
    ("road_running", "shoes", "Road running", "Course sur route", "Straßenlauf"),
    ("trail_running", "shoes", "Trail running", "Trail", "Geländelauf"),
    ("clothing", "fashion", "Clothing", "Vêtements", "Kleidung"),
    ("women", "clothing", "Women", "Femmes", "Damen"),
    ("men", "clothing", "Men", "Hommes", "Herren"),
    ("furniture", "shop", "Furniture", "Mobilier", "Möbel"),
    ("living_room", "furniture", "Living room", "Salon", "Wohnzimmer"),
    ("dining_room", "furniture", "Dining room", "Salle à manger", "Esszimmer"),
    ("food_and_drink", "shop", "Food and drink", "Épicerie", "Genuss"),
    ("wines", "food_and_drink", "Wines", "Vins", "Weine"),
    ("red", "wines", "Red", "Rouges", "Rot"),
    ("white", "wines", "White", "Blancs", "Weiß"),
    ("sparkling", "wines", "Sparkling", "Effervescents", "Schaumwein"),
    ("coffee", "food_and_drink", "Coffee", "Café", "Kaffee"),
    ("beans", "coffee", "Beans", "Grains", "Bohnen"),
    ("ground", "coffee", "Ground", "Moulu", "Gemahlen"),
    ("printed", "", "Printed catalogue", "Catalogue imprimé", "Gedruckter Katalog"),
    ("spring_2027", "printed", "Spring 2027", "Printemps 2027", "Frühling 2027"),
    ("summer_2027", "printed", "Summer 2027", "Été 2027", "Sommer 2027"),
    ("autumn_2027", "printed", "Autumn 2027", "Automne 2027", "Herbst 2027"),
    ("winter_2027", "printed", "Winter 2027", "Hiver 2027", "Winter 2027"),
)


def categories() -> tuple[Category, ...]:
    """Return every category, parents first."""
    return tuple(Category(code, parent or None, labels(*words)) for code, parent, *words in _NODES)
