from django.urls import path

from talkoo.microtasks.views import batches, builder, contribute, results, review

urlpatterns = [
    path("work/<slug:code>/", contribute.start, name="work"),
    path("assignments/<uuid:code>/", contribute.assignment, name="assignment"),
    path("assignments/<uuid:code>/draft/", contribute.draft, name="assignment_draft"),
    path("assignments/<uuid:code>/renew/", contribute.renew, name="assignment_renew"),
    path("assignments/<uuid:code>/skip/", contribute.skip, name="assignment_skip"),
    path("assignments/<uuid:code>/problem/", contribute.problem, name="assignment_problem"),
    path("batches/", batches.overview, name="batches"),
    path("batches/new/", builder.new, name="batch_new"),
    path("batches/<slug:code>/edit/<slug:step>/", builder.step, name="batch_edit"),
    path("batches/<slug:code>/edit/<slug:step>/draft/", builder.autosave, name="batch_autosave"),
    path("batches/<slug:code>/preview/", builder.preview, name="batch_preview"),
    path("batches/<slug:code>/estimate/", builder.estimate, name="batch_estimate"),
    path("batches/<slug:code>/try/<int:number>/", builder.attempt, name="batch_try"),
    path("batches/<slug:code>/reading/", batches.reading, name="batch_reading"),
    path("batches/<slug:code>/rejected.csv", batches.rejected_csv, name="batch_rejected"),
    path("batches/<slug:code>/copy/", batches.copy, name="batch_copy"),
    path("batches/<slug:code>/move/<slug:verb>/", batches.move, name="batch_move"),
    path("batches/<slug:code>/discard/", batches.discard, name="batch_discard"),
    path("batches/<slug:code>/people/", batches.people, name="batch_people"),
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
