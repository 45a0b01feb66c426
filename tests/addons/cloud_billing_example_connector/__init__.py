from . import door_counter
