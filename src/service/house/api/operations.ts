import { houseSettings } from '../../../config/house/house-settings.ts';
import type { Operation } from '../../admin/api/operation.ts';
import { configOperations } from '../../admin/api/resources/config.ts';
import { eventOperations } from '../../admin/api/resources/events.ts';
import { openApiOperations } from '../../admin/api/resources/openapi.ts';
import { pageOperations } from '../../admin/api/resources/page.ts';
import { processOperations } from '../../admin/api/resources/process.ts';
import type { HouseControl } from '../house-control.ts';
import { housePage } from '../house-page.ts';
import { banOperations } from './resources/bans.ts';
import { houseOperations } from './resources/house.ts';
import { kickOperations } from './resources/kicking.ts';
import { permitKeyOperations } from './resources/permit-keys.ts';
import { playerOperations } from './resources/players.ts';
import { provisioningOperations } from './resources/provisioning.ts';
import { relayOperations } from './resources/relays.ts';
import { resolveOperations } from './resources/resolve.ts';
import { routeOperations } from './resources/routes.ts';
import { streamOperations } from './resources/streams.ts';
import { whyOperations } from './resources/why.ts';
import { houseEventSchemas, houseEventTypes } from './schemas/event.ts';

/** A line for each resource. */
const described: readonly Operation<HouseControl>[] = [
  ...pageOperations(housePage),
  ...houseOperations,
  ...relayOperations,
  ...streamOperations,
  ...routeOperations,
  ...playerOperations,
  ...kickOperations,
  ...banOperations,
  ...provisioningOperations,
  ...resolveOperations,
  ...whyOperations,
  ...eventOperations<HouseControl>({ types: houseEventTypes, schemas: houseEventSchemas }),
  ...configOperations(houseSettings),
  ...processOperations,
  ...permitKeyOperations,
];

/** Everything that can be asked of a house beyond metrics and health, in the order of the documentation. */
export const operations: readonly Operation<HouseControl>[] = [
  ...described,
  ...openApiOperations(described, 'house'),
];
