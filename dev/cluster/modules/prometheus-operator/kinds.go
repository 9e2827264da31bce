// Package kinds has the Prometheus Operator's kinds among this module's packages,
// for controller-gen to make their CRDs from.
package kinds

import _ "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
