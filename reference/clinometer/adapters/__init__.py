"""From somebody's NumPy, PyTorch or JAX code to an implementation; each module loads its own."""
