"""Published sentences as data, their verdicts, and the definitions they hang on."""

from kursk_geo.claims.claim import Claim, axes, list_claims, load_claims
from kursk_geo.claims.verdict import Verdict, Verdicts, check, show

__all__ = [
    "Claim",
    "Verdict",
    "Verdicts",
    "axes",
    "check",
    "list_claims",
    "load_claims",
    "show",
]
