"""Frozen values to drawings. Pure: the same values give the same drawing, to the last digit."""
