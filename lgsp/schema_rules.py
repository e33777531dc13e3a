"""What the settings say of schemas, in the words of the stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.stages.schema import Grace, Registry, Schemas

if TYPE_CHECKING:
    from lgsp.settings import SchemasSection


def registry_of(section: SchemasSection) -> Registry:
    """Read every schema that the settings name. Raises Misconfigured."""
    return Registry.load(section.folders)


def schemas_of(section: SchemasSection, registry: Registry) -> Schemas:
    """Compile what decides. Raises Misconfigured."""
    graces = [Grace(agency=one.agency, schema=one.schema_version, until=one.until) for one in section.grace]
    return Schemas(registry, graces=graces, shadow=section.shadow)
