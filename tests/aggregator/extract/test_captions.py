"""Pictures: caption and credit are parted, lazy and stand-in addresses are seen through."""

from __future__ import annotations

import pytest

from aggregator.extract.captions import split_credit
from aggregator.model import Image
from tests.aggregator.extract import made

TEXT = made.html_paragraphs(6)


@pytest.mark.parametrize(
    ("written", "caption", "credit"),
    [
        ("The pier at dawn [Ann Nobody/Getty Images]", "The pier at dawn", "Ann Nobody/Getty Images"),
        ("The pier at dawn (Ann Nobody/AFP)", "The pier at dawn", "Ann Nobody/AFP"),
        ("The pier at dawn. Photo: Ann Nobody", "The pier at dawn.", "Ann Nobody"),
        ("The pier at dawn. © Ann Nobody", "The pier at dawn.", "Ann Nobody"),
        ("The pier at dawn. REUTERS/Ann Nobody", "The pier at dawn.", "REUTERS/Ann Nobody"),
        ("The pier at dawn | Ann Nobody, AFP", "The pier at dawn", "Ann Nobody, AFP"),
        ("الرصيف عند الفجر (أ ف ب)", "الرصيف عند الفجر", "أ ف ب"),
        ("اسکله در سپیده‌دم. عکس: ایسنا", "اسکله در سپیده‌دم.", "ایسنا"),
        ("המזח עם שחר. צילום: אן נובודי", "המזח עם שחר.", "אן נובודי"),
        ("İskele şafakta. Fotoğraf: AA", "İskele şafakta.", "AA"),
        ("A pier (left) and a boat", "A pier (left) and a boat", ""),
        ("Ann Nobody (R) greets Bo Noone (L)", "Ann Nobody (R) greets Bo Noone (L)", ""),
        ("", "", ""),
    ],
)
def test_a_credit_at_the_end_of_a_caption_is_parted_from_it(written: str, caption: str, credit: str) -> None:
    assert split_credit(written) == (caption, credit)


def images_of(figure: str, head: str = "") -> tuple[Image, ...]:
    return made.read(made.page([figure, *TEXT], head=head)).images


def test_an_element_that_is_called_a_credit_is_one() -> None:
    figure = (
        "<figure><img src='/a.jpg'><figcaption>The pier at dawn"
        "<span class='photo-credit'>Ann Nobody</span></figcaption></figure>"
    )
    assert images_of(figure) == (Image("https://paper.example/a.jpg", "The pier at dawn", "Ann Nobody"),)


def test_a_caption_needs_no_figure() -> None:
    box = "<div class='wp-caption'><img src='/a.jpg'><p class='wp-caption-text'>The pier at dawn</p></div>"
    assert images_of(box) == (Image("https://paper.example/a.jpg", "The pier at dawn"),)


def test_the_address_of_a_lazy_picture_is_the_real_one_of_a_size_for_screens() -> None:
    image = (
        "<img src='data:image/gif;base64,R0' data-src='/big.jpg' "
        "srcset='/small.jpg 300w, /right.jpg 1200w, /huge.jpg 4000w'>"
    )
    (found,) = images_of(f"<figure>{image}<figcaption>The pier</figcaption></figure>")
    assert found.url == "https://paper.example/right.jpg"
    (lazy,) = images_of(
        "<figure><img src='/grey-placeholder.png' data-src='/b.jpg'><figcaption>X y</figcaption></figure>"
    )
    assert lazy.url == "https://paper.example/b.jpg"


def test_without_a_figure_the_head_names_the_picture() -> None:
    head = '<meta property="og:image" content="/share.jpg">'
    assert images_of("", head) == (Image("https://paper.example/share.jpg"),)
    data = (
        '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x",'
        '"image":{"@type":"ImageObject","caption":"The pier at dawn (Ann Nobody/AFP)"}}</script>'
    )
    assert images_of("", head + data) == (
        Image("https://paper.example/share.jpg", "The pier at dawn", "Ann Nobody/AFP"),
    )


def test_a_caption_within_a_list_of_other_stories_is_none_of_the_articles() -> None:
    box = (
        "<div class='related'><figure><img src='/x.jpg'><figcaption>Another story</figcaption></figure></div>"
    )
    article = made.read(made.page([*TEXT[:3], box, *TEXT[3:]]))
    assert article.images == ()


def test_a_box_with_a_picture_and_a_line_needs_no_name() -> None:
    box = "<div class='x7'><img src='/a.jpg'><div>The pier on a quiet morning</div></div>"
    text = [*TEXT[:3], box, *TEXT[3:]]
    article = made.read(made.page(text))
    assert [image.caption for image in article.images] == ["The pier on a quiet morning"]
    assert made.texts(article) == made.paragraphs(6)


def test_styles_dates_and_portraits_are_no_captions() -> None:
    assert (
        images_of("<div><img src='/a.jpg'><style>.a > li { left: 0px; display: none; }</style></div>") == ()
    )
    assert images_of("<figure><img src='/a.jpg'><cite>Posted on 5 May 2024, 12:30</cite></figure>") == ()
    assert images_of("<div><img src='/a.jpg' width='48'>Ann Nobody writes on harbours</div>") == ()


def test_a_caption_that_repeats_the_summary_is_none() -> None:
    summary = "Eleven months have passed at the pier"
    head = f'<meta property="og:description" content="{summary}">'
    figure = f"<figure><img src='/a.jpg'><figcaption>{summary}</figcaption></figure>"
    assert all(not image.caption for image in images_of(figure, head))


def test_a_line_with_a_credit_right_under_a_picture_is_its_caption() -> None:
    line = "A boat (left) at the pier, on 27 February 2019 in Port Town [Ann Nobody/Invented Images]"
    article = made.read(made.page(["<p><img src='/a.jpg'></p>", f"<p>{line}</p>", *TEXT]))
    (image,) = article.images
    assert image.url == "https://paper.example/a.jpg"
    assert image.caption == "A boat (left) at the pier, on 27 February 2019 in Port Town"
    assert image.credit == "Ann Nobody/Invented Images"
    assert made.texts(article) == made.paragraphs(6)


def test_a_paragraph_after_a_picture_is_text() -> None:
    article = made.read(made.page(["<p><img src='/a.jpg'></p>", *TEXT]))
    assert made.texts(article) == made.paragraphs(6)
