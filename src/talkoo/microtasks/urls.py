from django.urls import path

from talkoo.microtasks.views import contribute

urlpatterns = [
    path("work/<slug:code>/", contribute.start, name="work"),
    path("assignments/<uuid:code>/", contribute.assignment, name="assignment"),
    path("assignments/<uuid:code>/draft/", contribute.draft, name="assignment_draft"),
    path("assignments/<uuid:code>/renew/", contribute.renew, name="assignment_renew"),
    path("assignments/<uuid:code>/skip/", contribute.skip, name="assignment_skip"),
    path("assignments/<uuid:code>/problem/", contribute.problem, name="assignment_problem"),
]
