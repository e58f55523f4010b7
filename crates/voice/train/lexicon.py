"""Writes src/vader/lexicon.tsv and emoji.tsv from the files of vaderSentiment 3.3.2.

    pip download --no-deps vaderSentiment==3.3.2 && unzip vaderSentiment-*.whl -d FOLDER
    python3 crates/voice/train/lexicon.py FOLDER/vaderSentiment

VADER looks words up in lower case and between white space, and emoji one character at a time. Entries that it can
therefore never find are left out; of several for one word the last counts, as there.
"""

import pathlib
import sys

source = pathlib.Path(sys.argv[1])
target = pathlib.Path(__file__).parent.parent / "src" / "vader"


def entries(name):
    for line in (source / name).read_text(encoding="utf-8").split("\n"):
        if line:
            yield line.strip().split("\t")[0:2]


words = {}
for word, measure in entries("vader_lexicon.txt"):
    if word == word.lower() and not any(c.isspace() for c in word):
        tenths = round(float(measure) * 10)
        assert tenths / 10 == float(measure), word
        words[word] = tenths
emoji = {sign: told for sign, told in entries("emoji_utf8_lexicon.txt") if len(sign) == 1}
for name, table in [("lexicon.tsv", words), ("emoji.tsv", emoji)]:
    lines = [f"{key}\t{table[key]}\n" for key in sorted(table)]
    (target / name).write_text("".join(lines), encoding="utf-8", newline="\n")
