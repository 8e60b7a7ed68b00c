"""Everything that touches the world: files, terminals and, later, telephones. The decisions are made in `engine`."""
