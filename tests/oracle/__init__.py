"""The oracle: a slow, obvious model of who gets what, written from the rules alone.

It shares no code with `pipeline`; only `snapshot.py` uses the value types of
`pipeline.model`, to hand the same school to the code under test.
"""
