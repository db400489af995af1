"""The reader: network, training mathematics, decoding, metric and synthesis as pure array code."""
