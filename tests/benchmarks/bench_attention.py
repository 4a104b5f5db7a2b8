"""How Home and the list of follow-ups take 5,000 introductions and relationships, against a page with one of each.

Each partner brings all seven kinds of lines. Run: ``python -m tests.benchmarks.bench_attention [partners]``
"""

import sys

from tests.benchmarks.growth import print_growth
from tests.many_dealings import add_many_dealings

PAGES = {
    "home, mine": "/?unit={unit}",
    "home, our office": "/?unit={unit}&whose=ours",
    "follow-ups, mine": "/units/{unit}/follow-ups/",
    "follow-ups, our office": "/units/{unit}/follow-ups/?whose=ours",
}

if __name__ == "__main__":
    print_growth(PAGES, add_many_dealings, int(sys.argv[1]) if len(sys.argv) > 1 else 5_000)
