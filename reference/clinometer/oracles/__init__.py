"""The oracles, one to a module. None knows the hand-written code or another oracle."""
