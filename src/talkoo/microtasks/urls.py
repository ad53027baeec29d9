from django.urls import path

from talkoo.microtasks.views import contribute, results, review

urlpatterns = [
    path("work/<slug:code>/", contribute.start, name="work"),
    path("assignments/<uuid:code>/", contribute.assignment, name="assignment"),
    path("assignments/<uuid:code>/draft/", contribute.draft, name="assignment_draft"),
    path("assignments/<uuid:code>/renew/", contribute.renew, name="assignment_renew"),
    path("assignments/<uuid:code>/skip/", contribute.skip, name="assignment_skip"),
    path("assignments/<uuid:code>/problem/", contribute.problem, name="assignment_problem"),
    path("batches/<slug:code>/", results.batch, name="batch"),
    path("batches/<slug:code>/progress/", results.batch_progress, name="batch_progress"),
    path("batches/<slug:code>/export/<slug:fmt>/", results.batch_export, name="batch_export"),
    path("batches/<slug:code>/tasks/<int:number>/", results.task, name="task"),
    path("batches/<slug:code>/tasks/<int:number>/ask/", results.task_ask, name="task_ask"),
    path("batches/<slug:code>/tasks/<int:number>/send/", results.task_send, name="task_send"),
    path("batches/<slug:code>/problems/<int:problem>/", results.problem_reply, name="problem_reply"),
    path("reviews/", review.reviews, name="reviews"),
    path("reviews/<slug:code>/<int:number>/", review.review, name="review"),
]
