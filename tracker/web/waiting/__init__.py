"""Tell who listens what is new: pages, scripts."""
