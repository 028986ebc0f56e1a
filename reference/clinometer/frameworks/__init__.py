"""PyTorch's and JAX's own gradients on trial, each module loaded when asked for."""
