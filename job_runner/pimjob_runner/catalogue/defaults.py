"""What a new catalogue has before anybody has imported anything."""

import json
from typing import Any, Final

LOCALES: Final = ("en_US", "fr_FR", "de_DE")
CURRENCIES: Final = ("EUR", "USD", "GBP")
GROUP_TYPE: Final = "RELATED"
OTHER_ATTRIBUTES: Final = "other"
"""The group of attributes that are in no other."""

CHANNELS: Final = ("ecommerce", "mobile", "print")
ASSOCIATION_TYPES: Final = (
    ("X_SELL", False),
    ("UPSELL", False),
    ("SUBSTITUTION", False),
    ("PACK", False),
    ("PRODUCT_SET", True),
)
GROUPS: Final = ("promotion", "clearance", "new_arrivals", "staff_picks")

# Units by measurement family; the first is its standard.
MEASUREMENTS: Final = {
    "Weight": ("KILOGRAM", "GRAM", "MILLIGRAM", "TON", "OUNCE", "POUND"),
    "Length": ("METER", "MILLIMETER", "CENTIMETER", "KILOMETER", "INCH", "FEET"),
    "Area": ("SQUARE_METER", "SQUARE_CENTIMETER", "SQUARE_MILLIMETER", "SQUARE_FOOT"),
    "Volume": ("CUBIC_METER", "LITER", "CENTILITER", "MILLILITER", "GALLON", "PINT"),
    "Power": ("WATT", "MILLIWATT", "KILOWATT", "MEGAWATT"),
    "Voltage": ("VOLT", "MILLIVOLT", "KILOVOLT"),
    "Intensity": ("AMPERE", "MILLIAMPERE"),
    "Frequency": ("HERTZ", "KILOHERTZ", "MEGAHERTZ", "GIGAHERTZ"),
    "Temperature": ("KELVIN", "CELSIUS", "FAHRENHEIT"),
    "Duration": ("SECOND", "MILLISECOND", "MINUTE", "HOUR", "DAY"),
    "Binary": ("BYTE", "KILOBYTE", "MEGABYTE", "GIGABYTE", "TERABYTE"),
    "Energy": ("JOULE", "CALORIE", "KILOCALORIE", "KILOJOULE", "WATTHOUR"),
}


def default_structure() -> dict[str, str]:
    """Return the statements that fill a new catalogue, by table and code."""
    channel = {"locales": list(LOCALES), "currencies": list(CURRENCIES)}
    rows: list[tuple[str, str, dict[str, Any]]] = [
        *(("channel", code, channel) for code in CHANNELS),
        *(
            ("association_type", code, {"is_quantified": quantified})
            for code, quantified in ASSOCIATION_TYPES
        ),
        *(("product_group", code, {"type": GROUP_TYPE}) for code in GROUPS),
        *(("measurement_family", code, {"units": list(u)}) for code, u in MEASUREMENTS.items()),
    ]
    return {f"{table} {code}": _insert(table, code, data) for table, code, data in rows}


def _insert(table: str, code: str, data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    # Constants of this module, none of which holds a quote.
    return f"INSERT INTO {table} (code, data) VALUES ('{code}', '{text}')"  # noqa: S608 - see above
