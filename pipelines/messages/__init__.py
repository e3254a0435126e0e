"""What is said: templates checked when they load, rendered when they are due, measured before they cost.

`variables` lists every word a template may use and how private it is; `templates` refuses a template that could say
more than its channel may; `wording` writes times and places; `segments` counts; `lexicon` looks once more at the result.
"""
