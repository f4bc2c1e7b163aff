"""Labelled data, training, export and floors of the stance model; nothing else imports this."""
