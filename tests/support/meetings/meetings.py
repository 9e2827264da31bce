"""Which jobs meet. Each pair is about something that both of them touch."""

from dataclasses import dataclass

from support.meetings.job import Job
from support.meetings.shop import (
    UUIDS,
    attributes,
    categories,
    families,
    models,
    options,
    products,
    variants,
)


@dataclass(frozen=True)
class Meeting:
    """Two jobs. The first is held at each of its points while the second runs."""

    about: str
    held: Job
    other: Job


MEETINGS = [
    Meeting(
        "each of two categories is put under the other",
        categories("a-under-b", "code;parent\na;b\n"),
        categories("b-under-a", "code;parent\nb;a\n"),
    ),
    Meeting(
        "three categories close a circle",
        categories("a-under-b", "code;parent\na;b\n"),
        categories("b-under-c-under-a", "code;parent\nb;c\nc;a\n"),
    ),
    Meeting(
        "a category is moved below one that is new",
        categories("new-and-below", "code;parent\nd;shop\na;d\n"),
        categories("the-same-new-one", "code;parent;label-en_US\nd;b;D\nshop;;Shop\n"),
    ),
    Meeting(
        "labels of one category in two languages",
        categories("english", "code;label-en_US\na;A\nb;B\n"),
        categories("french", "code;label-fr_FR\nb;Bé\na;Á\n"),
    ),
    Meeting(
        "rules and labels of one attribute",
        attributes("rule", "code;type;max_characters\nname;pim_catalog_text;20\n"),
        attributes("label", "code;type;label-en_US\nname;pim_catalog_text;Name\n"),
    ),
    Meeting(
        "order and label of one option",
        options("order", "attribute;code;sort_order\ncolor;red;7\n"),
        options("label", "attribute;code;label-en_US\ncolor;red;Red\n"),
    ),
    Meeting(
        "attributes and label of one family",
        families("attributes", "code;attributes\nother;name,note\n"),
        families("label", "code;label-en_US\nother;Other\n"),
    ),
    Meeting(
        "different columns of the same products",
        products("names", "sku;name\np1;first\np2;second\n"),
        products("notes", "sku;note\np2;2\np1;1\n"),
    ),
    Meeting(
        "the same column of the same products",
        products("first", "sku;name\np1;first\np2;first\n"),
        products("second", "sku;name\np2;second\np1;second\n"),
    ),
    Meeting(
        "the same new product",
        products("name", "sku;name\nnew;name\nnewer;name\n"),
        products("note", "sku;note\nnew;note\n"),
    ),
    Meeting(
        "different columns of the same product models",
        models("names", "code;name\nroot;first\nflat;second\n"),
        models("categories", "code;categories\nflat;shop\nroot;a\n"),
    ),
    Meeting(
        "the same new product model",
        models("name", "code;family_variant;color;name\nnew;by_color;;name\n"),
        models("categories", "code;family_variant;color;categories\nnew;by_color;;shop\n"),
    ),
    Meeting(
        "associations of different types of one product",
        products("cross-sell", "sku;X_SELL-products\np1;p2\n"),
        products("groups", "sku;X_SELL-groups\np1;promotion\n"),
    ),
    Meeting(
        "associations and values of one product",
        products("cross-sell", "sku;X_SELL-products\np1;p2\n"),
        products("names", "sku;name\np1;first\np2;second\n"),
    ),
    Meeting(
        "associations of different types of one product model",
        models("cross-sell", "code;X_SELL-products\nroot;p2\n"),
        models("groups", "code;X_SELL-groups\nroot;promotion\n"),
    ),
    Meeting(
        "an association with a product that gets another identifier",
        products("cross-sell", "sku;X_SELL-products\np1;p2\n"),
        products("rename", f"uuid;sku\n{UUIDS['p2']};renamed\n"),
    ),
    Meeting(
        "a unique value that is handed on",
        products("hands-on", "sku;ean\np1;11\np2;1\n"),
        products("takes", "sku;ean\np3;1\n"),
    ),
    Meeting(
        "the same new unique value",
        products("one", "sku;ean\np1;9\n"),
        products("another", "sku;ean\nnew;9\n"),
    ),
    Meeting(
        "variants with the same axes",
        products("one", "sku;parent;size\nv3;red;m\n"),
        products("another", "sku;parent;size\nv4;red;m\nv1;red;m\n"),
    ),
    Meeting(
        "sub models with the same axes",
        models("one", "code;family_variant;parent;color\nred;by_both;root;\n"),
        models("another", "code;family_variant;parent;color\nsecond;by_both;root;red\n"),
    ),
    Meeting(
        "an identifier that is given up and taken",
        products("rename", f"uuid;sku\n{UUIDS['p1']};renamed\n"),
        products("takes", "sku;name\np1;is new\nrenamed;was p1\n"),
    ),
    Meeting(
        "a product is put below a model that is new",
        products("variant", "sku;parent;color\nnew;fresh;red\nnewer;fresh;blue\n"),
        models("model", "code;family_variant;name\nfresh;by_color;Fresh\n"),
    ),
    Meeting(
        "a product has an option that is new",
        products("green", "sku;color\np1;green\np2;green\n"),
        options("green-is-new", "attribute;code\ncolor;green\n"),
    ),
    Meeting(
        "a product is in a category that is new",
        products("in-d", "sku;categories\np1;d\np2;d\n"),
        categories("d-is-new", "code;parent\nd;shop\n"),
    ),
    Meeting(
        "a product is of a family that is new",
        products("boots", "sku;family\np1;boots\np2;boots\n"),
        families("boots-are-new", "code;attributes\nboots;name\n"),
    ),
    Meeting(
        "a product has a text that becomes too long",
        products("long", "sku;name\np1;a long name\np2;a long name\n"),
        attributes("shorter", "code;type;max_characters\nname;pim_catalog_text;5\n"),
    ),
    Meeting(
        "a variant has an attribute that goes to the level above",
        products("note", "sku;parent;color;note\nnew;flat;red;mine\nnewer;flat;blue;mine\n"),
        variants("by-model", "code;variant-attributes_1\nby_color;color,ean\n"),
    ),
    Meeting(
        "a variant has an attribute that its family loses",
        products("note", "sku;parent;color;note\nnew;flat;red;mine\nnewer;flat;blue;mine\n"),
        families("loses", "code;attributes\nshoes;name,ean,color,size\n"),
    ),
    Meeting(
        "a family variant has an attribute that its family loses",
        variants("note-below", "code;variant-attributes_2\nby_both;note,ean\n"),
        families("loses", "code;attributes\nshoes;name,ean,color,size\n"),
    ),
    Meeting(
        "a family has an attribute that is new",
        families("with-weight", "code;attributes\nother;name,weight\nboots;weight\n"),
        attributes("weight", "code;type\nweight;pim_catalog_text\n"),
    ),
    Meeting(
        "an option of an attribute that is new",
        options("soft", "attribute;code\nfabric;soft\nfabric;rough\n"),
        attributes("fabric", "code;type\nfabric;pim_catalog_simpleselect\n"),
    ),
]
