"""The type of each kind of attribute: the one place that knows which is which."""

from collections.abc import Mapping
from typing import Final

from pimjob_runner.catalogue.structure import AttributeKind
from pimjob_runner.catalogue.values.choices import BOOLEAN, ONE_OPTION, SEVERAL_OPTIONS
from pimjob_runner.catalogue.values.dates import DATE
from pimjob_runner.catalogue.values.measurements import MEASUREMENT
from pimjob_runner.catalogue.values.media import FILE, IMAGE
from pimjob_runner.catalogue.values.numbers import NUMBER
from pimjob_runner.catalogue.values.prices import PRICES
from pimjob_runner.catalogue.values.texts import IDENTIFIER, TEXT, TEXTAREA
from pimjob_runner.catalogue.values.value_type import ValueType

# Records of reference data and reference entities are taken as options of their attribute.
TYPES: Final[Mapping[AttributeKind, ValueType]] = {
    AttributeKind.IDENTIFIER: IDENTIFIER,
    AttributeKind.TEXT: TEXT,
    AttributeKind.TEXTAREA: TEXTAREA,
    AttributeKind.NUMBER: NUMBER,
    AttributeKind.BOOLEAN: BOOLEAN,
    AttributeKind.DATE: DATE,
    AttributeKind.SIMPLESELECT: ONE_OPTION,
    AttributeKind.MULTISELECT: SEVERAL_OPTIONS,
    AttributeKind.PRICE: PRICES,
    AttributeKind.METRIC: MEASUREMENT,
    AttributeKind.IMAGE: IMAGE,
    AttributeKind.FILE: FILE,
    AttributeKind.REFERENCE: ONE_OPTION,
    AttributeKind.REFERENCES: SEVERAL_OPTIONS,
    AttributeKind.RECORD: ONE_OPTION,
    AttributeKind.RECORDS: SEVERAL_OPTIONS,
}
