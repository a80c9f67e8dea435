"""The results section of a ClinicalTrials.gov record."""
