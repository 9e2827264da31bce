"""`kubectl pimjob run`."""

from pimjob_cli import arguments
from pimjob_cli.arguments import Parser
from pimjob_cli.exit_codes import EXIT_CODES

EXAMPLES = f"""\
  kubectl pimjob run csv_product_import -p source=file:///data/in/products.csv -p maxMegabytes=50
  kubectl pimjob run profile/daily-products --wait --timeout=1h
  kubectl pimjob run --from-file job.yaml                          a PimJob
  kubectl pimjob run csv_product_import --from-file parameters.json
  kubectl pimjob run csv_product_import -p source=file:///data/in/a.csv --dry-run=client -o yaml

with --wait, {EXIT_CODES}"""


def configure(parser: Parser) -> None:
    """Say what it takes."""
    what = parser.add_argument("what", nargs="?", metavar="TYPE|PROFILE", help="what to run")
    parser.complete(what, "runnable")
    parameter = parser.add_argument(
        *("-p", "--parameter"),
        action="append", default=[], metavar="KEY=VALUE", help="a parameter, by the type's schema",
    )  # fmt: skip
    parser.complete(parameter, "parameters")
    parser.add_argument(
        *("-f", "--from-file"),
        metavar="FILE", help="a PimJob (YAML or JSON), or parameters (JSON); - is standard input",
    )  # fmt: skip
    parser.add_argument("--name", metavar="NAME", help="its name (default: made up)")
    parser.add_argument("--label", metavar="TEXT", help="what people see it named")
    parser.add_argument("--wait", action="store_true", help="until it has ended")
    arguments.add_timeout(parser, "how long --wait waits (default: for ever)")
    parser.add_argument("--dry-run", choices=("none", "client", "server"), default="none",
                        help="only say what would be done")  # fmt: skip
    parser.add_argument("-o", "--output", choices=("name", "json", "yaml"), default="",
                        help="print the PimJob")  # fmt: skip
