"""Upload, preview, import: the three steps in which a person brings usage in."""
