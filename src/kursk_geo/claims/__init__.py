"""Published sentences as data, their verdicts, and the definitions they hang on."""

from kursk_geo.claims.checking import check
from kursk_geo.claims.claim import Claim
from kursk_geo.claims.definitions import axes
from kursk_geo.claims.explain import show
from kursk_geo.claims.files import list_claims, load_claims
from kursk_geo.claims.verdict import Verdict
from kursk_geo.claims.verdicts import Verdicts

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
