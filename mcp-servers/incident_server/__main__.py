"""The incident server over stdio: `python -m incident_server`."""

from incident_server.composition import server


def main() -> None:
    """Serve until the other side hangs up."""
    server().run("stdio")


if __name__ == "__main__":
    main()
