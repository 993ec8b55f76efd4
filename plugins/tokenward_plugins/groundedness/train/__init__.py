"""Makes what the detector ships: the relations of words, and the trees."""
