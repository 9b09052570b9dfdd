import { amfTargets } from './amf-targets.ts';
import { asfTargets } from './asf-targets.ts';
import { captureTargets } from './capture-targets.ts';
import { clientTargets } from './client-targets.ts';
import { configTargets } from './config-targets.ts';
import { credentialTargets } from './credential-targets.ts';
import { flvTargets } from './flv-targets.ts';
import { httpTargets } from './http-targets.ts';
import { linkTargets } from './link-targets.ts';
import { recordedFileTargets } from './recorded-file-targets.ts';
import { recordingTargets } from './recording-targets.ts';
import { rtmpSessionTargets } from './rtmp-session-targets.ts';
import { rtmpTargets } from './rtmp-targets.ts';
import { rtmptTargets } from './rtmpt-targets.ts';
import { sessionTargets } from './session-targets.ts';
import type { TargetPlan } from './target-plan.ts';
import { upstreamTargets } from './upstream-targets.ts';

/** Everything that is fuzzed, by name. */
export const allTargets: Readonly<Record<string, TargetPlan>> = {
  ...amfTargets,
  ...rtmpTargets,
  ...rtmpSessionTargets,
  ...flvTargets,
  ...asfTargets,
  ...captureTargets,
  ...httpTargets,
  ...credentialTargets,
  ...configTargets,
  ...linkTargets,
  ...recordedFileTargets,
  ...recordingTargets,
  ...clientTargets,
  ...rtmptTargets,
  ...sessionTargets,
  ...upstreamTargets,
};
