"""Who is who among many leads: features, evidence in bits, clusters, doubtful pairs; for a rebuild or an increment."""
