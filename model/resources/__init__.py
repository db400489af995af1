"""What the package ships beside code: the built-in model and its card."""
