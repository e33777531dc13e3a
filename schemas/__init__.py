"""XML schemas as data: a folder a schema and version, each with the origin of its rules beside it."""
