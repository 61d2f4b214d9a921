"""Who is who: features, evidence, clusters, keys and the values that survive."""
