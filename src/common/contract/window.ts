/** What a window begins with and keeps: settings, sessions, the state of the app. */
import * as v from 'valibot';
import { ApiErrorSchema, count, IdSchema } from './parts.ts';

export const SettingsSchema = v.object({
  theme: v.optional(v.picklist(['system', 'dark', 'light']), 'system'),
  /** Largest GPU memory for q, k, v that a run keeps, in MiB. */
  activationBudgetMiB: v.optional(v.pipe(count, v.minValue(16)), 256),
  /** Largest GPU memory for all models of a window together, in MiB: more is asked before. */
  memoryBudgetMiB: v.optional(v.pipe(count, v.minValue(64)), 8192),
  /** What the window looked like: panes, sizes, last text by model. Free-form, owned by the renderer's state. */
  window: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Autotuner's choices by adapter and driver. Free-form, owned by the renderer's engine. */
  tuning: v.optional(v.record(v.string(), v.unknown()), {}),
});
export type Settings = v.InferOutput<typeof SettingsSchema>;

/** What a window changed: only what differs. Other windows may have changed the rest meanwhile. */
export const SettingsChangeSchema = v.object({
  before: v.partial(SettingsSchema),
  after: v.partial(SettingsSchema),
});
export type SettingsChange = v.InferOutput<typeof SettingsChangeSchema>;

/** A session that is kept by its name. */
export interface SessionSummary {
  /** Its name. */
  readonly id: string;
  /** When it was saved, in ms since 1970. */
  readonly saved: number;
}

/** A session in a file of the user's choice. */
export interface SessionFile {
  /** Opaque: it tells no path. */
  readonly id: string;
  /** Of the file. */
  readonly name: string;
}

/** What the window may begin with. */
export interface KeptWindow {
  /** Text of the session that was named at the start; null: none was. */
  readonly named: string | null;
  /** Text of the window as it was last; null: it was never kept, or this start does not bring it back. */
  readonly last: string | null;
  /** The last start ended while it restored the window. */
  readonly crashed: boolean;
}

export const AppStateSchema = v.object({
  version: v.string(),
  host: v.picklist(['electron', 'loopback']),
  /** Which dialogs of its own the host has. */
  capabilities: v.object({ pickFolder: v.boolean(), sessionFiles: v.boolean() }),
  /** The model to open first; null: none could be opened, `startError` says why. */
  startModel: v.nullable(IdSchema),
  startError: v.nullable(ApiErrorSchema),
  /** Further models to open, each in a slot of its own. */
  besideModels: v.array(IdSchema),
  /** The window is to be as it was last; else it begins with the model that is named. */
  restores: v.boolean(),
  /** What of the settings could not be used. */
  settingsNote: v.exactOptional(ApiErrorSchema),
  /** The host runs in an older Node.js than the one that Headgate asks for: both versions. */
  oldNode: v.exactOptional(v.object({ running: v.string(), wanted: v.string() })),
  /** True in a window that was started for a job, such as `headgate capture`. */
  job: v.boolean(),
});
export type AppState = v.InferOutput<typeof AppStateSchema>;
