"""What the bytes of a trail mean: records, hashes, tiles, checkpoints, keys and proofs."""
