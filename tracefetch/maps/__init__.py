"""Which attribute means what: the `AttributeMap` and the maps of the conventions, one data file each."""

from tracefetch.maps.attribute_map import AttributeMap, Source, ToolSource
from tracefetch.maps.catalog import built_in, load
from tracefetch.maps.map_set import MapSet
from tracefetch.maps.recognised import Recognised

__all__ = ["AttributeMap", "MapSet", "Recognised", "Source", "ToolSource", "built_in", "load"]
