"""Where the API hangs. Here it can be known without loading FastAPI."""

from __future__ import annotations

__all__ = ["API"]

API = "/api/v1"
"""What is below is promised; what changes it in another way than by adding gets another number."""
