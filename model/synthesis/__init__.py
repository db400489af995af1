"""Synthetic, perfectly labelled pages of kuzushiji: fonts -> atlas -> layout -> ink -> paper."""
