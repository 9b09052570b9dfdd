import { relaySettings } from '../../../config/relay-settings.ts';
import type { RelayControl } from '../relay-control.ts';
import { relayPage } from '../status-page.ts';
import type { Operation } from './operation.ts';
import { addingOperations } from './resources/adding.ts';
import { banOperations } from './resources/bans.ts';
import { callingOperations } from './resources/calling.ts';
import { configOperations } from './resources/config.ts';
import { eventOperations } from './resources/events.ts';
import { forwardOperations } from './resources/forwards.ts';
import { handoverOperations } from './resources/handover.ts';
import { hookOperations } from './resources/hooks.ts';
import { kickOperations } from './resources/kicking.ts';
import { logLevelOperations } from './resources/log-level.ts';
import { openApiOperations } from './resources/openapi.ts';
import { pageOperations } from './resources/page.ts';
import { processOperations } from './resources/process.ts';
import { recordedStreamOperations } from './resources/recording/recorded-streams.ts';
import { recordingOperations } from './resources/recording/recordings.ts';
import { relayOperations } from './resources/relay.ts';
import { sessionOperations } from './resources/sessions.ts';
import { streamOperations } from './resources/streams.ts';
import { upstreamOperations } from './resources/upstreams.ts';
import { whyOperations } from './resources/why.ts';
import { eventSchemas, eventTypes } from './schemas/event.ts';

/** A line for each resource. */
const described: readonly Operation[] = [
  ...pageOperations(relayPage),
  ...relayOperations,
  ...streamOperations,
  ...sessionOperations,
  ...upstreamOperations,
  ...forwardOperations,
  ...hookOperations,
  ...whyOperations,
  ...eventOperations<RelayControl>({ types: eventTypes, schemas: eventSchemas }),
  ...configOperations(relaySettings),
  ...handoverOperations,
  ...kickOperations,
  ...banOperations,
  ...addingOperations,
  ...callingOperations,
  ...recordingOperations,
  ...recordedStreamOperations,
  ...processOperations,
  ...logLevelOperations,
];

/** Everything that can be asked of a relay beyond metrics and health, in the order of the documentation. */
export const operations: readonly Operation[] = [...described, ...openApiOperations(described, 'relay')];
