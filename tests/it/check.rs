//! Faulty manifests, each with its intended code and place.
