"""Guards the traffic of an Envoy proxy, as its external processor over gRPC."""
