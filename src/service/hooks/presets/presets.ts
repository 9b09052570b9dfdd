import type { HookPreset } from '../../../config/hooks/hook-settings.ts';
import { nginxRtmpPreset } from './nginx-rtmp.ts';
import type { Preset } from './preset.ts';
import { srsPreset } from './srs.ts';

/** The preset of this name; undefined for our own words. @param relay - its name */
export function presetOf(name: HookPreset, relay: string): Preset | undefined {
  switch (name) {
    case 'streampump':
      return undefined;
    case 'srs':
      return srsPreset(relay);
    case 'nginx-rtmp':
      return nginxRtmpPreset;
    default:
      return name satisfies never;
  }
}
