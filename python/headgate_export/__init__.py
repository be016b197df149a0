"""Write models and captures that Headgate opens."""

from .capture import Capture, load_capture, save_capture
from .export import export_model

__all__ = ["Capture", "export_model", "load_capture", "save_capture"]
