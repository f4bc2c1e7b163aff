"""Watch how the press frames the UN Convention against Cybercrime."""

__version__ = "0.1.0"
