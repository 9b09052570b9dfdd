import { speakerKinds } from '../../../log-shares.ts';
import type { LabelValues } from '../../../metrics/metrics-source.ts';
import { refusalReasons } from '../../../session/access.ts';
import { callDirections, callOutcomes } from '../../../session/calls/call-outcome.ts';
import {
  playerLeftReasons,
  sessionProtocols,
  sessionRoles,
  streamProtocols,
} from '../../../session/session.ts';
import { breakerStates } from '../../hooks/asked/breaker.ts';
import { questionOutcomes } from '../../hooks/asked/hook-asker.ts';

/** Why the main thread counts a player as gone: the worker that served it died. */
export const WORKER_DIED = 'worker';

/** The values that labels of metrics can have, in every thread of a relay. */
export const labelValues: LabelValues = {
  role: sessionRoles,
  protocol: sessionProtocols,
  streamProtocols,
  about: speakerKinds,
  refusals: refusalReasons,
  departures: [...playerLeftReasons, WORKER_DIED],
  questionOutcomes,
  breakerStates,
  callDirections,
  callOutcomes,
};
