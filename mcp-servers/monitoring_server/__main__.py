"""The monitoring server over stdio: `python -m monitoring_server`."""

from monitoring_server.composition import server


def main() -> None:
    """Serve until the other side hangs up."""
    server().run("stdio")


if __name__ == "__main__":
    main()
