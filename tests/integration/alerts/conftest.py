"""Certificates for receivers on this machine."""

from __future__ import annotations

import ssl

import pytest
import trustme

NAME = "hooks.example.org"


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def serving(authority: trustme.CA) -> ssl.SSLContext:
    """A receiver's, with a certificate for hooks.example.org and for this machine's own address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(NAME, "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A sender's that trusts the authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context
