"""How a request reaches the service: connections, deadlines, proxies, certificates. Only `sending` imports httpx."""
