"""What the cold chain asks of a product: between which temperatures, and how long outside counts.

Where the limits come from:

- 2 to 8 °C, and "frozen" at -20 °C ± 5: World Health Organization, *Model guidance for the storage
  and transport of time- and temperature-sensitive pharmaceutical products*, Technical Report
  Series 961 (2011), annex 9, with its technical supplement 15 on monitoring in transport.
- Conditions hold in transport as in storage, and a deviation is told to distributor and
  recipient: EU Guidelines on Good Distribution Practice, 2013/C 343/01, chapter 9.
- Quick-frozen food at -18 °C or colder, in transport briefly up to 3 °C warmer: Council Directive
  89/108/EEC, article 5; air temperature is recorded by Regulation (EC) 37/2005.

None of them grants minutes outside a limit. `allowed_minutes` tells an opened door at a delivery
from an excursion worth waking somebody for; it is the operator's to set, per device.
"""

import math
from collections.abc import Mapping
from typing import Any

from itops_core.domain.values import Value


class ColdChainRule(Value):
    """What one product may be exposed to."""

    product_class: str
    low_celsius: float | None
    high_celsius: float | None
    allowed_minutes: int
    source: str

    def breach(self, celsius: float) -> str | None:
        """Return on which side of the limits a temperature is, or nothing."""
        if self.high_celsius is not None and celsius > self.high_celsius:
            return "above"
        if self.low_celsius is not None and celsius < self.low_celsius:
            return "below"
        return None


_WHO = "WHO TRS 961 annex 9; EU GDP 2013/C 343/01 chapter 9"
_FOOD = "Directive 89/108/EEC article 5; Regulation (EC) 37/2005"

RULES = {
    rule.product_class: rule
    for rule in (
        ColdChainRule(
            product_class="pharma-2-8",
            low_celsius=2,
            high_celsius=8,
            allowed_minutes=15,
            source=_WHO,
        ),
        ColdChainRule(
            product_class="pharma-frozen",
            low_celsius=-25,
            high_celsius=-15,
            allowed_minutes=15,
            source=_WHO,
        ),
        ColdChainRule(
            product_class="pharma-15-25",
            low_celsius=15,
            high_celsius=25,
            allowed_minutes=30,
            source=_WHO,
        ),
        ColdChainRule(
            product_class="frozen-food",
            low_celsius=None,
            high_celsius=-18,
            allowed_minutes=20,
            source=_FOOD,
        ),
        ColdChainRule(
            product_class="chilled-food",
            low_celsius=0,
            high_celsius=7,
            allowed_minutes=30,
            source="Regulation (EC) 853/2004 annex III",
        ),
    )
}
_LIMITS = ("low_celsius", "high_celsius", "allowed_minutes")


def rule_for(attributes: Mapping[str, str]) -> ColdChainRule | None:
    """Return the rule for a device by its attributes in the registry; none if they name none.

    `low_celsius`, `high_celsius` and `allowed_minutes` of the device stand above its class. One
    that is no number leaves the device without a rule: a guess would be worse than none.
    """
    known = RULES.get(attributes.get("product_class", ""))
    own = {name: _number(attributes[name]) for name in _LIMITS if attributes.get(name)}
    if None in own.values() or (known is None and not {"low_celsius", "high_celsius"} & set(own)):
        return None
    base = known or ColdChainRule(
        product_class=attributes.get("product_class") or "own",
        low_celsius=None,
        high_celsius=None,
        allowed_minutes=15,
        source="",
    )
    if not own:
        return base
    given: dict[str, Any] = {
        **base.model_dump(),
        **own,
        "source": "the device's own limits in the registry",
    }
    given["allowed_minutes"] = max(0, round(given["allowed_minutes"]))
    return ColdChainRule.model_validate(given)


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None
