"""How locales are named: a language, a script if it matters, and a region."""

import re

_LOCALE = re.compile(r"[A-Za-z]{2,3}(_[A-Za-z]{4})?_([A-Za-z]{2}|[0-9]{3})")


def is_locale(text: str) -> bool:
    """Whether it is a locale's name, like `en_US`, `zh_Hans_CN` or `es_419`."""
    return _LOCALE.fullmatch(text) is not None
