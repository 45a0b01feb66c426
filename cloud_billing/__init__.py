from . import controllers, engine, fields, models, wizards
from .hooks import pre_init_hook, uninstall_hook

__all__ = ["controllers", "engine", "fields", "models", "pre_init_hook", "uninstall_hook", "wizards"]
