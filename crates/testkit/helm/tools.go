//go:build tools

// Package tools names what scripts/helm.sh builds, so that `go mod tidy` keeps go.mod and go.sum whole.
package tools

import _ "helm.sh/helm/v3/cmd/helm"
