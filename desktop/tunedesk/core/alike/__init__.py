"""Rows that say nearly the same, among a million, in bounded time and memory.

Equal texts after `plain_text` are found by key. For the rest each row has a sketch: of the hashes
of its word pairs, the first one in each of 16 equal stretches of the hash space (one-permutation
min-hashing, an empty stretch taking the next hash: Li, Owen, Zhang 2012; Shrivastava, Li 2014).
Two rows agree in an entry with a chance equal to their Jaccard similarity; rows that agree in
four neighbouring entries are compared, by the sketch first and then exactly.

All of it is done for many rows at once, in columns of numpy, which takes 0.1 s to import: what
must start quickly imports these modules where it needs them.
"""
