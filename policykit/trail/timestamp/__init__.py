"""Time-stamp tokens over a trail's checkpoints: an authority's word that a head existed at a time.

Source: RFC 3161, updated by RFC 5816. Needs the extra `timestamp`, whose library is imported when a token is at hand.
"""
