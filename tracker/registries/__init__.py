"""The registries: one folder each. `listed` lists them, `registry` defines what a registry is."""
