import type { SettingPath } from '../setting-schema.ts';

/** A source of settings besides the config file. */
export type OverlayKind = 'environment' | 'command line';

/** A setting that replaces what the config says at its path. */
export interface Overlay {
  /** Who says so: a variable or an option; faults in the value go by this name. */
  readonly origin: string;
  readonly kind: OverlayKind;
  readonly path: SettingPath;
  /** As it would stand in the config file; not validated. */
  readonly value: unknown;
}

/** What cannot be understood in a variable or an option. */
export interface OverlayFault {
  readonly origin: string;
  readonly kind: OverlayKind;
  /** As in a ConfigFault. */
  readonly problem: string;
}

/** All that the environment or the command line says; an earlier setting may hold a later one. */
export interface SettingLayer {
  readonly settings: readonly Overlay[];
  readonly faults: readonly OverlayFault[];
}
