"""One guarded call through each peer: a file each, run by an interpreter that has the peer installed."""
