"""Claims: a published sentence as data, its verdict, and the definitions it hangs on."""

from kursk_geo.claims.check import axes, check
from kursk_geo.claims.claim import Claim, list_claims, load_claims
from kursk_geo.claims.explain import show
from kursk_geo.claims.verdict import Verdict, Verdicts

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
