"""Which attribute means what: the `AttributeMap` and the maps of the conventions, one data file each."""

from tracefetch.maps.attribute_map import AttributeMap, Source, ToolSource
from tracefetch.maps.catalog import built_in, load
from tracefetch.maps.map_set import MapSet

__all__ = ["AttributeMap", "MapSet", "Source", "ToolSource", "built_in", "load"]
