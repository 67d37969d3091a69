//go:build tools

// Package tools names what scripts/control-plane.sh builds, so that `go mod tidy` keeps go.mod and go.sum whole.
package tools

import (
	_ "k8s.io/kubectl/pkg/cmd"
	_ "k8s.io/kubernetes/cmd/kube-apiserver/app"
	_ "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)
