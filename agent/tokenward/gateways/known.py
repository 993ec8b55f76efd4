"""All gateways whose calls are answered, by name."""

from __future__ import annotations

from collections.abc import Mapping

from tokenward.gateways.base import Gateway, GatewayName
from tokenward.gateways.fms import CONTENTS
from tokenward.gateways.fms_answers import ANSWERS
from tokenward.gateways.litellm import GUARDRAIL

GATEWAYS: Mapping[GatewayName, tuple[Gateway, ...]] = {
    "fms": (CONTENTS, ANSWERS),
    "litellm": (GUARDRAIL,),
}
