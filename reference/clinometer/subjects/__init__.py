"""What can be on trial: adapters from gradient code to problems, one to a module."""
