"""How pages write days, times and numbers: each function of `talkoo.lib.formats` as a filter of its name.

`tongue` turns the tag of a language into the attributes of an element whose text is in it.
"""

from django import template

from talkoo.lib import formats, tongues

register = template.Library()

for each in (
    formats.clock, formats.day, formats.day_time, formats.file_size, formats.full_day, formats.full_weekday,
    formats.iso_day, formats.iso_moment, formats.month, formats.month_day, formats.month_day_time, formats.near_day,
    formats.near_time, formats.number, formats.rounded, formats.short_day, formats.to_the_second,
    formats.weekday, formats.weekday_time,
):  # fmt: skip
    register.filter(each.__name__, each)

register.filter("tongue", tongues.attributes)
