"""What every component needs of Kubernetes: calls to the API server, a Lease, logging.

It knows no component: what a component counts or says is handed in.
"""
