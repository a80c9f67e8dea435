"""The cookies of one process: kept while it lives, sent back to the host that set them, bounded in size and number."""

from __future__ import annotations

from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy

__all__ = ["MOST_BYTES", "MOST_COOKIES", "kept_cookies"]

MOST_COOKIES = 50
"""As many as RFC 6265 asks a client to keep for one domain."""
MOST_BYTES = 4096
"""The size of one cookie, name and value together, by the same document."""


def kept_cookies() -> CookieJar:
    """An empty jar. Session cookies stay until the process ends; nothing of it is ever written down."""
    return _BoundedJar(DefaultCookiePolicy(rfc2965=False, strict_ns_domain=DefaultCookiePolicy.DomainStrictNoDots))


class _BoundedJar(CookieJar):
    """Drops a cookie that is too large, and a cookie too many: a month of answers must not fill the request's head."""

    def set_cookie(self, cookie: Cookie) -> None:
        if len(cookie.name) + len(cookie.value or "") > MOST_BYTES:
            return
        super().set_cookie(cookie)
        if len(self) > MOST_COOKIES:
            self.clear(cookie.domain, cookie.path, cookie.name)
