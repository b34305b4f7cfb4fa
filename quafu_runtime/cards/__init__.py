"""Jobs as live cards in a notebook: what follows a job, and draws it where it is shown."""
