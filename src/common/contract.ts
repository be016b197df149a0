/**
 * The contract between the host and the renderer: one schema for each thing that crosses it.
 * The host checks every input against these; the renderer imports the inferred types only.
 *
 * Routes (JSON unless said; errors are always `ApiError` with a fitting status):
 *   GET    /api/state                               → AppState
 *   GET    /api/models                              → ModelSummary[]
 *   GET    /api/models/:id                          → ModelDetail
 *   DELETE /api/models/:id                          → 204, forgets an opened model (files stay)
 *   POST   /api/models/pick                         → PickResult; a native folder dialog, where the host has one
 *   GET    /api/models/:id/files/:file  (Range)     → bytes, at most MAX_RANGE a request
 *   GET    /api/settings                            → Settings
 *   PATCH  /api/settings            SettingsChange  → Settings
 *   GET    /api/sessions                            → SessionSummary[], last saved first
 *   GET    /api/sessions/:id                        → {text}; PUT (body: the text) keeps it, DELETE removes it
 *   POST   /api/session-files/open                  → SessionFile with {text}, or null; a native dialog, where the host has one
 *   POST   /api/session-files?name=N                → SessionFile or null, the same for saving (body: the text)
 *   PUT    /api/session-files/:id                   → 204; body: the text, to a file that was chosen so
 *   GET    /api/window                              → KeptWindow; PUT (body: the text), DELETE sets it aside
 *   PUT    /api/window/restoring                    → 204; DELETE when the window is restored
 *   GET    /api/job                                 → Job, when started for `headgate capture`, `figure`, `heads`, `race` or `views`
 *   POST   /api/job/begin           CaptureHeader   → 204
 *   PUT    /api/job/tensors/:index?offset=N         → 204; body: bytes of that tensor of a capture
 *   PUT    /api/job/output?offset=N                 → 204; body: bytes of what another job gives
 *   POST   /api/job/notes                           {notes: string[]} → 204; what is to be known of the run, a sentence each
 *   POST   /api/job/finish                          → 204
 *   POST   /api/job/skip            ApiError        → 204; of several texts this one can't be run, and the next is asked for
 *   POST   /api/job/fail            ApiError        → 204
 */
export { ApiErrorSchema, IdSchema, type ApiError } from './contract/parts.ts';
export * from './contract/models.ts';
export * from './contract/window.ts';
export * from './contract/jobs.ts';

/** The most bytes one range request may ask for. */
export const MAX_RANGE = 16 * 1024 * 1024;
