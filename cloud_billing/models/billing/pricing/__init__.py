"""Pricing: from charges and usage to what the engine is asked, in plain Python. Owns no records."""
