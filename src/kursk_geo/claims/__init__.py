"""Published sentences as data, read from their words and judged by the maps."""

from kursk_geo.claims.check import (
    Annotated,
    annotate,
    check,
    list_claims,
    load_claims,
    save_claim,
)
from kursk_geo.claims.claim import Claim
from kursk_geo.claims.verdict import Verdict, Verdicts

__all__ = [
    "Annotated",
    "Claim",
    "Verdict",
    "Verdicts",
    "annotate",
    "check",
    "list_claims",
    "load_claims",
    "save_claim",
]
