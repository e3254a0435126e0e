"""Write the wordings as the templates have them now; the diff is what a reviewer says yes to."""

from tests.golden.wordings import FOLDER, LANGUAGES, neutral_texts, wordings

for language in LANGUAGES:
    (FOLDER / f"wordings.{language}.txt").write_text(wordings(language), encoding="utf-8")
    (FOLDER / f"neutral.{language}.txt").write_text(neutral_texts(language), encoding="utf-8")
