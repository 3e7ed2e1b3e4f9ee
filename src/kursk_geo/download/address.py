"""Addresses: which may be asked, and where a redirect may lead."""

import ipaddress
from urllib.parse import SplitResult, urljoin, urlsplit

from kursk_geo.errors import DownloadError, OptionError


def check_url(url: str) -> None:
    """
    Refuse a URL that is not https, or that carries a user name or password.

    Plain http is for this machine alone, where nobody listens in between.
    """
    parts = _split(url)
    if parts is None or "@" in parts.netloc:
        msg = (
            f"{_without_user(url)} is no address, or names a user. Expected https:// "
            "and a host; no credential is ever sent. Correct the address."
        )
        raise OptionError(msg)
    if parts.scheme != "https" and not is_local(parts):
        msg = (
            f"{url} was given. Expected an https:// address: what comes over plain "
            "http can be changed on the way. Try the same address with https://."
        )
        raise OptionError(msg)


def check_redirect(url: str, target: str) -> None:
    """Refuse a redirect to plain http, to this machine or with a user name."""
    parts = _split(target)
    origin = _split(url)
    local = parts is not None and is_local(parts)
    if parts is None or origin is None or "@" in parts.netloc:
        allowed = False
    elif local:
        allowed = is_local(origin)
    else:
        allowed = parts.scheme == "https"
    if not allowed:
        where = f"{parts.scheme}://{parts.hostname}" if parts else "no address"
        msg = (
            f"{url} redirects to {where}. Expected an https:// address without a "
            "user name. Open the address in a browser and give the final one."
        )
        raise DownloadError(msg)


def _split(url: str) -> SplitResult | None:
    """Parts of a URL; None if it is none."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 (a bad port raises only when it is looked at)
    except ValueError:
        return None
    return parts if parts.hostname else None


def follow(url: str, location: str) -> str:
    """Where a redirect leads; empty if nowhere."""
    # http.client reads headers as latin-1, and servers write UTF-8.
    text = location.encode("latin-1", "replace").decode("utf-8", "replace")
    try:
        return urljoin(url, text)
    except ValueError:
        return ""


def host(url: str) -> str:
    """Host name of a URL, as its turn is counted."""
    return urlsplit(url).hostname or ""


def is_local(parts: SplitResult) -> bool:
    """Whether it is plain http or https to this machine."""
    if parts.scheme not in {"http", "https"}:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _without_user(url: str) -> str:
    head, sign, tail = url.rpartition("@")
    scheme, slashes, _ = head.partition("//")
    return f"{scheme if slashes else ''}//{tail}" if sign else url
