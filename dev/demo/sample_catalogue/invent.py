"""Plausible data for an attribute of a product."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from sample_catalogue.chance import Chance
from sample_catalogue.structure import CURRENCIES, Attribute, Family, Kind
from sample_catalogue.values import Data, Metric, Prices
from sample_catalogue.words import CLOSINGS, NAMES, OPENINGS, PLAIN_TEXTS, TEXTS

FIRST_DAY = date(2021, 1, 4)
DAYS = 2000
KILOGRAM = 1000
RATES = {"EUR": Decimal(1), "USD": Decimal("1.08"), "GBP": Decimal("0.86")}
CENT = Decimal("0.01")
FACTORS = {
    "KILOGRAM": Decimal("0.001"),
    "MILLIMETER": Decimal(10),
    "KILOWATT": Decimal("0.001"),
    "LITER": Decimal("0.001"),
}
"""From an attribute's first unit to its second one."""


@dataclass(frozen=True)
class Line:
    """One line of the range: a simple product, or a model with all its variants."""

    number: int
    family: Family
    brand: str
    brand_name: str
    series: str
    random: Chance

    @property
    def initials(self) -> str:
        """First letters, as in an article number."""
        return self.family.code[:3].upper()

    def name(self, locale: str) -> str:
        """Return the product's name in a language."""
        made = NAMES[locale].format(
            brand=self.brand_name,
            series=f"{self.series} {self.number}",
            noun=self.family.nouns[locale],
        )
        return made[0].upper() + made[1:]


def ean(number: int) -> str:
    """Return the number-th article number, with its check digit."""
    digits = f"40{number:010d}"
    odd, even = (sum(map(int, digits[start::2])) for start in (0, 1))
    return f"{digits}{(10 - (odd + 3 * even) % 10) % 10}"


def invent(  # noqa: C901 - one case per type
    attribute: Attribute, channel: str | None, locale: str | None, line: Line
) -> Data:
    """Return data for one channel and locale of an attribute; not for identifiers and EANs."""
    random = line.random
    data: Data
    match attribute.kind:
        case Kind.TEXT | Kind.TEXTAREA:
            data = _text(attribute, channel, locale, line)
        case Kind.NUMBER:
            data = _number(attribute.low, attribute.high, attribute.decimals, random)
        case Kind.BOOLEAN:
            data = random.happens(0.5)
        case Kind.DATE:
            data = FIRST_DAY + timedelta(days=random.randrange(DAYS))
        case Kind.SIMPLESELECT:
            data = line.brand if attribute.code == "brand" else random.choice(_codes(attribute))
        case Kind.MULTISELECT:
            data = _several(_codes(attribute), random)
        case Kind.PRICE:
            data = _prices(line.family, random)
        case Kind.METRIC:
            data = _metric(attribute, line)
        case Kind.IMAGE | Kind.FILE:
            data = media_path(attribute, locale, line.family)
        case Kind.IDENTIFIER:
            raise ValueError(f"{attribute.code}: identifiers are given, not invented")
    return data


def media_path(attribute: Attribute, locale: str | None, family: Family) -> str:
    """Return the file that a family's products show, relative to the folder of the CSV files."""
    extension = attribute.extensions[0]
    stem = f"{attribute.code}-{locale}" if locale else f"{attribute.code}-{family.code}"
    return f"media/{stem}.{extension}"


def _codes(attribute: Attribute) -> list[str]:
    return [option.code for option in attribute.options]


def _several(codes: list[str], random: Chance) -> tuple[str, ...]:
    """Return one to three codes, in the order of the options."""
    chosen = set(random.sample(codes, random.randint(1, min(3, len(codes)))))
    return tuple(code for code in codes if code in chosen)


def _number(low: int, high: int, decimals: int, random: Chance) -> Decimal:
    scale = int(10**decimals)
    return Decimal(random.randint(low * scale, high * scale)) / scale


def _metric(attribute: Attribute, line: Line) -> Metric:
    random, units = line.random, attribute.measurement[1:]
    if attribute.code == "weight":
        grams = random.randint(*line.family.weight)
        return Metric(Decimal(grams), "GRAM") if grams < KILOGRAM else _kilograms(grams)
    low, high = attribute.low, attribute.high
    if attribute.code in {"width", "height"}:
        low, high = line.family.size
    amount = _number(low, high, attribute.decimals, random)
    if random.happens(0.8):
        return Metric(amount, units[0])
    # + 0 writes out what normalize() leaves as 2E+2.
    return Metric((amount * FACTORS[units[1]]).normalize() + 0, units[1])


def _kilograms(grams: int) -> Metric:
    return Metric((Decimal(grams) / KILOGRAM).quantize(Decimal("0.001")), "KILOGRAM")


def _prices(family: Family, random: Chance) -> Prices:
    euros = Decimal(random.randint(*family.price)) - Decimal(random.choice(("0", "0.01", "0.5")))
    currencies = CURRENCIES if random.happens(0.7) else CURRENCIES[:1]
    return {code: (euros * RATES[code]).quantize(CENT, ROUND_HALF_UP) for code in currencies}


def _text(attribute: Attribute, channel: str | None, locale: str | None, line: Line) -> str:
    if attribute.code == "name":
        return line.name(locale or "en_US")
    if attribute.code == "description":
        return _description(channel, locale or "en_US", line)
    template = TEXTS[attribute.code][locale] if locale else PLAIN_TEXTS[attribute.code]
    made = template.format(
        name=line.name(locale or "en_US"),
        series=line.series,
        number=line.number,
        initials=line.initials,
        channel=channel,
        material=line.random.choice(("cotton", "wool", "linen")),
    )
    return made[: attribute.max_characters]


def _description(channel: str | None, locale: str, line: Line) -> str:
    opening = line.random.choice(OPENINGS[locale])
    opening = opening.format(series=line.series, brand=line.brand_name)
    # On a phone one sentence must do; elsewhere there are paragraphs.
    if channel == "mobile":
        return opening
    return f"{opening}\n\n{line.random.choice(CLOSINGS[locale])}"
