"""What people ask about alerts: check, preview, mute, and the outbox."""
