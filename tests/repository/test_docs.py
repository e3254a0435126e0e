"""Links in the documentation lead somewhere, and the checker that says so is itself checked."""

from pathlib import Path, PurePosixPath

import pytest

from tools.docs import anchors, dead_links, slug_of

PAGE = PurePosixPath("docs/page.md")


def written(root: Path, text: str) -> Path:
    (root / "docs").mkdir()
    (root / PAGE).write_text(text)
    (root / "README.md").write_text("# Glowline\n\n## Two `commands`, no more!\n\n## Two commands no more\n")
    return root


@pytest.mark.parametrize(
    "link",
    [
        "[up](../README.md)",
        "[there](../README.md#two-commands-no-more)",
        "[its twin](../README.md#two-commands-no-more-1)",
        "[here](#title)",
        "[folder](../docs)",
        "[web](https://example.org/nowhere)",
        "`[shown](nowhere.md)`",
        "```\n[shown](nowhere.md)\n```",
    ],
)
def test_a_good_link_passes(link: str, tmp_path: Path) -> None:
    assert [*dead_links(written(tmp_path, f"# Title\n\n{link}\n"), PAGE)] == []


@pytest.mark.parametrize("link", ["[gone](gone.md)", "[no such part](../README.md#tour)", "[nor here](#nowhere)"])
def test_a_dead_link_is_named_with_its_line(link: str, tmp_path: Path) -> None:
    (finding,) = dead_links(written(tmp_path, f"# Title\n\n{link}\n"), PAGE)
    assert finding.line == 3


def test_headings_become_anchors(tmp_path: Path) -> None:
    assert slug_of("A [linked](x.md) `word`: yes?") == "a-linked-word-yes"
    assert "glowline" in anchors(written(tmp_path, "") / "README.md")
