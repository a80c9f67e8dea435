"""Render alerts: mails, subjects, webhook bodies. Pure."""
