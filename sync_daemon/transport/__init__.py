"""How something leaves hanvisa for a person or another system: mail by SMTP, requests over HTTPS; in bounded time."""
