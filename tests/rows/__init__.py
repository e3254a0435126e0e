"""Every row of the catalogue, played through the emulators: once as it shall be, and through a week in which it must be silent."""
