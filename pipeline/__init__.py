"""Weekbrief: a school's consent-filtered group posts, one newsletter per parent."""
