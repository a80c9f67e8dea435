"""Store events together with the messages about them."""
