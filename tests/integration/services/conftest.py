"""The world of a poll, for use cases too."""

from tests.integration.poll.conftest import harness, make_world, registry

__all__ = ["harness", "make_world", "registry"]
