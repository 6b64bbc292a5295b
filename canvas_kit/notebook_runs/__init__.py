"""Notebooks run with parameters: one, or one for each set of parameters, in warm kernels."""
