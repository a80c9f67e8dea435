"""Feeds and the calendar, made from changes and duties. Pure."""
