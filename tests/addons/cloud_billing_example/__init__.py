from . import models, reader
