"""The commands of ``kuzushiji``, a module each."""
